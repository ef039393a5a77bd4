/* Q2_K, Q4_K and Q5_K blocks for a whole run of super-blocks: the twins of k_encode_offset.c.
 * A batch is GROUPS * LANES sub-blocks. Whatever this file cannot do exactly - infinities,
 * numbers near the ends of the float range, scales that vanish - the reference does, one
 * super-block at a time. */
#ifndef ROS_QUANT_LANES_OFFSET_ENCODE_H
#define ROS_QUANT_LANES_OFFSET_ENCODE_H

#include "quant/blocks.h"
#include "quant/lanes/offset_search.h"
#include "quant/lanes/requantize.h"
#include "quant/lanes/transpose.h"

/* What tells one of the types from the others; constant wherever it is inlined. */
struct offset_kind {
	struct ros_qkx_walk plain;            /* without importance */
	unsigned bytes;                       /* of a block */
	int scale_max;                        /* of the integer scales and mins */
	ros_encode_fn *reference;
};

/* Weight of an element: its magnitude, plus the root mean square of the sub-block in Q4_K and Q5_K. */
INLINE void weigh_plain(struct offset_kind k, struct offset_group *g)
{
	vf sum = v_set(0), rms;

	if (k.plain.mad) {
		for (unsigned i = 0; i < k.plain.n; i++)
			g->e[i].w = v_abs(g->e[i].x);
		return;
	}
	for (unsigned i = 0; i < k.plain.n; i++)
		sum = v_add(sum, v_mul(g->e[i].x, g->e[i].x));
	rms = v_sqrt(v_div(sum, v_set((float)k.plain.n)));
	for (unsigned i = 0; i < k.plain.n; i++)
		g->e[i].w = v_add(rms, v_abs(g->e[i].x));
}

/* Scales and mins of a batch from X. */
INLINE void offset_search(struct offset_kind k, const float *x, struct offset_found *found)
{
	struct offset_group g[GROUPS];

	for (unsigned j = 0; j < GROUPS; j++) {
		v_transpose(x + j * LANES * k.plain.n, k.plain.n, &g[j].e[0].x, sizeof g[j].e[0] / sizeof g[j].e[0].x);
		weigh_plain(k, &g[j]);
		offset_start(k.plain, &g[j]);
	}
	offset_walk(k.plain, g);
	offset_keep(g, found);
}

/* One block from what the search found for its sub-blocks, FIRST and on; false if only the
 * reference can. */
INLINE bool offset_block(struct offset_kind k, const float *x, uint8_t *b, const struct offset_found *found, unsigned first)
{
	const unsigned count = 256 / k.plain.n;
	uint8_t l[256] ALIGNED, ls[16], lm[16];
	struct sub_scales s;
	uint8_t *half = k.plain.n == 16 ? b + 80 : b;

	if (found->odd >> first & ((1u << count) - 1))
		return false;
	if (!scale_multiples(found->scales + first, count, k.scale_max, ls, half, s.d))
		return false;
	if (!scale_multiples(found->mins + first, count, k.scale_max, lm, half + 2, s.add))
		return false;
	if (!reciprocals(&s, count, found->low + first, found->high + first, (unsigned)(found->flat >> first)))
		return false;
	requantize_offset(x, k.plain.n, k.plain.nmax, &s, l);
	if (k.plain.n == 16) {
		for (unsigned j = 0; j < 16; j++)
			b[j] = (uint8_t)(ls[j] | lm[j] << 4);
		pack_2bit(l, b + 16);
		return true;
	}
	pack_k4_scales(ls, lm, b + 4);
	if (k.plain.nmax == 31)
		pack_high(l, 4, b + 16);
	pack_4bit(l, b + (k.plain.nmax == 31 ? 48 : 16));
	return true;
}

INLINE void offset_encode(struct offset_kind k, const float *src, uint8_t *dst, size_t rows, size_t cols,
	const float *weights)
{
	const unsigned batch = GROUPS * LANES * k.plain.n / 256, count = 256 / k.plain.n;
	size_t blocks = rows * (cols / 256);
	struct offset_found found;
	float padded[GROUPS * LANES * MAX_LEN];

	if (weights || cols % 256) {
		k.reference(src, dst, rows, cols, weights);
		return;
	}
	while (blocks) {
		unsigned n = blocks < batch ? (unsigned)blocks : batch;
		const float *x = src;

		if (n < batch) {                           /* the last few: zeros in the lanes left over */
			memset(padded, 0, sizeof padded);
			memcpy(padded, src, n * 256 * sizeof *src);
			x = padded;
		}
		offset_search(k, x, &found);
		for (unsigned j = 0; j < n; j++, src += 256, dst += k.bytes)
			if (!offset_block(k, src, dst, &found, j * count))
				k.reference(src, dst, 1, 256, NULL);
		blocks -= n;
	}
}

#endif
