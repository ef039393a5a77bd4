/* search_scale of iq4_encode.c for LANES sub-blocks of 32 at once. */
#ifndef ROS_QUANT_LANES_IQ4_SEARCH_H
#define ROS_QUANT_LANES_IQ4_SEARCH_H

#include "quant/k_search.h"

#define INLINE static inline __attribute__((always_inline))
#define ALIGNED __attribute__((aligned(64)))

struct iq4_group {
	struct { vf x, w; } e[32];
	vf scale;                             /* found; 0 where all counts as zero */
	vm odd;                               /* lanes whose numbers leave the range in which this file is exact */
};

struct iq4_fit {
	vf qx, q2;
};

struct iq4_best {
	vf d, best;
};

INLINE vf iq4_level(const float *values, vf v)
{
	return v_level(&lanes_iq4, values, v_min(v_max(v, v_set(-127)), v_set(113)));
}

/* Two candidates at once. */
INLINE void iq4_fit2(const struct iq4_group *g, vf id0, vf id1, struct iq4_fit *fit)
{
	struct iq4_fit a = { v_set(0), v_set(0) }, b = a;

	for (unsigned i = 0; i < 32; i++) {
		vf x = g->e[i].x, w = g->e[i].w;
		vf qa = iq4_level(lanes_iq4.level, v_mul(id0, x)), qb = iq4_level(lanes_iq4.level, v_mul(id1, x));
		vf wa = v_mul(w, qa), wb = v_mul(w, qb);

		a.qx = v_add(a.qx, v_mul(wa, x));
		a.q2 = v_add(a.q2, v_mul(wa, qa));
		b.qx = v_add(b.qx, v_mul(wb, x));
		b.q2 = v_add(b.q2, v_mul(wb, qb));
	}
	fit[0] = a;
	fit[1] = b;
}

INLINE void iq4_choose(struct iq4_best *b, struct iq4_fit fit)
{
	vm better = m_and(v_gt(fit.q2, v_set(0)), v_gt(v_mul(fit.qx, fit.qx), v_mul(b->best, fit.q2)));
	vf d = v_div(fit.qx, fit.q2);

	b->d = v_select(better, d, b->d);
	b->best = v_select(better, v_mul(d, fit.qx), b->best);
}

INLINE vf iq4_try(int try, vf max)
{
	return v_div(v_set((float)(try - 127)), max);
}

/* From x and w to scale. */
INLINE void iq4_search(struct iq4_group *g)
{
	vf amax = v_set(0), max = v_set(0);
	struct iq4_fit fit[2];
	struct iq4_best b;
	vm zero, tiny;

	for (unsigned i = 0; i < 32; i++) {
		vf a = v_abs(g->e[i].x);

		max = v_select(v_gt(a, amax), g->e[i].x, max);
		amax = v_max(a, amax);
	}
	zero = v_lt(amax, v_set(ROS_GROUP_ZERO));
	iq4_fit2(g, v_div(v_set(1), v_div(v_neg(max), v_set(-127))), iq4_try(-7, max), fit);
	b.d = v_select(v_gt(fit[0].q2, v_set(0)), v_div(fit[0].qx, fit[0].q2), v_set(0));
	b.best = v_mul(b.d, fit[0].qx);
	g->odd = m_not(m_and(v_lt(v_abs(fit[0].qx), v_set(0x1p100f)), v_lt(amax, v_set(0x1p60f))));
	iq4_choose(&b, fit[1]);
	for (int try = -6; try < 7; try += 2) {
		iq4_fit2(g, iq4_try(try, max), iq4_try(try + 1, max), fit);
		iq4_choose(&b, fit[0]);
		iq4_choose(&b, fit[1]);
	}
	g->scale = v_select(zero, v_set(0), b.d);
	tiny = m_and(v_lt(v_abs(g->scale), v_set(0x1p-100f)), v_neq(g->scale, v_set(0)));
	g->odd = m_and_not(m_or(g->odd, tiny), zero);
}

#endif
