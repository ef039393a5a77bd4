/* Whether the scales of encoded blocks are numbers. A value beyond the range of a block's half-precision
 * scale becomes infinite there, and every weight of the block with it: llama-quantize stops at such
 * a block, and so do we. Source: ggml-quants.c, ggml_validate_row_data (which leaves NVFP4 alone). */
#ifndef ROS_QUANT_BLOCK_SCALES_H
#define ROS_QUANT_BLOCK_SCALES_H

#include "formats/dtype.h"

/* Index of the first of BLOCKS blocks of TYPE at P one of whose scales is NaN or infinite, BLOCKS where there is
 * none. Types without such scales have none. */
size_t ros_first_bad_block(enum ros_dtype type, const uint8_t *p, size_t blocks);

#endif
