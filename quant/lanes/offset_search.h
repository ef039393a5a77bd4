/* ros_make_qkx for many sub-blocks at once, one in each lane, bit for bit: every lane adds in
 * the reference's order and rounds as often. Included once per instruction set, after its lanes.
 *
 * Each step of the walk has four phases, and every one needs the whole of the one before:
 * codes and their sums (a pass over the elements), the line through them, its error (another
 * pass), and the choice. Dividing takes long in the second and the fourth. So four groups of
 * lanes travel one phase apart: while one makes its first pass, another makes its second, in
 * the same loop, and the divisions of the other two complete meanwhile. */
#ifndef ROS_QUANT_LANES_OFFSET_SEARCH_H
#define ROS_QUANT_LANES_OFFSET_SEARCH_H

#include "quant/k_search.h"

enum { GROUPS = 4, MAX_LEN = 32 };

#define INLINE static inline __attribute__((always_inline))
#define ALIGNED __attribute__((aligned(64)))

/* Element i of LANES sub-blocks. Values, weights and codes lie beside each other, not in arrays of
 * their own 4096 bytes apart: a load waits for an unfinished store that agrees in the low 12 bits. */
struct offset_element {
	vf x, w, l;                           /* l: codes of the candidate */
};

/* One group of LANES sub-blocks. */
struct offset_group {
	struct offset_element e[MAX_LEN];
	vf low, high;                         /* range of the values, low at most 0 */
	vf sum_w, sum_x;
	vf iscale;                            /* the candidate */
	vf sum_l, sum_l2, sum_xl;             /* its sums */
	vf s, m;                              /* its line */
	vf error;
	vf scale, min, best;                  /* the best so far */
	vm fits;                              /* the candidate's codes determine a line */
	vm flat;                              /* constant sub-blocks: scale 0 */
	vm odd;                               /* lanes whose numbers leave the range in which this file is exact */
};

/* What the searches of a batch found, by sub-block. */
struct offset_found {
	float scales[GROUPS * LANES] ALIGNED, mins[GROUPS * LANES] ALIGNED;
	float low[GROUPS * LANES] ALIGNED, high[GROUPS * LANES] ALIGNED;
	float sum_w[GROUPS * LANES] ALIGNED;
	uint64_t flat, odd;                   /* bit per sub-block; the reference must do the odd ones */
};

INLINE vf walk_steps(struct ros_qkx_walk k, int is)
{
	return v_set(k.rmin + k.rdelta * (float)is + (float)k.nmax);
}

/* Adding and taking away 1.5 * 2^23 rounds to whole numbers. */
INLINE vf magic(void)
{
	return v_set(12582912.0f);
}

/* A table that clamps: entry V for 0..nmax, nmax for nmax + 1, 0 for the rest, which stand for
 * negative numbers modulo 32 (or 16). */
INLINE vf clamp_table(int nmax, int first)
{
	static const float tables[2][32] ALIGNED = {
		{ 0, 1, 2, 3, 3 },
		{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15 },
	};

	return v_load(&tables[nmax == 15][first]);
}

/* The codes of one element. CLAMP: the candidate has so many steps that a value may round to nmax + 1. */
INLINE vf offset_code(struct ros_qkx_walk k, vf x, vf min, vf iscale, bool clamp)
{
	vf t = v_sub(x, min), v;

	if (LANES_HAVE_TABLES && k.nmax == 15)
		return v_look_up32(clamp_table(15, 0), clamp_table(15, 16), v_add(v_mul(iscale, t), magic()));
	if (LANES_HAVE_TABLES && k.nmax == 3)
		return v_look_up16(clamp_table(3, 0), v_add(v_mul(iscale, t), magic()));
	v = v_add(v_mul(iscale, v_max(t, v_set(0))), magic());
	if (clamp)
		v = v_min(v, v_set(12582912.0f + (float)k.nmax));
	return v_sub(v, magic());
}

/* offset_code is exact where the largest value has at most nmax + 1.25 steps, and the smallest is
 * not so far below min that a table would wrap. NaN fails too. */
INLINE vm in_range(struct ros_qkx_walk k, const struct offset_group *g)
{
	vm ok = v_lt(v_mul(g->iscale, v_sub(g->high, g->min)), v_set((float)k.nmax + 1.25f));

	ok = m_and(ok, v_gt(v_mul(g->iscale, v_sub(g->low, g->min)), v_set(-10.0f)));
	return m_and(ok, v_gt(g->iscale, v_set(0)));
}

INLINE vf element_error(struct ros_qkx_walk k, const struct offset_element *e, vf s, vf m)
{
	vf diff = v_sub(v_add(v_mul(s, e->l), m), e->x);

	return v_mul(e->w, k.mad ? v_abs(diff) : v_mul(diff, diff));
}

struct offset_sums {
	vf l, l2, xl;
};

INLINE void add_codes(struct ros_qkx_walk k, struct offset_element *e, vf min, vf iscale, bool clamp,
	struct offset_sums *sum)
{
	vf l = offset_code(k, e->x, min, iscale, clamp), wl = v_mul(e->w, l);

	e->l = l;
	sum->l = v_add(sum->l, wl);
	sum->l2 = v_add(sum->l2, v_mul(wl, l));
	sum->xl = v_add(sum->xl, v_mul(wl, e->x));
}

INLINE void keep_sums(struct offset_group *g, const struct offset_sums *sum)
{
	g->sum_l = sum->l;
	g->sum_l2 = sum->l2;
	g->sum_xl = sum->xl;
}

/* The first pass of A's step where FIRST, and in the same loop the second of B's where SECOND. */
INLINE void passes(struct ros_qkx_walk k, struct offset_group *a, struct offset_group *b, bool first, bool second,
	bool clamp)
{
	struct offset_sums sum = { v_set(0), v_set(0), v_set(0) };
	vf error = v_set(0), iscale = a->iscale, min = a->min, s = b->s, m = b->m;

	for (unsigned i = 0; i < k.n; i++) {
		if (first)
			add_codes(k, &a->e[i], min, iscale, clamp, &sum);
		if (second)
			error = v_add(error, element_error(k, &b->e[i], s, m));
	}
	if (first)
		keep_sums(a, &sum);
	if (second)
		b->error = error;
}

INLINE void fit_line(struct offset_group *g)
{
	vf det = v_sub(v_mul(g->sum_w, g->sum_l2), v_mul(g->sum_l, g->sum_l));
	vm above;

	g->fits = m_and_not(v_gt(det, v_set(0)), g->flat);
	g->s = v_div(v_sub(v_mul(g->sum_w, g->sum_xl), v_mul(g->sum_x, g->sum_l)), det);
	g->m = v_div(v_sub(v_mul(g->sum_l2, g->sum_x), v_mul(g->sum_l, g->sum_xl)), det);
	above = v_gt(g->m, v_set(0));
	if (m_any(above)) {
		g->m = v_select(above, v_set(0), g->m);
		g->s = v_select(above, v_div(g->sum_xl, g->sum_l2), g->s);
	}
}

INLINE void set_candidate(struct ros_qkx_walk k, struct offset_group *g, int is)
{
	g->iscale = v_div(walk_steps(k, is), v_sub(g->high, g->min));
	g->odd = m_or(g->odd, m_not(in_range(k, g)));
}

INLINE void choose(struct ros_qkx_walk k, struct offset_group *g, int is)
{
	vm better = m_and(g->fits, v_lt(g->error, g->best));

	g->best = v_select(better, g->error, g->best);
	g->scale = v_select(better, g->s, g->scale);
	g->min = v_select(better, g->m, g->min);
	if (is < k.nstep)
		set_candidate(k, g, is + 1);
}

/* From x and w to the start of the walk. */
INLINE void offset_start(struct ros_qkx_walk k, struct offset_group *g)
{
	vf low = g->e[0].x, high = low, sum_w = g->e[0].w, sum_x = v_mul(sum_w, low), error = v_set(0);

	for (unsigned i = 1; i < k.n; i++) {
		vf x = g->e[i].x, w = g->e[i].w;

		low = v_min(x, low);
		high = v_max(x, high);
		sum_w = v_add(sum_w, w);
		sum_x = v_add(sum_x, v_mul(w, x));
	}
	g->min = g->low = low = v_min(v_set(0), low);
	g->high = high;
	g->sum_w = sum_w;
	g->sum_x = sum_x;
	g->flat = v_eq(high, low);
	g->iscale = v_div(v_set((float)k.nmax), v_sub(high, low));
	g->scale = v_div(v_set(1), g->iscale);
	/* finite, and squares neither overflow nor vanish; NaN and infinity make sum_x so */
	g->odd = m_not(m_and(v_lt(v_abs(sum_x), v_set(0x1p80f)), in_range(k, g)));
	for (unsigned i = 0; i < k.n; i++) {
		g->e[i].l = offset_code(k, g->e[i].x, low, g->iscale, false);
		error = v_add(error, element_error(k, &g->e[i], g->scale, low));
	}
	g->best = error;
	g->scale = v_select(g->flat, v_set(0), g->scale);
	set_candidate(k, g, 0);
}

/* The clamp is left out where it cannot matter: it costs an operation per element. */
INLINE void first_passes(struct ros_qkx_walk k, struct offset_group *a, struct offset_group *b, bool second, int is)
{
	if (k.rmin + k.rdelta * (float)is < 0.45f)
		passes(k, a, b, true, second, false);
	else
		passes(k, a, b, true, second, true);
}

/* Walks all GROUPS, which offset_start has prepared. Slot T does phase (t - group) mod 4 of each. */
INLINE void offset_walk(struct ros_qkx_walk k, struct offset_group *g)
{
	for (int t = 0; t < 4 * k.nstep + 7; t++) {
		int is[4];                    /* the step that is in phase 0, 1, 2, 3; negative or past nstep: none */
		struct offset_group *at[4];

		for (int phase = 0; phase < 4; phase++) {
			at[phase] = &g[(unsigned)(t - phase) % 4];
			is[phase] = t < phase ? -1 : (t - phase) / 4;
		}
		if (is[1] >= 0)
			fit_line(at[1]);
		if (is[3] >= 0)
			choose(k, at[3], is[3]);
		if (is[0] > k.nstep)
			passes(k, at[0], at[2], false, true, false);
		else
			first_passes(k, at[0], at[2], is[2] >= 0, is[0]);
	}
}

INLINE void offset_keep(const struct offset_group *g, struct offset_found *found)
{
	found->flat = found->odd = 0;
	for (unsigned j = 0; j < GROUPS; j++) {
		v_store(found->scales + j * LANES, g[j].scale);
		v_store(found->mins + j * LANES, v_neg(g[j].min));
		v_store(found->low + j * LANES, g[j].low);
		v_store(found->high + j * LANES, g[j].high);
		v_store(found->sum_w + j * LANES, g[j].sum_w);
		found->flat |= (uint64_t)m_bits(g[j].flat) << j * LANES;
		found->odd |= (uint64_t)m_bits(m_and_not(g[j].odd, g[j].flat)) << j * LANES;
	}
}

#endif
