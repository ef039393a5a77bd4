#include "contracts/hub_keys.h"

#include "formats/limits.h"

#include <math.h>
#include <string.h>

/* A value of any format's metadata. Lists are of numbers: wholes where each is one, reals always. */
struct value {
	enum { NOTHING, WHOLE, REAL, TRUTH, TEXT, LIST, STRANGE } kind;
	uint64_t u;                     /* WHOLE, TRUTH */
	double f;                       /* WHOLE (rounded), REAL */
	struct ros_str text;
	size_t count;
	double *reals;
	uint64_t *wholes;               /* NULL when one is not whole */
};

struct reader {
	const struct ros_contract *c;
	struct ros_hparams *hp;
	struct ros_arena *arena;
	struct ros_error *err;
};

static struct value real(double f)
{
	struct value v = { .kind = REAL, .f = f };

	return v;
}

static struct value whole(uint64_t u)
{
	struct value v = { .kind = WHOLE, .u = u, .f = (double)u };

	return v;
}

static void start_list(struct reader *r, struct value *v, size_t count)
{
	v->kind = LIST;
	v->count = count;
	v->reals = ros_arena_alloc(r->arena, count, sizeof *v->reals, r->err);
	v->wholes = ros_arena_alloc(r->arena, count, sizeof *v->wholes, r->err);
}

static void put_element(struct value *v, size_t i, const struct value *e)
{
	v->reals[i] = e->f;
	if (v->wholes && e->kind == WHOLE)
		v->wholes[i] = e->u;
	else
		v->wholes = NULL;
}

static struct value from_json(struct reader *r, const struct ros_json *j)
{
	struct value v = { .kind = NOTHING }, e;
	size_t i = 0;

	if (!j)
		return v;
	switch (j->type) {
	case ROS_JSON_NULL:
		return v;
	case ROS_JSON_BOOL:
		v.kind = TRUTH;
		v.u = j->boolean;
		return v;
	case ROS_JSON_INT:
		return j->negative ? real(j->real) : whole(j->magnitude);
	case ROS_JSON_REAL:
		return real(j->real);
	case ROS_JSON_STRING:
		v.kind = TEXT;
		v.text = j->text;
		return v;
	case ROS_JSON_OBJECT:
		v.kind = STRANGE;
		return v;
	case ROS_JSON_ARRAY:
		break;
	}
	start_list(r, &v, j->count);
	for (const struct ros_json *at = j->first; at && !r->err->code; at = at->next) {
		e = at->type == ROS_JSON_ARRAY ? (struct value){ .kind = STRANGE } : from_json(r, at);
		if (e.kind != WHOLE && e.kind != REAL)
			return (struct value){ .kind = STRANGE };
		put_element(&v, i++, &e);
	}
	return v;
}

static struct value from_meta(struct reader *r, const struct ros_meta_value *m)
{
	struct value v = { .kind = NOTHING }, e;
	uint64_t u;
	double f;

	if (!m)
		return v;
	if (m->type == ROS_META_BOOL || m->type == ROS_META_STRING) {
		v.kind = m->type == ROS_META_BOOL ? TRUTH : TEXT;
		v.u = m->type == ROS_META_BOOL ? m->u : 0;
		v.text = m->type == ROS_META_STRING ? m->str : v.text;
		return v;
	}
	if (m->type != ROS_META_ARRAY)
		return ros_meta_as_u64(m, &u) ? whole(u) : ros_meta_as_f64(m, &f) ? real(f) : (struct value){ .kind = STRANGE };
	if (m->array.type == ROS_META_STRING || m->array.type == ROS_META_ARRAY || m->array.count > ROS_MAX_ARRAY)
		return (struct value){ .kind = STRANGE };
	start_list(r, &v, (size_t)m->array.count);
	for (size_t i = 0; i < v.count && !r->err->code; i++) {
		struct ros_meta_value element = ros_meta_element(&m->array, i);

		e = element.type == ROS_META_BOOL ? whole(element.u) : from_meta(r, &element);
		put_element(&v, i, &e);
	}
	return v;
}

/* ---- values into numbers ---- */

static int strange(struct reader *r, const struct ros_key_rule *rule, const char *wanted, const struct value *v)
{
	static const char *const words[] = { [NOTHING] = "nothing", [WHOLE] = "a whole number", [REAL] = "a number", [TRUTH] = "a truth value",
					     [TEXT] = "a text", [LIST] = "a list", [STRANGE] = "something else" };

	if (v->kind == TEXT)
		return ros_fail(r->err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s: wanted %s, found '%.*s'", rule->key, wanted,
				(int)(v->text.len < 60 ? v->text.len : 60), v->text.ptr);
	return ros_fail(r->err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s: wanted %s, found %s", rule->key, wanted, words[v->kind]);
}

/* One number of each layer: the list is kept, the number itself is the largest. */
static int set_layers(struct reader *r, const struct ros_key_rule *rule, const struct value *v)
{
	uint64_t max = 0;

	if (!v->wholes || !v->count || (r->hp->layer_count && r->hp->layer_count != v->count))
		return ros_fail(r->err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s: a list of %zu numbers, wanted whole ones, one for each of %zu layers",
				rule->key, v->count, r->hp->layer_count);
	for (size_t i = 0; i < v->count; i++)
		if (v->wholes[i] > max)
			max = v->wholes[i];
	if (ros_hparams_set_u64(r->hp, rule->hp, max, r->err))
		return r->err->code;
	r->hp->by_layer[rule->hp] = v->wholes;
	r->hp->layer_count = v->count;
	return 0;
}

static int set_scaling(struct reader *r, const struct ros_key_rule *rule, const struct value *v)
{
	enum ros_rope_scaling kind;

	if (v->kind != TEXT || !ros_rope_scaling_by_name(v->text, &kind))
		return strange(r, rule, "a kind of rope scaling", v);
	return ros_hparams_set_u64(r->hp, rule->hp, kind, r->err);
}

static int set_number(struct reader *r, const struct ros_key_rule *rule, const struct value *v)
{
	if (ros_hp_info[rule->hp].kind == ROS_HP_SCALING)
		return set_scaling(r, rule, v);
	if (v->kind == TRUTH && ros_hp_info[rule->hp].kind != ROS_HP_BOOL)
		return strange(r, rule, "a number", v);
	if (v->kind == WHOLE || v->kind == TRUTH)
		return ros_hparams_set_u64(r->hp, rule->hp, v->u, r->err);
	if (v->kind == REAL)
		return ros_hparams_set_f64(r->hp, rule->hp, v->f, r->err);
	if (v->kind == LIST && ros_hp_info[rule->hp].kind == ROS_HP_UINT)
		return set_layers(r, rule, v);
	return strange(r, rule, "a number", v);
}

static int take(struct reader *r, const struct ros_key_rule *rule, const struct value *v)
{
	if (v->kind == NOTHING || r->err->code)
		return r->err->code;
	switch (rule->source) {
	case ROS_KEY_NUMBER:
		if (rule->value.count || rule->hp == ROS_HP_COUNT || r->hp->state[rule->hp] == ROS_HP_GIVEN)
			return 0;
		if (set_number(r, rule, v))
			return r->err->code;
		return 0;
	case ROS_KEY_LONG_FACTORS:
	case ROS_KEY_SHORT_FACTORS:
		if (v->kind != LIST)
			return strange(r, rule, "a list of factors", v);
		if (rule->source == ROS_KEY_LONG_FACTORS) {
			r->hp->rope_long = v->reals;
			r->hp->rope_long_count = v->count;
		} else {
			r->hp->rope_short = v->reals;
			r->hp->rope_short_count = v->count;
		}
		return 0;
	case ROS_KEY_TEXT:
	case ROS_KEY_FILE_TYPE:
	case ROS_KEY_ACTIVATION:
		break;
	}
	return 0;
}

/* ---- the formats ---- */

static const struct ros_json *json_at(const struct ros_json *root, const char *key)
{
	const struct ros_json *v = ros_json_path(root, key);

	if (!v || v->type == ROS_JSON_NULL)
		v = ros_json_path(ros_json_get(root, "text_config"), key);
	return v && v->type != ROS_JSON_NULL ? v : NULL;
}

const struct ros_json *ros_keys_in_config(const struct ros_key_rule *rule, const struct ros_json *config)
{
	const struct ros_json *found = json_at(config, rule->key);

	for (const char *const *alias = rule->aliases; !found && alias && *alias; alias++)
		found = json_at(config, *alias);
	return found;
}

static int read_json(struct reader *r, const struct ros_key_list *list, const struct ros_json *root)
{
	for (uint16_t i = 0; i < list->count && !r->err->code; i++) {
		struct value v = from_json(r, ros_keys_in_config(&list->rules[i], root));

		take(r, &list->rules[i], &v);
	}
	return r->err->code;
}

int ros_keys_read_config(const struct ros_contract *c, const struct ros_json *config, struct ros_hparams *hp,
			 struct ros_arena *arena, struct ros_error *err)
{
	struct reader r = { c, hp, arena, err };

	return read_json(&r, &c->config, config);
}

int ros_keys_read_apr(const struct ros_contract *c, const struct ros_json *root, struct ros_hparams *hp,
		      struct ros_arena *arena, struct ros_error *err)
{
	struct reader r = { c, hp, arena, err };

	return read_json(&r, &c->apr, root);
}

static const struct ros_meta_value *gguf_at(struct reader *r, const struct ros_meta *meta, const char *key)
{
	struct ros_error err = { 0 };
	struct ros_str name;

	if (!strncmp(key, "general.", 8) || !strncmp(key, "tokenizer.", 10))
		return ros_meta_get(meta, ros_str_of(key));
	name = ros_arena_printf(r->arena, &err, "%s.%s", r->c->gguf_arch, key);
	return name.ptr ? ros_meta_get(meta, name) : NULL;
}

int ros_keys_read_gguf(const struct ros_contract *c, const struct ros_meta *meta, struct ros_hparams *hp,
		       struct ros_arena *arena, struct ros_error *err)
{
	struct reader r = { c, hp, arena, err };

	for (uint16_t i = 0; i < c->gguf.count && !err->code; i++) {
		const struct ros_key_rule *rule = &c->gguf.rules[i];
		const struct ros_meta_value *found = gguf_at(&r, meta, rule->key);
		struct value v;

		for (const char *const *alias = rule->aliases; !found && alias && *alias; alias++)
			found = gguf_at(&r, meta, *alias);
		v = from_meta(&r, found);
		take(&r, rule, &v);
	}
	return err->code;
}
