#include "rosetta/derive_verb.h"

#include "rosetta/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void release(struct ros_report *r)
{
	struct ros_derive_detail *d = r->detail;

	if (d->source_open)
		ros_source_release(&d->source);
	if (d->quantized_open)
		ros_source_release(&d->quantized);
	ros_imatrix_release(&d->imatrix);
}

static const struct ros_report_kind kind = {
	.verb = "derive", .json = ros_derive_json, .text = ros_derive_text, .release = release,
};

static int open_both(struct ros_derive_detail *d, const char *source, const char *quantized, struct ros_verdict *v,
		     struct ros_error *err)
{
	if (ros_source_open(&d->source, source, &d->opt.run, ROS_SOURCE_BOTH, v, err))
		return err->code;
	d->source_open = true;
	if (ros_source_open(&d->quantized, quantized, &d->opt.run, ROS_SOURCE_BOTH, v, err))
		return err->code;
	d->quantized_open = true;
	ros_source_contradicts(&d->source, "the source's ", true, v);
	ros_source_contradicts(&d->quantized, "the quantized file's ", true, v);
	if (d->opt.imatrix)
		return ros_imatrix_open(&d->imatrix, d->opt.imatrix, err);
	return 0;
}

/* The source as float32 where the quantized model has blocks, and in its own types elsewhere. */
static enum ros_dtype type_of(void *context, const struct ros_step *step, enum ros_dtype stored, bool keep_f32)
{
	const struct ros_derive_detail *d = context;
	const struct ros_tensor *q = ros_model_find(&d->quantized.model, step->dst.name);

	(void)keep_f32;
	if (!q || ros_dtypes[stored].class_ != ROS_CLASS_FLOAT)
		return stored;
	return ros_dtypes[q->dtype].quantised ? ROS_F32 : q->dtype;
}

static int make_plan(struct ros_derive_detail *d, struct ros_verdict *v, struct ros_error *err)
{
	struct ros_source *s = &d->source, *q = &d->quantized;
	struct ros_plan_request want = {
		.src = &s->model, .hp = s->hub.hp, .target = q->model.format, .type = type_of, .type_context = d,
		.tied = ROS_TIED_FOLLOW, .selected = ros_run_selects, .selected_context = &d->opt.run,
	};

	if (s->known && q->known && s->hub.contract == q->hub.contract) {
		want.from = &s->binding;
		want.wanted = &q->binding;
		want.to = &q->layout;
	} else if (s->known != q->known || s->known) {
		ros_verdict_add(v, true, "derive.family", ROS_STR(""), "the source is of family %s, the quantized model of family %s",
				ros_source_family(s), ros_source_family(q));
	} else {
		ros_verdict_add(v, false, "plan.unknown-family", ROS_STR(""), "the family is unknown: tensors are paired by name");
	}
	return ros_plan_make(&d->plan, &want, &s->arena, v, err);
}

/* The step that makes each tensor of the quantized model, NULL where none does; the first where two would. NULL when out of
 * memory. */
static const struct ros_step **steps_by_tensor(const struct ros_derive_detail *d, struct ros_arena *arena, struct ros_error *err)
{
	const struct ros_model *q = &d->quantized.model;
	const struct ros_step **step = ros_arena_alloc(arena, q->tensor_count, sizeof(*step), err);

	for (size_t i = 0; step && i < d->plan.count; i++) {
		const struct ros_tensor *t = ros_model_find(q, d->plan.steps[i].dst.name);

		if (t && !step[t - q->tensors])
			step[t - q->tensors] = &d->plan.steps[i];
	}
	return step;
}

/* A step whose values can be laid beside T's. */
static bool fits(const struct ros_step *s, const struct ros_tensor *t)
{
	return s && ros_tensor_elements(&s->dst) == ros_tensor_elements(t) && ros_tensor_cols(&s->dst) == ros_tensor_cols(t) &&
	       ros_dtypes[s->dst.dtype].class_ == ros_dtypes[t->dtype].class_ &&
	       (ros_dtypes[t->dtype].class_ == ROS_CLASS_FLOAT || s->dst.dtype == t->dtype);
}

static int pair_up(struct ros_derive_detail *d, struct ros_arena *arena, struct ros_error *err)
{
	const struct ros_model *q = &d->quantized.model;
	struct ros_derive_job *job = &d->job;
	const struct ros_step **step = steps_by_tensor(d, arena, err);

	if (!step)
		return err->code;
	job->tensors = ros_arena_alloc(arena, q->tensor_count, sizeof *job->tensors, err);
	for (size_t i = 0; job->tensors && i < q->tensor_count; i++) {
		const struct ros_tensor *t = &q->tensors[i];
		const struct ros_step *s = step[i];
		struct ros_derived *p = &job->tensors[job->count];

		if (!ros_run_selects(&d->opt.run, t->name))
			continue;
		*p = (struct ros_derived){ .stored = t, .step = fits(s, t) ? s : NULL };
		job->count++;
		if (d->imatrix.count && p->step && ros_imatrix_for(&d->imatrix, t, &p->weights, err))
			break;
	}
	job->source = &d->source.model;
	job->quantized = q;
	job->reproduce = d->opt.reproduce || d->opt.imatrix;
	job->run = &d->opt.run;
	job->arena = arena;
	job->kernels = ros_kernels_best();
	if (!job->kernels)
		ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "ROSETTA_KERNELS names a set of kernels that this machine lacks");
	return err->code;
}

/* Hex of the first bytes of block N of T. */
static void block_hex(const struct ros_tensor *t, uint64_t n, char *text, size_t room)
{
	size_t bytes = ros_dtypes[t->dtype].block_bytes, used = 0;

	for (size_t i = 0; i < bytes && i < 24 && n * bytes + i < t->data.len && used + 3 < room; i++)
		used += (size_t)snprintf(text + used, room - used, "%02x", t->data.ptr[n * bytes + i]);
}

/* A grid tensor whose scales do not belong to its source. */
static void report_scales(struct ros_verdict *v, const struct ros_derived *p)
{
	const struct ros_scale_findings *f = &p->scales;

	if (ros_scales_say(f) == ROS_SCALES_DAMAGED)
		ros_verdict_add(v, true, "derive.not-derived", p->stored->name, "%s: %" PRIu64 " of %" PRIu64 " that were looked at", p->why,
				f->equations - f->plain, f->equations);
	else
		ros_verdict_add(v, true, "derive.not-derived", p->stored->name, "%s: in %" PRIu64 " of %" PRIu64 " groups of columns, by %.2g %% "
				"or more; %" PRIu64 " scales looked at", p->why, f->odd_groups, f->groups, 100 * f->misfit, f->equations);
}

static void report_failure(struct ros_verdict *v, const struct ros_derived *p)
{
	const struct ros_consistency *f = &p->found;
	uint64_t block = f->first_bad_block != UINT64_MAX ? f->first_bad_block : p->first_unequal;
	char hex[64] = "";

	if (!p->step) {
		ros_verdict_add(v, true, "derive.no-source", p->stored->name, "the source has no tensor that becomes this one");
		return;
	}
	if (ros_scales_say(&p->scales) == ROS_SCALES_OFF || ros_scales_say(&p->scales) == ROS_SCALES_DAMAGED) {
		report_scales(v, p);
		return;
	}
	if (block == UINT64_MAX) {
		ros_verdict_add(v, true, "derive.not-derived", p->stored->name, "%s: rows from %" PRIu64 " on, %" PRIu64 " of %" PRIu64 " rows; "
				"fit %.4f", p->why, f->first_strange_row, f->strange_rows, f->rows, f->norm > 0 ? f->dot / f->norm : 1);
		return;
	}
	block_hex(p->stored, block, hex, sizeof hex);
	ros_verdict_add(v, true, "derive.not-derived", p->stored->name,
			"%s: %" PRIu64 " of %" PRIu64 " blocks, first is block %" PRIu64 " at offset %" PRIu64 " of the tensor (%s...); worst element %"
			PRIu64 ", %.3g steps beyond", p->why, f->bad_blocks ? f->bad_blocks : p->units - p->equal_units,
			f->blocks ? f->blocks : p->units, block, block * ros_dtypes[p->stored->dtype].block_bytes, hex, f->worst_element, f->worst_excess);
}

static void report_tensors(const struct ros_derive_detail *d, struct ros_verdict *v)
{
	for (size_t i = 0; i < d->job.count; i++) {
		const struct ros_derived *p = &d->job.tensors[i];

		v->checked++;
		if (p->status == ROS_NOT_DERIVED)
			report_failure(v, p);
		else if (ros_descent_is_weak(p))
			ros_verdict_add(v, false, "derive.weak", p->stored->name, "within bound is weak evidence here: too few rows to judge scales, "
					"so a model whose rows are alike would pass");
		if (p->status != ROS_NOT_DERIVED && p->encoded && p->equal_units < p->units)
			ros_verdict_add(v, false, "derive.ties", p->stored->name, "%" PRIu64 " of %" PRIu64 " blocks differ from our encoder's, all of "
					"them consistent: a build that rounds otherwise, or an importance matrix", p->units - p->equal_units, p->units);
		if (p->status != ROS_NOT_DERIVED && p->through_f16)
			ros_verdict_add(v, false, "derive.through-f16", p->stored->name, "holds if the source was rounded to F16 on its way");
	}
}

/* What the source has and the quantized model lacks; dropped bits of the source are named. */
static void report_left(const struct ros_derive_detail *d, struct ros_verdict *v)
{
	for (size_t i = 0; i < d->plan.count; i++)
		if (!ros_model_find(&d->quantized.model, d->plan.steps[i].dst.name))
			ros_verdict_add(v, true, "derive.missing", d->plan.steps[i].dst.name, "the quantized model lacks this tensor");
}

static void sum_up(struct ros_report *r, const struct ros_derive_detail *d)
{
	size_t count[ROS_DESCENT_COUNT] = { 0 }, weak = 0;

	for (size_t i = 0; i < d->job.count; i++) {
		count[d->job.tensors[i].status]++;
		weak += ros_descent_is_weak(&d->job.tensors[i]);
	}
	ros_report_say(r, "%zu tensors: %zu identical, %zu reproduced, %zu consistent, %zu within bound (%zu weakly), %zu not derived; %zu metadata keys, %zu differ",
		       d->job.count, count[ROS_DERIVED_IDENTICAL], count[ROS_DERIVED_REPRODUCED], count[ROS_DERIVED_CONSISTENT],
		       count[ROS_DERIVED_WITHIN_BOUND], weak, count[ROS_NOT_DERIVED], d->keys_compared, d->keys_different);
}

struct ros_report *ros_derive(const char *source, const char *quantized, const struct ros_derive_options *opt)
{
	struct ros_report *r = ros_report_new(&kind, sizeof(struct ros_derive_detail));
	struct ros_error err = { 0 };
	struct ros_derive_detail *d;

	if (!r)
		return NULL;
	d = r->detail;
	ros_imatrix_init(&d->imatrix);
	ros_options_take(&d->opt, sizeof d->opt, opt, opt ? opt->size : 0);
	if (open_both(d, source, quantized, &r->verdict, &err) || make_plan(d, &r->verdict, &err) || pair_up(d, &r->arena, &err) ||
	    ros_derive_run(&d->job, &err))
		return ros_report_close(r, &err);
	report_tensors(d, &r->verdict);
	report_left(d, &r->verdict);
	if (!d->opt.no_metadata)
		ros_derive_metadata(d, &r->verdict, &err);
	if (!err.code && !ros_source_unchanged(&d->source, &err))
		ros_source_unchanged(&d->quantized, &err);
	sum_up(r, d);
	return ros_report_close(r, &err);
}
