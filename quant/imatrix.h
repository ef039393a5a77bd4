/* Importance matrices: how much each input column of a weight matrix matters, as llama.cpp's imatrix
 * tool measures it. Two forms of file:
 *
 *   .dat (legacy)     OFFSET  SIZE      DESCRIPTION
 *                     0       4         i32 number of entries, at least 1
 *                     then per entry:
 *                       0     4         i32 length of the name
 *                       4     len       tensor name
 *                             4         i32 calls
 *                             4         i32 number of values, at least 1
 *                             4 * n     f32 sums; divided by calls when calls > 0
 *                     then, or nothing: i32 chunks, i32 length, name of the data set
 *
 *   GGUF              tensors NAME.in_sum2 [matrices, columns] and NAME.counts [matrices, 1], both F32;
 *                     imatrix.datasets, imatrix.chunk_count, imatrix.chunk_size.
 *                     weight = in_sum2 / count of its matrix, 1 where the count is 0
 *
 * Source: llama.cpp, common/imatrix-loader.cpp, tools/quantize/quantize.cpp. */
#ifndef ROS_QUANT_IMATRIX_H
#define ROS_QUANT_IMATRIX_H

#include "formats/model.h"

struct ros_imatrix_entry {
	struct ros_str name;
	const float *weights;           /* count of them: columns, times matrices for stacked experts */
	uint64_t count;
};

struct ros_imatrix {
	struct ros_arena arena;                 /* owns all below */
	struct ros_imatrix_entry *entries;      /* by name as bytes, no name twice */
	size_t count;
	struct ros_str dataset;                 /* the first; {NULL, 0} where the file names none */
	uint32_t chunks;                        /* 0: not said */
	size_t trailing;                        /* bytes behind the end of a .dat, which are ignored */
};

/* Empty and safe to release. */
void ros_imatrix_init(struct ros_imatrix *im);

/* Reads the file at PATH, either form, by its first bytes. IM is init'ed here; on failure *ERR says where and
 * why (ROS_EFORMAT: counts beyond the file, a value that is no finite number, sums without counts ...) and
 * IM is empty. */
int ros_imatrix_open(struct ros_imatrix *im, const char *path, struct ros_error *err);

/* The two forms by themselves, into an init'ed IM that is released by the caller whatever comes. */
int ros_imatrix_read_dat(struct ros_imatrix *im, struct ros_bytes file, struct ros_error *err);
int ros_imatrix_read_gguf(struct ros_imatrix *im, const struct ros_model *m, struct ros_error *err);

/* Keeps the entries whose name contains one of INCLUDE (all where that is NULL) and none of EXCLUDE (NULL: none). The
 * lists end with NULL. */
void ros_imatrix_filter(struct ros_imatrix *im, const char *const *include, const char *const *exclude);

/* NULL when absent. */
const struct ros_imatrix_entry *ros_imatrix_find(const struct ros_imatrix *im, struct ros_str name);

/* The weights of T: columns values for each of its matrices (the third dimension from inside; matrix e's begin at
 * columns * e), borrowed from IM. *WEIGHTS is NULL where there are none. ROS_EMISMATCH where their number
 * does not fit the shape, except for token_embd.weight and its like, where llama-quantize ignores them too. */
int ros_imatrix_for(const struct ros_imatrix *im, const struct ros_tensor *t, const float **weights, struct ros_error *err);

/* Frees everything; IM is empty. Safe on one that was only init'ed. */
void ros_imatrix_release(struct ros_imatrix *im);

#endif
