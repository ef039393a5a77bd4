/* Q3_K blocks with importance: the twin of q3_k_search_weighted in k_encode_signed.c. First each
 * sub-block's scale, then those of LANES super-blocks as integers, one super-block in a lane. */
#ifndef ROS_QUANT_LANES_Q3_WEIGHTED_H
#define ROS_QUANT_LANES_Q3_WEIGHTED_H

#include "quant/lanes/importance.h"
#include "quant/lanes/q3_put.h"
#include "quant/lanes/signed_search.h"
#include "quant/lanes/transpose.h"
#include "quant/reference.h"

/* LANES super-blocks on their way. */
struct q3_weighted {
	float scales[LANES * 16] ALIGNED, sum_w[LANES * 16] ALIGNED;   /* by sub-block */
	float high[LANES * 16] ALIGNED, low[LANES * 16] ALIGNED;
	unsigned zero[LANES], odd[LANES];     /* by super-block, a bit per sub-block */
	float d[LANES] ALIGNED;               /* found */
	float codes[16][LANES] ALIGNED;       /* 0..63 */
};

INLINE void q3_weigh(struct signed_group *g, const float *weights, float sigma2)
{
	v_transpose(weights, LEN, &g->e[0].w, sizeof g->e[0] / sizeof g->e[0].w);
	for (unsigned i = 0; i < LEN; i++)
		g->e[i].w = importance(g->e[i].w, v_set(sigma2), g->e[i].x);
}

/* Scales of super-block AT from X with WEIGHTS of its columns. */
INLINE void q3_weighted_scales(struct q3_weighted *s, unsigned at, const float *x, const float *weights, float sigma2)
{
	s->zero[at] = s->odd[at] = 0;
	for (unsigned first = 0; first < 16; first += LANES) {
		struct signed_group g;
		vf sum = v_set(0);

		v_transpose(x + first * LEN, LEN, &g.e[0].x, sizeof g.e[0] / sizeof g.e[0].x);
		q3_weigh(&g, weights + first * LEN, sigma2);
		for (unsigned i = 0; i < LEN; i++)
			sum = v_add(sum, g.e[i].w);
		signed_start(&g, true);
		search_qx(&g, 4);
		v_store(s->scales + 16 * at + first, g.scale);
		v_store(s->sum_w + 16 * at + first, sum);
		v_store(s->high + 16 * at + first, g.amax);
		v_store(s->low + 16 * at + first, v_neg(g.amax));
		s->zero[at] |= m_bits(g.zero) << first;
		s->odd[at] |= m_bits(m_and_not(g.odd, g.zero)) << first;
	}
}

/* The scales as integers. */
INLINE void q3_weighted_codes(struct q3_weighted *s)
{
	struct signed_group g;
	unsigned odd;

	v_transpose(s->scales, LEN, &g.e[0].x, sizeof g.e[0] / sizeof g.e[0].x);
	v_transpose(s->sum_w, LEN, &g.e[0].w, sizeof g.e[0] / sizeof g.e[0].w);
	signed_start(&g, true);
	search_qx(&g, 32);
	v_store(s->d, g.scale);
	for (unsigned i = 0; i < LEN; i++) {
		vf l = round_to(v_mul(g.iscale, g.e[i].x), -32, 31, true, true);

		v_store(s->codes[i], v_select(g.zero, v_set(0), v_add(l, v_set(32))));
	}
	odd = m_bits(m_and_not(g.odd, g.zero));
	for (unsigned j = 0; j < LANES; j++)
		s->odd[j] |= odd >> j & 1;
}

INLINE bool q3_weighted_block(const float *x, uint8_t *b, const struct q3_weighted *s, unsigned at)
{
	struct q3_scales put = { .range = { .add = { 0 } }, .low = s->low + 16 * at, .high = s->high + 16 * at,
		.zero = s->zero[at] };
	float unit;

	if (s->odd[at])
		return false;
	ros_put_le16(b + 108, _cvtss_sh(s->d[at], _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
	unit = _cvtsh_ss(ros_le16(b + 108));
	for (unsigned j = 0; j < 16; j++) {
		put.codes[j] = (uint8_t)s->codes[j][at];
		put.range.d[j] = unit * (s->codes[j][at] - 32);
	}
	return q3_put(x, b, &put);
}

/* sum x*x of N super-blocks. */
INLINE void q3_squares(const float *x, unsigned n, float *sum)
{
	unsigned j = 0;

	for (; j + 4 <= n; j += 4)
		block_squares(x + 256 * j, 4, sum + j);
	for (; j < n; j++)
		block_squares(x + 256 * j, 1, sum + j);
}

INLINE void q3_encode_weighted(const float *src, uint8_t *dst, size_t blocks, size_t cols, const float *weights)
{
	struct q3_weighted s;
	float sums[LANES];

	for (size_t at = 0; at < blocks; at += LANES) {
		unsigned n = blocks - at < LANES ? (unsigned)(blocks - at) : LANES;

		q3_squares(src, n, sums);
		for (unsigned j = 0; j < LANES; j++) {     /* the last few: again the first, in the lanes left over */
			unsigned from = j < n ? j : 0;

			q3_weighted_scales(&s, j, src + 256 * from, columns_of(weights, cols, at + from), 2 * sums[from] / 256);
		}
		q3_weighted_codes(&s);
		for (unsigned j = 0; j < n; j++, src += 256, dst += 110)
			if (!q3_weighted_block(src, dst, &s, j))
				ros_q3_k_encode(src, dst, 1, 256, columns_of(weights, cols, at + j));
	}
}

#endif
