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
	vf scale;                             /* found */
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

/* From x: the extremes, and weights x * x unless they are there. */
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
	for (unsigned c = 0; c < count; c++)
		fit[c] = sum[c];
}

/* Candidate scales -9..9 of ros_make_qx: the largest magnitude becomes nmax + 0.1 * is, on the
 * negative side. Codes past nmax - 1 need at least nmax - 0.5 there, and codes past -nmax need
 * nmax + 0.5; the candidates come in threes so that most go without one clamp or both. */
INLINE void fit_all(const struct signed_group *g, int nmax, struct signed_fit *fit)
{
	vf iscale[CANDIDATES];

#pragma GCC unroll 19
	for (int is = -9; is <= 9; is++)
		iscale[is + 9] = v_div(v_set(-((float)nmax + 0.1f * (float)is)), g->max);
	fit_codes(g, nmax, iscale, fit, 3, false, false);
	for (unsigned c = 3; c < 12; c += 3)
		fit_codes(g, nmax, iscale + c, fit + c, 3, false, true);
	fit_codes(g, nmax, iscale + 12, fit + 12, 2, false, true);
	fit_codes(g, nmax, iscale + 14, fit + 14, 3, true, true);
	fit_codes(g, nmax, iscale + 17, fit + 17, 2, true, true);
}

INLINE void search_qx(struct signed_group *g, int nmax)
{
	struct signed_fit fit[CANDIDATES];
	vf scale, best;

	fit_all(g, nmax, fit);
	scale = v_select(v_neq(fit[9].l2, v_set(0)), v_div(fit[9].lx, fit[9].l2), v_set(0));
	best = v_mul(scale, fit[9].lx);
	g->odd = m_not(m_and(v_lt(v_abs(fit[9].lx), v_set(0x1p100f)), v_lt(g->amax, v_set(0x1p60f))));
#pragma GCC unroll 19
	for (unsigned c = 0; c < CANDIDATES; c++) {
		vf lx = fit[c].lx, l2 = fit[c].l2, s;
		vm better = m_and(v_gt(l2, v_set(0)), v_gt(v_mul(lx, lx), v_mul(best, l2)));

		if (c == 9)
			continue;
		s = v_div(lx, l2);
		scale = v_select(better, s, scale);
		best = v_select(better, v_mul(s, lx), best);
	}
	g->scale = v_select(g->zero, v_set(0), scale);
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
