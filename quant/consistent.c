#include "quant/consistent.h"

#include "quant/ladder.h"

#include <math.h>
#include <string.h>

/* Float rounding in scale * code + offset and in the encoder's own quotient, relative to the values involved. */
#define FLOAT_ROUNDING 0x1p-20
/* A run's step against (range of its weights) / (rungs - 1). The searches of ggml try scales within 15 percent of it;
 * with few rungs and outliers the least-squares refit may halve it; nothing makes it larger than twice. */
#define LEAST_STEP 0.2
#define MOST_STEP 2.0

/* One block under judgement. */
struct block {
	const struct ros_ladder *ladder;
	const float *w, *v;             /* source, decoded: of the ladder's first element */
	unsigned n;                     /* elements that exist (a padded row's last block has fewer) */
	double source_rounding;
};

void ros_consistency_init(struct ros_consistency *c)
{
	*c = (struct ros_consistency){ .first_bad_block = UINT64_MAX };
}

void ros_consistency_add(struct ros_consistency *a, const struct ros_consistency *b)
{
	if (a->first_bad_block == UINT64_MAX && b->first_bad_block != UINT64_MAX)
		a->first_bad_block = a->blocks + b->first_bad_block;
	if (b->worst_excess > a->worst_excess) {
		a->worst_excess = b->worst_excess;
		a->worst_element = a->elements + b->worst_element;
	}
	a->elements += b->elements;
	a->blocks += b->blocks;
	a->nearest += b->nearest;
	a->ties += b->ties;
	a->bounded += b->bounded;
	a->other_scale += b->other_scale;
	a->violations += b->violations;
	a->bad_blocks += b->bad_blocks;
	a->bad_scales += b->bad_scales;
	a->max_abs = fmax(a->max_abs, b->max_abs);
	a->dot += b->dot;
	a->norm += b->norm;
}

bool ros_codes_are_separate(enum ros_dtype type)
{
	switch ((int)type) {
	case ROS_IQ1_S: case ROS_IQ1_M: case ROS_IQ2_XXS: case ROS_IQ2_XS: case ROS_IQ2_S: case ROS_IQ3_XXS: case ROS_IQ3_S:
		return false;
	}
	return true;
}

/* The largest |w - v| of N elements; sixteen lanes, so that compilers make vectors of it. NaN gives infinity. */
static float largest_distance(const float *w, const float *v, unsigned n)
{
	float lane[16] = { 0 }, most = 0;
	unsigned i = 0;

	for (; i + 16 <= n; i += 16)
		for (unsigned l = 0; l < 16; l++) {
			float e = fabsf(w[i + l] - v[i + l]);

			lane[l] = e <= lane[l] ? lane[l] : e;
		}
	for (unsigned l = 0; l < 16; l++)
		most = lane[l] <= most ? most : lane[l];
	for (; i < n; i++) {
		float e = fabsf(w[i] - v[i]);

		most = e <= most ? most : e;
	}
	return most == most ? most : INFINITY;
}

/* Distance from W to the nearest value the ladder holds. */
static double nearest_distance(const struct ros_ladder *l, double w)
{
	double best = INFINITY;

	for (int k = 0; k < 16; k++)
		best = fmin(best, fabs(w - (double)l->unit * l->levels[k]));
	return best;
}

enum finding { NEAREST, TIE, VIOLATION };

/* Judges one code; *EXCESS: how far past the allowed distance, in steps. */
static enum finding judge(const struct block *b, unsigned i, double *excess)
{
	const struct ros_ladder *l = b->ladder;
	double w = b->w[i], v = b->v[i], distance = fabs(w - v), allowed, rounding;

	*excess = 0;
	if (l->kind == ROS_LADDER_LEVELS)
		allowed = nearest_distance(l, w);
	else if ((w >= l->hi && v == l->hi) || (w <= l->lo && v == l->lo) || l->step == 0)
		return NEAREST;
	else
		allowed = 0.5 * l->step;
	if (distance <= allowed)
		return NEAREST;
	rounding = FLOAT_ROUNDING * (fabs(w) + fabs(v) + l->step + fmax(fabs(l->lo), fabs(l->hi))) + l->slack +
		   b->source_rounding * fabs(w) + (b->source_rounding > 0 ? 0x1p-25 : 0);
	/* For levels the slack of both neighbours counts: two distances are compared. */
	if (distance <= allowed + (l->kind == ROS_LADDER_LEVELS ? 2 : 1) * rounding)
		return TIE;
	*excess = l->step > 0 ? (distance - allowed) / l->step : INFINITY;
	return VIOLATION;
}

/* Whether the run's step is one that its weights could have asked for. */
static bool plausible_step(const struct block *b)
{
	const struct ros_ladder *l = b->ladder;
	double least = INFINITY, most = -INFINITY, wanted, span = (double)l->hi - l->lo;
	double rungs = l->step > 0 ? span / l->step : 0;

	if (!(l->lo <= l->hi))
		return false;
	for (unsigned i = 0; i < b->n; i++) {
		least = fmin(least, b->w[i]);
		most = fmax(most, b->w[i]);
	}
	/* A ladder that is even about zero has to reach the largest magnitude; one with an offset, the range with zero. */
	least = fmin(least, 0);
	most = fmax(most, 0);
	wanted = l->kind == ROS_LADDER_EVEN && l->lo < 0 && l->hi > 0 && l->lo + l->step * (rungs / 2 - 1) < 0
		? fmax(-least, most) * 2 : most - least;
	if (span >= LEAST_STEP * wanted - l->coarse * (rungs > 0 ? rungs : 64) - 0x1p-24 * rungs &&
	    span <= 2 * MOST_STEP * wanted + l->coarse * (rungs + 64) + 0x1p-23 * (rungs + 64))
		return true;
	return false;
}

/* Counts what the codes of one run are. */
static void judge_run(const struct block *b, uint64_t element, struct ros_consistency *c, unsigned *bad)
{
	float most = largest_distance(b->w, b->v, b->n);

	c->max_abs = fmax(c->max_abs, most);
	if (b->ladder->kind == ROS_LADDER_EVEN && most <= 0.5f * b->ladder->step) {
		c->nearest += b->n;
		return;
	}
	for (unsigned i = 0; i < b->n; i++) {
		double excess;
		enum finding f = judge(b, i, &excess);

		c->nearest += f == NEAREST;
		c->ties += f == TIE;
		if (f != VIOLATION)
			continue;
		(*bad)++;
		c->violations++;
		if (excess > c->worst_excess) {
			c->worst_excess = excess;
			c->worst_element = element + i;
		}
	}
}

/* Grid types: the sign of every code but one in eight, and a distance that the run's values can explain. */
static void judge_lattice(const struct block *b, uint64_t element, struct ros_consistency *c, unsigned *bad)
{
	const struct ros_ladder *l = b->ladder;

	for (unsigned i = 0; i < b->n; i++) {
		double w = b->w[i], v = b->v[i], distance = fabs(w - v);
		double allowed = fmax((double)l->hi, fabs(w)) + l->step;

		c->max_abs = fmax(c->max_abs, distance);
		if (distance <= allowed) {
			c->bounded++;
			continue;
		}
		(*bad)++;
		c->violations++;
		if (distance - allowed > c->worst_excess * l->step) {
			c->worst_excess = l->step > 0 ? (distance - allowed) / l->step : INFINITY;
			c->worst_element = element + i;
		}
	}
}

/* The room left for an offset b when every code is rint(a * w + b): positive where one exists. Codes at
 * an end of the ladder bind from one side only. MIN_OFFSET: without offset b is 0. */
static double room_for(const struct block *b, double a, bool offset, double rungs)
{
	double high = INFINITY, low = -INFINITY;

	for (unsigned i = 0; i < b->n; i++) {
		double code = rint(((double)b->v[i] - b->ladder->lo) / b->ladder->step);
		double at = a * b->w[i] - (offset ? 0 : b->ladder->lo / b->ladder->step);

		if (code < rungs)
			high = fmin(high, code + 0.5 - at);
		if (code > 0)
			low = fmax(low, code - 0.5 - at);
	}
	return offset ? high - low : fmin(high, -low);
}

/* Whether some scale (and minimum) makes every code of the block nearest: ROOM_FOR is concave in the scale, so a
 * search by thirds within 15 percent of the block's own finds the best. */
static bool under_another_scale(const struct block *b, enum ros_dtype type)
{
	bool offset = type == ROS_Q4_1 || type == ROS_Q5_1;
	double own, low, high, rungs;

	if ((type != ROS_Q4_0 && type != ROS_Q5_0 && !offset) || !(b->ladder->step > 0))
		return false;
	rungs = rint(((double)b->ladder->hi - b->ladder->lo) / b->ladder->step);
	own = 1 / (double)b->ladder->step;
	low = own * 0.8;
	high = own * 1.25;
	for (int k = 0; k < 80; k++) {
		double third = (high - low) / 3;

		if (room_for(b, low + third, offset, rungs) < room_for(b, high - third, offset, rungs))
			low += third;
		else
			high -= third;
	}
	return room_for(b, low, offset, rungs) >= -1e-5;
}

/* Takes back what judge_run counted of a block whose codes another scale explains. */
static void excuse(struct ros_consistency *c, const struct ros_consistency *before, unsigned n)
{
	c->nearest = before->nearest + n;
	c->ties = before->ties;
	c->violations = before->violations;
	c->worst_excess = before->worst_excess;
	c->worst_element = before->worst_element;
	c->other_scale++;
}

static void judge_block(enum ros_dtype type, const uint8_t *stored, const float *w, const float *v, unsigned n,
			double source_rounding, struct ros_consistency *c)
{
	struct ros_ladder ladders[ROS_MAX_LADDERS];
	struct ros_consistency before = *c;
	unsigned count = ros_block_ladders(type, stored, ladders), bad = 0, scales = 0;

	for (unsigned k = 0; k < count && ladders[k].first < n; k++) {
		const struct ros_ladder *l = &ladders[k];
		struct block b = { l, w + l->first, v + l->first, n - l->first < l->count ? n - l->first : l->count, source_rounding };

		scales += !plausible_step(&b);
		if (l->kind == ROS_LADDER_LATTICE)
			judge_lattice(&b, c->elements + l->first, c, &bad);
		else
			judge_run(&b, c->elements + l->first, c, &bad);
	}
	if (bad && under_another_scale(&(struct block){ ladders, w, v, n, source_rounding }, type)) {
		excuse(c, &before, n);
		bad = 0;
	}
	if ((bad || scales) && c->first_bad_block == UINT64_MAX)
		c->first_bad_block = c->blocks;
	c->bad_blocks += bad || scales;
	c->bad_scales += scales;
	c->blocks++;
	c->elements += n;
}

static void fit(const float *w, const float *v, size_t n, struct ros_consistency *c)
{
	double dot[8] = { 0 }, norm[8] = { 0 };
	size_t i = 0;

	for (; i + 8 <= n; i += 8)
		for (unsigned l = 0; l < 8; l++) {
			dot[l] += (double)w[i + l] * v[i + l];
			norm[l] += (double)v[i + l] * v[i + l];
		}
	for (unsigned l = 0; l < 8; l++) {
		c->dot += dot[l];
		c->norm += norm[l];
	}
	for (; i < n; i++) {
		c->dot += (double)w[i] * v[i];
		c->norm += (double)v[i] * v[i];
	}
}

void ros_consistent_rows(enum ros_dtype type, const uint8_t *stored, const float *decoded, const float *source,
			 size_t rows, size_t cols, double source_rounding, struct ros_consistency *c)
{
	size_t len = ros_dtypes[type].block_len, bytes = ros_dtypes[type].block_bytes;

	for (size_t r = 0; r < rows; r++)
		for (size_t at = 0; at < cols; at += len, stored += bytes) {
			size_t n = cols - at < len ? cols - at : len, i = r * cols + at;

			judge_block(type, stored, source + i, decoded + i, (unsigned)n, source_rounding, c);
		}
	fit(source, decoded, rows * cols, c);
}
