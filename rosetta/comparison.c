#include "rosetta/comparison.h"

#include "rosetta/options.h"

#include "formats/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* That B lacks a tensor which the caller left out is no finding of this comparison: it stays as a note. */
static void excuse_excluded(struct ros_verdict *v, struct ros_run_options *run)
{
	for (size_t i = 0; i < v->count; i++) {
		struct ros_note *n = &v->notes[i];

		if (n->fatal && !strcmp(n->rule, "contract.missing-tensor") && !ros_run_selects(run, n->tensor)) {
			n->fatal = false;
			v->fatal--;
		}
	}
}

int ros_comparison_open(struct ros_comparison *c, const char *a, const char *b, const struct ros_compare_options *given,
			struct ros_verdict *v, struct ros_error *err)
{
	bool same;

	v->comparing = true;
	ros_options_take(&c->opt, sizeof c->opt, given, given ? given->size : 0);
	if (c->opt.tolerance < 0 || c->opt.tolerance != c->opt.tolerance)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "a tolerance is not negative");
	if (ros_source_open(&c->a, a, &c->opt.run, ROS_SOURCE_BOTH, NULL, err) || ros_source_open(&c->b, b, &c->opt.run, ROS_SOURCE_BOTH, v, err))
		return err->code;
	same = !strcmp(c->a.hub.contradiction.text, c->b.hub.contradiction.text);       /* a file and its copy say the same two things */
	ros_source_contradicts(&c->a, "A's ", !same, v);
	ros_source_contradicts(&c->b, "B's ", !same, v);
	excuse_excluded(v, &c->opt.run);
	c->compare = (struct ros_compare){ .a = &c->a.model, .b = &c->b.model, .tolerance = c->opt.tolerance, .run = &c->opt.run,
					   .kernels = ros_kernels_best(), .arena = &c->a.arena };
	if (!c->compare.kernels)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "ROSETTA_KERNELS names a set that this machine or build lacks");
	return 0;
}

static struct ros_str name_of(const struct ros_pair *p)
{
	return p->b ? p->b->dst.name : p->a->dst.name;
}

static void judge_different(const struct ros_pair *p, struct ros_verdict *v)
{
	struct ros_str in = p->stored ? p->stored->name : name_of(p);

	if (p->overflow != ROS_NONE)
		ros_verdict_add(v, true, "data.overflow", name_of(p), "element %" PRIu64 " is finite in A and not in B: its type's range is too small",
				p->overflow);
	else if (p->max_abs > 0 && p->first_offset != ROS_NONE)
		ros_verdict_add(v, true, "compare.different", name_of(p), "%" PRIu64 " of %" PRIu64 " values differ, by at most %.9g; the first is element %"
				PRIu64 ", byte %" PRIu64 " of %.*s in B", p->different, p->elements, p->max_abs, p->first_element, p->first_offset,
				(int)(in.len < 200 ? in.len : 200), in.ptr);
	else
		ros_verdict_add(v, true, "compare.different", name_of(p), "%" PRIu64 " of %" PRIu64 " elements differ in %s", p->different,
				p->elements, p->why);
}

static void judge(struct ros_comparison *c, const struct ros_pair *p, struct ros_verdict *v)
{
	switch (p->status) {
	case ROS_MISSING:
		ros_verdict_add(v, true, "compare.missing", name_of(p), "in A only");
		break;
	case ROS_EXTRA:
		ros_verdict_add(v, true, "compare.extra", name_of(p), "in B only");
		break;
	case ROS_DIFFERENT:
		judge_different(p, v);
		break;
	case ROS_ROUNDED:
		if (c->opt.values)
			ros_verdict_add(v, true, "compare.rounded", name_of(p), "%" PRIu64 " values were rounded", p->rounded + p->lossy);
		else
			ros_verdict_add(v, false, p->lossy ? "value.not-invertible" : "value.rounded", name_of(p), "%" PRIu64
					" of %" PRIu64 " values cannot be given back", p->lossy ? p->lossy : p->rounded, p->elements);
		break;
	case ROS_IDENTICAL: case ROS_EQUAL: case ROS_WITHIN_TOLERANCE: case ROS_STATUS_COUNT:
		break;
	}
}

int ros_comparison_run(struct ros_comparison *c, struct ros_verdict *v, struct ros_error *err)
{
	if (ros_compare_run(&c->compare, err) || ros_source_unchanged(&c->a, err) || ros_source_unchanged(&c->b, err))
		return err->code;
	for (size_t i = 0; i < c->compare.count; i++) {
		const struct ros_pair *p = &c->compare.pairs[i];

		c->count[p->status]++;
		c->elements += p->elements;
		c->different += p->different;
		c->lossy += p->lossy;
		c->rounded += p->rounded;
		if (p->a && p->b)
			v->checked += p->elements;
		judge(c, p, v);
	}
	return 0;
}

static int by_text(const void *x, const void *y)
{
	return ros_str_compare(*(const struct ros_str *)x, *(const struct ros_str *)y);
}

void ros_comparison_sort_skipped(struct ros_comparison *c)
{
	size_t n = 0;

	if (c->skipped_count)
		qsort(c->skipped, c->skipped_count, sizeof *c->skipped, by_text);
	for (size_t i = 0; i < c->skipped_count; i++)
		if (!n || !ros_str_equal(c->skipped[n - 1], c->skipped[i]))
			c->skipped[n++] = c->skipped[i];
	c->skipped_count = n;
}

/* ", 2 left out": what a sentence about all tensors must add. */
static const char *left_out(const struct ros_comparison *c, char *text, size_t room)
{
	*text = 0;
	if (c->skipped_count)
		snprintf(text, room, ", %zu left out", c->skipped_count);
	return text;
}

void ros_comparison_say(struct ros_report *r, const char *same)
{
	const struct ros_comparison *c = r->detail;
	char text[40];

	if (c->count[ROS_WITHIN_TOLERANCE])
		ros_report_say(r, "within tolerance of %g: %" PRIu64 " of %zu tensors differ by no more, the rest not at all%s", c->opt.tolerance,
			       c->count[ROS_WITHIN_TOLERANCE], c->compare.count, left_out(c, text, sizeof text));
	else
		ros_report_say(r, "%s%zu tensors%s%s", same, c->compare.count, c->lossy || c->rounded ? ", not losslessly" : "",
			       left_out(c, text, sizeof text));
}

void ros_comparison_release(struct ros_comparison *c)
{
	ros_source_release(&c->b);
	ros_source_release(&c->a);
}

static void json_pair(struct ros_json_out *o, const struct ros_pair *p)
{
	ros_json_open_object(o, NULL);
	ros_json_put_str(o, "name", name_of(p));
	ros_json_put_str(o, "status", ros_str_of(ros_status_name(p->status)));
	if (p->a)
		ros_json_put_str(o, "dtype_a", ros_str_of(ros_dtypes[p->a->piece_count ? p->a->pieces[0].src->dtype : p->a->dst.dtype].name));
	if (p->b)
		ros_json_put_str(o, "dtype_b", ros_str_of(ros_dtypes[p->b->piece_count ? p->b->pieces[0].src->dtype : p->b->dst.dtype].name));
	ros_json_put_u64(o, "count", p->elements);
	ros_json_put_f64(o, "max_abs", p->max_abs);
	ros_json_put_u64(o, "count_different", p->different);
	if (p->first_offset != ROS_NONE)
		ros_json_put_u64(o, "first_offset", p->first_offset);
	else
		ros_json_put_null(o, "first_offset");
	if (p->different && p->first_element != ROS_NONE) {
		ros_json_put_u64(o, "first_element", p->first_element);
		ros_json_put_f64(o, "mean_abs", p->mean_abs);
		ros_json_put_f64(o, "rmse", p->rmse);
		ros_json_put_f64(o, "cosine", p->cosine);
	}
	if (p->status == ROS_DIFFERENT)
		ros_json_put_str(o, "why", ros_str_of(p->why));
	if (p->stored && p->first_offset != ROS_NONE) {
		ros_json_put_str(o, "first_offset_tensor", p->stored->name);
		ros_json_put_u64(o, "first_offset_in_file", p->stored->offset + p->first_offset);
	}
	if (p->lossy)
		ros_json_put_u64(o, "not_invertible", p->lossy);
	if (p->rounded)
		ros_json_put_u64(o, "rounded", p->rounded);
	ros_json_close_object(o);
}

static void json_keys(const struct ros_comparison *c, struct ros_json_out *o)
{
	ros_json_open_array(o, "metadata");
	for (size_t i = 0; i < c->key_count; i++) {
		ros_json_open_object(o, NULL);
		ros_json_put_str(o, "key", c->keys[i].key);
		if (c->keys[i].a.ptr)
			ros_json_put_str(o, "a", c->keys[i].a);
		if (c->keys[i].b.ptr)
			ros_json_put_str(o, "b", c->keys[i].b);
		ros_json_close_object(o);
	}
	ros_json_close_array(o);
}

static void json_left(struct ros_json_out *o, struct ros_str name, enum ros_leave why)
{
	ros_json_open_object(o, NULL);
	ros_json_put_str(o, "name", name);
	ros_json_put_str(o, "why", ros_str_of(ros_leave_name(why)));
	ros_json_close_object(o);
}

static void json_plan_left(struct ros_json_out *o, const struct ros_plan *p)
{
	for (size_t i = 0; i < p->left_count; i++)
		if (p->left[i].why != ROS_LEFT_EXCLUDED)
			json_left(o, p->left[i].tensor->name, p->left[i].why);
}

void ros_comparison_json(const struct ros_report *r, struct ros_json_out *o)
{
	const struct ros_comparison *c = r->detail;

	ros_json_put_str(o, "format_a", ros_str_of(ros_formats[c->a.model.format].name));
	ros_json_put_str(o, "format_b", ros_str_of(ros_formats[c->b.model.format].name));
	ros_json_put_str(o, "family", ros_str_of(ros_source_family(&c->a)));
	ros_json_put_bool(o, "lossless", !c->lossy && !c->rounded && !c->count[ROS_WITHIN_TOLERANCE] && !c->count[ROS_DIFFERENT]
			  && !c->count[ROS_MISSING] && !c->count[ROS_EXTRA]);
	ros_json_open_object(o, "counts");
	for (int s = 0; s < ROS_STATUS_COUNT; s++)
		ros_json_put_u64(o, ros_status_name((enum ros_status)s), c->count[s]);
	ros_json_close_object(o);
	ros_json_open_array(o, "tensors");
	for (size_t i = 0; i < c->compare.count; i++)
		json_pair(o, &c->compare.pairs[i]);
	ros_json_close_array(o);
	ros_json_open_array(o, "left_out");
	json_plan_left(o, &c->plan_a);
	json_plan_left(o, &c->plan_b);
	for (size_t i = 0; i < c->skipped_count; i++)
		json_left(o, c->skipped[i], ROS_LEFT_EXCLUDED);
	ros_json_close_array(o);
	json_keys(c, o);
}

static void text_pair(struct ros_text *t, const struct ros_pair *p)
{
	ros_text_put(t, "%-17s", ros_status_name(p->status));
	ros_text_put_escaped(t, name_of(p));
	if (p->different) {
		ros_text_pad(t, 60);
		ros_text_put(t, "%" PRIu64 " of %" PRIu64 " differ", p->different, p->elements);
		if (p->max_abs > 0)
			ros_text_put(t, ", max %.6g, mean %.6g, rmse %.6g, cosine %.9f", p->max_abs, p->mean_abs, p->rmse, p->cosine);
	}
	ros_text_put(t, "\n");
}

static void text_left(struct ros_text *t, struct ros_str name, enum ros_leave why, const char *where)
{
	ros_text_put(t, "left out         ");
	ros_text_put_escaped(t, name);
	ros_text_put(t, " (%s%s)\n", ros_leave_name(why), where);
}

static void text_plan_left(struct ros_text *t, const struct ros_plan *p, const char *where)
{
	for (size_t i = 0; i < p->left_count; i++)
		if (p->left[i].why != ROS_LEFT_EXCLUDED)
			text_left(t, p->left[i].tensor->name, p->left[i].why, where);
}

void ros_comparison_text(const struct ros_report *r, struct ros_text *t, unsigned flags)
{
	const struct ros_comparison *c = r->detail;
	const char *comma = "";

	for (size_t i = 0; i < c->compare.count; i++)
		if ((flags & ROS_TEXT_ALL) || c->compare.pairs[i].status > ROS_EQUAL)
			text_pair(t, &c->compare.pairs[i]);
	text_plan_left(t, &c->plan_a, "");
	text_plan_left(t, &c->plan_b, ", in B");
	for (size_t i = 0; i < c->skipped_count; i++)
		text_left(t, c->skipped[i], ROS_LEFT_EXCLUDED, "");
	for (size_t i = 0; i < c->key_count; i++) {
		ros_text_put(t, "metadata         ");
		ros_text_put_escaped(t, c->keys[i].key);
		ros_text_put(t, ": %s -> %s\n", c->keys[i].a.ptr ? c->keys[i].a.ptr : "absent", c->keys[i].b.ptr ? c->keys[i].b.ptr : "absent");
	}
	ros_text_put(t, "%zu tensors: ", c->compare.count);
	for (int s = 0; s < ROS_STATUS_COUNT; s++) {
		if (!c->count[s])
			continue;
		ros_text_put(t, "%s%" PRIu64 " %s", comma, c->count[s], ros_status_name((enum ros_status)s));
		comma = ", ";
	}
	ros_text_put(t, "\n");
}
