/* The neutral model: what every reader fills and every writer takes.
 *
 *     struct ros_model m;
 *     if (ros_model_open(&m, path, NULL, &err)) ...     (formats/format.h)
 *     ros_model_release(&m);
 *
 * Tensors are views into mappings: opening copies no weights and costs time
 * proportional to the header. Dimensions are outermost first, whatever the file says. */
#ifndef ROS_FORMATS_MODEL_H
#define ROS_FORMATS_MODEL_H

#include "formats/dtype.h"
#include "formats/limits.h"
#include "formats/mapping.h"
#include "formats/meta.h"

enum ros_format_id { ROS_FORMAT_SAFETENSORS, ROS_FORMAT_GGUF, ROS_FORMAT_APR, ROS_FORMAT_COUNT };

#define ROS_NO_PART UINT32_MAX

struct ros_tensor {
	struct ros_str name;
	enum ros_dtype dtype;
	uint8_t ndim;
	uint64_t dim[ROS_MAX_DIMS];     /* outermost first */
	struct ros_bytes data;          /* view into a mapping; len is the exact payload */
	uint32_t part;                  /* which of model.parts holds it; ROS_NO_PART: none, DATA is memory */
	uint64_t offset;                /* of data in that file */
};

/* One file of a model: the only one, or a shard. */
struct ros_part {
	struct ros_str path;            /* as opened */
	struct ros_str name;            /* last component, for reports */
	struct ros_mapping map;
};

/* A file that belongs to the model beside the weights: config.json, tokenizer.json ... either
 * a real file of a Hugging Face folder or one carried inside a GGUF or APR (contracts/hub.h). */
struct ros_side_file {
	struct ros_str name;            /* plain file name, no folder */
	struct ros_bytes data;
};

/* Something odd that was accepted; readers add them, `inspect` and `verify` show them. */
struct ros_warning {
	struct ros_str rule;            /* short dotted name: "apr.no-footer", "safetensors.index-stale" */
	struct ros_str subject;         /* tensor, key or file; may be empty */
	struct ros_str text;
};

struct ros_model {
	enum ros_format_id format;
	uint32_t format_version;        /* GGUF 2 or 3, APR 2, SafeTensors 0 */
	struct ros_arena arena;         /* owns names, entries and everything else below */
	struct ros_tensor *tensors;     /* in file order (shards in order) */
	size_t tensor_count;
	struct ros_tensor *tensor_block;    /* TENSORS where they are malloc'ed, NULL where they are the arena's */
	struct ros_meta meta;           /* the container's own metadata (GGUF KV, APR JSON as one string, SafeTensors __metadata__) */
	struct ros_part *parts;
	size_t part_count;
	struct ros_side_file *files;
	size_t file_count;
	struct ros_str folder;          /* where FILES lie and an index begins; {NULL} where no folder was looked at */
	struct ros_mapping *file_maps;  /* behind FILES, where those lie on disk */
	size_t file_map_count;
	struct ros_side_file shard_index;   /* the index.json of a sharded set, {NULL} when none; not among FILES */
	struct ros_warning *warnings;
	size_t warning_count, warning_room;
	uint64_t header_bytes;          /* what had to be read to open it */
	uint64_t file_bytes;            /* of all parts */
	uint64_t alignment;             /* of tensor data in the container, 1 where none */
	struct ros_str path;            /* what the user named */
	uint32_t *index;                /* by name, private */
	size_t slots;
};

/* Empty and safe to release. */
void ros_model_init(struct ros_model *m, enum ros_format_id format);

/* Gives the model storage for COUNT tensors (zeroed). */
int ros_model_alloc_tensors(struct ros_model *m, size_t count, struct ros_error *err);

/* Gives the model the COUNT tensors at TENSORS, a block from malloc, instead: a header's worth of them need not be there twice. */
void ros_model_take_tensors(struct ros_model *m, struct ros_tensor *tensors, size_t count);

/* Builds the name index; two tensors with the same name are ROS_EFORMAT naming both positions.
 * Readers call it once after filling tensors. */
int ros_model_index(struct ros_model *m, struct ros_error *err);

/* NULL when absent; borrowed from the model. */
const struct ros_tensor *ros_model_find(const struct ros_model *m, struct ros_str name);

/* NULL when absent. */
const struct ros_side_file *ros_model_file(const struct ros_model *m, struct ros_str name);
/* Adds or replaces a side file; NAME and DATA are borrowed and must outlive the model or be its arena's. */
int ros_model_add_file(struct ros_model *m, struct ros_str name, struct ros_bytes data, struct ros_error *err);

/* Records something odd. Never fails: out of memory drops it. */
void ros_model_warn(struct ros_model *m, const char *rule, struct ros_str subject, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Elements of a tensor; 1 for a scalar. The reader has checked that it fits. */
uint64_t ros_tensor_elements(const struct ros_tensor *t);
/* Product of all dimensions but the last, and the last (1 x n for vectors, 1 x 1 for scalars). */
uint64_t ros_tensor_rows(const struct ros_tensor *t);
uint64_t ros_tensor_cols(const struct ros_tensor *t);

/* Unmaps every file and frees all; M is as after ros_model_init. */
void ros_model_release(struct ros_model *m);

#endif
