/* The lattices of the IQ1, IQ2 and IQ3 formats. A grid is a list of points of 8 (IQ1, IQ2) or
 * 4 (IQ3) small values; a block stores indices into it. A point is spelled by a 16-bit code:
 *
 *   8 digits of 2 bits:  | d7 | d6 | d5 | d4 | d3 | d2 | d1 | d0 |     position 0 in the low bits
 *   4 digits of 3 bits:  0000 |  d3  |  d2  |  d1  |  d0  |
 *
 * and each digit stands for a value, which differs by format: value[digit]. */
#ifndef ROS_QUANT_GRIDS_H
#define ROS_QUANT_GRIDS_H

#include <stdint.h>

struct ros_grid {
	const uint16_t *code;   /* size of them */
	uint16_t size;
	uint8_t digits;         /* positions in a point: 8 or 4 */
	uint8_t bits;           /* of a digit: 2 or 3 */
	int8_t value[8];        /* what a digit decodes to */
};

extern const struct ros_grid ros_grid_iq2_xxs, ros_grid_iq2_xs, ros_grid_iq2_s;
extern const struct ros_grid ros_grid_iq3_xxs, ros_grid_iq3_s;
extern const struct ros_grid ros_grid_iq1;   /* IQ1_S and IQ1_M */

/* Digit of point INDEX at POSITION. */
static inline unsigned ros_grid_digit(const struct ros_grid *g, unsigned index, unsigned position)
{
	return g->code[index] >> g->bits * position & ((1u << g->bits) - 1);
}

/* Decoded values of point INDEX, g->digits of them, to POINT. */
static inline void ros_grid_point(const struct ros_grid *g, unsigned index, int8_t *point)
{
	for (unsigned i = 0; i < g->digits; i++)
		point[i] = g->value[ros_grid_digit(g, index, i)];
}

/* IQ2_XXS, IQ2_XS and IQ3_XXS store 7 of 8 signs; the eighth makes their number even.
 * Bit j of the result set: element j is negative. */
static inline uint8_t ros_signs_of_7(unsigned bits)
{
	unsigned p = bits ^ bits >> 4;

	p ^= p >> 2;
	p ^= p >> 1;
	return (uint8_t)(bits | (p & 1) << 7);
}

#endif
