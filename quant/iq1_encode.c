/* Floats to IQ1_S and IQ1_M; the block pictures stand in quant/iq_decode.c. Eight elements are a grid
 * point of digits 0, 1, 2 = -1, 0, +1, all moved by +-1/8, times a scale per 32 (S) or 16 (M) elements. The
 * best digits off the grid are found by sorting: the smallest i1 elements get 0, those up to i2 get 1, the rest 2.
 * Source: ggml-quants.c, quantize_row_iq1_s_impl, quantize_iq1_m. */
#include "quant/half.h"
#include "quant/iq_encode.h"
#include "quant/iq_search.h"

#include <float.h>
#include <string.h>

#define ZERO_IQ1_S 1e-12f       /* largest magnitude of a sub-block that counts as zero */
#define ZERO_IQ1_M 1e-7f

/* What a digit is worth, for either shift. */
static const float up[8] = { -0.875f, 0.125f, 1.125f }, down[8] = { -1.125f, -0.125f, 0.875f };

/* Where the sorted elements are cut, and how good that is. */
struct cut {
	unsigned i1, i2;
	int kind;               /* IQ1_S: 1 up, -1 down. IQ1_M: 0..3, bit 1: first eight down, bit 0: last eight down */
	float scale, score;
	bool found;
};

static float largest_magnitude(unsigned n, const float *x)
{
	float max = fabsf(x[0]);

	for (unsigned i = 1; i < n; i++)
		max = max > fabsf(x[i]) ? max : fabsf(x[i]);
	return max;
}

/* ORDER: indices of X ascending; equals keep their order (an insertion sort is stable, and N is small). */
static void sort_indices(unsigned n, const float *x, uint8_t *order)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned at = i;

		for (; at > 0 && x[order[at - 1]] > x[i]; at--)
			order[at] = order[at - 1];
		order[at] = (uint8_t)i;
	}
}

static void consider(struct cut *best, float qx, float q2, unsigned i1, unsigned i2, int kind)
{
	if (q2 > 0 && qx * qx > best->score * q2) {
		best->scale = qx / q2;
		best->score = best->scale * qx;
		best->i1 = i1;
		best->i2 = i2;
		best->kind = kind;
		best->found = true;
	}
}

static void set_digits(unsigned n, const struct cut *c, const uint8_t *order, int8_t *l)
{
	for (unsigned j = 0; j < n; j++)
		l[order[j]] = j < c->i1 ? 0 : j < c->i2 ? 1 : 2;
	if (c->scale < 0)
		for (unsigned i = 0; i < n; i++)
			l[i] = (int8_t)(2 - l[i]);
}

/* One group of eight onto the grid: its index, and false where it was off. */
static bool snap(const struct ros_iq_ops *ops, const float *x, const float *w, float scale, const float *level, int8_t *l, unsigned *index)
{
	return ros_lattice_snap(ros_lattice_get(ROS_LATTICE_IQ1), ops->near, x, w, scale, level, l, index);
}

/* ---- IQ1_S ---- */

static struct cut iq1_s_cut(const float *x, const float *w, const uint8_t *order)
{
	struct cut best = { .score = -FLT_MAX };
	float sumx[33] = { 0 }, sumw[33] = { 0 };

	for (unsigned j = 0; j < 32; j++) {
		unsigned i = order[j];

		sumx[j + 1] = sumx[j] + w[i] * x[i];
		sumw[j + 1] = sumw[j] + w[i];
	}
	for (unsigned i1 = 0; i1 <= 32; i1++)
		for (unsigned i2 = i1; i2 <= 32; i2++) {
			float x0 = sumx[i1] - sumx[0], x1 = sumx[i2] - sumx[i1], x2 = sumx[32] - sumx[i2];
			float w0 = sumw[i1] - sumw[0], w1 = sumw[i2] - sumw[i1], w2 = sumw[32] - sumw[i2];

			consider(&best, x0 * up[0] + x1 * up[1] + x2 * up[2],
				w0 * up[0] * up[0] + w1 * up[1] * up[1] + w2 * up[2] * up[2], i1, i2, 1);
			consider(&best, x0 * down[0] + x1 * down[1] + x2 * down[2],
				w0 * down[0] * down[0] + w1 * down[1] * down[1] + w2 * down[2] * down[2], i1, i2, -1);
		}
	return best;
}

/* Digits of N elements in groups of eight, LEVEL[g] their worth: all onto the grid, and the scale fitted anew
 * if that moved any. */
static float iq1_snap_all(unsigned n, const struct ros_iq_ops *ops, const float *x, const float *w, const float *const *level,
	float scale, int8_t *l, unsigned *index)
{
	bool all_on = true;
	float qx = 0, q2 = 0;

	for (unsigned k = 0; k < n / 8; k++)
		all_on &= snap(ops, x + 8 * k, w + 8 * k, scale, level[k], l + 8 * k, &index[k]);
	if (all_on)
		return scale;
	for (unsigned i = 0; i < n; i++) {
		float q = level[i / 8][l[i]];

		qx += w[i] * q * x[i];
		q2 += w[i] * q * q;
	}
	return qx > 0 && q2 > 0 ? qx / q2 : scale;
}

static void iq1_s_block(const float *x, uint8_t *b, const float *qw, const struct ros_iq_ops *ops)
{
	float scales[8] = { 0 }, max = 0, sigma2 = 2 * ros_iq_mean_square(x);
	uint16_t qh[8] = { 0 };
	bool shifted_down[8] = { false };

	memset(b, 0, 50);
	for (unsigned g = 0; g < 8; g++) {
		const float *xg = x + 32 * g, *level[4];
		float w[32];
		uint8_t order[32];
		unsigned index[4];
		int8_t l[32];
		struct cut best;

		ros_iq_weights(32, xg, qw ? qw + 32 * g : NULL, sigma2, w);
		if (largest_magnitude(32, xg) < ZERO_IQ1_S)
			continue;
		sort_indices(32, xg, order);
		best = iq1_s_cut(xg, w, order);
		if (!best.found)
			continue;
		set_digits(32, &best, order, l);
		shifted_down[g] = (best.kind < 0) != (best.scale < 0);
		for (unsigned k = 0; k < 4; k++)
			level[k] = shifted_down[g] ? down : up;
		scales[g] = iq1_snap_all(32, ops, xg, w, level, fabsf(best.scale), l, index);
		for (unsigned k = 0; k < 4; k++) {
			b[2 + 4 * g + k] = (uint8_t)index[k];
			qh[g] |= (uint16_t)(index[k] >> 8 << 3 * k);
		}
		max = max > scales[g] ? max : scales[g];
	}
	if (max != 0)
		ros_put_f16(b, max / 15 * 1.125f);
	for (unsigned g = 0; g < 8; g++) {
		if (max != 0) {
			unsigned s = ros_iq_scale_code(1 / (max / 15), scales[g], 7) | (unsigned)shifted_down[g] << 3;

			qh[g] |= (uint16_t)(s << 12);
		}
		ros_put_le16(b + 34 + 2 * g, qh[g]);
	}
}

/* ---- IQ1_M ---- */

/* The worth of digits in the first (HALF 0) or last eight elements of a sub-block of KIND. */
static const float *iq1_m_level(int kind, unsigned half)
{
	return kind >> (1 - half) & 1 ? down : up;
}

/* Eight sums side by side: w*v*x for kinds 0..3, then w*v*v. */
struct sums {
	float s[8];
};

static struct sums plus(struct sums a, const struct sums *b)
{
	for (unsigned k = 0; k < 8; k++)
		a.s[k] += b->s[k];
	return a;
}

/* Every sum runs over the sorted elements from the first: those below i1 are shared by all i2. */
static struct cut iq1_m_cut(const float *x, const float *w, const uint8_t *order)
{
	struct cut best = { .score = -FLT_MAX };
	struct sums term[3][16], low = { { 0 } };

	for (unsigned j = 0; j < 16; j++)
		for (unsigned c = 0; c < 3; c++)
			for (int kind = 0; kind < 4; kind++) {
				unsigned i = order[j];
				float v = iq1_m_level(kind, i / 8)[c];

				term[c][j].s[kind] = w[i] * v * x[i];
				term[c][j].s[4 + kind] = w[i] * v * v;
			}
	for (unsigned i1 = 0; i1 <= 16; i1++) {
		struct sums middle = low;

		for (unsigned i2 = i1; i2 <= 16; i2++) {
			struct sums all = middle;

			for (unsigned j = i2; j < 16; j++)
				all = plus(all, &term[2][j]);
			for (int kind = 0; kind < 4; kind++)
				consider(&best, all.s[kind], all.s[4 + kind], i1, i2, kind);
			if (i2 < 16)
				middle = plus(middle, &term[1][i2]);
		}
		if (i1 < 16)
			low = plus(low, &term[0][i1]);
	}
	return best;
}

/* One sub-block: its two indices into B; its scale, and its kind in *KIND. 0 where it counts as zero. */
static float iq1_m_sub_block(const float *x, const float *w, const struct ros_iq_ops *ops, unsigned s, uint8_t *b, int *kind)
{
	const float *level[2];
	uint8_t order[16];
	unsigned index[2];
	int8_t l[16];
	struct cut best;
	float scale;

	*kind = 0;
	if (largest_magnitude(16, x) < ZERO_IQ1_M)
		return 0;
	sort_indices(16, x, order);
	best = iq1_m_cut(x, w, order);
	if (!best.found)
		return 0;
	set_digits(16, &best, order, l);
	*kind = best.scale < 0 ? 3 - best.kind : best.kind;
	level[0] = iq1_m_level(*kind, 0);
	level[1] = iq1_m_level(*kind, 1);
	scale = iq1_snap_all(16, ops, x, w, level, fabsf(best.scale), l, index);
	b[2 * s] = (uint8_t)index[0];
	b[2 * s + 1] = (uint8_t)index[1];
	b[32 + s] = (uint8_t)(index[0] >> 8 | index[1] >> 8 << 4);
	return scale;
}

/* The block scale that fits all 256 elements best, given every digit and sub-block scale. */
static float iq1_m_fit(const float *x, const float *qw, float sigma2, const uint8_t *b, const unsigned *code, const int *kind, float d)
{
	float qx = 0, q2 = 0;

	for (unsigned s = 0; s < 16; s++) {
		const float *xs = x + 16 * s;
		float w[16];

		ros_iq_weights(16, xs, qw ? qw + 16 * s : NULL, sigma2, w);
		for (unsigned i = 0; i < 16; i++) {
			unsigned index = b[2 * s + i / 8] | (b[32 + s] >> 4 * (i / 8) & 7u) << 8;
			float q = iq1_m_level(kind[s], i / 8)[ros_grid_digit(&ros_grid_iq1, index, i % 8)] * (float)(2 * code[s] + 1);

			qx += w[i] * q * xs[i];
			q2 += w[i] * q * q;
		}
	}
	return q2 > 0 ? qx / q2 : d;
}

static void iq1_m_block(const float *x, uint8_t *b, const float *qw, const struct ros_iq_ops *ops)
{
	static const uint8_t shift_bits[4] = { 0x00, 0x80, 0x08, 0x88 };
	float scales[16], max = 0, d, sigma2 = 2 * ros_iq_mean_square(x);
	uint16_t words[4] = { 0 }, half;
	unsigned code[16];
	int kind[16];

	memset(b, 0, 56);
	for (unsigned s = 0; s < 16; s++) {
		float w[16];

		ros_iq_weights(16, x + 16 * s, qw ? qw + 16 * s : NULL, sigma2, w);
		scales[s] = iq1_m_sub_block(x + 16 * s, w, ops, s, b, &kind[s]);
		max = max > scales[s] ? max : scales[s];
	}
	if (max == 0)
		return;
	d = max / 15;
	for (unsigned s = 0; s < 16; s++) {
		code[s] = ros_iq_scale_code(1 / d, scales[s], 7);
		words[s / 4] |= (uint16_t)(code[s] << 3 * (s % 4));
	}
	half = ros_f32_to_f16(iq1_m_fit(x, qw, sigma2, b, code, kind, d) * 1.1125f);
	for (unsigned s = 0; s < 16; s++)
		b[32 + s] |= shift_bits[kind[s]];
	for (unsigned k = 0; k < 4; k++)
		ros_put_le16(b + 48 + 2 * k, (uint16_t)(words[k] | (half >> 4 * k & 15) << 12));
}

void ros_iq1_s_encode_with(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights, const struct ros_iq_ops *ops)
{
	ros_iq_rows(src, dst, rows, cols, weights, 50, iq1_s_block, ops);
}

void ros_iq1_m_encode_with(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights, const struct ros_iq_ops *ops)
{
	ros_iq_rows(src, dst, rows, cols, weights, 56, iq1_m_block, ops);
}
