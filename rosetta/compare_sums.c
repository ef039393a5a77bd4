#include "rosetta/compare_sums.h"

#include "formats/bytes.h"

#include <math.h>
#include <stdbool.h>

#define LANES 8

struct lanes {
	double max_abs[LANES], sum_abs[LANES], sum_sq[LANES], dot[LANES], norm_a[LANES], norm_b[LANES];
};

static void sum_lane(struct lanes *l, int lane, float x, float y)
{
	double a = x, b = y, d = fabs(a - b);

	l->max_abs[lane] = d > l->max_abs[lane] ? d : l->max_abs[lane];
	l->sum_abs[lane] += d;
	l->sum_sq[lane] += d * d;
	l->dot[lane] += a * b;
	l->norm_a[lane] += a * a;
	l->norm_b[lane] += b * b;
}

static bool is_nan(uint32_t bits)
{
	return (bits & 0x7fffffff) > 0x7f800000;
}

static bool is_finite(uint32_t bits)
{
	return (bits & 0x7f800000) != 0x7f800000;
}

void ros_difference_of(const float *a, const float *b, size_t n, struct ros_difference *d)
{
	struct lanes l = { 0 };

	*d = (struct ros_difference){ .first = UINT64_MAX };
	for (size_t i = 0; i < n; i++) {
		uint32_t x = ros_f32_bits(a[i]), y = ros_f32_bits(b[i]);

		if (x != y && !(is_nan(x) && is_nan(y))) {
			d->different++;
			d->unequal_nan += is_nan(x) != is_nan(y);
			if (d->first == UINT64_MAX)
				d->first = i;
		}
		if (is_finite(x) && is_finite(y))
			sum_lane(&l, i % LANES, a[i], b[i]);
		else if (x != y && !(is_nan(x) && is_nan(y)))
			d->max_abs = INFINITY;
	}
	for (int i = 0; i < LANES; i++) {
		d->max_abs = l.max_abs[i] > d->max_abs ? l.max_abs[i] : d->max_abs;
		d->sum_abs += l.sum_abs[i];
		d->sum_sq += l.sum_sq[i];
		d->dot += l.dot[i];
		d->norm_a += l.norm_a[i];
		d->norm_b += l.norm_b[i];
	}
}

void ros_difference_add(struct ros_difference *sum, const struct ros_difference *part, uint64_t base)
{
	if (part->first != UINT64_MAX && sum->first == UINT64_MAX)
		sum->first = base + part->first;
	sum->different += part->different;
	sum->unequal_nan += part->unequal_nan;
	sum->max_abs = part->max_abs > sum->max_abs ? part->max_abs : sum->max_abs;
	sum->sum_abs += part->sum_abs;
	sum->sum_sq += part->sum_sq;
	sum->dot += part->dot;
	sum->norm_a += part->norm_a;
	sum->norm_b += part->norm_b;
}
