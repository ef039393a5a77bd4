/* From an opened source to a plan and a laid-out destination. */
#include "rosetta/convert.h"

#include "contracts/provenance.h"

#include <string.h>

enum ros_dtype ros_convert_type(void *context, const struct ros_step *step, enum ros_dtype stored, bool keep_f32)
{
	const struct ros_conversion *c = context;
	enum ros_dtype origin;

	if (ros_dtypes[stored].class_ != ROS_CLASS_FLOAT)
		return stored;
	if (c->target.format != ROS_FORMAT_SAFETENSORS && keep_f32 && !ros_dtypes[stored].quantised)
		return c->target.format == c->source.model.format && c->dtype == ROS_DTYPE_COUNT ? stored : ROS_F32;
	if (c->dtype != ROS_DTYPE_COUNT)
		return c->dtype;
	if (c->target.format == ROS_FORMAT_SAFETENSORS && ros_provenance_dtype(&c->source.hub, step->dst.name, &origin))
		return origin;
	return stored;
}

/* APR's readers want the output matrix always, so an APR file repeats a tied embedding; the others leave it out, unless
 * the origin had both. Elsewhere what the source has is what it means. */
static enum ros_tied_rule tied_rule(const struct ros_conversion *c)
{
	const struct ros_source *s = &c->source;
	uint64_t tied = 0;

	if (c->target.format == ROS_FORMAT_APR)
		return ROS_TIED_ALWAYS;
	if (s->known && s->model.format == ROS_FORMAT_APR && ros_hparams_u64(s->hub.hp, ROS_HP_TIED, &tied) && tied
	    && !ros_provenance_output_present(&s->hub) && ros_source_output_repeats(s))
		return ROS_TIED_NEVER;
	return ROS_TIED_FOLLOW;
}

int ros_conversion_plan(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err)
{
	struct ros_source *s = &c->source;
	bool same = s->model.format == c->target.format;
	struct ros_plan_request want = {
		.src = &s->model, .from = s->known ? &s->binding : NULL, .hp = s->hub.hp, .target = c->target.format,
		.type = same && c->dtype == ROS_DTYPE_COUNT ? NULL : ros_convert_type, .type_context = c,
		.allow_unknown = c->opt.allow_unknown, .selected = ros_run_selects, .selected_context = &c->opt.run,
	};
	struct ros_layout *to = ros_arena_alloc(&s->arena, 1, sizeof *to, err);

	if (!to)
		return err->code;
	if (s->known && !same) {
		if (ros_layout_build(to, s->hub.contract, s->hub.hp, c->target.format, -1, &s->arena, err))
			return err->code;
		want.to = to;
		want.tied = tied_rule(c);
	} else if (!s->known && !same) {
		ros_verdict_add(v, false, "plan.unknown-family", ROS_STR(""), "the family is unknown: tensors keep their names and rows");
	}
	return ros_plan_make(&c->plan, &want, &s->arena, v, err);
}

int ros_conversion_lay_out(struct ros_conversion *c, struct ros_error *err)
{
	struct ros_source *s = &c->source;
	struct ros_hub_options hub = { .apr_rows = -1, .strip = c->opt.strip };
	struct ros_write_options how = {
		.max_shard_bytes = c->opt.split_max_size, .max_shard_tensors = c->opt.split_max_tensors, .preserve = c->opt.preserve,
		.origin = c->opt.preserve && s->model.format == c->target.format ? &s->model : NULL, .force = c->opt.force,
	};

	ros_model_init(&c->dst, c->target.format);
	c->dst.alignment = s->model.format == c->target.format ? s->model.alignment : 0;
	c->dst.path = ros_str_of(c->target.path);
	if (ros_model_alloc_tensors(&c->dst, c->plan.count, err))
		return err->code;
	for (size_t i = 0; i < c->plan.count; i++)
		c->dst.tensors[i] = c->plan.steps[i].dst;
	c->out.arena = &c->dst.arena;
	if (ros_model_index(&c->dst, err) || ros_hub_write(&s->hub, &c->dst, &hub, err)
	    || ros_formats[c->target.format].lay_out(&c->dst, &how, &c->out, err))
		return err->code;
	return 0;
}

void ros_conversion_release(struct ros_conversion *c)
{
	ros_model_release(&c->dst);
	ros_source_release(&c->source);
}
