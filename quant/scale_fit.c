#include "quant/scale_fit.h"

#include "quant/codec.h"
#include "quant/half.h"
#include "quant/ladder.h"

#include <math.h>
#include <string.h>

#define LONGEST_BLOCK 256
/* Relative error of the encoder's float32 sums: at most 256 terms of one sign or nearly so, each good to 2^-24, and differences
 * of such sums in IQ1_S. A sixteenth to an eighth of what rounding d leaves. */
#define FLOAT_ROUNDING 0x1p-15
/* Where d is so small that rounding it moved it by more than this, it says too little: chance would do. */
#define MOST_ROUNDING 0x1p-9
/* Q4_1 and Q5_1 fit two numbers at once, by differences of products of such sums: where one column outweighs the others a thousand times little
 * of their float32 is left. */
#define ROUNDING_OF_TWO 0x1p-10
/* A pivot this small beside its own terms is zero. */
#define TINY_PIVOT 1e-9
/* Fewer equations to spare than this say nothing. */
#define LEAST_FREEDOM 4
#define LEAST_PLAIN 8

/* How a type fits its scales. */
struct form {
	uint16_t unknowns;      /* elements of a sub-block that shares a fit; its columns */
	uint8_t top;            /* the scale code of the largest sub-block scale; 0: d itself is fitted */
	uint8_t levels;         /* digits, where a sub-block without any importance gets largest / (2 * levels - 1); 0: it gets nothing */
	bool plain;             /* without a matrix it fits its scales too, with known weights */
	bool min;               /* it fits a minimum besides */
	float fudge;            /* the scale stored is this times the scale fitted */
	float spread;           /* k of g */
	float unit;             /* a ladder's unit times this is d * (2 * code + 1) */
	float square;           /* plain weights: x^2 + this * mean(x^2) */
};

static const struct form forms[ROS_DTYPE_COUNT] = {
	[ROS_IQ1_S] = { 32, 7, 0, true, false, 1.125f, 2, 1, 0 }, [ROS_IQ1_M] = { 256, 0, 0, true, false, 1.1125f, 2, 1, 0 },
	[ROS_IQ2_XXS] = { 32, 15, 0, true, false, 1, 1, 8, 0 }, [ROS_IQ2_XS] = { 16, 15, 3, true, false, 1, 1, 8, 0 },
	[ROS_IQ2_S] = { 16, 15, 3, true, false, 0.9875f, 2, 8, 0.5f }, [ROS_IQ3_XXS] = { 32, 15, 8, true, false, 1.0125f, 2, 4, 0 },
	[ROS_IQ3_S] = { 32, 15, 8, true, false, 1.033f, 2, 1, 0 },
	[ROS_Q4_0] = { 32, 0, 0, false, false, 1, 1, 1, 0 }, [ROS_Q5_0] = { 32, 0, 0, false, false, 1, 1, 1, 0 },
	[ROS_Q4_1] = { 32, 0, 0, false, true, 1, 1, 1, 0 }, [ROS_Q5_1] = { 32, 0, 0, false, true, 1, 1, 1, 0 },
};

static size_t triangle(size_t n)
{
	return n * (n + 1) / 2;
}

/* N and M of every group, and a work place. */
size_t ros_scale_fit_doubles(enum ros_dtype type)
{
	size_t n = forms[type].unknowns;

	return n ? triangle(n) * (2 * (ros_dtypes[type].block_len / n) + 1) : 0;
}

void ros_scale_fit_init(struct ros_scale_fit *fit, enum ros_dtype type, double *sums)
{
	*fit = (struct ros_scale_fit){ .type = type, .sums = sums };
	memset(sums, 0, ros_scale_fit_doubles(type) * sizeof *sums);
}

static double *n_of(const struct ros_scale_fit *fit, unsigned group)
{
	return fit->sums + 2 * group * triangle(forms[fit->type].unknowns);
}

static double *m_of(const struct ros_scale_fit *fit, unsigned group)
{
	return n_of(fit, group) + triangle(forms[fit->type].unknowns);
}

static float block_scale(enum ros_dtype type, const uint8_t *b)
{
	unsigned bits = 0;

	if (type != ROS_IQ1_M)
		return ros_get_f16(b);
	for (unsigned k = 0; k < 4; k++)
		bits |= (unsigned)(ros_le16(b + 48 + 2 * k) >> 12) << (4 * k);
	return ros_f16_to_f32((uint16_t)bits);
}

/* The largest sub-block's number; -1 where two share the largest code. */
static int top_group(const struct form *f, const struct ros_ladder *ladders, float d)
{
	unsigned each = f->unknowns / ladders[0].count;
	int found = -1;

	if (!f->top)
		return 0;
	for (unsigned g = 0; g < LONGEST_BLOCK / f->unknowns; g++) {
		double code = (ladders[g * each].unit * (double)f->unit / d - 1) / 2;

		if (rint(code) != f->top)
			continue;
		if (found >= 0)
			return -1;
		found = (int)g;
	}
	return found;
}

/* The point's value as the encoder took it, in units of the sub-block's scale: odd numbers, where the decoder has other ones. */
static double level(const struct form *f, double decoded)
{
	double a = fabs(decoded);

	if (f->unit == 8)
		a = a < 16 ? 1 : a < 34 ? 3 : 5;        /* 8, 25, 43 */
	else if (f->unit == 4)
		a = a > 56 ? 15 : a / 4;                /* 4, 12 ... 52, 62 */
	return decoded < 0 ? -a : a;
}

/* One block's equation: the sum over i of c[i] * miss[i] is 0, give or take ROUNDING times that of c[i] * norm[i]. */
struct equation {
	unsigned group;
	double miss[LONGEST_BLOCK], norm[LONGEST_BLOCK], total;         /* total: of norm */
	double rounding;
	bool plain;                                     /* holds with the weights of an encoder that has no matrix */
};

double ros_mean_square(const float *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	return sum / (double)n;
}

bool ros_scales_weigh_rows(enum ros_dtype type)
{
	return forms[type].unknowns && !forms[type].plain;
}

/* Q: levels, S: their scale as stored, of elements X. */
static void fill(const struct form *f, const float *x, const double *q, double s, double mean, struct equation *e)
{
	double miss = 0, norm = 0;

	e->total = 0;
	for (unsigned i = 0; i < f->unknowns; i++) {
		double xx = (double)x[i] * x[i], g = sqrt(f->spread * mean + xx), w = xx + f->square * mean;
		double off = (double)f->fudge * x[i] * q[i] / s - q[i] * q[i];

		e->miss[i] = g * off;
		e->norm[i] = g * q[i] * q[i];
		e->total += e->norm[i];
		miss += w * off;
		norm += w * q[i] * q[i];
	}
	e->plain = f->plain && fabs(miss) <= e->rounding * norm;
}

/* With a minimum there are two equations, sum of w (x - v) = 0 and sum of w code (x - v) = 0; the second less MIDDLE times the first asks
 * what a scaled source changes most. Values V are D * code + MIN. False: MIN came out positive and was made zero, so that the first does not
 * hold, or the search kept its first try, which is not fitted. */
static bool fill_with_min(const float *x, const float *v, float d, float min, double middle, double mean, struct equation *e)
{
	double least = 0, most = x[0], share = (double)ros_f16_rounding(min) / ros_f16_rounding(d);

	e->total = 0;
	if (!(d > 0) || min == 0)
		return false;
	for (unsigned i = 0; i < 32; i++) {
		double g = sqrt(mean + (double)x[i] * x[i]), code = rint(((double)v[i] - min) / d);

		least = fmin(least, x[i]);
		most = fmax(most, x[i]);
		e->miss[i] = g * (code - middle) * (x[i] - d * code - min) / d;
		e->norm[i] = g * fabs(code - middle) * (code + share);
		e->total += e->norm[i];
	}
	return fabs((most - least) / (2 * middle) - d) > 2 * e->rounding * d && e->total > 0;
}

/* Where no column of a sub-block had any importance, its scale was not fitted. */
static bool is_unfitted(const struct form *f, const float *x, double s, double rounding)
{
	double most = 0;

	if (!f->levels)
		return false;
	for (unsigned i = 0; i < f->unknowns; i++)
		most = fmax(most, fabs(x[i]));
	return fabs(f->fudge * most / (2 * f->levels - 1) - s) <= rounding * s;
}

/* A run of 32 zeros: IQ3_S then misplaces codes (quant/iq3_encode.c). */
static bool has_empty_run(const float *x)
{
	for (unsigned k = 0; k < LONGEST_BLOCK; k += 32) {
		unsigned zeros = 0;

		while (zeros < 32 && x[k + zeros] == 0)
			zeros++;
		if (zeros == 32)
			return true;
	}
	return false;
}

/* By how much the two sides of an equation may differ, relative. S: the scale as stored, a multiple of D. */
static double rounding_of(const struct form *f, float d, double s, double source_rounding)
{
	return (double)ros_f16_rounding(d) / d + (f->min ? ROUNDING_OF_TWO : FLOAT_ROUNDING) + 2 * source_rounding +
	       (source_rounding > 0 ? 0x1p-25 / s : 0);
}

/* False where the block says nothing. */
static bool read_equation(enum ros_dtype type, const uint8_t *block, const float *source, double row_mean, double source_rounding,
			  struct equation *e)
{
	const struct form *f = &forms[type];
	struct ros_ladder ladders[ROS_MAX_LADDERS];
	float decoded[LONGEST_BLOCK], d = fabsf(block_scale(type, block));
	double q[LONGEST_BLOCK], s, mean = f->plain ? ros_mean_square(source, LONGEST_BLOCK) : row_mean;
	const float *x;
	int group;

	if (!(d > 0) || !isfinite(d) || !isfinite(mean) || (type == ROS_IQ3_S && has_empty_run(source)))
		return false;
	ros_block_ladders(type, block, ladders);
	group = top_group(f, ladders, d);
	if (group < 0)
		return false;
	e->group = (unsigned)group;
	x = source + e->group * f->unknowns;
	s = (double)d * (2 * f->top + 1);
	e->rounding = rounding_of(f, d, s, source_rounding);
	e->plain = false;
	ros_codecs[type].decode(block, decoded, 1, ros_dtypes[type].block_len);
	if (f->min)
		return fill_with_min(x, decoded, ros_get_f16(block), ros_get_f16(block + 2), type == ROS_Q4_1 ? 7.5 : 15.5, mean, e);
	if (e->rounding > MOST_ROUNDING || is_unfitted(f, x, s, e->rounding))
		return false;
	for (unsigned i = 0; i < f->unknowns; i++)
		q[i] = level(f, decoded[e->group * f->unknowns + i] * (double)f->unit / s);
	fill(f, x, q, s, mean, e);
	return e->total > 0;
}

/* Adds the products of A[i] * A[j], j <= i. */
static void add_products(double *sums, const double *a, unsigned n, double factor)
{
	for (unsigned i = 0; i < n; i++) {
		double ai = a[i] * factor;

		for (unsigned j = 0; j <= i; j++)
			*sums++ += ai * a[j];
	}
}

void ros_scale_fit_add(struct ros_scale_fit *fit, const uint8_t *block, const float *source, double row_mean, double source_rounding,
		       struct ros_scale_findings *found)
{
	unsigned n = forms[fit->type].unknowns;
	struct equation e;
	double unit;

	if (!read_equation(fit->type, block, source, row_mean, source_rounding, &e))
		return;
	/* Any factor will do for one equation; this one makes the rounding of all alike. */
	unit = 1 / (e.rounding * e.total);
	add_products(n_of(fit, e.group), e.miss, n, unit * unit);
	add_products(m_of(fit, e.group), e.norm, n, 1 / (e.total * e.total));
	fit->count[e.group]++;
	fit->rounding[e.group] += e.rounding;
	found->equations++;
	found->plain += e.plain;
}

/* Whether N - FACTOR * M is positive definite: its triangular root, in ROOT, exists. */
static bool is_positive(const double *n, const double *m, unsigned size, double factor, double *root)
{
	for (unsigned i = 0; i < size; i++)
		for (unsigned j = 0; j <= i; j++) {
			size_t at = triangle(i) + j;
			double sum = n[at] - factor * m[at];

			for (unsigned k = 0; k < j; k++)
				sum -= root[triangle(i) + k] * root[triangle(j) + k];
			if (j < i)
				root[at] = sum / root[triangle(j) + j];
			else if (sum > TINY_PIVOT * (n[at] + factor * m[at]))
				root[at] = sqrt(sum);
			else
				return false;
		}
	return true;
}

/* The root of the largest factor for which N - factor * M is positive; at least 1, to a tenth. */
static double least_misfit(const double *n, const double *m, unsigned size, double *root)
{
	double low = 1, high = 2;

	while (high < 1e12 && is_positive(n, m, size, high, root)) {
		low = high;
		high *= 2;
	}
	for (unsigned k = 0; k < 4; k++) {
		double middle = 0.5 * (low + high);

		if (is_positive(n, m, size, middle, root))
			low = middle;
		else
			high = middle;
	}
	return sqrt(low);
}

void ros_scale_fit_judge(struct ros_scale_fit *fit, struct ros_scale_findings *found)
{
	unsigned n = forms[fit->type].unknowns, groups = ros_dtypes[fit->type].block_len / n;
	double *root = n_of(fit, groups);

	for (unsigned g = 0; g < groups; g++) {
		double misfit;

		if (fit->count[g] <= n)
			continue;
		found->groups++;
		found->freedom += fit->count[g] - n;
		if (!is_positive(n_of(fit, g), m_of(fit, g), n, 1, root))
			continue;
		found->odd_groups++;
		misfit = least_misfit(n_of(fit, g), m_of(fit, g), n, root) * fit->rounding[g] / (double)fit->count[g];
		found->misfit = fmax(found->misfit, misfit);
	}
}

void ros_scale_findings_add(struct ros_scale_findings *a, const struct ros_scale_findings *b)
{
	a->equations += b->equations;
	a->plain += b->plain;
	a->groups += b->groups;
	a->freedom += b->freedom;
	a->odd_groups += b->odd_groups;
	a->misfit = fmax(a->misfit, b->misfit);
}

/* By chance a scale is the plain one in one block of some hundred; half of them are no chance. */
enum ros_scale_word ros_scales_say(const struct ros_scale_findings *f)
{
	if (f->equations >= LEAST_PLAIN && f->plain == f->equations)
		return ROS_SCALES_PLAIN;
	if (f->equations >= LEAST_PLAIN && f->plain * 2 > f->equations)
		return ROS_SCALES_DAMAGED;
	if (f->odd_groups)
		return ROS_SCALES_OFF;
	return f->freedom < LEAST_FREEDOM ? ROS_SCALES_SILENT : ROS_SCALES_FIT;
}
