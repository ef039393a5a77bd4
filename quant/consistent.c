#include "quant/consistent.h"

#include "quant/half.h"
#include "quant/ladder.h"

#include <math.h>
#include <string.h>

/* Float rounding in scale * code + offset and in the encoder's own quotient, relative to the values involved. */
#define FLOAT_ROUNDING 0x1p-20
/* A run's step against (range of its weights) / (rungs - 1). The searches of ggml try scales within 15 percent of it;
 * with few rungs and outliers the least-squares refit makes it much smaller; nothing makes it three times as large. */
#define LEAST_STEP 0.1
#define MOST_STEP 3.0
/* Of a row. Of 256 independent values it is below 0.25 but for one row in ten thousand. */
#define LEAST_COSINE 0.25
/* Signs of a row that agree. At least 7 of 8 do; half of them by chance. */
#define LEAST_SIGNS 0.75
/* Of dot / norm: below so many blocks, five times the scatter of one block's scale. */
#define FEW_BLOCKS 1024
#define BLOCK_SCATTER 0.4
/* Rounding in the search for another scale, in steps. */
#define LEAST_ROOM -1e-5

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
	if (!a->strange_rows && b->strange_rows)
		a->first_strange_row = a->rows + b->first_strange_row;
	a->strange_rows += b->strange_rows;
	a->rows += b->rows;
	a->elements += b->elements;
	a->blocks += b->blocks;
	a->nearest += b->nearest;
	a->ties += b->ties;
	a->bounded += b->bounded;
	a->other_scale += b->other_scale;
	a->plain_scales += b->plain_scales;
	a->violations += b->violations;
	a->bad_blocks += b->bad_blocks;
	a->bad_scales += b->bad_scales;
	a->max_abs = fmax(a->max_abs, b->max_abs);
	a->dot += b->dot;
	a->norm += b->norm;
}

bool ros_fit_is_plausible(const struct ros_consistency *c)
{
	/* One block's scale is off by some percent, more where one column outweighs the others; few blocks do not even that out. */
	double scatter = c->blocks < FEW_BLOCKS ? BLOCK_SCATTER / sqrt((double)c->blocks + 1) : 0;

	return c->dot >= (0.995 - scatter) * c->norm && c->dot <= (1.0115 + scatter) * c->norm;
}

bool ros_codes_are_separate(enum ros_dtype type)
{
	switch ((int)type) {
	case ROS_IQ1_S: case ROS_IQ1_M: case ROS_IQ2_XXS: case ROS_IQ2_XS: case ROS_IQ2_S: case ROS_IQ3_XXS: case ROS_IQ3_S:
		return false;
	}
	return true;
}

/* Distance from W to the nearest value the ladder holds. */
static double nearest_distance(const struct ros_ladder *l, double w)
{
	double best = INFINITY;

	for (int k = 0; k < 16; k++) {
		double d = fabs(w - (double)l->unit * l->levels[k]);

		best = d < best ? d : best;
	}
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

/* Two rungs (Q1_0) stand at plus and minus the mean magnitude, which a float32 sum of 128 gives to 2^-17. */
static bool plausible_pair(const struct block *b)
{
	double sum = 0, half = 0.5 * b->ladder->step;

	for (unsigned i = 0; i < b->n; i++)
		sum += fabs(b->w[i]);
	return fabs(half - sum / b->n) <= ros_f16_rounding((float)half) + (0x1p-16 + b->source_rounding) * half +
					  (b->source_rounding > 0 ? 0x1p-25 : 0);
}

/* rint of a value that is not negative, without a call: adding 2^52 leaves no room for a fraction. */
static double whole(double x)
{
	return x < 0x1p51 ? x + 0x1p52 - 0x1p52 : x;
}

/* The common case of plausible_step in floats: well inside its bounds, of ordinary size, with more than two rungs. */
static bool surely_plausible(const struct ros_ladder *l, const struct ros_run_look *m)
{
	float span = l->hi - l->lo, wanted = m->most - m->least;

	if (!(span > 1e-15f && span < 1e15f && span > 1.9f * l->step))
		return false;
	if (l->kind != ROS_LADDER_EVEN || l->lo * l->hi < -0.5f * l->hi * l->hi)
		wanted = 2 * (-m->least > m->most ? -m->least : m->most);
	return span >= 1.01f * (float)LEAST_STEP * wanted && span <= 0.99f * (float)MOST_STEP * wanted;
}

/* Whether the run's step is one that its weights could have asked for. */
static bool plausible_step(const struct block *b, const struct ros_run_look *m)
{
	const struct ros_ladder *l = b->ladder;
	double span = (double)l->hi - l->lo, wanted = (double)m->most - m->least;
	double rungs = l->step > 0 ? whole(span / l->step) + 1 : 1;

	if (!(l->lo <= l->hi))
		return false;
	if (rungs == 2 && l->kind == ROS_LADDER_EVEN)
		return plausible_pair(b);
	/* A ladder even about zero has to reach the largest magnitude on both sides. */
	if (l->kind != ROS_LADDER_EVEN || l->lo * (double)l->hi < -0.5 * l->hi * l->hi)
		wanted = 2 * (double)(-m->least > m->most ? -m->least : m->most);
	return span >= LEAST_STEP * wanted - l->coarse * 64 - 0x1p-24 * rungs &&
	       span <= MOST_STEP * wanted + l->coarse * 128 + 0x1p-23 * (rungs + 64);
}

/* Counts what the codes of one run are. */
static void judge_run(const struct block *b, const struct ros_run_look *m, uint64_t element, struct ros_consistency *c,
		      unsigned *bad)
{
	bool even = b->ladder->kind == ROS_LADDER_EVEN;
	double half = 0.5 * b->ladder->step;

	if (even && !m->far) {
		c->nearest += b->n;
		return;
	}
	for (unsigned i = 0; i < b->n; i++) {
		enum finding f;
		double excess;

		if (even && fabs((double)b->w[i] - b->v[i]) <= half) {   /* most are, even where an encoder rounded its scale afterwards */
			c->nearest++;
			continue;
		}
		f = judge(b, i, &excess);
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

/* Types whose importance-weighted encoder takes the codes of its search as they are, and the scale that fits them. */
static bool searched_apart(enum ros_dtype type)
{
	return type == ROS_Q4_0 || type == ROS_Q4_1 || type == ROS_Q5_0 || type == ROS_Q5_1;
}

/* Whether the step is what these types take where no matrix weighs: the reach of the block's codes covers its weights exactly. */
static bool is_plain_scale(const struct block *b, enum ros_dtype type, const struct ros_run_look *m)
{
	float most = -m->least > m->most ? -m->least : m->most;
	float wanted = type == ROS_Q4_0 ? most / 8 : type == ROS_Q5_0 ? most / 16 : (m->most - m->least) / (type == ROS_Q4_1 ? 15.0f : 31.0f);

	return fabs((double)b->ladder->step - wanted) <= ros_f16_rounding(b->ladder->step) + (2 * b->source_rounding + 0x1p-22) * wanted;
}

/* Whether some scale (and minimum) makes every code of the block nearest: ROOM_FOR is concave in the scale, so a
 * search by thirds finds the best. The encoder tried scales near (codes) / (range of the weights), whatever it stored in the end; a minimum
 * that was fitted lower widened the range. */
static bool under_another_scale(const struct block *b, enum ros_dtype type, const struct ros_run_look *m)
{
	bool offset = type == ROS_Q4_1 || type == ROS_Q5_1;
	double reach = -m->least > m->most ? -m->least : m->most, range = offset ? m->most - m->least : 2 * reach;
	double low, high, rungs;

	if (!searched_apart(type) || !(b->ladder->step > 0) || !(range > 0))
		return false;
	rungs = rint(((double)b->ladder->hi - b->ladder->lo) / b->ladder->step);
	low = rungs / range / (offset ? 10 : 3);
	high = rungs / range * 3;
	for (int k = 0; k < 60; k++) {
		double third = (high - low) / 3;
		double left = room_for(b, low + third, offset, rungs), right = room_for(b, high - third, offset, rungs);

		if (left >= LEAST_ROOM || right >= LEAST_ROOM)
			return true;
		if (left < right)
			low += third;
		else
			high -= third;
	}
	return false;
}

/* Adds w*v and v*v; eight lanes, joined in order. */
static void fit(const float *w, const float *v, size_t n, double *dot, double *norm)
{
	double dots[8] = { 0 }, norms[8] = { 0 };
	size_t i = 0;

	for (; i + 8 <= n; i += 8)      /* a count the compiler knows: it takes lanes side by side */
		for (unsigned l = 0; l < 8; l++) {
			dots[l] += (double)w[i + l] * v[i + l];
			norms[l] += (double)v[i + l] * v[i + l];
		}
	for (unsigned l = 0; i + l < n; l++) {
		dots[l] += (double)w[i + l] * v[i + l];
		norms[l] += (double)v[i + l] * v[i + l];
	}
	for (unsigned l = 0; l < 8; l++) {
		*dot += dots[l];
		*norm += norms[l];
	}
}

/* What judge_run counts, put aside for the case that another scale explains the block. */
struct counts {
	uint64_t nearest, ties, violations, worst_element;
	double worst_excess;
};

static void save(const struct ros_consistency *c, struct counts *to)
{
	*to = (struct counts){ c->nearest, c->ties, c->violations, c->worst_element, c->worst_excess };
}

/* Takes back what was counted of a block whose codes another scale explains. */
static void excuse(struct ros_consistency *c, const struct counts *before, unsigned n)
{
	c->nearest = before->nearest + n;
	c->ties = before->ties;
	c->violations = before->violations;
	c->worst_excess = before->worst_excess;
	c->worst_element = before->worst_element;
	c->other_scale++;
}

static void judge_block(ros_run_look_fn *look, enum ros_dtype type, const uint8_t *stored, const float *w, const float *v, unsigned n,
			double source_rounding, struct ros_consistency *c)
{
	struct ros_ladder ladders[ROS_MAX_LADDERS];
	struct counts before = { 0 };
	struct ros_run_look m = { 0 };
	unsigned count = ros_block_ladders(type, stored, ladders), bad = 0, scales = 0;
	bool apart = searched_apart(type);

	if (apart)
		save(c, &before);
	for (unsigned k = 0; k < count && ladders[k].first < n; k++) {
		const struct ros_ladder *l = &ladders[k];
		struct block b = { l, w + l->first, v + l->first, n - l->first < l->count ? n - l->first : l->count, source_rounding };

		m = look(b.w, b.v, b.n, (struct ros_run_ruler){ l->lo, l->hi, 0.5f * l->step });

		c->max_abs = m.distance > c->max_abs ? m.distance : c->max_abs;
		scales += !surely_plausible(l, &m) && !plausible_step(&b, &m);
		c->plain_scales += apart && is_plain_scale(&b, type, &m);
		if (l->kind == ROS_LADDER_LATTICE)
			c->bounded += b.n;
		else
			judge_run(&b, &m, c->elements + l->first, c, &bad);
	}
	if (bad && apart && under_another_scale(&(struct block){ ladders, w, v, n, source_rounding }, type, &m)) {
		excuse(c, &before, n);
		bad = 0;
	}
	if (apart)
		fit(w, v, n, &c->dot, &c->norm);
	if ((bad || scales) && c->first_bad_block == UINT64_MAX)
		c->first_bad_block = c->blocks;
	c->bad_blocks += bad || scales;
	c->bad_scales += scales;
	c->blocks++;
	c->elements += n;
}

/* ggml's IQ3_S encoder misplaces codes in a block with a run of 32 zeros (it skips the run before it
 * advances), so such a block says nothing about its row. */
static bool known_garbage(enum ros_dtype type, const float *w, size_t n)
{
	if (type != ROS_IQ3_S)
		return false;
	for (size_t k = 0; k + 32 <= n; k += 32) {
		size_t zeros = 0;

		while (zeros < 32 && w[k + zeros] == 0)
			zeros++;
		if (zeros == 32)
			return true;
	}
	return false;
}

/* Signs of a run of N elements that are those of the source, and how many have any. */
static void count_signs(const float *w, const float *v, size_t n, size_t *same, size_t *all)
{
	for (size_t i = 0; i < n; i++) {
		*all += w[i] != 0;
		*same += w[i] != 0 && (w[i] < 0) == (v[i] < 0);
	}
}

/* Whether a decoded row points the way of its source. IQ2 and IQ3 store signs, all of them or all but one in eight, whatever the importance;
 * IQ1 does not, and columns of no importance may take any value there, so the cosine has to do. */
static bool row_is_alike(enum ros_dtype type, const float *w, const float *v, size_t cols)
{
	double dot = 0, vv = 0, ww = 0, ignored = 0;
	size_t len = ros_dtypes[type].block_len, same = 0, all = 0;
	bool by_cosine = type == ROS_IQ1_S || type == ROS_IQ1_M;

	for (size_t at = 0; at < cols; at += len) {
		size_t n = cols - at < len ? cols - at : len;

		if (known_garbage(type, w + at, n))
			continue;
		count_signs(w + at, v + at, n, &same, &all);
		if (!by_cosine)
			continue;
		fit(w + at, v + at, n, &dot, &vv);
		fit(w + at, w + at, n, &ignored, &ww);
	}
	return by_cosine ? dot >= LEAST_COSINE * sqrt(vv * ww) : (double)same >= LEAST_SIGNS * (double)all;
}

void ros_consistent_rows(const struct ros_kernels *kernels, enum ros_dtype type, const uint8_t *stored, const float *decoded, const float *source,
			 size_t rows, size_t cols, double source_rounding, struct ros_consistency *c)
{
	size_t len = ros_dtypes[type].block_len, bytes = ros_dtypes[type].block_bytes;
	bool separate = ros_codes_are_separate(type);

	for (size_t r = 0; r < rows; r++, c->rows++) {
		const float *w = source + r * cols, *v = decoded + r * cols;

		for (size_t at = 0; at < cols; at += len, stored += bytes)
			judge_block(kernels->run_look, type, stored, w + at, v + at, (unsigned)(cols - at < len ? cols - at : len), source_rounding, c);
		if (separate || row_is_alike(type, w, v, cols))
			continue;
		if (!c->strange_rows++)
			c->first_strange_row = c->rows;
	}
}
