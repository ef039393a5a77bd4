#include "rosetta/derive_verb.h"

#include <inttypes.h>
#include <string.h>

/* What the words mean: quant/scale_fit.h. */
static const char *const scale_words[] = {
	[ROS_SCALES_SILENT] = "unjudged", [ROS_SCALES_PLAIN] = "plain", [ROS_SCALES_FIT] = "fit", [ROS_SCALES_OFF] = "off", [ROS_SCALES_DAMAGED] = "damaged",
};

static void json_scales(struct ros_json_out *o, const struct ros_scale_findings *f)
{
	ros_json_put_str(o, "scales", ros_str_of(scale_words[ros_scales_say(f)]));
	ros_json_put_u64(o, "scale_equations", f->equations);
	ros_json_put_u64(o, "scale_equations_spare", f->freedom);
	if (f->odd_groups)
		ros_json_put_f64(o, "scale_misfit", f->misfit);
}

static void json_tensor(struct ros_json_out *o, const struct ros_derived *p)
{
	const struct ros_consistency *f = &p->found;

	ros_json_open_object(o, NULL);
	ros_json_put_str(o, "name", p->stored->name);
	ros_json_put_str(o, "status", ros_str_of(ros_descent_name(p->status)));
	ros_json_put_str(o, "dtype", ros_str_of(ros_dtypes[p->stored->dtype].name));
	if (p->why)
		ros_json_put_str(o, "why", ros_str_of(p->why));
	if (f->blocks) {
		ros_json_put_u64(o, "elements", f->elements);
		ros_json_put_u64(o, "blocks", f->blocks);
		ros_json_put_u64(o, "nearest", f->nearest);
		ros_json_put_u64(o, "ties", f->ties);
		ros_json_put_u64(o, "bounded", f->bounded);
		ros_json_put_u64(o, "blocks_of_other_scale", f->other_scale);
		ros_json_put_u64(o, "violations", f->violations);
		ros_json_put_u64(o, "bad_blocks", f->bad_blocks);
		ros_json_put_u64(o, "bad_scales", f->bad_scales);
		ros_json_put_f64(o, "max_abs", f->max_abs);
	}
	if (!ros_codes_are_separate(p->stored->dtype) && f->blocks)
		json_scales(o, &p->scales);
	if (f->first_bad_block != UINT64_MAX)
		ros_json_put_u64(o, "first_bad_block", f->first_bad_block);
	if (p->encoded) {
		ros_json_put_u64(o, "encoded", p->units);
		ros_json_put_u64(o, "encoded_equal", p->equal_units);
	}
	if (p->through_f16)
		ros_json_put_bool(o, "through_f16", true);
	ros_json_close_object(o);
}

void ros_derive_json(const struct ros_report *r, struct ros_json_out *o)
{
	const struct ros_derive_detail *d = r->detail;

	ros_json_open_array(o, "tensors");
	for (size_t i = 0; i < d->job.count; i++)
		json_tensor(o, &d->job.tensors[i]);
	ros_json_close_array(o);
	ros_json_put_u64(o, "metadata_compared", d->keys_compared);
	ros_json_put_u64(o, "metadata_different", d->keys_different);
}

static void text_scales(struct ros_text *t, const struct ros_scale_findings *f)
{
	if (ros_scales_say(f) == ROS_SCALES_PLAIN)
		ros_text_put(t, " %" PRIu64 " scales are those of encoding without a matrix", f->equations);
	else if (ros_scales_say(f) == ROS_SCALES_FIT)
		ros_text_put(t, " %" PRIu64 " scales fit, %" PRIu64 " more than unknowns", f->equations, f->freedom);
	else
		ros_text_put(t, " weak: too few rows to judge scales");
}

static void text_tensor(struct ros_text *t, const struct ros_derived *p)
{
	const struct ros_consistency *f = &p->found;

	ros_text_put(t, "  %-12s ", ros_descent_name(p->status));
	ros_text_put_escaped(t, p->stored->name);
	ros_text_pad(t, 52);
	ros_text_put(t, "%-8s", ros_dtypes[p->stored->dtype].name);
	if (f->blocks && ros_codes_are_separate(p->stored->dtype))
		ros_text_put(t, " %" PRIu64 " codes nearest, %" PRIu64 " ties", f->nearest, f->ties);
	if (p->status == ROS_DERIVED_WITHIN_BOUND)
		text_scales(t, &p->scales);
	if (f->other_scale)
		ros_text_put(t, ", %" PRIu64 " blocks under another scale", f->other_scale);
	if (p->encoded && f->blocks)
		ros_text_put(t, ", %" PRIu64 " of %" PRIu64 " blocks reproduced", p->equal_units, p->units);
	ros_text_put(t, "\n");
}

void ros_derive_text(const struct ros_report *r, struct ros_text *t, unsigned flags)
{
	const struct ros_derive_detail *d = r->detail;

	for (size_t i = 0; i < d->job.count; i++)
		if ((flags & ROS_TEXT_ALL) || d->job.tensors[i].status == ROS_NOT_DERIVED)
			text_tensor(t, &d->job.tensors[i]);
}
