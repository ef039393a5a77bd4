/* Floats to the K-quants with a scale and a min per sub-block: Q2_K, Q4_K, Q5_K.
 * First every sub-block gets its own float scale and min (k_search.h); then these are
 * rounded to small multiples of the super-block's d and dmin, and the codes are taken again.
 * Source: ggml-quants.c (quantize_row_q{2,4,5}_K_ref without, _impl with importance). */
#include "quant/blocks.h"
#include "quant/half.h"
#include "quant/k_blocks.h"
#include "quant/k_pack.h"
#include "quant/k_search.h"
#include "quant/reference.h"

#include <math.h>

/* One super-block on its way: float scales, their integer multiples, codes. */
struct offset_block {
	unsigned len, count;              /* elements in a sub-block, sub-blocks: 16 x 16 or 32 x 8 */
	int nmax;                         /* largest code */
	float scales[16], mins[16], sw[16];
	uint8_t ls[16], lm[16];
	float d, dmin;                    /* as stored, widened */
	uint8_t l[256];
};

static float sum_squares(const float *x, unsigned n)
{
	float sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += x[i] * x[i];
	return sum;
}

/* Scales and mins of all sub-blocks by importance Q of the columns. */
static void search_weighted(struct offset_block *s, const float *x, const float *q, float sigma2)
{
	const struct ros_qkx_walk walk = { s->len, s->nmax, -0.9f, 0.05f, 36, false };
	float w[32];

	for (unsigned j = 0; j < s->count; j++, x += s->len, q += s->len) {
		s->sw[j] = 0;
		for (unsigned i = 0; i < s->len; i++) {
			w[i] = q[i] * sqrtf(sigma2 + x[i] * x[i]);
			s->sw[j] += w[i];
		}
		s->scales[j] = ros_make_qkx(&walk, x, w, s->l + j * s->len, &s->mins[j]);
	}
}

/* Codes again, for the scales as stored; a sub-block whose scale became 0 keeps its own. */
static void requantize(struct offset_block *s, const float *x)
{
	for (unsigned j = 0; j < s->count; j++) {
		float d = s->d * s->ls[j], dm = s->dmin * s->lm[j];

		if (d == 0)
			continue;
		for (unsigned i = j * s->len; i < (j + 1) * s->len; i++)
			s->l[i] = (uint8_t)ros_clamp(ros_nearest((x[i] + dm) / d), 0, s->nmax);
	}
}

static float largest(const float *v, unsigned n)
{
	float max = 0;

	for (unsigned i = 0; i < n; i++)
		max = v[i] > max ? v[i] : max;
	return max;
}

/* V as multiples 0..NMAX of the largest / NMAX; returns that unit as stored in HALF. */
static float by_largest(const float *v, unsigned n, int nmax, uint8_t *l, uint8_t *half)
{
	float max = largest(v, n), inv = max > 0 ? (float)nmax / max : 0;

	for (unsigned j = 0; j < n; j++) {
		uint8_t code = (uint8_t)ros_nearest(inv * v[j]);

		l[j] = code < nmax ? code : (uint8_t)nmax;
	}
	ros_put_f16(half, max > 0 ? max / (float)nmax : 0);
	return ros_get_f16(half);
}

static float by_weight(const struct offset_block *s, const float *v, int nmax, uint8_t *l, uint8_t *half)
{
	ros_put_f16(half, ros_make_qp(s->count, nmax, v, l, s->sw));
	return ros_get_f16(half);
}

/* Scales and mins to integers, and d and dmin to D and DMIN. */
static void quantize_scales(struct offset_block *s, bool weighted, int nmax, uint8_t *d, uint8_t *dmin)
{
	if (weighted) {
		s->d = by_weight(s, s->scales, nmax, s->ls, d);
		s->dmin = by_weight(s, s->mins, nmax, s->lm, dmin);
	} else {
		s->d = by_largest(s->scales, s->count, nmax, s->ls, d);
		s->dmin = by_largest(s->mins, s->count, nmax, s->lm, dmin);
	}
}

static void q2_k_search(struct offset_block *s, const float *x)
{
	static const struct ros_qkx_walk walk = { 16, 3, -0.5f, 0.1f, 15, true };
	float w[16];

	for (unsigned j = 0; j < 16; j++, x += 16) {
		for (unsigned i = 0; i < 16; i++)
			w[i] = fabsf(x[i]);
		s->scales[j] = ros_make_qkx(&walk, x, w, s->l + 16 * j, &s->mins[j]);
	}
}

static void q2_k_block(const float *x, uint8_t *b, const float *w)
{
	struct offset_block s = { .len = 16, .count = 16, .nmax = 3 };

	if (w)
		search_weighted(&s, x, w, sum_squares(x, 256) / 256);
	else
		q2_k_search(&s, x);
	quantize_scales(&s, w, 15, b + 80, b + 82);
	for (unsigned j = 0; j < 16; j++)
		b[j] = (uint8_t)(s.ls[j] | s.lm[j] << 4);
	requantize(&s, x);
	ros_pack_2bit(s.l, b + 16);
}

/* Q4_K and Q5_K without importance: every element weighs its magnitude plus the sub-block's
 * root mean square. */
static void search_32(struct offset_block *s, const struct ros_qkx_walk *walk, const float *x)
{
	float w[32];

	for (unsigned j = 0; j < 8; j++, x += 32) {
		float rms = sqrtf(sum_squares(x, 32) / 32);

		for (unsigned i = 0; i < 32; i++)
			w[i] = rms + fabsf(x[i]);
		s->scales[j] = ros_make_qkx(walk, x, w, s->l + 32 * j, &s->mins[j]);
	}
}

/* All of a Q4_K or Q5_K block but its codes. */
static void encode_32(struct offset_block *s, const struct ros_qkx_walk *walk, const float *x, uint8_t *b, const float *w)
{
	if (w)
		search_weighted(s, x, w, 2 * sum_squares(x, 256) / 256);
	else
		search_32(s, walk, x);
	quantize_scales(s, w, 63, b, b + 2);
	memset(b + 4, 0, 12);
	for (unsigned j = 0; j < 8; j++)
		ros_k4_pack(b + 4, j, s->ls[j], s->lm[j]);
	requantize(s, x);
}

static void q4_k_block(const float *x, uint8_t *b, const float *w)
{
	static const struct ros_qkx_walk walk = { 32, 15, -1.0f, 0.1f, 20, false };
	struct offset_block s = { .len = 32, .count = 8, .nmax = 15 };

	encode_32(&s, &walk, x, b, w);
	ros_pack_4bit(s.l, b + 16);
}

static void q5_k_block(const float *x, uint8_t *b, const float *w)
{
	static const struct ros_qkx_walk walk = { 32, 31, -0.5f, 0.1f, 15, false };
	struct offset_block s = { .len = 32, .count = 8, .nmax = 31 };

	encode_32(&s, &walk, x, b, w);
	ros_pack_high5(s.l, b + 16);
	ros_pack_4bit(s.l, b + 48);
}

void ros_q2_k_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 256, 84, q2_k_block);
}

void ros_q4_k_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 256, 144, q4_k_block);
}

void ros_q5_k_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 256, 176, q5_k_block);
}
