/* From an opened source to a plan and a laid-out destination. */
#include "rosetta/convert.h"

#include "contracts/provenance.h"
#include "contracts/rules.h"
#include "rosetta/origin.h"
#include "rosetta/override.h"

#include <string.h>

/* The type that the atom which S begins with had in the SafeTensors files that the model first came from. */
static bool first_type(const struct ros_conversion *c, const struct ros_step *s, enum ros_dtype *type)
{
	const struct ros_layout_tensor *t;
	const struct ros_placement *part;

	if (!c->source.known)   /* tensors keep their names */
		return ros_provenance_format(&c->source.hub) == ROS_FORMAT_SAFETENSORS && ros_provenance_dtype(&c->source.hub, s->dst.name, type);
	if (!c->first || !s->as || !s->piece_count)
		return false;
	t = ros_layout_atom(c->first, s->pieces[0].to.key, 0, &part);
	return t && ros_provenance_dtype(&c->source.hub, t->name, type);
}

/* The type that S had in the file which the model first came from, where a format between has widened it to float32. */
static bool origin_type(const struct ros_conversion *c, const struct ros_step *s, enum ros_dtype *type)
{
	uint32_t at = ros_nameset_find(&c->recorded.by_name, s->dst.name);

	if (at == ROS_NAMESET_NONE)
		return first_type(c, s, type);
	*type = c->recorded.list[at].dtype;
	return true;
}

/* Does the way back turn STORED into ORIGIN? What was widened is narrowed to what it was; into the origin's own format, what
 * was narrowed is widened, which is exact, and the files agree with the config.json that came along. */
static bool is_restored(const struct ros_conversion *c, enum ros_dtype stored, enum ros_dtype origin)
{
	if (ros_dtypes[origin].class_ != ROS_CLASS_FLOAT || ros_dtypes[origin].quantised)
		return false;
	return stored == ROS_F32 || (origin == ROS_F32 && c->target.format == ROS_FORMAT_SAFETENSORS && (stored == ROS_F16 || stored == ROS_BF16));
}

enum ros_dtype ros_convert_type(void *context, const struct ros_step *step, enum ros_dtype stored, bool keep_f32)
{
	const struct ros_conversion *c = context;
	bool same = c->target.format == c->source.model.format, kept = c->dtype == ROS_DTYPE_COUNT;
	enum ros_dtype origin;

	if (ros_dtypes[stored].class_ != ROS_CLASS_FLOAT)
		return stored;
	if (c->target.format != ROS_FORMAT_SAFETENSORS && keep_f32 && !ros_dtypes[stored].quantised && !(same && kept))
		return ROS_F32;
	if (kept && !same && origin_type(c, step, &origin) && is_restored(c, stored, origin))
		return origin;
	return kept ? stored : c->dtype;
}

/* Some readers want the output matrix always, so files for them repeat a tied embedding; on the way to the others it is left
 * out again, unless the origin had both. Elsewhere what the source has is what it means. */
void ros_conversion_choose_tied(const struct ros_conversion *c, enum ros_format_id target, struct ros_plan_request *want)
{
	const struct ros_source *s = &c->source;
	bool repeats = ros_source_output_repeats(s);
	uint64_t tied = 0;

	want->tied = target == ROS_FORMAT_APR ? ROS_TIED_ALWAYS : ROS_TIED_FOLLOW;
	if (want->tied == ROS_TIED_FOLLOW && repeats && ros_source_writes_tied(s)
	    && ros_hparams_u64(s->hub.hp, ROS_HP_TIED, &tied) && tied && !ros_provenance_output_present(&s->hub))
		want->tied = ROS_TIED_NEVER;
	if (target == ros_provenance_format(&s->hub) && (repeats || !ros_source_output_own(s)))
		want->tied_only = ros_provenance_tied(&s->hub);
}

/* The layout of the SafeTensors files that the model first came from. */
static int make_first(struct ros_conversion *c, struct ros_error *err)
{
	struct ros_source *s = &c->source;

	c->first = ros_arena_alloc(&s->arena, 1, sizeof *c->first, err);
	return c->first ? ros_layout_build(c->first, s->hub.contract, s->hub.hp, ROS_FORMAT_SAFETENSORS, -1, &s->arena, err) : (int)err->code;
}

static int find_recorded(struct ros_conversion *c, struct ros_error *err)
{
	struct ros_recorded *r = &c->recorded;
	uint32_t earlier;

	ros_nameset_init(&r->by_name);
	if (ros_hub_recorded(&c->source.hub, c->target.format, &r->list, &r->count, err))
		return err->code;
	for (size_t i = 0; i < r->count && !err->code; i++)
		ros_nameset_add(&r->by_name, r->list[i].name, (uint32_t)i, &earlier, err);
	return err->code;
}

/* A way back to a file that was read before keeps that file's order; what it did not have follows. */
static int order_as_recorded(struct ros_conversion *c, struct ros_error *err)
{
	struct ros_plan *p = &c->plan;
	const struct ros_recorded *r = &c->recorded;
	struct ros_step *steps = ros_arena_alloc(&c->source.arena, p->count, sizeof *steps, err);
	const struct ros_step **at = ros_arena_alloc(&c->source.arena, r->count, sizeof(*at), err);
	bool *placed = ros_arena_alloc(&c->source.arena, p->count, sizeof *placed, err);
	size_t n = 0;

	if (err->code || !r->count)
		return err->code;
	for (size_t i = 0; i < p->count; i++) {
		uint32_t place = ros_nameset_find(&r->by_name, p->steps[i].dst.name);

		if (place != ROS_NAMESET_NONE && !at[place]) {
			at[place] = &p->steps[i];
			placed[i] = true;
		}
	}
	for (size_t i = 0; i < r->count; i++)
		if (at[i])
			steps[n++] = *at[i];
	for (size_t i = 0; i < p->count; i++)
		if (!placed[i])
			steps[n++] = p->steps[i];
	p->steps = steps;
	return 0;
}

/* A rope scaling that the target has no word for would be lost without a trace. "dynamic" is the identity up to the length that
 * the model is configured for, so that one is only told. */
static void check_scaling(const struct ros_conversion *c, struct ros_verdict *v)
{
	const struct ros_hub *hub = &c->source.hub;
	enum ros_rope_scaling kind;

	if (ros_contract_says_scaling(hub->contract, hub->hp, c->target.format))
		return;
	kind = (enum ros_rope_scaling)hub->hp->v[ROS_HP_ROPE_SCALING].u;
	ros_verdict_add(v, kind != ROS_SCALING_DYNAMIC, "contract.rope-scaling", ROS_STR("rope_scaling"), "'%s' found, a %s of family %s has no place for it%s",
			ros_rope_scaling_name(kind), ros_formats[c->target.format].name, hub->contract->key,
			kind == ROS_SCALING_DYNAMIC ? ": beyond the configured length its readers compute something else" : "");
}

/* One .safetensors becomes another; where files lie beside the first, they have to go into the second, unless it is to be
 * byte for byte the first. */
static bool stays_lone(const struct ros_conversion *c)
{
	return !c->target.folder && (!c->source.model.file_count || c->opt.preserve);
}

bool ros_conversion_is_rewrite(const struct ros_conversion *c)
{
	return c->source.model.format == c->target.format && c->dtype == ROS_DTYPE_COUNT && !c->opt.strip && !c->opt.own_metadata
		&& (!c->quantization || c->target.format == ROS_FORMAT_GGUF) && (c->target.format != ROS_FORMAT_SAFETENSORS || stays_lone(c));
}

/* --dtype rounds values that are held in float32 on the way, which would round these twice: nobody asked for that. */
static void refuse_doubles(const struct ros_conversion *c, struct ros_verdict *v)
{
	for (size_t i = 0; c->dtype != ROS_DTYPE_COUNT && i < c->plan.count; i++)
		if (c->plan.steps[i].dst.dtype == ROS_F64)
			ros_verdict_add(v, true, "plan.dtype", c->plan.steps[i].dst.name, "F64 is kept as it is and cannot become %s; leave it out, or --dtype",
					ros_dtypes[c->dtype].name);
}

int ros_conversion_plan(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err)
{
	struct ros_source *s = &c->source;
	bool same = s->model.format == c->target.format;
	struct ros_plan_request want = {
		.src = &s->model, .from = s->known ? &s->binding : NULL, .hp = s->hub.hp, .target = c->target.format,
		.type = same && c->dtype == ROS_DTYPE_COUNT ? NULL : ros_convert_type, .type_context = c,
		.strict_names = same && c->target.format == ROS_FORMAT_SAFETENSORS, .allow_unknown = c->opt.allow_unknown, .selected = ros_run_selects, .selected_context = &c->opt.run,
	};
	struct ros_layout *to = ros_arena_alloc(&s->arena, 1, sizeof *to, err);

	if (s->partial && (!ros_conversion_is_rewrite(c) || c->quantization))
		return ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s, and what is no model of its family (an adapter, a vocabulary) is "
				"only rewritten, in its own format and types", s->partial);
	if (!to || (!same && find_recorded(c, err)))
		return err->code;
	if (s->known && !same) {
		if (ros_layout_build(to, s->hub.contract, s->hub.hp, c->target.format, -1, &s->arena, err))
			return err->code;
		want.to = to;
		check_scaling(c, v);
		ros_conversion_choose_tied(c, c->target.format, &want);
		if (ros_provenance_format(&s->hub) == ROS_FORMAT_SAFETENSORS && make_first(c, err))
			return err->code;
	} else if (!s->known && !same) {
		ros_verdict_add(v, false, "plan.unknown-family", ROS_STR(""), "the family is unknown: tensors keep their names and rows");
	}
	if (ros_plan_make(&c->plan, &want, &s->arena, v, err))
		return err->code;
	refuse_doubles(c, v);
	return order_as_recorded(c, err) ? (int)err->code : ros_conversion_add_buffers(c, err);
}

static int copy_metadata(struct ros_conversion *c, const struct ros_hub_options *how, struct ros_error *err)
{
	const struct ros_meta *from = &c->source.model.meta;

	for (size_t i = 0; i < from->count && !err->code; i++)
		ros_meta_add(&c->dst.meta, from->entries[i].key, from->entries[i].value, err);
	return err->code || c->opt.preserve ? (int)err->code : ros_hub_correct(&c->source.hub, &c->dst, how, err);
}

static int write_metadata(struct ros_conversion *c, struct ros_error *err)
{
	bool same = c->source.model.format == c->target.format;         /* then rows stay where they are */
	struct ros_hub_options how = { .apr_rows = same ? c->source.hub.rows_hf : -1, .strip = c->opt.strip, .lone = !c->target.folder };

	if (c->quantization)
		how.file_type_given = ros_quantization_file_type(c->quantization, &how.file_type);
	if (ros_conversion_is_rewrite(c))
		copy_metadata(c, &how, err);
	else if (!ros_origin_prepare(c, err))
		ros_hub_write(&c->source.hub, &c->dst, &how, err);
	if (!err->code && c->quantization)
		ros_quantization_metadata(c, err);
	return err->code ? (int)err->code : ros_override_metadata(&c->dst, c->opt.override_kv, err);
}

int ros_conversion_lay_out(struct ros_conversion *c, struct ros_error *err)
{
	struct ros_source *s = &c->source;
	struct ros_write_options how = {
		.max_shard_bytes = c->opt.split_max_size, .max_shard_tensors = c->opt.split_max_tensors, .preserve = c->opt.preserve && !c->opt.compress,
		.origin = c->opt.preserve && s->model.format == c->target.format ? &s->model : NULL, .force = c->opt.force,
	};

	if (c->target.format == ROS_FORMAT_SAFETENSORS && !c->target.folder)
		how.stem = ros_target_stem(&c->target);
	ros_model_init(&c->dst, c->target.format);
	c->dst.format_version = s->model.format_version;
	c->dst.path = ros_str_of(c->target.path);
	c->dst.header_bytes = ros_conversion_is_rewrite(c) ? s->model.header_bytes : 0;
	c->dst.file_bytes = ros_conversion_is_rewrite(c) ? s->model.file_bytes : 0;
	if (ros_model_alloc_tensors(&c->dst, c->plan.count, err))
		return err->code;
	for (size_t i = 0; i < c->plan.count; i++)
		c->dst.tensors[i] = c->plan.steps[i].dst;
	c->out.arena = &c->dst.arena;
	if (ros_model_index(&c->dst, err) || write_metadata(c, err)
	    || (c->quantization && c->quantization->compat && ros_quantization_imitate(c, err))
	    || ros_formats[c->target.format].lay_out(&c->dst, &how, &c->out, err))
		return err->code;
	return 0;
}

void ros_conversion_release(struct ros_conversion *c)
{
	ros_quantization_release(c->quantization);
	ros_nameset_release(&c->recorded.by_name);
	ros_model_release(&c->dst);
	ros_model_release(&c->imitated);
	ros_model_release(&c->origin);
	ros_source_release(&c->source);
}
