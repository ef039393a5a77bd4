/* Q6_K blocks: the twin of q6_k_block in k_encode_signed.c. */
#ifndef ROS_QUANT_LANES_Q6_ENCODE_H
#define ROS_QUANT_LANES_Q6_ENCODE_H

#include "quant/lanes/requantize.h"
#include "quant/lanes/signed_search.h"
#include "quant/lanes/transpose.h"
#include "quant/reference.h"

INLINE void q6_search(const float *x, const float *weights, struct signed_found *found)
{
	found->zero = found->odd = 0;
	for (unsigned first = 0; first < 16; first += LANES) {
		struct signed_group g;

		v_transpose(x + first * LEN, LEN, &g.e[0].x, sizeof g.e[0] / sizeof g.e[0].x);
		if (weights)
			v_transpose(weights + first * LEN, LEN, &g.e[0].w, sizeof g.e[0] / sizeof g.e[0].w);
		signed_start(&g, weights);
		search_qx(&g, 32);
		signed_keep(&g, first, found);
	}
}

/* False if only the reference can. */
INLINE bool q6_block(const float *x, uint8_t *b, const float *weights)
{
	struct signed_found found;
	struct sub_scales s = { .add = { 0 } };
	uint8_t l[256] ALIGNED;

	q6_search(x, weights, &found);
	if (found.odd)
		return false;
	if (!signed_multiples(found.scales, 128, (int8_t *)b + 192, b + 208, s.d))
		return false;
	if (!reciprocals(&s, 16, found.low, found.high, (unsigned)found.zero))
		return false;
	requantize_signed(x, 32, &s, (unsigned)found.zero, l);
	pack_6bit(l, b, b + 128);
	return true;
}

INLINE void q6_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	if (cols % 256) {
		ros_q6_k_encode(src, dst, rows, cols, weights);
		return;
	}
	for (; rows; rows--)
		for (size_t c = 0; c < cols; c += 256, src += 256, dst += 210) {
			const float *w = weights ? weights + c : NULL;

			if (!q6_block(src, dst, w))
				ros_q6_k_encode(src, dst, 1, 256, w);
		}
}

#endif
