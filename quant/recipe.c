#include "config.h"

#include "quant/recipe_rules.h"
#include "quant/tensor_order.h"

#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOW_BIT (ROS_FT_BIT(ROS_FT_IQ1_S) | ROS_FT_BIT(ROS_FT_IQ1_M) | ROS_FT_BIT(ROS_FT_IQ2_XXS) \
	| ROS_FT_BIT(ROS_FT_IQ2_XS) | ROS_FT_BIT(ROS_FT_IQ2_S) | ROS_FT_BIT(ROS_FT_IQ2_M))
#define SHOWN(s) (int)((s).len < 200 ? (s).len : 200), (s).ptr

/* One run over a model's tensors. */
struct state {
	const struct ros_recipe *r;
	regex_t *patterns;              /* r->override_count, compiled of them */
	size_t compiled;
	bool has_output;
	uint32_t attn_v_count;
	uint32_t seen[ROS_KIND_ANY];   /* tensors of each kind that the rules have seen */
	struct ros_error *err;
};

static bool contains_one(struct ros_str name, const char *const *list)
{
	for (; list && *list; list++)
		if (memmem(name.ptr, name.len, *list, strlen(*list)))
			return true;
	return false;
}

/* ---- patterns ---- */

/* ECMAScript's \d and (?: are not POSIX; glibc knows \w and \s. */
static int compile(struct state *s, const char *pattern)
{
	char posix[1024], why[128];
	size_t n = 0;
	int rc;

	for (const char *p = pattern; *p; p++) {
		const char *put = *p == '\\' && p[1] == 'd' ? "[0-9]" : *p == '(' && p[1] == '?' && p[2] == ':' ? "(" : NULL;
		size_t len = put ? strlen(put) : *p == '\\' && p[1] ? 2 : 1;

		if (n + len >= sizeof posix)
			return ros_fail(s->err, ROS_EUSAGE, ROS_NO_OFFSET, "tensor type pattern '%.60s...' is too long", pattern);
		memcpy(posix + n, put ? put : p, len);
		n += len;
		p += put ? (*p == '(' ? 2 : 1) : len - 1;
	}
	posix[n] = '\0';
	rc = regcomp(&s->patterns[s->compiled], posix, REG_EXTENDED | REG_NOSUB | REG_ICASE);
	if (rc) {
		regerror(rc, NULL, why, sizeof why);
		return ros_fail(s->err, ROS_EUSAGE, ROS_NO_OFFSET, "tensor type pattern '%.200s': %s", pattern, why);
	}
	s->compiled++;
	return 0;
}

static int compile_all(struct state *s)
{
	s->patterns = calloc(s->r->override_count + 1, sizeof *s->patterns);
	if (!s->patterns)
		return ros_fail(s->err, ROS_ENOMEM, ROS_NO_OFFSET, "tensor type patterns: out of memory");
	for (size_t i = 0; i < s->r->override_count; i++)
		if (compile(s, s->r->overrides[i].pattern))
			break;
	return s->err->code;
}

static void free_patterns(struct state *s)
{
	for (size_t i = 0; i < s->compiled; i++)
		regfree(&s->patterns[i]);
	free(s->patterns);
}

/* The first override whose pattern occurs in NAME, or NULL. */
static const struct ros_recipe_override *override_of(const struct state *s, struct ros_str name)
{
	char text[ROS_MAX_NAME + 1];

	if (!s->compiled || name.len > ROS_MAX_NAME)
		return NULL;
	memcpy(text, name.ptr, name.len);
	text[name.len] = '\0';
	for (size_t i = 0; i < s->compiled; i++)
		if (!regexec(&s->patterns[i], text, 0, NULL, 0))
			return &s->r->overrides[i];
	return NULL;
}

/* ---- rules ---- */

static bool is_ffn(enum ros_tensor_kind c)
{
	return c == ROS_KIND_FFN_UP || c == ROS_KIND_FFN_GATE || c == ROS_KIND_FFN_DOWN;
}

static bool fits(const struct ros_tensor *t, enum ros_dtype type)
{
	return ros_tensor_cols(t) % ros_dtypes[type].block_len == 0;
}

/* Dimension I counted from the innermost, 1 where there is none. */
static uint64_t dim_from_inside(const struct ros_tensor *t, unsigned i)
{
	return i < t->ndim ? t->dim[t->ndim - 1 - i] : 1;
}

/* Facts that depend on the tensor's place I of N. */
static unsigned place_facts(uint32_t i, uint32_t n)
{
	unsigned facts = 0;

	facts |= i < 2 ? ROS_IF_FIRST2 : 0;
	facts |= i < 4 ? ROS_IF_FIRST4 : 0;
	facts |= i < n / 8 ? ROS_IF_EIGHTH : 0;
	facts |= i < n / 16 ? ROS_IF_SIXTEENTH : 0;
	facts |= i >= n / 8 && i < 7 * (uint64_t)n / 8 ? ROS_IF_MIDDLE : 0;
	facts |= i < n / 8 || i >= 7 * (uint64_t)n / 8 || (i - n / 8) % 3 == 2 ? ROS_IF_MORE_BITS : 0;
	return facts;
}

static unsigned model_facts(const struct ros_recipe *r)
{
	const struct ros_recipe_hparams *hp = &r->hparams;
	unsigned facts = 0;

	facts |= hp->n_head_kv && hp->n_head / hp->n_head_kv >= 4 ? ROS_IF_GQA4 : 0;
	facts |= hp->n_expert >= 4 ? ROS_IF_EXPERTS4 : 0;
	facts |= hp->n_expert == 8 ? ROS_IF_EXPERTS8 : 0;
	facts |= r->have_imatrix ? ROS_IF_IMATRIX : 0;
	facts |= hp->second_mixture ? ROS_IF_SECOND : 0;
	facts |= ros_ftypes[r->ftype].type == ROS_Q8_0 ? ROS_IF_Q8_0 : 0;
	return facts;
}

/* Where T stands among its kind, and everything else the rules ask. False with the error set where a stack of
 * experts does not say its layer. */
static bool facts_of(struct state *s, const struct ros_tensor *t, enum ros_tensor_kind c, unsigned *facts)
{
	const struct ros_recipe_hparams *hp = &s->r->hparams;
	bool low = LOW_BIT >> s->r->ftype & 1;
	uint32_t running = s->seen[c], i = running;

	*facts = model_facts(s->r);
	if (is_ffn(c) && hp->n_expert > 1 && !low && s->r->ftype != ROS_FT_MXFP4_MOE) {
		int layer = ros_layer_of(t->name);

		if (layer < 0 || (uint32_t)layer >= hp->n_layer) {
			ros_fail(s->err, ROS_EFORMAT, ROS_NO_OFFSET, "tensor '%.*s': layer %d, the model has %" PRIu32,
				 SHOWN(t->name), layer, hp->n_layer);
			return false;
		}
		i = (uint32_t)layer;
	}
	*facts |= place_facts(i, c == ROS_KIND_ATTN_V ? s->attn_v_count : hp->n_layer);
	*facts |= running < hp->n_layer / 8 ? ROS_IF_RUNNING_EIGHTH : 0;
	*facts |= fits(t, ros_ftypes[s->r->ftype].type) ? 0 : ROS_IF_NO_FIT;
	*facts |= dim_from_inside(t, 2) > 1 && (!hp->mxfp4_ffn_only || is_ffn(c)) ? ROS_IF_EXPERTS : 0;
	return true;
}

static enum ros_dtype by_rules(const struct state *s, enum ros_tensor_kind c, unsigned facts)
{
	for (size_t i = 0; i < ros_recipe_rule_count; i++) {
		const struct ros_recipe_rule *rule = &ros_recipe_rules[i];

		if ((rule->kind == c || rule->kind == ROS_KIND_ANY) && (rule->ftypes >> s->r->ftype & 1)
		    && (facts & rule->when) == rule->when && !(facts & rule->unless))
			return rule->type;
	}
	return ros_ftypes[s->r->ftype].type;
}

/* Large models share one attn_v among many heads: it is small, and deserves better than Q3_K or Q4_K. */
static bool is_large(const struct ros_recipe_hparams *hp)
{
	return hp->large_layers && hp->n_layer == hp->large_layers && !(hp->large_needs_gqa && hp->n_head == hp->n_head_kv);
}

static enum ros_dtype by_mixture(struct state *s, const struct ros_tensor *t, enum ros_tensor_kind c)
{
	const struct ros_recipe *r = s->r;
	enum ros_dtype type;
	unsigned facts;

	if (contains_one(t->name, r->hparams.at_least_q8))
		return ROS_Q8_0;
	if (c == ROS_KIND_TOKEN_EMBD && !s->has_output)
		c = ROS_KIND_OUTPUT;
	if (c == ROS_KIND_OUTPUT && r->output != ROS_DTYPE_COUNT)
		return r->output;
	if (!facts_of(s, t, c, &facts))
		return ROS_F32;
	type = by_rules(s, c, facts);
	if (c == ROS_KIND_ATTN_V && is_large(&r->hparams) && !(LOW_BIT >> r->ftype & 1) && (type == ROS_Q3_K || type == ROS_Q4_K))
		type = ROS_Q5_K;
	s->seen[c]++;
	return type;
}

/* ---- one tensor ---- */

static bool is_quantizable(const struct ros_recipe *r, const struct ros_tensor *t)
{
	unsigned dims = t->ndim;

	while (dims > 1 && t->dim[t->ndim - dims] == 1)
		dims--;
	return !r->copy_only && dims >= 2 && !ros_recipe_keeps(t->name, r->generation)
		&& !(r->leave_output && ros_str_equal(t->name, ROS_STR("output.weight")))
		&& !contains_one(t->name, r->hparams.keep);
}

/* What was asked for, before the shape is looked at. True where the shape rule does not apply to it. */
static bool wanted_type(struct state *s, const struct ros_tensor *t, enum ros_tensor_kind c, enum ros_dtype *type)
{
	const struct ros_recipe *r = s->r;
	const struct ros_recipe_override *over = override_of(s, t->name);
	bool per_layer = ros_str_equal(t->name, ROS_STR("per_layer_token_embd.weight"));

	*type = ros_ftypes[r->ftype].type;
	if (c == ROS_KIND_TOKEN_EMBD && r->token_embedding != ROS_DTYPE_COUNT && !(per_layer && over)) {
		*type = r->token_embedding;
		return true;
	}
	if (c == ROS_KIND_OUTPUT && r->output != ROS_DTYPE_COUNT) {
		*type = r->output;
		return true;
	}
	if (!ros_dtypes[*type].quantised)
		return true;
	if (over)
		*type = over->type;
	else if (!r->pure)
		*type = by_mixture(s, t, c);
	return false;
}

static int fit_shape(struct state *s, const struct ros_tensor *t, struct ros_recipe_choice *out)
{
	const enum ros_recipe_generation generation = s->r->generation;
	enum ros_dtype other = ros_recipe_fallback(out->wanted, generation);

	if (fits(t, out->wanted))
		return 0;
	if (generation == ROS_RECIPE_2025 && (s->r->pure || other == out->wanted))
		return ros_fail(s->err, ROS_EUSAGE, ROS_NO_OFFSET, "tensor '%.*s': rows of %" PRIu64 " are no whole blocks of %s",
				SHOWN(t->name), ros_tensor_cols(t), ros_dtypes[out->wanted].name);
	out->type = fits(t, other) ? other : ROS_F16;
	return 0;
}

static bool needs_imatrix(const struct ros_recipe *r, const struct ros_tensor *t, enum ros_dtype type)
{
	if (ros_str_equal(t->name, ROS_STR("token_embd.weight")) || ros_str_equal(t->name, ROS_STR("output.weight"))
	    || (r->generation == ROS_RECIPE_2026 && ros_str_equal(t->name, ROS_STR("per_layer_token_embd.weight"))))
		return false;
	return type == ROS_IQ1_S || type == ROS_IQ1_M || type == ROS_IQ2_XXS || type == ROS_IQ2_XS || type == ROS_IQ2_S
		|| (type == ROS_IQ3_XXS && r->generation == ROS_RECIPE_2026)
		|| (type == ROS_Q2_K && r->ftype == ROS_FT_Q2_K_S);
}

/* What the change from the stored type to the chosen one demands. */
static int check_change(const struct state *s, const struct ros_tensor *t, const struct ros_recipe_choice *out)
{
	const struct ros_recipe *r = s->r;

	if (out->type == t->dtype)
		return 0;
	if (ros_dtypes[t->dtype].class_ != ROS_CLASS_FLOAT)
		return ros_fail(s->err, ROS_EUNSUPPORTED, ROS_NO_OFFSET, "tensor '%.*s': %s cannot become %s", SHOWN(t->name),
				ros_dtypes[t->dtype].name, ros_dtypes[out->type].name);
	if (ros_dtypes[t->dtype].quantised && !r->allow_requantize)
		return ros_fail(s->err, ROS_EUSAGE, ROS_NO_OFFSET,
				"tensor '%.*s' is %s already; making it %s loses twice; --allow-requantize does it",
				SHOWN(t->name), ros_dtypes[t->dtype].name, ros_dtypes[out->type].name);
	if (out->needs_imatrix && !r->have_imatrix && !r->without_imatrix)
		return ros_fail(s->err, ROS_EUSAGE, ROS_NO_OFFSET, "tensor '%.*s': %s needs an importance matrix",
				SHOWN(t->name), ros_dtypes[out->type].name);
	return 0;
}

static int choose(struct state *s, const struct ros_tensor *t, struct ros_recipe_choice *out)
{
	bool any_shape;

	*out = (struct ros_recipe_choice){ .type = t->dtype, .wanted = t->dtype };
	if (!is_quantizable(s->r, t))
		return 0;
	any_shape = wanted_type(s, t, ros_tensor_kind_of(t->name, s->r->generation), &out->wanted);
	out->type = out->wanted;
	out->quantizable = true;
	if (s->err->code || (!any_shape && fit_shape(s, t, out)))
		return s->err->code;
	if (!fits(t, out->type))
		return ros_fail(s->err, ROS_EUSAGE, ROS_NO_OFFSET, "tensor '%.*s': rows of %" PRIu64 " are no whole blocks of %s",
				SHOWN(t->name), ros_tensor_cols(t), ros_dtypes[out->type].name);
	out->needs_imatrix = needs_imatrix(s->r, t, out->type);
	return check_change(s, t, out);
}

/* What must be known before the first tensor: both generations count all three kinds of value matrices. */
static void look_over(struct state *s, const struct ros_tensor *tensors, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		s->has_output |= ros_str_equal(tensors[i].name, ROS_STR("output.weight"));
		s->attn_v_count += ros_tensor_kind_of(tensors[i].name, ROS_RECIPE_2026) == ROS_KIND_ATTN_V;
	}
}

int ros_recipe_choose(const struct ros_recipe *r, const struct ros_tensor *tensors, size_t count,
	struct ros_recipe_choice *out, struct ros_error *err)
{
	struct state s = { .r = r, .err = err };
	uint32_t *order = calloc(count ? count : 1, sizeof *order);

	if (!order) {
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "recipe: no memory for %zu tensors", count);
		goto out;
	}
	if (r->ftype >= ROS_FT_COUNT || !ros_ftypes[r->ftype].name) {
		ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "recipe: file type %d is none", (int)r->ftype);
		goto out;
	}
	if (compile_all(&s) || ros_tensor_order(tensors, count, order, err))
		goto out;
	look_over(&s, tensors, count);
	for (size_t i = 0; i < count && !err->code; i++)
		choose(&s, &tensors[order[i]], &out[order[i]]);
out:
	free_patterns(&s);
	free(order);
	return err->code;
}

/* ---- metadata ---- */

/* ARCH.KEY as a number; the first element of an array; ABSENT where there is none. */
static uint32_t arch_u32(const struct ros_meta *meta, struct ros_str arch, const char *key, uint32_t absent)
{
	char name[256];
	int len = snprintf(name, sizeof name, "%.*s.%s", (int)(arch.len < 128 ? arch.len : 128), arch.ptr, key);
	const struct ros_meta_value *v = ros_meta_get(meta, (struct ros_str){ name, (size_t)len });
	struct ros_meta_value first;
	uint64_t n;

	if (v && v->type == ROS_META_ARRAY && v->array.count > 0 && v->array.type != ROS_META_STRING && v->array.type != ROS_META_ARRAY) {
		first = ros_meta_element(&v->array, 0);
		v = &first;
	}
	return v && ros_meta_as_u64(v, &n) && n <= UINT32_MAX ? (uint32_t)n : absent;
}

void ros_recipe_read_meta(struct ros_recipe_hparams *hp, const struct ros_meta *meta)
{
	const struct ros_meta_value *arch = ros_meta_get(meta, ROS_STR("general.architecture"));
	struct ros_str a = arch && arch->type == ROS_META_STRING ? arch->str : ROS_STR("");

	hp->n_layer = arch_u32(meta, a, "block_count", 0);
	hp->n_head = arch_u32(meta, a, "attention.head_count", 0);
	hp->n_head_kv = arch_u32(meta, a, "attention.head_count_kv", hp->n_head);
	hp->n_expert = arch_u32(meta, a, "expert_count", 0);
}
