/* ros_make_qx and ros_make_q3 for LANES sub-blocks of 16 at once, one in each lane, bit for bit.
 * Included once per instruction set, after its lanes. */
#ifndef ROS_QUANT_LANES_SIGNED_SEARCH_H
#define ROS_QUANT_LANES_SIGNED_SEARCH_H

#include "quant/k_search.h"

#define INLINE static inline __attribute__((always_inline))
#define ALIGNED __attribute__((aligned(64)))

enum { LEN = 16, CANDIDATES = 19 };

/* Element i of LANES sub-blocks, the weight w, and w * x. */
struct signed_element {
	vf x, w, wx;
};

/* sum w*x*l and sum w*l*l. */
struct signed_fit {
	vf lx, l2;
};

struct signed_group {
	struct signed_element e[LEN];
	vf max, amax;                         /* the value of largest magnitude */
	vf scale, iscale;                     /* found; and by what the values were multiplied for their codes */
	vm zero;                              /* counts as zero: scale 0 */
	vm odd;                               /* lanes whose numbers leave the range in which this file is exact */
};

/* What the searches found, by sub-block; LANES or more of them. */
struct signed_found {
	float scales[64] ALIGNED, high[64] ALIGNED, low[64] ALIGNED;
	uint64_t zero, odd;                   /* bit per sub-block */
};

INLINE vf round_to(vf v, float low, float high, bool clamp_low, bool clamp_high)
{
	const vf magic = v_set(12582912.0f);

	v = v_add(v, magic);
	if (clamp_high)
		v = v_min(v, v_set(12582912.0f + high));
	if (clamp_low)
		v = v_max(v, v_set(12582912.0f + low));
	return v_sub(v, magic);
}

/* From x: the extremes, and weights x * x unless they are there already. */
INLINE void signed_start(struct signed_group *g, bool weighted)
{
	vf amax = v_set(0), max = v_set(0);

	for (unsigned i = 0; i < LEN; i++) {
		vf x = g->e[i].x, a = v_abs(x);

		max = v_select(v_gt(a, amax), x, max);
		amax = v_max(a, amax);
		if (!weighted)
			g->e[i].w = v_mul(x, x);
		g->e[i].wx = v_mul(g->e[i].w, x);
	}
	g->max = max;
	g->amax = amax;
	g->zero = v_lt(amax, v_set(ROS_GROUP_ZERO));
}

/* COUNT candidates at once; they share the loads, and none waits for another's sums. */
INLINE void fit_codes(const struct signed_group *g, int nmax, const vf *iscale, struct signed_fit *fit, unsigned count,
	bool clamp_low, bool clamp_high)
{
	struct signed_fit sum[3];

#pragma GCC unroll 3
	for (unsigned c = 0; c < count; c++)
		sum[c].lx = sum[c].l2 = v_set(0);
	for (unsigned i = 0; i < LEN; i++) {
		vf x = g->e[i].x, w = g->e[i].w, wx = g->e[i].wx;

#pragma GCC unroll 3
		for (unsigned c = 0; c < count; c++) {
			vf l = round_to(v_mul(iscale[c], x), (float)-nmax, (float)(nmax - 1), clamp_low, clamp_high);

			sum[c].lx = v_add(sum[c].lx, v_mul(wx, l));
			sum[c].l2 = v_add(sum[c].l2, v_mul(v_mul(w, l), l));
		}
	}
#pragma GCC unroll 3
	for (unsigned c = 0; c < count; c++)
		fit[c] = sum[c];
}

/* Three candidates: steps with which the largest magnitude becomes nmax + 0.1 * is, on the
 * negative side. */
struct qx_three {
	vf iscale[3];
};

INLINE struct qx_three qx_steps(const struct signed_group *g, int nmax, int a, int b, int c)
{
	return (struct qx_three){ {
		v_div(v_set(-((float)nmax + 0.1f * (float)a)), g->max),
		v_div(v_set(-((float)nmax + 0.1f * (float)b)), g->max),
		v_div(v_set(-((float)nmax + 0.1f * (float)c)), g->max) } };
}

/* The best so far of ros_make_qx. */
struct qx_best {
	vf scale, best, iscale;
};

INLINE void qx_choose(struct qx_best *b, struct signed_fit fit, vf iscale)
{
	vm better = m_and(v_gt(fit.l2, v_set(0)), v_gt(v_mul(fit.lx, fit.lx), v_mul(b->best, fit.l2)));
	vf scale = v_div(fit.lx, fit.l2);

	b->scale = v_select(better, scale, b->scale);
	b->best = v_select(better, v_mul(scale, fit.lx), b->best);
	b->iscale = v_select(better, iscale, b->iscale);
}

INLINE void qx_choose3(struct qx_best *b, const struct signed_fit *fit, struct qx_three by)
{
	qx_choose(b, fit[0], by.iscale[0]);
	qx_choose(b, fit[1], by.iscale[1]);
	qx_choose(b, fit[2], by.iscale[2]);
}

/* Candidates are fitted three at a time, each three's divisions during the three before; the choice
 * takes them in the order 0, -9..9. Codes past nmax - 1 need at least nmax - 0.5 steps, and
 * codes past -nmax need nmax + 0.5: so the first three go without clamps, and most with one. */
INLINE void search_qx(struct signed_group *g, int nmax)
{
	struct qx_three first = qx_steps(g, nmax, -9, -8, -7), now = qx_steps(g, nmax, 0, -6, -5), next;
	struct signed_fit low[3], fit[3];
	struct qx_best b;

	fit_codes(g, nmax, first.iscale, low, 3, false, false);
	next = qx_steps(g, nmax, -4, -3, -2);
	fit_codes(g, nmax, now.iscale, fit, 3, false, true);
	b.scale = v_select(v_neq(fit[0].l2, v_set(0)), v_div(fit[0].lx, fit[0].l2), v_set(0));
	b.best = v_mul(b.scale, fit[0].lx);
	b.iscale = now.iscale[0];
	g->odd = m_not(m_and(v_lt(v_abs(fit[0].lx), v_set(0x1p100f)), v_lt(g->amax, v_set(0x1p60f))));
	qx_choose3(&b, low, first);
	qx_choose(&b, fit[1], now.iscale[1]);
	qx_choose(&b, fit[2], now.iscale[2]);
	now = qx_steps(g, nmax, -1, 1, 2);
	fit_codes(g, nmax, next.iscale, fit, 3, false, true);
	qx_choose3(&b, fit, next);
	next = qx_steps(g, nmax, 3, 4, 5);
	fit_codes(g, nmax, now.iscale, fit, 3, false, true);
	qx_choose3(&b, fit, now);
	now = qx_steps(g, nmax, 6, 7, 8);
	fit_codes(g, nmax, next.iscale, fit, 3, true, true);
	qx_choose3(&b, fit, next);
	next = qx_steps(g, nmax, 9, 9, 9);
	fit_codes(g, nmax, now.iscale, fit, 3, true, true);
	qx_choose3(&b, fit, now);
	fit_codes(g, nmax, next.iscale, fit, 1, true, true);
	qx_choose(&b, fit[0], next.iscale[0]);
	g->scale = v_select(g->zero, v_set(0), b.scale);
	g->iscale = b.iscale;
}

INLINE void signed_keep(const struct signed_group *g, unsigned first, struct signed_found *found)
{
	v_store(found->scales + first, g->scale);
	v_store(found->high + first, g->amax);
	v_store(found->low + first, v_neg(g->amax));
	found->zero |= (uint64_t)m_bits(g->zero) << first;
	found->odd |= (uint64_t)m_bits(m_and_not(g->odd, g->zero)) << first;
}

#endif
