/* THE element-type table: one row per type that any of the three formats can
 * hold. A block is the smallest unit with a size of whole bytes: one element for
 * plain types, 32..256 for quantised ones, 2 or 4 for sub-byte floats.
 * Sources: ggml.h / ggml-common.h (ids, blocks), safetensors 0.8 (names), APR v2 (ids). */
#ifndef ROS_FORMATS_DTYPE_H
#define ROS_FORMATS_DTYPE_H

#include "formats/types.h"

enum ros_dtype {
	/* plain */
	ROS_F32, ROS_F16, ROS_BF16, ROS_F64,
	ROS_I8, ROS_I16, ROS_I32, ROS_I64,
	ROS_U8, ROS_U16, ROS_U32, ROS_U64,
	ROS_BOOL, ROS_C64,
	ROS_F8_E4M3, ROS_F8_E5M2, ROS_F8_E8M0, ROS_F8_E4M3FNUZ, ROS_F8_E5M2FNUZ,
	ROS_F4, ROS_F6_E2M3, ROS_F6_E3M2,
	/* ggml blocks */
	ROS_Q4_0, ROS_Q4_1, ROS_Q5_0, ROS_Q5_1, ROS_Q8_0, ROS_Q8_1,
	ROS_Q2_K, ROS_Q3_K, ROS_Q4_K, ROS_Q5_K, ROS_Q6_K, ROS_Q8_K,
	ROS_IQ2_XXS, ROS_IQ2_XS, ROS_IQ2_S, ROS_IQ3_XXS, ROS_IQ3_S,
	ROS_IQ1_S, ROS_IQ1_M, ROS_IQ4_NL, ROS_IQ4_XS,
	ROS_TQ1_0, ROS_TQ2_0, ROS_MXFP4, ROS_NVFP4, ROS_Q1_0, ROS_Q2_0,
	/* APR native */
	ROS_APR_Q4, ROS_APR_Q8,
	ROS_DTYPE_COUNT
};

/* What the canonical form and the checks need to know about a type's values. */
enum ros_dtype_class {
	ROS_CLASS_FLOAT,   /* every value is a float32: canonical class "f" */
	ROS_CLASS_OWN,     /* integers, F64, C64, BOOL: canonical class is the type itself */
};

/* How the number of bytes follows from the shape. */
enum ros_dtype_sizing {
	ROS_SIZE_FLAT,     /* elements / block_len blocks over the whole tensor */
	ROS_SIZE_ROWS,     /* every row (innermost dimension) is whole blocks (ggml) */
	ROS_SIZE_APR_Q4,   /* ceil(elements / 32) * 18, no row padding */
	ROS_SIZE_APR_Q8,   /* 4 + elements, 0 for an empty tensor */
};

struct ros_dtype_info {
	const char *name;         /* upper case, as printed and as accepted in options */
	const char *safetensors;  /* exact spelling, NULL: that format cannot say it */
	uint32_t block_len;       /* elements in a block */
	uint32_t block_bytes;
	int gguf_id;              /* ggml_type, -1: cannot say it */
	int apr_id;               /* as written, -1: cannot say it */
	enum ros_dtype_class class_;
	enum ros_dtype_sizing sizing;
	bool quantised;           /* values come in blocks that share a scale */
};

extern const struct ros_dtype_info ros_dtypes[ROS_DTYPE_COUNT];

/* Bits per stored element, rounded down; for reports. */
double ros_dtype_bits(enum ros_dtype type);

/* Look-ups return ROS_DTYPE_COUNT where no row fits. Names: any case; '-' counts as '_'. */
enum ros_dtype ros_dtype_by_name(struct ros_str name);
enum ros_dtype ros_dtype_by_safetensors(struct ros_str name);
enum ros_dtype ros_dtype_by_gguf(uint32_t id);

/* Payload bytes of a tensor of TYPE with DIM[0..NDIM), outermost first; a scalar (ndim 0)
 * is one element. PAD_ROWS: rows that do not divide into blocks are padded (APR's rule for
 * Q4_K, Q6_K); otherwise such a shape is refused. Returns false on overflow or a shape
 * that the type cannot hold. */
bool ros_dtype_nbytes(enum ros_dtype type, unsigned ndim, const uint64_t *dim, bool pad_rows, uint64_t *nbytes);

#endif
