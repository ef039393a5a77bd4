/* Q3_K blocks without importance: coordinate descent (ros_make_q3) in lanes. Every move waits for
 * the one before, and for its division; SETS groups take turns to fill the time. */
#ifndef ROS_QUANT_LANES_Q3_ENCODE_H
#define ROS_QUANT_LANES_Q3_ENCODE_H

#include "quant/lanes/requantize.h"
#include "quant/lanes/signed_search.h"
#include "quant/lanes/transpose.h"
#include "quant/reference.h"

#include <string.h>

enum { SETS = 4 };

/* A group on its way down. */
struct q3_descent {
	struct signed_group g;
	vf l[LEN];
	struct signed_fit fit;
};

INLINE void q3_start(struct q3_descent *d)
{
	vf iscale;

	signed_start(&d->g, false);
	iscale = v_div(v_set(-4), d->g.max);
	d->fit.lx = d->fit.l2 = v_set(0);
	for (unsigned i = 0; i < LEN; i++) {
		const struct signed_element *e = &d->g.e[i];
		vf l = round_to(v_mul(iscale, e->x), -4, 3, false, true);

		d->l[i] = l;
		d->fit.lx = v_add(d->fit.lx, v_mul(e->wx, l));
		d->fit.l2 = v_add(d->fit.l2, v_mul(v_mul(e->w, l), l));
	}
	d->g.odd = m_not(m_and(v_lt(v_abs(d->fit.lx), v_set(0x1p100f)), v_lt(d->g.amax, v_set(0x1p60f))));
}

/* Tries to move code I of each lane; the lanes that did. */
INLINE vm q3_move(struct q3_descent *d, unsigned i)
{
	const struct signed_element *e = &d->g.e[i];
	const vf old = d->l[i];
	vf lx = v_sub(d->fit.lx, v_mul(e->wx, old)), l2 = v_sub(d->fit.l2, v_mul(v_mul(e->w, old), old)), q, l;
	vm positive = v_gt(lx, v_set(0)), moved;

	q = v_div(v_mul(e->x, l2), lx);
	d->g.odd = m_or(d->g.odd, m_and_not(positive, v_lt(v_abs(q), v_set(0x1p21f))));
	l = round_to(q, -4, 3, true, true);
	lx = v_add(lx, v_mul(e->wx, l));
	l2 = v_add(l2, v_mul(v_mul(e->w, l), l));
	moved = m_and(m_and(positive, v_neq(l, old)), v_gt(l2, v_set(0)));
	moved = m_and(moved, v_gt(v_mul(v_mul(lx, lx), d->fit.l2), v_mul(v_mul(d->fit.lx, d->fit.lx), l2)));
	d->l[i] = v_select(moved, l, old);
	d->fit.lx = v_select(moved, lx, d->fit.lx);
	d->fit.l2 = v_select(moved, l2, d->fit.l2);
	return moved;
}

/* At most five sweeps; another over lanes that have come to rest changes nothing in them. */
INLINE void q3_descend(struct q3_descent *d)
{
	for (int sweep = 0; sweep < 5; sweep++) {
		vm moved = m_none();

		for (unsigned i = 0; i < LEN; i++) {
#pragma GCC unroll 4
			for (unsigned j = 0; j < SETS; j++)
				moved = m_or(moved, q3_move(&d[j], i));
		}
		if (!m_any(moved))
			break;
	}
	for (unsigned j = 0; j < SETS; j++) {
		vf scale = v_select(v_gt(d[j].fit.l2, v_set(0)), v_div(d[j].fit.lx, d[j].fit.l2), v_set(0));

		d[j].g.scale = v_select(d[j].g.zero, v_set(0), scale);
	}
}

/* A batch of SETS * LANES sub-blocks. */
INLINE void q3_search(const float *x, struct signed_found *found)
{
	struct q3_descent d[SETS];

	for (unsigned j = 0; j < SETS; j++) {
		v_transpose(x + j * LANES * LEN, LEN, &d[j].g.e[0].x, sizeof d[j].g.e[0] / sizeof d[j].g.e[0].x);
		q3_start(&d[j]);
	}
	q3_descend(d);
	found->zero = found->odd = 0;
	for (unsigned j = 0; j < SETS; j++)
		signed_keep(&d[j].g, j * LANES, found);
}

/* One block of sub-blocks FIRST..FIRST + 15; false if only the reference can. */
INLINE bool q3_block(const float *x, uint8_t *b, const struct signed_found *found, unsigned first)
{
	struct sub_scales s = { .add = { 0 } };
	uint8_t l[256] ALIGNED;
	int8_t ls[16];
	unsigned zero = (unsigned)(found->zero >> first) & 0xffff;

	if (found->odd >> first & 0xffff)
		return false;
	if (!signed_multiples(found->scales + first, 32, ls, b + 108, s.d))
		return false;
	if (!reciprocals(&s, 16, found->low + first, found->high + first, zero))
		return false;
	for (unsigned j = 0; j < 16; j++)
		ls[j] = (int8_t)(ls[j] + 32);
	requantize_signed(x, 4, &s, zero, l);
	pack_q3_scales((const uint8_t *)ls, b + 96);
	pack_high(l, 2, b);
	pack_2bit(l, b + 32);
	return true;
}

INLINE void q3_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	const unsigned batch = SETS * LANES / 16;
	size_t blocks = rows * (cols / 256);
	struct signed_found found;
	float padded[SETS * LANES * LEN];

	if (weights || cols % 256) {
		ros_q3_k_encode(src, dst, rows, cols, weights);
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
		q3_search(x, &found);
		for (unsigned j = 0; j < n; j++, src += 256, dst += 110)
			if (!q3_block(src, dst, &found, 16 * j))
				ros_q3_k_encode(src, dst, 1, 256, NULL);
		blocks -= n;
	}
}

#endif
