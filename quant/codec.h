/* Numbers inside tensors: one codec per element type.
 *
 * A codec turns whole rows of stored blocks into float32 and back. The functions
 * in this table are the reference: plain sequential float32 arithmetic, compiled
 * with -ffp-contract=off, bit for bit what ggml computes (facts and sources stand
 * beside each codec). quant/kernels.h holds the fast twins; both give equal bytes.
 *
 * Layer: formats <- quant. Knows the dtype table, and nothing of models or files. */
#ifndef ROS_QUANT_CODEC_H
#define ROS_QUANT_CODEC_H

#include "formats/dtype.h"

/* Widens ROWS rows of COLS elements from SRC (stored bytes, rows back to back, each
 * ros_row_bytes long) to DST[rows * cols]. Every class-"f" type decodes exactly. */
typedef void ros_decode_fn(const uint8_t *src, float *dst, size_t rows, size_t cols);

/* Encodes ROWS rows of COLS float32 into DST. WEIGHTS: importance of each column
 * (imatrix), COLS long and the same for all rows, or NULL. */
typedef void ros_encode_fn(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights);

struct ros_codec {
	ros_decode_fn *decode;   /* NULL: not a class-"f" type */
	ros_encode_fn *encode;   /* NULL: this type cannot be made from floats */
	bool uses_weights;       /* an importance matrix changes the bytes */
	bool needs_weights;      /* ggml refuses to encode without one (IQ2_XXS, IQ2_XS, IQ1_S) */
	bool whole_tensor;       /* scale spans the tensor: rows cannot be cut (APR_Q8); rows=1, cols=all */
};

/* Indexed by enum ros_dtype; the reference implementations. */
extern const struct ros_codec ros_codecs[ROS_DTYPE_COUNT];

/* Stored bytes of one row of COLS elements: whole blocks, the last one padded when
 * COLS does not divide (only APR does that). Not for the APR native types' tails. */
size_t ros_row_bytes(enum ros_dtype type, size_t cols);

#endif
