/* What the encoders of the grid types share: magnitudes and signs, weights, the search for a
 * sub-block's scale. Sums run from element 0 upward in float32, products are grouped from the left.
 * Source: ggml-quants.c, quantize_row_iq2_xxs_impl, _iq2_xs_impl, _iq2_s_impl, _iq3_xxs_impl, _iq3_s_impl. */
#ifndef ROS_QUANT_IQ_SEARCH_H
#define ROS_QUANT_IQ_SEARCH_H

#include "quant/codec.h"
#include "quant/k_search.h"
#include "quant/lattice.h"

#include <math.h>

#define ROS_IQ_BLOCK 256

struct ros_iq_ops;

/* Encodes one block of 256; W as in ros_encode_fn. */
typedef void ros_iq_block_fn(const float *x, uint8_t *block, const float *w, const struct ros_iq_ops *ops);

/* Rows of whole blocks, the last one of a ragged row padded with zeros. */
void ros_iq_rows(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights,
	size_t block_bytes, ros_iq_block_fn *block, const struct ros_iq_ops *ops);

/* How a sub-block is searched. */
struct ros_iq_walk {
	unsigned n;             /* elements: 16 or 32 */
	int levels;             /* digits 0..levels-1: 3 or 8 */
	int steps;              /* tries -steps..steps */
	float step;
	enum { ROS_REFIT_OFF_GRID, ROS_REFIT_ALL_IF_ANY, ROS_REFIT_ALWAYS } refit;   /* which groups are moved again */
};

/* x ~ scale * (2l + 1) with the digits L on the grid LAT. X: magnitudes; W: weights; TOP: the largest
 * magnitude that counts; START: the scale should no try be better than nothing. Returns the scale, which may be negative.
 * One function per instruction set, equal results. */
typedef float ros_iq_search_fn(const struct ros_iq_walk *walk, const struct ros_lattice *lat, const float *x, const float *w,
	float top, float start, int8_t *l);
ros_iq_search_fn ros_iq_search_ref;

struct ros_iq_ops {
	ros_near_fn *near;
	ros_iq_search_fn *search;
};
extern const struct ros_iq_ops ros_iq_ref;

/* The end of a search, shared by all: SCALE and the digits L are those of the best try, bit g of OFF says that group
 * g's were off the grid before they were moved. Chooses groups once more where WALK says so and fits
 * the scale to the outcome, which it returns. AUX: the square roots of W. */
float ros_iq_refit(const struct ros_iq_walk *walk, const struct ros_lattice *lat, ros_near_fn *near, const float *x, const float *w,
	const float *aux, float scale, unsigned off, int8_t *l);

/* What OFF is before any try. */
static inline unsigned ros_iq_off_at_first(const struct ros_iq_walk *walk)
{
	return walk->refit == ROS_REFIT_OFF_GRID ? 0 : 255;
}

/* Mean of the squares of a block of 256, summed in element order. */
static inline float ros_iq_mean_square(const float *x)
{
	float sum = 0;

	for (unsigned i = 0; i < ROS_IQ_BLOCK; i++)
		sum += x[i] * x[i];
	return sum / ROS_IQ_BLOCK;
}

/* W[i] = qw * sqrt(sigma2 + x^2), or x^2 without an importance matrix. */
static inline void ros_iq_weights(unsigned n, const float *x, const float *qw, float sigma2, float *w)
{
	for (unsigned i = 0; i < n; i++)
		w[i] = qw ? qw[i] * sqrtf(sigma2 + x[i] * x[i]) : x[i] * x[i];
}

/* The largest of N values that are not negative. */
static inline float ros_iq_largest(unsigned n, const float *x)
{
	float max = x[0];

	for (unsigned i = 1; i < n; i++)
		max = max > x[i] ? max : x[i];
	return max;
}

/* Magnitudes of eight elements; bit j of the result: element j was negative. */
static inline uint8_t ros_iq_signs(const float *x, float *mag)
{
	uint8_t signs = 0;

	for (unsigned i = 0; i < 8; i++) {
		bool positive = x[i] >= 0;

		mag[i] = positive ? x[i] : -x[i];
		signs |= (uint8_t)(!positive << i);
	}
	return signs;
}

/* As ros_iq_signs, made even in number: the element that weighs least is taken with the wrong sign
 * (its magnitude becomes negative) where the count is odd. Seven bits. */
static inline uint8_t ros_iq_even_signs(const float *x, const float *w, float *mag)
{
	uint8_t signs = ros_iq_signs(x, mag);
	unsigned least = 0;

	if (__builtin_parity(signs)) {
		for (unsigned i = 1; i < 8; i++)
			if (w[i] * x[i] * x[i] < w[least] * x[least] * x[least])
				least = i;
		mag[least] = -mag[least];
		signs ^= (uint8_t)(1u << least);
	}
	return signs & 127;
}

/* A sub-block's scale as a small odd multiple of the block's: 0..TOP. ID = 1 / block scale. */
static inline unsigned ros_iq_scale_code(float id, float scale, int top)
{
	return (unsigned)ros_clamp(ros_nearest(0.5f * (id * scale - 1)), 0, top);
}

#endif
