#include "rosetta/derive_scales.h"

#include "formats/size.h"
#include "rosetta/forget.h"
#include "rosetta/pool.h"

#define MOST_MATRICES 4
#define MOST_ROWS 2048
#define MOST_COLUMNS 16
/* Rows read at a time. */
#define RUN_ROWS 8
/* Equations of one matrix. Each adds the square of its unknowns: one with 32 takes a microsecond, one of IQ1_M with 256 fifty. */
#define MOST_EQUATIONS 8192
#define MOST_LONG_EQUATIONS 2048

/* A matrix of a tensor, and what its scales say. */
struct unit {
	uint32_t tensor;
	uint64_t row, rows;             /* of the tensor */
	struct ros_scale_findings found;
};

struct sample {
	struct ros_derive_job *job;
	struct unit *units;
	size_t count;
	size_t floats, doubles, scratch;        /* the largest of any unit */
	uint64_t total;
	bool second;
};

double ros_source_rounding(const struct ros_derived *d, bool second)
{
	if (!second)
		return 0;
	for (uint32_t i = 0; i < d->step->piece_count; i++)
		if (d->step->pieces[i].src->dtype == ROS_F32)
			return 0x1p-11;
	return 0x1p-40;         /* BF16: exact but for what is subnormal in F16 */
}

bool ros_descent_is_weak(const struct ros_derived *d)
{
	return d->status == ROS_DERIVED_WITHIN_BOUND && ros_scales_say(&d->scales) == ROS_SCALES_SILENT;
}

static bool is_sampled(const struct sample *s, const struct ros_derived *d)
{
	const struct ros_consistency *f = &d->found;

	if (!d->step || d->through_f16 != s->second || !ros_scale_fit_doubles(d->stored->dtype))
		return false;
	/* Scales that are plain as a whole were not fitted. */
	return d->status == ROS_DERIVED_WITHIN_BOUND || (d->status == ROS_DERIVED_CONSISTENT && f->plain_scales * 2 <= f->blocks);
}

/* Rows that are looked at, of a matrix of ROWS. */
static uint64_t sampled_rows(const struct ros_derived *d, uint64_t rows)
{
	return ros_smaller(rows, d->stored->dtype == ROS_IQ1_M ? MOST_ROWS / 2 : MOST_ROWS);
}

/* Blocks side by side that are looked at: whole ones only. */
static uint64_t sampled_columns(const struct ros_derived *d, uint64_t rows)
{
	uint64_t most = (d->stored->dtype == ROS_IQ1_M ? MOST_LONG_EQUATIONS : MOST_EQUATIONS) / sampled_rows(d, rows);
	uint64_t blocks = ros_tensor_cols(d->stored) / ros_dtypes[d->stored->dtype].block_len;

	return ros_smaller(blocks, ros_smaller(MOST_COLUMNS, most));
}

/* Adds rows [ROW, ROW + N) of the tensor to the fits of all columns. */
static void add_rows(const struct sample *s, const struct ros_derived *d, struct unit *u, struct ros_scale_fit *fits, uint64_t columns, uint64_t row,
		     uint64_t n, float *values, void *scratch)
{
	enum ros_dtype type = d->stored->dtype;
	uint64_t cols = ros_tensor_cols(d->stored), bytes = ros_row_bytes(type, cols), len = ros_dtypes[type].block_len;
	double rounding = ros_source_rounding(d, s->second);

	ros_tile_values(d->step, s->job->kernels, row, n, values, scratch, NULL);
	for (uint64_t r = 0; r < n; r++) {
		const float *w = values + r * cols;
		double mean = ros_scales_weigh_rows(type) ? ros_mean_square(w, cols) : 0;

		for (uint64_t c = 0; c < columns; c++) {
			uint64_t block = c * (cols / len) / columns;

			ros_scale_fit_add(&fits[c], d->stored->data.ptr + (row + r) * bytes + block * ros_dtypes[type].block_bytes,
					  w + block * len, mean, rounding, &u->found);
		}
	}
	ros_forget_rows(d->step, s->job->source, row, n);
	ros_forget_payload(d->stored, s->job->quantized, row * bytes, n * bytes);
}

static int judge_unit(void *context, size_t number, void *scratch, struct ros_error *err)
{
	struct sample *s = context;
	struct unit *u = &s->units[number];
	const struct ros_derived *d = &s->job->tensors[u->tensor];
	uint64_t columns = sampled_columns(d, u->rows), runs = (sampled_rows(d, u->rows) + RUN_ROWS - 1) / RUN_ROWS;
	uint64_t all = (u->rows + RUN_ROWS - 1) / RUN_ROWS;
	struct ros_scale_fit fits[MOST_COLUMNS];
	double *sums = scratch;
	float *values = (float *)(sums + s->doubles);

	(void)err;
	for (uint64_t c = 0; c < columns; c++)
		ros_scale_fit_init(&fits[c], d->stored->dtype, sums + c * ros_scale_fit_doubles(d->stored->dtype));
	for (uint64_t k = 0; k < runs; k++) {
		uint64_t at = k * all / runs * RUN_ROWS;

		add_rows(s, d, u, fits, columns, u->row + at, ros_smaller(RUN_ROWS, u->rows - at), values, values + s->floats);
	}
	for (uint64_t c = 0; c < columns; c++)
		ros_scale_fit_judge(&fits[c], &u->found);
	return 0;
}

static uint64_t unit_bytes(const void *context, size_t number)
{
	const struct sample *s = context;
	const struct unit *u = &s->units[number];
	const struct ros_derived *d = &s->job->tensors[u->tensor];

	return sampled_rows(d, u->rows) * ros_tensor_cols(d->stored) * 2;
}

/* Lists the matrices of tensor NUMBER that are looked at: each has an importance of its own. */
static void list(struct sample *s, uint32_t number)
{
	const struct ros_derived *d = &s->job->tensors[number];
	const struct ros_tensor *t = d->stored;
	uint64_t rows = t->ndim > 1 ? t->dim[t->ndim - 2] : 1, matrices = ros_tensor_rows(t) / rows;
	uint64_t taken = ros_smaller(matrices, MOST_MATRICES), columns = sampled_columns(d, rows);

	for (uint64_t m = 0; m < taken && columns; m++) {
		if (s->units) {
			s->units[s->count] = (struct unit){ .tensor = number, .row = m * matrices / taken * rows, .rows = rows };
			s->total += unit_bytes(s, s->count);
		}
		s->count++;
		s->floats = ros_larger(s->floats, (RUN_ROWS * ros_tensor_cols(t) + 15) / 16 * 16);
		s->doubles = ros_larger(s->doubles, (columns * ros_scale_fit_doubles(t->dtype) + 7) / 8 * 8);
		s->scratch = ros_larger(s->scratch, ros_tile_scratch(d->step, RUN_ROWS));
	}
}

static int list_all(struct sample *s, struct ros_error *err)
{
	for (int listing = 0; listing < 2; listing++) {
		if (listing && s->count)
			s->units = ros_arena_alloc(s->job->arena, s->count, sizeof *s->units, err);
		if (err->code || (listing && !s->count))
			return err->code;
		s->count = 0;
		for (size_t i = 0; i < s->job->count; i++)
			if (is_sampled(s, &s->job->tensors[i]))
				list(s, (uint32_t)i);
	}
	return 0;
}

/* Q4_0, Q4_1, Q5_0 and Q5_1: their codes have been judged already. With a minimum, single groups may miss (quant/scale_fit.h); where not all
 * fit or there are too few rows, the whole has to look like a fit. */
static const char *objection(const struct ros_derived *d)
{
	bool min = d->stored->dtype == ROS_Q4_1 || d->stored->dtype == ROS_Q5_1;
	const struct ros_scale_findings *f = &d->scales;

	if (f->odd_groups * (min ? 2 : 1) > (min ? f->groups : 0))
		return "scales were not fitted to these weights, whatever the importance of their columns";
	if ((f->odd_groups || ros_scales_say(f) == ROS_SCALES_SILENT) && !ros_fit_is_plausible(&d->found))
		return "scales are off as a whole";
	return NULL;
}

static void settle(struct ros_derived *d)
{
	enum ros_scale_word word = ros_scales_say(&d->scales);

	if (ros_codes_are_separate(d->stored->dtype)) {
		d->why = objection(d);
		d->status = d->why ? ROS_NOT_DERIVED : d->status;
		return;
	}
	if (word == ROS_SCALES_OFF)
		d->why = "scales were not fitted to these weights, whatever the importance of their columns";
	else if (word == ROS_SCALES_DAMAGED)
		d->why = "most scales are those of these weights, and some are not";
	else
		return;
	d->status = ROS_NOT_DERIVED;
}

int ros_derive_scales(struct ros_derive_job *job, bool second, struct ros_error *err)
{
	struct sample s = { .job = job, .second = second };
	struct ros_work work = { .make = judge_unit, .bytes = unit_bytes, .context = &s, .phase = second ? "scales, through F16" : "scales" };

	if (list_all(&s, err) || !s.count)
		return err->code;
	work.count = s.count;
	work.total = s.total;
	work.scratch_bytes = s.doubles * sizeof(double) + s.floats * sizeof(float) + s.scratch;
	if (ros_pool_run(&work, job->run, err))
		return err->code;
	for (size_t i = 0; i < s.count; i++)
		job->tensors[s.units[i].tensor].scales = (struct ros_scale_findings){ 0 };
	for (size_t i = 0; i < s.count; i++)
		ros_scale_findings_add(&job->tensors[s.units[i].tensor].scales, &s.units[i].found);
	for (size_t i = 0; i < s.count; i++)
		if (i + 1 == s.count || s.units[i + 1].tensor != s.units[i].tensor)
			settle(&job->tensors[s.units[i].tensor]);
	return 0;
}
