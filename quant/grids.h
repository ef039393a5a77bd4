/* The lattice points of the grid types (IQ2_*, IQ3_*, IQ1_*): each code is a fixed tuple of
 * 8 or 4 small numbers.
 *
 * A code word packs one digit per position: digit i = (code >> bits * i) & (2^bits - 1),
 *     8 positions of 2 bits  | d7 d6 d5 d4 d3 d2 d1 d0 |      4 positions of 3 bits  | 0 d3 d2 d1 d0 |
 * A digit c stands for value[c] when decoding, and for 2c + 1 in the search that encodes.
 * Source: the point sets are data of ggml (ggml-common.h, iq2xxs_grid ... iq1s_grid), held here
 * as code words; tests/kernels/test_iq_encode.c and the decode tests hold them to ggml's output. */
#ifndef ROS_QUANT_GRIDS_H
#define ROS_QUANT_GRIDS_H

#include <stdint.h>

enum ros_grid_id {
	ROS_GRID_IQ2_XXS, ROS_GRID_IQ2_XS, ROS_GRID_IQ2_S,
	ROS_GRID_IQ3_XXS, ROS_GRID_IQ3_S,
	ROS_GRID_IQ1,                   /* IQ1_S and IQ1_M */
	ROS_GRID_COUNT
};

struct ros_grid {
	const uint16_t *codes;          /* [count], ascending */
	uint16_t count;
	uint8_t positions;              /* 8 or 4 */
	uint8_t bits;                   /* of a digit: 2 or 3 */
	int8_t value[8];                /* what a digit decodes to, [1 << bits]; unused digits are 0 */
};

extern const struct ros_grid ros_grids[ROS_GRID_COUNT];

static inline unsigned ros_grid_digit(const struct ros_grid *g, uint16_t code, unsigned i)
{
	return code >> g->bits * i & ((1u << g->bits) - 1);
}

/* The decoded points of a grid, positions after positions ([count][positions]), 8-byte aligned so
 * that a point may be loaded as one word. Expanded at first use; thread-safe; static storage. */
const int8_t *ros_grid_points(enum ros_grid_id id);

/* The sign byte of a 7-bit sign index: bit 7 makes the number of set bits even. Bit j set: element j
 * of eight is negative. */
static inline uint8_t ros_even_signs(unsigned index)
{
	return (uint8_t)(index | (unsigned)__builtin_parity(index) << 7);
}

#endif
