/* Q2_K, Q4_K and Q5_K blocks for a whole run of super-blocks: the twins of k_encode_offset.c.
 * A batch is GROUPS * LANES sub-blocks. Whatever this file cannot do exactly - infinities,
 * numbers near the ends of the float range, scales that vanish - the reference does, one
 * super-block at a time. */
#ifndef ROS_QUANT_LANES_OFFSET_ENCODE_H
#define ROS_QUANT_LANES_OFFSET_ENCODE_H

#include "quant/blocks.h"
#include "quant/lanes/offset_search.h"
#include "quant/lanes/importance.h"
#include "quant/lanes/qp_search.h"
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

/* Weights by importance: those of the columns of super-block AT and on. */
INLINE void weigh_columns(struct offset_kind k, struct offset_group *g, const float *weights, size_t cols, size_t at,
	unsigned first, const float *sigma2)
{
	const unsigned n = k.plain.n;
	float spread[LANES] ALIGNED;
	const float *rows[LANES];
	vf s;

	for (unsigned j = 0; j < LANES; j++) {
		unsigned sub = first + j, block = sub * n / 256;

		rows[j] = columns_of(weights, cols, at + block) + sub * n % 256;
		spread[j] = sigma2[block];
	}
	v_transpose_rows(rows, n, &g->e[0].w, sizeof g->e[0] / sizeof g->e[0].w);
	s = v_load(spread);
	for (unsigned i = 0; i < n; i++)
		g->e[i].w = importance(g->e[i].w, s, g->e[i].x);
}

/* Scales and mins of a batch from X, which starts at super-block AT of the tensor. */
INLINE void offset_search(struct offset_kind k, const float *x, const float *weights, size_t cols, size_t at,
	struct offset_found *found)
{
	const struct ros_qkx_walk weighted = { k.plain.n, k.plain.nmax, -0.9f, 0.05f, 36, false };
	const unsigned blocks = GROUPS * LANES * k.plain.n / 256;
	struct offset_group g[GROUPS];
	float sigma2[8];

	if (weights) {
		block_squares(x, blocks, sigma2);
		for (unsigned b = 0; b < blocks; b++)
			sigma2[b] = k.plain.n == 16 ? sigma2[b] / 256 : 2 * sigma2[b] / 256;
	}
	for (unsigned j = 0; j < GROUPS; j++) {
		v_transpose(x + j * LANES * k.plain.n, k.plain.n, &g[j].e[0].x, sizeof g[j].e[0] / sizeof g[j].e[0].x);
		if (weights)
			weigh_columns(k, &g[j], weights, cols, at, j * LANES, sigma2);
		else
			weigh_plain(k, &g[j]);
		offset_start(weights ? weighted : k.plain, &g[j]);
	}
	offset_walk(weights ? weighted : k.plain, g);
	offset_keep(g, found);
}

/* The scales and mins of a batch as ros_make_qp makes them integers: lane b of each those of
 * the batch's super-block b, and lane BLOCKS + b its mins. */
INLINE void offset_qp(struct offset_kind k, const struct offset_found *found, struct qp_group *qp)
{
	const unsigned count = 256 / k.plain.n, blocks = GROUPS * LANES / count;
	const float *x[LANES], *w[LANES];

	for (unsigned j = 0; j < LANES; j++) {
		unsigned first = j % blocks * count;

		x[j] = j / blocks % 2 ? found->mins + first : found->scales + first;
		w[j] = found->sum_w + first;
	}
	v_transpose_rows(x, count, qp->x, 1);
	v_transpose_rows(w, count, qp->w, 1);
	qp_search(qp, count, k.scale_max);
}

/* What ros_make_qp found in LANE; false if only the reference can say. */
INLINE bool qp_multiples(const struct qp_group *qp, unsigned lane, unsigned count, uint8_t *l, uint8_t *half,
	float *product)
{
	const float *codes = (const float *)qp->l + lane, *scale = (const float *)&qp->scale + lane;
	float unit;

	if (m_bits(qp->odd) >> lane & 1 || !(*scale < 0x1p80f))
		return false;
	ros_put_le16(half, _cvtss_sh(*scale, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
	unit = _cvtsh_ss(ros_le16(half));
	for (unsigned j = 0; j < count; j++) {
		l[j] = (uint8_t)codes[j * LANES];
		product[j] = unit * codes[j * LANES];
	}
	return true;
}

/* Super-block AT of a batch from what the search found for its sub-blocks; QP: with importance.
 * False if only the reference can. */
INLINE bool offset_block(struct offset_kind k, const float *x, uint8_t *b, const struct offset_found *found,
	const struct qp_group *qp, unsigned at)
{
	const unsigned count = 256 / k.plain.n, blocks = GROUPS * LANES / count, first = at * count;
	uint8_t l[256] ALIGNED, ls[16], lm[16];
	struct sub_scales s;
	uint8_t *half = k.plain.n == 16 ? b + 80 : b;

	if (found->odd >> first & ((1u << count) - 1))
		return false;
	if (qp && !(qp_multiples(qp, at, count, ls, half, s.d) && qp_multiples(qp, blocks + at, count, lm, half + 2, s.add)))
		return false;
	if (!qp && !(scale_multiples(found->scales + first, count, k.scale_max, ls, half, s.d)
		&& scale_multiples(found->mins + first, count, k.scale_max, lm, half + 2, s.add)))
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
	const unsigned batch = GROUPS * LANES * k.plain.n / 256;
	const size_t blocks = rows * (cols / 256);
	float padded[GROUPS * LANES * MAX_LEN];
	struct offset_found found;
	struct qp_group qp;

	if (cols % 256) {
		k.reference(src, dst, rows, cols, weights);
		return;
	}
	for (size_t at = 0; at < blocks; at += batch) {
		unsigned n = blocks - at < batch ? (unsigned)(blocks - at) : batch;
		const float *x = src;

		if (n < batch) {                           /* the last few: zeros in the lanes left over */
			memset(padded, 0, sizeof padded);
			memcpy(padded, src, n * 256 * sizeof *src);
			x = padded;
		}
		if (weights) {
			offset_search(k, x, weights, cols, at, &found);
			offset_qp(k, &found, &qp);
		} else {
			offset_search(k, x, NULL, 0, 0, &found);
		}
		for (unsigned j = 0; j < n; j++, src += 256, dst += k.bytes)
			if (!offset_block(k, src, dst, &found, weights ? &qp : NULL, j))
				k.reference(src, dst, 1, 256, weights ? columns_of(weights, cols, at + j) : NULL);
	}
}

#endif
