/* The loops that all block codecs share: rows of whole blocks, the last one of a row
 * padded where the row length does not divide. BLOCK is inlined into its one caller. */
#ifndef ROS_QUANT_BLOCKS_H
#define ROS_QUANT_BLOCKS_H

#include "quant/codec.h"

#include <string.h>

#define ROS_MAX_BLOCK_LEN 256

/* One block: stored bytes to ros_dtypes[].block_len floats, and back. W: importance of the
 * block's columns, or NULL. */
typedef void ros_block_decode_fn(const uint8_t *block, float *y);
typedef void ros_block_encode_fn(const float *x, uint8_t *block, const float *w);

/* Blocks of LEN elements in BYTES bytes; what pads a row is dropped. */
static inline __attribute__((always_inline)) void ros_decode_blocks(const uint8_t *src, float *dst, size_t rows,
	size_t cols, size_t len, size_t bytes, ros_block_decode_fn *block)
{
	float last[ROS_MAX_BLOCK_LEN];

	for (size_t r = 0; r < rows; r++) {
		size_t c = 0;

		for (; c + len <= cols; c += len, src += bytes)
			block(src, dst + c);
		if (c < cols) {
			block(src, last);
			memcpy(dst + c, last, (cols - c) * sizeof *dst);
			src += bytes;
		}
		dst += cols;
	}
}

/* The last block of a ragged row is filled with zeros, of importance 0. */
static inline __attribute__((always_inline)) void ros_encode_blocks(const float *src, uint8_t *dst, size_t rows,
	size_t cols, const float *weights, size_t len, size_t bytes, ros_block_encode_fn *block)
{
	for (size_t r = 0; r < rows; r++) {
		size_t c = 0;

		for (; c + len <= cols; c += len, dst += bytes)
			block(src + c, dst, weights ? weights + c : NULL);
		if (c < cols) {
			float last[ROS_MAX_BLOCK_LEN] = { 0 }, w[ROS_MAX_BLOCK_LEN] = { 0 };

			memcpy(last, src + c, (cols - c) * sizeof *src);
			if (weights)
				memcpy(w, weights + c, (cols - c) * sizeof *weights);
			block(last, dst, weights ? w : NULL);
			dst += bytes;
		}
		src += cols;
	}
}

#endif
