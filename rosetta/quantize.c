/* From options to the type of every step. */
#include "rosetta/quantize.h"

#include "contracts/hub_keys.h"
#include "rosetta/convert.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define QUANTIZATION_VERSION 2          /* GGML_QNT_VERSION */
#define SHOWN(s) (int)((s).len < 200 ? (s).len : 200), (s).ptr

/* ---- options ---- */

bool ros_quantization_wanted(const struct ros_convert_options *opt)
{
	return opt->quantize || opt->tensor_types || opt->imatrix || opt->token_embedding_type || opt->output_tensor_type || opt->pure
		|| opt->leave_output_tensor || opt->compat_llama_cpp;
}

static int usage(struct ros_error *err, const char *text)
{
	return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "%s", text);
}

static bool can_be_made(enum ros_dtype type)
{
	return ros_dtypes[type].class_ == ROS_CLASS_FLOAT && ros_codecs[type].encode;
}

const char *ros_quantize_name(size_t index)
{
	for (int f = 0; f < ROS_FT_COUNT; f++)
		if (ros_ftypes[f].name && can_be_made(ros_ftypes[f].type) && !index--)
			return ros_ftypes[f].name;
	return index ? NULL : "copy";
}

const char *ros_tensor_type_name(size_t index)
{
	for (int d = 0; d < ROS_DTYPE_COUNT; d++)
		if (can_be_made((enum ros_dtype)d) && ros_dtypes[d].gguf_id >= 0 && !index--)
			return ros_dtypes[d].name;
	return NULL;
}

/* A type that a tensor can be made to have. */
static int take_type(enum ros_dtype *out, struct ros_str name, const char *what, enum ros_format_id format, struct ros_error *err)
{
	*out = ros_dtype_by_name(name);
	if (*out == ROS_DTYPE_COUNT || !can_be_made(*out))
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "%s: '%.*s' is no type that a tensor can be given", what, SHOWN(name));
	if ((format == ROS_FORMAT_APR ? ros_dtypes[*out].apr_id : ros_dtypes[*out].gguf_id) < 0)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "%s: %s has no type %s%s", what, ros_formats[format].name, ros_dtypes[*out].name,
				format == ROS_FORMAT_APR ? "; q4_k, q6_k, f16, bf16 and f32 it has" : "");
	return 0;
}

/* "REGEX=TYPE", cut at the last '='. */
static int take_override(struct ros_recipe_override *o, const char *text, enum ros_format_id format, struct ros_arena *arena, struct ros_error *err)
{
	const char *cut = strrchr(text, '=');
	char *pattern;

	if (!cut || cut == text || !cut[1])
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "--tensor-type: REGEX=TYPE is wanted, found '%.200s'", text);
	pattern = ros_arena_alloc(arena, (size_t)(cut - text) + 1, 1, err);
	if (!pattern)
		return err->code;
	memcpy(pattern, text, (size_t)(cut - text));
	o->pattern = pattern;
	return take_type(&o->type, ros_str_of(cut + 1), "--tensor-type", format, err);
}

static int take_overrides(struct ros_recipe *r, const char *const *list, enum ros_format_id format, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_recipe_override *o;
	size_t n = 0;

	while (list && list[n])
		n++;
	o = ros_arena_alloc(arena, n, sizeof *o, err);
	for (size_t i = 0; i < n && !err->code; i++)
		take_override(&o[i], list[i], format, arena, err);
	r->overrides = o;
	r->override_count = n;
	return err->code;
}

static int take_ftype(struct ros_recipe *r, const char *name, enum ros_format_id format, struct ros_error *err)
{
	enum ros_dtype type;

	if (!strcasecmp(name, "copy")) {
		r->copy_only = true;
		return 0;
	}
	r->ftype = ros_ftype_by_name(ros_str_of(name));
	if (r->ftype == ROS_FT_COUNT)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "'%.60s' is no quantization: q4_k_m, q5_k_m, q6_k, q8_0, q4_0, iq4_xs, f16 ...", name);
	type = ros_ftypes[r->ftype].type;
	if (format == ROS_FORMAT_APR && ros_dtypes[type].apr_id < 0)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "apr has no type %s; q4_k_m, q4_k_s, q6_k, f16, bf16 and f32 can be asked for",
				ros_dtypes[type].name);
	return 0;
}

int ros_quantization_take(struct ros_quantization *q, const struct ros_convert_options *opt, enum ros_format_id format,
			  struct ros_arena *arena, struct ros_error *err)
{
	struct ros_recipe *r = &q->recipe;

	*q = (struct ros_quantization){ .compat = opt->compat_llama_cpp };
	*r = (struct ros_recipe){ .pure = opt->pure, .leave_output = opt->leave_output_tensor, .allow_requantize = opt->allow_requantize,
				  .without_imatrix = opt->dry_run, .have_imatrix = opt->imatrix,
				  .generation = opt->llama_cpp_2025 ? ROS_RECIPE_2025 : ROS_RECIPE_2026, ROS_RECIPE_NO_TYPES };
	ros_imatrix_init(&q->imatrix);
	if (!opt->quantize)
		return usage(err, "how to quantize? give --quantize TYPE");
	if (opt->dtype)
		return usage(err, "--dtype and --quantize exclude each other: a quantization chooses the type of every tensor");
	if (format == ROS_FORMAT_SAFETENSORS)
		return usage(err, "safetensors has no quantized types; --to gguf or apr, or --dtype f32, f16, bf16");
	if (q->compat && format != ROS_FORMAT_GGUF)
		return usage(err, "--compat llama.cpp writes a GGUF");
	if (take_ftype(r, opt->quantize, format, err) || take_overrides(r, opt->tensor_types, format, arena, err)
	    || (opt->token_embedding_type && take_type(&r->token_embedding, ros_str_of(opt->token_embedding_type), "--token-embedding-type", format, err))
	    || (opt->output_tensor_type && take_type(&r->output, ros_str_of(opt->output_tensor_type), "--output-tensor-type", format, err))
	    || (opt->imatrix && ros_imatrix_open(&q->imatrix, opt->imatrix, err)))
		return err->code;
	return 0;
}

void ros_quantization_release(struct ros_quantization *q)
{
	if (q)
		ros_imatrix_release(&q->imatrix);
}

bool ros_quantization_file_type(const struct ros_quantization *q, uint32_t *file_type)
{
	*file_type = (uint32_t)q->recipe.ftype;
	return !q->recipe.copy_only;
}

int ros_quantization_metadata(struct ros_conversion *c, struct ros_error *err)
{
	uint32_t file_type;

	if (c->target.format != ROS_FORMAT_GGUF || c->quantization->compat || !ros_quantization_file_type(c->quantization, &file_type))
		return 0;
	if (!ros_meta_set(&c->dst.meta, ROS_STR("general.file_type"), ros_meta_u32(file_type), err))
		ros_meta_set(&c->dst.meta, ROS_STR("general.quantization_version"), ros_meta_u32(QUANTIZATION_VERSION), err);
	return err->code;
}

/* ---- what the recipe asks about the model ---- */

/* The numbers as its GGUF has or would have them. */
static int read_numbers(struct ros_recipe_hparams *hp, const struct ros_source *s, struct ros_arena *arena, struct ros_error *err)
{
	const struct ros_contract *c = s->hub.contract;
	struct ros_meta meta;

	if (s->model.format == ROS_FORMAT_GGUF) {
		ros_recipe_read_meta(hp, &s->model.meta);
	} else if (c && s->hub.hp) {
		ros_meta_init(&meta, arena);
		if (ros_meta_set(&meta, ROS_STR("general.architecture"), ros_meta_str(ros_str_of(c->gguf_arch)), err)
		    || ros_keys_write_gguf(c, s->hub.hp, 0, &meta, err))
			return err->code;
		ros_recipe_read_meta(hp, &meta);
	}
	if (c)
		c = ros_contract_for_gguf(ros_str_of(c->gguf_arch), NULL);   /* the rules go by architecture, which families share */
	if (c) {
		hp->second_mixture = c->quantize.second_mixture;
		hp->large_layers = c->quantize.big_layers;
		hp->large_needs_gqa = c->quantize.big_needs_gqa;
	}
	return 0;
}

/* ---- steps ---- */

/* What the recipe shall see: a tensor whose every value comes out of blocks has their type, whatever the plan made of it. */
static struct ros_tensor seen(const struct ros_step *s)
{
	struct ros_tensor t = s->dst;

	for (uint32_t i = 0; i < s->piece_count; i++)
		if (ros_dtypes[s->pieces[i].src->dtype].quantised)
			t.dtype = s->pieces[i].src->dtype;
	return t;
}

static int choose(struct ros_quantization *q, const struct ros_plan *plan, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_tensor *tensors = ros_arena_alloc(arena, plan->count, sizeof *tensors, err);

	q->choice = ros_arena_alloc(arena, plan->count, sizeof *q->choice, err);
	if (err->code)
		return err->code;
	for (size_t i = 0; i < plan->count; i++)
		tensors[i] = seen(&plan->steps[i]);
	return ros_recipe_choose(&q->recipe, tensors, plan->count, q->choice, err);
}

/* The importance for S, whose place in the GGUF is T; EXPERT: it is one matrix of T's stack. */
static int weigh(struct ros_step *s, const struct ros_quantization *q, const struct ros_tensor *t, uint32_t expert, bool needed,
		 struct ros_verdict *v, struct ros_error *err)
{
	bool given = q->recipe.have_imatrix;

	if (!ros_dtypes[s->dst.dtype].quantised || s->kind == ROS_STEP_COPY || s->kind == ROS_STEP_MOVE)
		return 0;
	if (given && ros_imatrix_for(&q->imatrix, t, &s->weights, err))
		return err->code;
	if (s->weights && expert != ROS_NO_EXPERT && t->ndim > 2 && expert < t->dim[t->ndim - 3])
		s->weights += expert * ros_tensor_cols(t);
	if (s->weights || q->recipe.without_imatrix)
		return 0;
	if (needed || ros_codecs[s->dst.dtype].needs_weights)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "tensor '%.*s': %s needs an importance matrix%s", SHOWN(t->name),
				ros_dtypes[s->dst.dtype].name, given ? ", and the one given says nothing of it" : "");
	if (given && ros_codecs[s->dst.dtype].uses_weights)
		ros_verdict_add(v, false, "quantize.no-importance", s->dst.name, "the importance matrix says nothing of it");
	return 0;
}

static int settle(struct ros_step *s, enum ros_dtype type, enum ros_format_id target, bool measured, struct ros_error *err)
{
	s->dst.dtype = type;
	s->asked = true;
	if (ros_step_settle(s, target, err))
		return err->code;
	s->measure = measured && s->kind == ROS_STEP_CONVERT;
	return 0;
}

static int apply_gguf(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err)
{
	struct ros_quantization *q = c->quantization;

	if (choose(q, &c->plan, &c->source.arena, err))
		return err->code;
	for (size_t i = 0; i < c->plan.count; i++) {
		const struct ros_recipe_choice *choice = &q->choice[i];
		struct ros_step *s = &c->plan.steps[i];

		if (!choice->quantizable)
			continue;
		if (choice->type != choice->wanted)
			ros_verdict_add(v, false, "quantize.substituted", s->dst.name, "rows of %" PRIu64 " are no whole blocks of %s: %s instead",
					ros_tensor_cols(&s->dst), ros_dtypes[choice->wanted].name, ros_dtypes[choice->type].name);
		if (settle(s, choice->type, c->target.format, c->opt.quality, err)
		    || weigh(s, q, &s->dst, ROS_NO_EXPERT, choice->needs_imatrix, v, err))
			return err->code;
	}
	return 0;
}

/* ---- APR ---- */

/* What APR has for TYPE. */
static enum ros_dtype apr_type(enum ros_dtype type)
{
	if (ros_dtypes[type].apr_id >= 0)
		return type;
	return ros_dtype_bits(type) > ros_dtype_bits(ROS_Q4_K) ? ROS_Q6_K : ROS_Q4_K;
}

/* The plan of the GGUF that the source would become. */
static int plan_gguf(struct ros_conversion *c, struct ros_plan *plan, struct ros_verdict *v, struct ros_error *err)
{
	struct ros_source *s = &c->source;
	struct ros_layout *to = ros_arena_alloc(&s->arena, 1, sizeof *to, err);
	struct ros_plan_request want = {
		.src = &s->model, .from = &s->binding, .to = to, .hp = s->hub.hp, .target = ROS_FORMAT_GGUF,
		.allow_unknown = c->opt.allow_unknown,
	};

	if (!to || ros_layout_build(to, s->hub.contract, s->hub.hp, ROS_FORMAT_GGUF, -1, &s->arena, err))
		return err->code;
	ros_conversion_choose_tied(c, ROS_FORMAT_GGUF, &want);
	return ros_plan_make(plan, &want, &s->arena, v, err);
}

static const struct ros_step *holder_of(const struct ros_plan *gguf, const struct ros_atom_key *key)
{
	for (size_t i = 0; i < gguf->count; i++)
		for (uint32_t p = 0; p < gguf->steps[i].piece_count; p++) {
			const struct ros_atom_key *k = &gguf->steps[i].pieces[p].to.key;

			if (k->role == key->role && k->layer == key->layer && k->expert == key->expert)
				return &gguf->steps[i];
		}
	return NULL;
}

/* The step of GGUF that holds the first matrix of S, for an output matrix that GGUF leaves out the embedding's. */
static const struct ros_step *same_matrix(const struct ros_plan *gguf, const struct ros_step *s, const struct ros_source *src, struct ros_atom_key *key)
{
	const struct ros_layout_tensor *is = s->as ? s->as : s->piece_count ? src->binding.is[s->pieces[0].src - src->model.tensors] : NULL;
	const struct ros_step *found;

	if (!is || !is->part_count || !s->piece_count)
		return NULL;
	*key = is->parts[0].key;
	found = holder_of(gguf, key);
	if (found || src->hub.contract->roles[key->role].tied_to == ROS_NO_ROLE)
		return found;
	key->role = src->hub.contract->roles[key->role].tied_to;
	return holder_of(gguf, key);
}

static int apply_to_apr(struct ros_conversion *c, const struct ros_plan *gguf, struct ros_step *s, struct ros_verdict *v, struct ros_error *err)
{
	struct ros_quantization *q = c->quantization;
	struct ros_atom_key key;
	const struct ros_step *g = same_matrix(gguf, s, &c->source, &key);
	const struct ros_recipe_choice *choice = g ? &q->choice[g - gguf->steps] : NULL;
	enum ros_dtype type;

	if (!choice || !choice->quantizable || s->dst.ndim < 2)
		return 0;
	type = apr_type(choice->wanted);
	if (type != choice->wanted)
		ros_verdict_add(v, false, "quantize.substituted", s->dst.name, "apr has no type %s: %s instead", ros_dtypes[choice->wanted].name,
				ros_dtypes[type].name);
	if (settle(s, type, c->target.format, c->opt.quality, err))
		return err->code;
	return weigh(s, q, &g->dst, s->dst.ndim == 2 ? key.expert : ROS_NO_EXPERT, choice->needs_imatrix, v, err);
}

static int apply_apr(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err)
{
	struct ros_plan gguf = { 0 };

	if (!c->source.known)
		return usage(err, "the model's family is unknown, so which of its matrices may be quantized is too; --to gguf goes by tensor names");
	if (plan_gguf(c, &gguf, v, err) || v->fatal || choose(c->quantization, &gguf, &c->source.arena, err))
		return err->code;
	for (size_t i = 0; i < c->plan.count && !err->code; i++)
		apply_to_apr(c, &gguf, &c->plan.steps[i], v, err);
	return err->code;
}

int ros_quantization_apply(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err)
{
	if (read_numbers(&c->quantization->recipe.hparams, &c->source, &c->source.arena, err)
	    || (c->target.format == ROS_FORMAT_APR ? apply_apr : apply_gguf)(c, v, err))
		return err->code;
	c->plan.bytes = 0;
	for (size_t i = 0; i < c->plan.count; i++)
		c->plan.bytes += c->plan.steps[i].dst.data.len;
	return 0;
}
