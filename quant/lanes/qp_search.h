/* ros_make_qp in lanes: the scales (or the mins) of LANES super-blocks at once. */
#ifndef ROS_QUANT_LANES_QP_SEARCH_H
#define ROS_QUANT_LANES_QP_SEARCH_H

#include "quant/k_search.h"

enum { QP_MAX = 16 };

struct qp_group {
	vf x[QP_MAX], w[QP_MAX];
	vf l[QP_MAX];                         /* found: codes, scale */
	vf scale;
	vm odd;                               /* lanes in which this file is not exact */
};

INLINE vf qp_code(vf v, int nmax)
{
	return v_min(v_sub(v_add(v, v_set(12582912.0f)), v_set(12582912.0f)), v_set((float)nmax));
}

INLINE vf qp_error(const struct qp_group *g, unsigned n, int nmax, vf iscale)
{
	vf scale = v_div(v_set(1), iscale), sum = v_set(0);

	for (unsigned i = 0; i < n; i++) {
		vf diff = v_sub(g->x[i], v_mul(scale, qp_code(v_mul(iscale, g->x[i]), nmax)));

		sum = v_add(sum, v_mul(v_mul(g->w[i], diff), diff));
	}
	return sum;
}

/* Steps per unit with the smallest error. */
INLINE vf qp_best_iscale(const struct qp_group *g, unsigned n, int nmax, vf max)
{
	vf iscale = v_div(v_set((float)nmax), max), best = qp_error(g, n, nmax, iscale);

	for (int is = -4; is <= 4; is++) {
		vf candidate = v_div(v_set(0.1f * (float)is + (float)nmax), max), error;
		vm better;

		if (is == 0)
			continue;
		error = qp_error(g, n, nmax, candidate);
		better = v_lt(error, best);
		best = v_select(better, error, best);
		iscale = v_select(better, candidate, iscale);
	}
	return iscale;
}

/* Tries to move code I; the lanes that did. */
INLINE vm qp_move(struct qp_group *g, unsigned i, int nmax, vf *sum_lx, vf *sum_l2)
{
	vf x = g->x[i], w = g->w[i], wx = v_mul(w, x), old = g->l[i], q, l;
	vf lx = v_sub(*sum_lx, v_mul(wx, old)), l2 = v_sub(*sum_l2, v_mul(v_mul(w, old), old));
	vm positive = m_and(v_gt(lx, v_set(0)), v_gt(l2, v_set(0))), moved;

	q = v_div(v_mul(x, l2), lx);
	g->odd = m_or(g->odd, m_and_not(positive, v_lt(q, v_set(0x1p21f))));
	l = qp_code(q, nmax);
	lx = v_add(lx, v_mul(wx, l));
	l2 = v_add(l2, v_mul(v_mul(w, l), l));
	moved = m_and(m_and(positive, v_neq(l, old)),
		v_gt(v_mul(v_mul(lx, lx), *sum_l2), v_mul(v_mul(*sum_lx, *sum_lx), l2)));
	g->l[i] = v_select(moved, l, old);
	*sum_lx = v_select(moved, lx, *sum_lx);
	*sum_l2 = v_select(moved, l2, *sum_l2);
	return moved;
}

/* N (8 or 16) numbers in each lane, from x and w to l and scale. */
INLINE void qp_search(struct qp_group *g, unsigned n, int nmax)
{
	vf max = v_set(0), lx = v_set(0), l2 = v_set(0), iscale;
	vm zero;

	g->odd = m_none();
	for (unsigned i = 0; i < n; i++) {
		max = v_max(max, g->x[i]);
		g->odd = m_or(g->odd, m_not(v_lt(g->x[i], v_set(0x1p60f))));
		g->odd = m_or(g->odd, v_lt(g->x[i], v_set(0)));
	}
	zero = v_lt(max, v_set(ROS_GROUP_ZERO));
	iscale = qp_best_iscale(g, n, nmax, max);
	for (unsigned i = 0; i < n; i++) {
		g->l[i] = qp_code(v_mul(iscale, g->x[i]), nmax);
		lx = v_add(lx, v_mul(v_mul(g->w[i], g->x[i]), g->l[i]));
		l2 = v_add(l2, v_mul(v_mul(g->w[i], g->l[i]), g->l[i]));
	}
	for (int sweep = 0; sweep < 5; sweep++) {
		vm moved = m_none();

		for (unsigned i = 0; i < n; i++)
			moved = m_or(moved, qp_move(g, i, nmax, &lx, &l2));
		if (!m_any(moved))
			break;
	}
	for (unsigned i = 0; i < n; i++)
		g->l[i] = v_select(zero, v_set(0), g->l[i]);
	g->scale = v_select(m_and_not(v_gt(l2, v_set(0)), zero), v_div(lx, l2), v_set(0));
}

#endif
