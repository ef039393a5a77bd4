/* The searches behind the K-quants: given the values of one sub-block, find the scale (and
 * the offset) that reproduce them best from small whole numbers. They are greedy, and their
 * outcome hangs on every rounding: sums run from element 0 upward, each product and each sum
 * rounds to float32, products are grouped from the left. quant/x86 runs many sub-blocks at
 * once, one per lane, and keeps exactly this order in each lane.
 *
 * Source: ggml-quants.c (make_qx_quants, make_q3_quants, make_qkx2_quants, make_qkx3_quants,
 * make_qp_quants). */
#ifndef ROS_QUANT_K_SEARCH_H
#define ROS_QUANT_K_SEARCH_H

#include "formats/bytes.h"

#include <stdbool.h>

/* Sub-blocks whose largest magnitude is below this count as zero. */
#define ROS_GROUP_ZERO 1e-15f

/* Nearest whole number, ties to even, for |f| < 2^22. Beyond that, and for NaN, what ggml's
 * nearest_int gives: the low 23 bits of f + 1.5 * 2^23. */
static inline int ros_nearest(float f)
{
	return (int)(ros_f32_bits(f + 12582912.0f) & 0x7fffff) - 0x400000;
}

/* V, at least LOW and at most HIGH. */
static inline int ros_clamp(int v, int low, int high)
{
	v = v < high ? v : high;
	return v > low ? v : low;
}

/* x ~ scale * l with l in [-nmax, nmax). L receives l + nmax, or 0 throughout where all of X
 * counts as zero. W: weight of each element, or NULL for x * x. Returns the scale, which
 * may be negative. N elements. */
float ros_make_qx(unsigned n, int nmax, const float *x, int8_t *l, const float *w);

/* As ros_make_qx with W = NULL, by coordinate descent instead of trying scales. */
float ros_make_q3(unsigned n, int nmax, const float *x, int8_t *l);

/* How ros_make_qkx walks: candidates nmax + rmin + i * rdelta, i = 0..nstep, for the number of
 * steps between the smallest and the largest value. */
struct ros_qkx_walk {
	unsigned n;          /* elements, at most 32 */
	int nmax;            /* largest code */
	float rmin, rdelta;
	int nstep;
	bool mad;            /* measure |error|; else its square */
};

/* x ~ scale * l - min with l in [0, nmax], min >= 0. L receives l. Returns the scale, 0 for a
 * constant sub-block. Covers make_qkx2_quants and make_qkx3_quants, which differ only where
 * the latter gets no weights, and no caller does that. */
float ros_make_qkx(const struct ros_qkx_walk *walk, const float *x, const float *w, uint8_t *l, float *min);

/* x ~ scale * l for x >= 0, l in [0, nmax]: the scales of scales. L receives l. */
float ros_make_qp(unsigned n, int nmax, const float *x, uint8_t *l, const float *w);

#endif
