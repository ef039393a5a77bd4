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

/* One group of LANES sub-blocks, element i of all beside each other. */
struct offset_group {
	float x[MAX_LEN * LANES] ALIGNED, w[MAX_LEN * LANES] ALIGNED;
	float l[MAX_LEN * LANES] ALIGNED;     /* codes of the candidate */
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

INLINE vf element_error(struct ros_qkx_walk k, vf x, vf w, vf l, vf s, vf m)
{
	vf diff = v_sub(v_add(v_mul(s, l), m), x);

	return v_mul(w, k.mad ? v_abs(diff) : v_mul(diff, diff));
}

struct offset_sums {
	vf l, l2, xl;
};

INLINE void add_codes(struct ros_qkx_walk k, struct offset_group *g, unsigned i, vf min, vf iscale, bool clamp,
	struct offset_sums *sum)
{
	vf x = v_load(g->x + i), w = v_load(g->w + i);
	vf l = offset_code(k, x, min, iscale, clamp), wl = v_mul(w, l);

	v_store(g->l + i, l);
	sum->l = v_add(sum->l, wl);
	sum->l2 = v_add(sum->l2, v_mul(wl, l));
	sum->xl = v_add(sum->xl, v_mul(wl, x));
}

INLINE void keep_sums(struct offset_group *g, const struct offset_sums *sum)
{
	g->sum_l = sum->l;
	g->sum_l2 = sum->l2;
	g->sum_xl = sum->xl;
}

/* The first pass of A's step, and at the same time the second of B's; either may be NULL. */
INLINE void passes(struct ros_qkx_walk k, struct offset_group *a, struct offset_group *b, bool clamp)
{
	struct offset_sums sum = { v_set(0), v_set(0), v_set(0) };
	vf error = v_set(0), iscale = a ? a->iscale : v_set(0), min = a ? a->min : v_set(0);
	vf s = b ? b->s : v_set(0), m = b ? b->m : v_set(0);

	for (unsigned i = 0; i < k.n * LANES; i += LANES) {
		if (a)
			add_codes(k, a, i, min, iscale, clamp, &sum);
		if (b)
			error = v_add(error, element_error(k, v_load(b->x + i), v_load(b->w + i), v_load(b->l + i), s, m));
	}
	if (a)
		keep_sums(a, &sum);
	if (b)
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
	vf low = v_load(g->x), high = low, sum_w = v_load(g->w), sum_x = v_mul(sum_w, low), error = v_set(0);

	for (unsigned i = LANES; i < k.n * LANES; i += LANES) {
		vf x = v_load(g->x + i), w = v_load(g->w + i);

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
	for (unsigned i = 0; i < k.n * LANES; i += LANES) {
		vf x = v_load(g->x + i), l = offset_code(k, x, low, g->iscale, false);

		error = v_add(error, element_error(k, x, v_load(g->w + i), l, g->scale, low));
	}
	g->best = error;
	g->scale = v_select(g->flat, v_set(0), g->scale);
	set_candidate(k, g, 0);
}

/* CLAMP only where it can matter: it costs an operation per element. */
INLINE void passes_at(struct ros_qkx_walk k, struct offset_group *a, struct offset_group *b, int is)
{
	if (k.rmin + k.rdelta * (float)is < 0.45f)
		passes(k, a, b, false);
	else
		passes(k, a, b, true);
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
		if (is[1] >= 0 && is[1] <= k.nstep)
			fit_line(at[1]);
		if (is[3] >= 0)
			choose(k, at[3], is[3]);
		if (is[0] > k.nstep)
			passes(k, NULL, at[2], false);
		else if (is[2] < 0)
			passes_at(k, at[0], NULL, is[0]);
		else
			passes_at(k, at[0], at[2], is[0]);
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
		found->flat |= (uint64_t)m_bits(g[j].flat) << j * LANES;
		found->odd |= (uint64_t)m_bits(m_and_not(g[j].odd, g[j].flat)) << j * LANES;
	}
}

#endif
