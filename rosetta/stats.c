/* stats: min, max, mean, deviation, NaN, Inf and zeros of every tensor, in canonical form, and what is odd about them. */
#include "rosetta/forget.h"
#include "rosetta/options.h"
#include "rosetta/pool.h"
#include "rosetta/report.h"
#include "rosetta/source.h"
#include "rosetta/tile.h"

#include "formats/bytes.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Fixed, whatever the number of threads: sums follow the tiles. */
#define TILE_ELEMENTS (128u << 10)
#define LANES 8

struct moments {
	uint64_t nan, inf, zeros, finite, first_nonfinite;
	double min, max, sum, sum_sq;
};

struct tile {
	uint32_t step;
	uint64_t row, rows;
	struct moments m;
};

struct statistics {
	struct ros_source source;
	struct ros_stats_options opt;
	struct ros_plan plan;
	struct moments *moments;        /* per step; types without float values stay empty */
	struct tile *tiles;
	size_t tile_count, scratch, values;
	uint64_t total;
	const struct ros_kernels *kernels;
};

static void note(struct moments *m, double *sum, double *sum_sq, float v, uint64_t index)
{
	uint32_t bits = ros_f32_bits(v);

	if ((bits & 0x7f800000) == 0x7f800000) {
		m->nan += (bits & 0x7fffff) != 0;
		m->inf += (bits & 0x7fffff) == 0;
		if (m->first_nonfinite == ROS_NONE)
			m->first_nonfinite = index;
		return;
	}
	m->finite++;
	m->zeros += v == 0;
	m->min = v < m->min ? v : m->min;
	m->max = v > m->max ? v : m->max;
	*sum += v;
	*sum_sq += (double)v * v;
}

static void measure(const float *v, size_t n, uint64_t base, struct moments *m)
{
	double sum[LANES] = { 0 }, sum_sq[LANES] = { 0 };

	*m = (struct moments){ .first_nonfinite = ROS_NONE, .min = INFINITY, .max = -INFINITY };
	for (size_t i = 0; i < n; i++)
		note(m, &sum[i % LANES], &sum_sq[i % LANES], v[i], base + i);
	for (int i = 0; i < LANES; i++) {
		m->sum += sum[i];
		m->sum_sq += sum_sq[i];
	}
}

/* F64 has no float32 form: its values are measured as they stand. */
static void measure_doubles(const uint8_t *p, size_t n, uint64_t base, struct moments *m)
{
	*m = (struct moments){ .first_nonfinite = ROS_NONE, .min = INFINITY, .max = -INFINITY };
	for (size_t i = 0; i < n; i++) {
		uint64_t bits = ros_le64(p + 8 * i);
		double v;

		memcpy(&v, &bits, sizeof v);
		m->nan += isnan(v) != 0;
		m->inf += isinf(v) != 0;
		if (!isfinite(v) && m->first_nonfinite == ROS_NONE)
			m->first_nonfinite = base + i;
		if (!isfinite(v))
			continue;
		m->finite++;
		m->zeros += v == 0;
		m->min = v < m->min ? v : m->min;
		m->max = v > m->max ? v : m->max;
		m->sum += v;
		m->sum_sq += v * v;
	}
}

static bool is_measured(const struct ros_step *s)
{
	return ros_step_is_float(s) || s->dst.dtype == ROS_F64;
}

static void add(struct moments *to, const struct moments *m)
{
	to->nan += m->nan;
	to->inf += m->inf;
	to->zeros += m->zeros;
	to->finite += m->finite;
	to->first_nonfinite = m->first_nonfinite < to->first_nonfinite ? m->first_nonfinite : to->first_nonfinite;
	to->min = m->min < to->min ? m->min : to->min;
	to->max = m->max > to->max ? m->max : to->max;
	to->sum += m->sum;
	to->sum_sq += m->sum_sq;
}

static int measure_tile(void *context, size_t unit, void *scratch, struct ros_error *err)
{
	struct statistics *s = context;
	struct tile *t = &s->tiles[unit];
	const struct ros_step *step = &s->plan.steps[t->step];

	(void)err;
	if (step->dst.dtype == ROS_F64) {
		ros_tile_make(step, s->kernels, t->row, t->rows, scratch, (uint8_t *)scratch + s->values, NULL);
		measure_doubles(scratch, ros_tile_elements(step, t->row, t->rows), ros_tile_elements(step, 0, t->row), &t->m);
	} else {
		ros_tile_values(step, s->kernels, t->row, t->rows, scratch, (uint8_t *)scratch + s->values, NULL);
		measure(scratch, ros_tile_elements(step, t->row, t->rows), ros_tile_elements(step, 0, t->row), &t->m);
	}
	ros_forget_rows(step, &s->source.model, t->row, t->rows);
	return 0;
}

static uint64_t tile_bytes(const void *context, size_t unit)
{
	const struct statistics *s = context;
	const struct tile *t = &s->tiles[unit];

	return ros_tile_bytes(&s->plan.steps[t->step], t->row, t->rows);
}

static void cut(struct statistics *s)
{
	s->tile_count = 0;
	s->total = 0;
	for (size_t i = 0; i < s->plan.count; i++) {
		struct ros_step *step = &s->plan.steps[i];
		uint64_t all, rows;

		if (!is_measured(step) || !ros_tensor_elements(&step->dst))
			continue;
		ros_step_narrow(step, NULL);
		all = ros_tile_all(step);
		rows = ros_tile_rows(step, TILE_ELEMENTS);
		for (uint64_t row = 0; row < all; row += rows) {
			uint64_t n = all - row < rows ? all - row : rows;
			size_t values = (ros_tile_elements(step, row, n) * (step->dst.dtype == ROS_F64 ? sizeof(double) : sizeof(float)) + 63) / 64 * 64, scratch = ros_tile_scratch(step, n);

			if (s->tiles)
				s->tiles[s->tile_count] = (struct tile){ .step = (uint32_t)i, .row = row, .rows = n };
			s->tile_count++;
			s->total += ros_tile_bytes(step, row, n);
			s->values = values > s->values ? values : s->values;
			s->scratch = scratch > s->scratch ? scratch : s->scratch;
		}
	}
}

static int run(struct statistics *s, struct ros_error *err)
{
	s->moments = ros_arena_alloc(&s->source.arena, s->plan.count, sizeof *s->moments, err);
	cut(s);
	s->tiles = ros_arena_alloc(&s->source.arena, s->tile_count, sizeof *s->tiles, err);
	if (err->code)
		return err->code;
	cut(s);
	for (size_t i = 0; i < s->plan.count; i++)
		s->moments[i] = (struct moments){ .first_nonfinite = ROS_NONE, .min = INFINITY, .max = -INFINITY };
	if (ros_pool_run(&(struct ros_work){ .count = s->tile_count, .make = measure_tile, .bytes = tile_bytes, .context = s, .phase = "measure",
					     .total = s->total, .scratch_bytes = s->values + s->scratch }, &s->opt.run, err))
		return err->code;
	for (size_t i = 0; i < s->tile_count; i++)
		add(&s->moments[s->tiles[i].step], &s->tiles[i].m);
	return 0;
}

static double mean(const struct moments *m)
{
	return m->finite ? m->sum / (double)m->finite : 0;
}

static double deviation(const struct moments *m)
{
	double v = m->finite ? m->sum_sq / (double)m->finite - mean(m) * mean(m) : 0;

	return v > 0 ? sqrt(v) : 0;
}

static void stats_json(const struct ros_report *r, struct ros_json_out *o)
{
	const struct statistics *s = r->detail;

	ros_json_put_str(o, "family", ros_str_of(ros_source_family(&s->source)));
	ros_json_open_array(o, "tensors");
	for (size_t i = 0; i < s->plan.count; i++) {
		const struct moments *m = &s->moments[i];

		if (!is_measured(&s->plan.steps[i]))
			continue;
		ros_json_open_object(o, NULL);
		ros_json_put_str(o, "name", s->plan.steps[i].dst.name);
		ros_json_put_u64(o, "count", m->finite + m->nan + m->inf);
		ros_json_put_f64(o, "min", m->finite ? m->min : 0);
		ros_json_put_f64(o, "max", m->finite ? m->max : 0);
		ros_json_put_f64(o, "mean", mean(m));
		ros_json_put_f64(o, "std", deviation(m));
		ros_json_put_u64(o, "nan", m->nan);
		ros_json_put_u64(o, "inf", m->inf);
		ros_json_put_u64(o, "zeros", m->zeros);
		ros_json_close_object(o);
	}
	ros_json_close_array(o);
}

static void stats_text(const struct ros_report *r, struct ros_text *t, unsigned flags)
{
	const struct statistics *s = r->detail;

	(void)flags;
	for (size_t i = 0; i < s->plan.count; i++) {
		const struct moments *m = &s->moments[i];

		if (!is_measured(&s->plan.steps[i]))
			continue;
		ros_text_put_escaped(t, s->plan.steps[i].dst.name);
		ros_text_pad(t, 48);
		ros_text_put(t, "min %-13.6g max %-13.6g mean %-13.6g std %-13.6g zeros %" PRIu64 " nan %" PRIu64 " inf %" PRIu64 "\n",
			     m->finite ? m->min : 0, m->finite ? m->max : 0, mean(m), deviation(m), m->zeros, m->nan, m->inf);
	}
}

static void stats_release(struct ros_report *r)
{
	struct statistics *s = r->detail;

	ros_source_release(&s->source);
}

static const struct ros_report_kind stats_kind = { "stats", stats_json, stats_text, NULL, stats_release };

/* Weights that are all one value have learned nothing, or were lost on the way; biases and norms may well be. */
static void judge_constant(const struct ros_step *step, const struct moments *m, struct ros_verdict *v)
{
	uint64_t n = ros_tensor_elements(&step->dst);

	if (n < 2 || m->finite != n || m->min != m->max)
		return;
	if (m->zeros)
		ros_verdict_add(v, step->dst.ndim > 1, "stats.all-zero", step->dst.name, "all %" PRIu64 " values are zero", n);
	else
		ros_verdict_add(v, step->dst.ndim > 1, "stats.constant", step->dst.name, "all %" PRIu64 " values are %.9g", n, m->min);
}

static void judge(const struct statistics *s, struct ros_verdict *v)
{
	for (size_t i = 0; i < s->plan.count; i++) {
		const struct moments *m = &s->moments[i];

		if (!is_measured(&s->plan.steps[i])) {
			ros_verdict_add(v, false, "stats.not-measured", s->plan.steps[i].dst.name, "%s is not measured",
					ros_dtypes[s->plan.steps[i].dst.dtype].name);
			continue;
		}
		judge_constant(&s->plan.steps[i], m, v);
		if (m->first_nonfinite != ROS_NONE)
			ros_verdict_add(v, !s->opt.allow_nonfinite, "data.nonfinite", s->plan.steps[i].dst.name, "%" PRIu64 " NaN, %" PRIu64
					" infinite; the first is element %" PRIu64, m->nan, m->inf, m->first_nonfinite);
		v->checked++;
	}
}

struct ros_report *ros_stats(const char *path, const struct ros_stats_options *opt)
{
	struct ros_report *r = ros_report_new(&stats_kind, sizeof(struct statistics));
	struct ros_error err = { 0 };
	struct statistics *s;

	if (!r)
		return NULL;
	s = r->detail;
	ros_options_take(&s->opt, sizeof s->opt, opt, opt ? opt->size : 0);
	s->kernels = ros_kernels_best();
	if (!s->kernels)
		ros_fail(&err, ROS_EUSAGE, ROS_NO_OFFSET, "ROSETTA_KERNELS names a set that this machine or build lacks");
	else if (!ros_source_open(&s->source, path, &s->opt.run, ROS_SOURCE_BOTH, &r->verdict, &err)
		 && !ros_source_canonical(&s->source, &s->opt.run, &s->plan, &r->verdict, &err) && !run(s, &err)) {
		ros_source_contradicts(&s->source, "", false, &r->verdict);
		judge(s, &r->verdict);
	}
	if (!err.code && !r->verdict.fatal)
		ros_report_say(r, "%" PRIu64 " tensors", r->verdict.checked);
	return ros_report_close(r, &err);
}
