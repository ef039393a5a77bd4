/* Q3_K blocks without importance: coordinate descent (ros_make_q3) in lanes. In four sub-blocks
 * of five no code wants to move, which is seen without waiting for anything. The others are
 * gathered from many blocks and descend together: there every move waits for the one before,
 * and for its division, and SETS groups take turns to fill the time. */
#ifndef ROS_QUANT_LANES_Q3_ENCODE_H
#define ROS_QUANT_LANES_Q3_ENCODE_H

#include "quant/lanes/q3_put.h"
#include "quant/lanes/signed_search.h"
#include "quant/lanes/transpose.h"
#include "quant/reference.h"

#include <string.h>

enum { SETS = 4, CHUNK = 32 };               /* groups that descend together; super-blocks at a time */

/* What the searches of a chunk found. */
struct q3_found {
	float scales[CHUNK * 16], high[CHUNK * 16], low[CHUNK * 16];   /* by sub-block */
	uint32_t zero[CHUNK], odd[CHUNK];     /* by super-block, a bit per sub-block */
	uint16_t pending[CHUNK * 16 + SETS * LANES];   /* sub-blocks that descend */
	unsigned pending_count;
};

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
}

INLINE vf q3_scale(const struct q3_descent *d)
{
	vf scale = v_select(v_gt(d->fit.l2, v_set(0)), v_div(d->fit.lx, d->fit.l2), v_set(0));

	return v_select(d->g.zero, v_set(0), scale);
}

/* The lanes in which no code would move: q3_move with an approximate quotient, and with a margin
 * for that. The bounds keep every intermediate clear of overflow and underflow. */
INLINE vm q3_settled(const struct q3_descent *d)
{
	vm settled = m_and(v_gt(d->g.amax, v_set(0x1p-20f)), v_lt(d->g.amax, v_set(0x1p20f)));

	for (unsigned i = 0; i < LEN; i++) {
		const struct signed_element *e = &d->g.e[i];
		vf l = d->l[i], lx = v_sub(d->fit.lx, v_mul(e->wx, l));
		vf l2 = v_sub(d->fit.l2, v_mul(v_mul(e->w, l), l));
		vf q = v_ratio(v_mul(e->x, l2), lx);

		q = v_sub(v_min(v_max(q, v_set(-4)), v_set(3)), l);
		settled = m_and(settled, m_or(v_lt(v_abs(q), v_set(0.4995f)), m_not(v_gt(lx, v_set(0)))));
	}
	return m_or(settled, d->g.zero);
}

/* Sub-blocks FIRST..FIRST + LANES of X: found, or left pending. */
INLINE void q3_look(const float *x, unsigned first, struct q3_found *found)
{
	struct q3_descent d;
	unsigned pending;

	v_transpose(x + first * LEN, LEN, &d.g.e[0].x, sizeof d.g.e[0] / sizeof d.g.e[0].x);
	q3_start(&d);
	v_storeu(found->scales + first, q3_scale(&d));
	v_storeu(found->high + first, d.g.amax);
	v_storeu(found->low + first, v_neg(d.g.amax));
	found->zero[first / 16] |= m_bits(d.g.zero) << first % 16;
	found->odd[first / 16] |= m_bits(m_and_not(d.g.odd, d.g.zero)) << first % 16;
	for (pending = m_bits(m_not(q3_settled(&d))); pending; pending &= pending - 1)
		found->pending[found->pending_count++] = (uint16_t)(first + (unsigned)__builtin_ctz(pending));
}

/* SETS * LANES pending sub-blocks from the list AT. */
INLINE void q3_finish(const float *x, const uint16_t *at, struct q3_found *found)
{
	struct q3_descent d[SETS];
	float scales[LANES] ALIGNED;

	for (unsigned j = 0; j < SETS; j++) {
		const float *rows[LANES];

		for (unsigned k = 0; k < LANES; k++)
			rows[k] = x + at[j * LANES + k] * LEN;
		v_transpose_rows(rows, LEN, &d[j].g.e[0].x, sizeof d[j].g.e[0] / sizeof d[j].g.e[0].x);
		q3_start(&d[j]);
	}
	q3_descend(d);
	for (unsigned j = 0; j < SETS; j++) {
		unsigned odd = m_bits(m_and_not(d[j].g.odd, d[j].g.zero));

		v_store(scales, q3_scale(&d[j]));
		for (unsigned k = 0; k < LANES; k++) {
			unsigned to = at[j * LANES + k];

			found->scales[to] = scales[k];
			found->odd[to / 16] |= (odd >> k & 1) << to % 16;
		}
	}
}

/* Scales of N super-blocks. */
INLINE void q3_search(const float *x, unsigned n, struct q3_found *found)
{
	unsigned done;

	memset(found->zero, 0, sizeof found->zero);
	memset(found->odd, 0, sizeof found->odd);
	found->pending_count = 0;
	for (unsigned first = 0; first < n * 16; first += LANES)
		q3_look(x, first, found);
	/* fill the last round with sub-block 0: doing it again changes nothing */
	for (unsigned k = 0; k < SETS * LANES; k++)
		found->pending[found->pending_count + k] = 0;
	for (done = 0; done < found->pending_count; done += SETS * LANES)
		q3_finish(x, found->pending + done, found);
}

/* Super-block AT; false if only the reference can. */
INLINE bool q3_block(const float *x, uint8_t *b, const struct q3_found *found, unsigned at)
{
	struct q3_scales s = { .range = { .add = { 0 } }, .low = found->low + 16 * at, .high = found->high + 16 * at,
		.zero = found->zero[at] };

	if (found->odd[at])
		return false;
	if (!signed_multiples(found->scales + 16 * at, 32, (int8_t *)s.codes, b + 108, s.range.d))
		return false;
	for (unsigned j = 0; j < 16; j++)
		s.codes[j] = (uint8_t)(s.codes[j] + 32);
	return q3_put(x, b, &s);
}

INLINE void q3_encode(const float *src, uint8_t *dst, size_t blocks)
{
	struct q3_found found;

	while (blocks) {
		unsigned n = blocks < CHUNK ? (unsigned)blocks : CHUNK;

		q3_search(src, n, &found);
		for (unsigned j = 0; j < n; j++, src += 256, dst += 110)
			if (!q3_block(src, dst, &found, j))
				ros_q3_k_encode(src, dst, 1, 256, NULL);
		blocks -= n;
	}
}

#endif
