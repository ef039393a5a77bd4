#include "contracts/hub_keys.h"

#include "contracts/activations.h"
#include "formats/bytes.h"

#include <string.h>

/* What a key is written with. ABSENT: not at all. */
struct value {
	enum { ABSENT, WHOLE, REAL, TRUTH, TEXT, LAYERS, REALS } kind;
	uint64_t u;
	double f;
	const char *text;
	const uint64_t *wholes;                 /* LAYERS: their numbers, or NULL: EACH for HP says them */
	const struct ros_expr *each;
	const struct ros_hparams *hp;
	const double *reals;
	size_t count;
};

static struct value of_expr(const struct ros_key_rule *rule, const struct ros_hparams *hp, struct ros_error *err)
{
	struct ros_num n = ros_expr_eval(&rule->value, hp, ROS_NO_LAYER);
	struct value v = { .kind = ABSENT };

	if (n.kind == ROS_NUM_FAILED)
		ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s: %s %s", rule->key, rule->value.text, n.why);
	if (n.kind == ROS_NUM_INT) {
		v.kind = WHOLE;
		v.u = n.u;
		v.f = (double)n.u;
	} else if (n.kind == ROS_NUM_REAL) {
		v.kind = REAL;
		v.f = n.f;
	}
	return v;
}

/* VALUE in every layer: an array of whole numbers, or nothing where a number that it needs is not there. */
static struct value of_layers(const struct ros_key_rule *rule, const struct ros_hparams *hp, struct ros_error *err)
{
	struct value v = { .kind = LAYERS, .each = &rule->value, .hp = hp };
	uint64_t count = 0;

	ros_hparams_u64(hp, ROS_HP_N_LAYER, &count);
	v.count = (size_t)count;
	for (size_t i = 0; i < v.count; i++) {
		struct ros_num n = ros_expr_eval(v.each, hp, (uint32_t)i);

		if (n.kind == ROS_NUM_ABSENT)
			return (struct value){ .kind = ABSENT };
		if (n.kind != ROS_NUM_INT)
			ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s: %s %s", rule->key, rule->value.text, n.why ? n.why : "is not whole");
		if (n.kind != ROS_NUM_INT)
			break;
	}
	if (!v.count)
		v.kind = ABSENT;
	return v;
}

static uint64_t layer_value(const struct value *v, size_t i)
{
	return v->wholes ? v->wholes[i] : ros_expr_eval(v->each, v->hp, (uint32_t)i).u;
}

static struct value of_number(const struct ros_key_rule *rule, const struct ros_hparams *hp)
{
	struct value v = { .kind = ABSENT };

	if (rule->hp == ROS_HP_COUNT || hp->state[rule->hp] == ROS_HP_ABSENT)
		return v;
	v.u = hp->v[rule->hp].u;
	switch (ros_hp_info[rule->hp].kind) {
	case ROS_HP_UINT:
		v.kind = hp->by_layer[rule->hp] ? LAYERS : WHOLE;
		v.wholes = hp->by_layer[rule->hp];
		v.count = hp->layer_count;
		v.f = (double)v.u;
		break;
	case ROS_HP_BOOL:
		v.kind = TRUTH;
		break;
	case ROS_HP_SCALING:
		v.kind = TEXT;
		v.text = ros_rope_scaling_name((enum ros_rope_scaling)v.u);
		break;
	case ROS_HP_REAL:
		v.kind = REAL;
		v.f = hp->v[rule->hp].f;
		break;
	}
	return v;
}

static struct value value_of(const struct ros_contract *c, const struct ros_key_rule *rule, const struct ros_hparams *hp,
			     uint32_t file_type, struct ros_error *err)
{
	struct value v = { .kind = ABSENT };

	if (!ros_expr_true(&rule->when, hp, ROS_NO_LAYER, true))
		return v;
	switch (rule->source) {
	case ROS_KEY_NUMBER:
		if (rule->per_layer)
			return of_layers(rule, hp, err);
		return rule->value.count ? of_expr(rule, hp, err) : of_number(rule, hp);
	case ROS_KEY_TEXT:
	case ROS_KEY_ACTIVATION:
		v.kind = TEXT;
		v.text = rule->text ? rule->text : ros_activation_word(c->engine.activation);
		return v;
	case ROS_KEY_FILE_TYPE:
		v.kind = WHOLE;
		v.u = file_type;
		return v;
	case ROS_KEY_LONG_FACTORS:
		v.reals = hp->rope_long;
		v.count = hp->rope_long_count;
		break;
	case ROS_KEY_SHORT_FACTORS:
		v.reals = hp->rope_short;
		v.count = hp->rope_short_count;
		break;
	}
	v.kind = v.reals ? REALS : ABSENT;
	return v;
}

/* ---- GGUF ---- */

static struct ros_meta_value number(enum ros_meta_type type, const struct value *v)
{
	struct ros_meta_value m = { .type = type };

	switch (type) {
	case ROS_META_F32:
	case ROS_META_F64:
		m.f = type == ROS_META_F32 ? (double)(float)v->f : v->f;
		break;
	case ROS_META_I8: case ROS_META_I16: case ROS_META_I32: case ROS_META_I64:
		m.i = (int64_t)v->u;
		break;
	default:
		m.u = type == ROS_META_BOOL ? v->u != 0 : v->u;
	}
	return m;
}

/* The layers' own numbers, as wide as TYPE. */
static struct ros_meta_value layers(const struct ros_key_rule *rule, const struct value *v, struct ros_arena *arena, struct ros_error *err)
{
	unsigned width = ros_meta_types[rule->type].bytes;
	uint8_t *raw = ros_arena_alloc(arena, v->count, width, err);

	for (size_t i = 0; raw && i < v->count; i++) {
		uint64_t u = rule->type == ROS_META_BOOL ? layer_value(v, i) != 0 : layer_value(v, i);
		uint8_t le[8];

		if (width < 8 && u >> (8 * width))
			ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s: layer %zu: the value does not fit a %s", rule->key, i,
				 ros_meta_types[rule->type].name);
		ros_put_le64(le, u);
		memcpy(raw + width * i, le, width);
	}
	return ros_meta_num_array(rule->type, (struct ros_bytes){ raw, width * v->count }, v->count);
}

static bool fits(const struct value *v, enum ros_meta_type type)
{
	return v->kind != WHOLE || ros_meta_types[type].bytes >= 8 || type == ROS_META_F32 || v->u >> (8 * ros_meta_types[type].bytes) == 0;
}

static int put_meta(const struct ros_contract *c, const struct ros_key_rule *rule, const struct value *v, struct ros_meta *meta, struct ros_error *err)
{
	bool whole_key = !strncmp(rule->key, "general.", 8) || !strncmp(rule->key, "tokenizer.", 10);
	struct ros_str key = whole_key ? ros_str_of(rule->key) : ros_arena_printf(meta->arena, err, "%s.%s", c->gguf_arch, rule->key);
	struct ros_meta_value m;

	if (v->kind == TEXT)
		m = ros_meta_str(ros_str_of(v->text));
	else if (v->kind == LAYERS)
		m = layers(rule, v, meta->arena, err);
	else if (v->kind == REALS || rule->type == ROS_META_STRING || rule->type == ROS_META_ARRAY || !fits(v, rule->type))
		return ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s: the value does not fit a %s", rule->key, ros_meta_types[rule->type].name);
	else
		m = number(rule->type, v);
	if (err->code)
		return err->code;
	return ros_meta_set(meta, key, m, err);
}

int ros_keys_write_gguf(const struct ros_contract *c, const struct ros_hparams *hp, uint32_t file_type,
			struct ros_meta *meta, struct ros_error *err)
{
	for (uint16_t i = 0; i < c->gguf.count && !err->code; i++) {
		struct value v = value_of(c, &c->gguf.rules[i], hp, file_type, err);

		if (v.kind != ABSENT && !err->code)
			put_meta(c, &c->gguf.rules[i], &v, meta, err);
	}
	return err->code;
}

/* ---- JSON ---- */

/* A real that is a float32 (it came out of a GGUF) is written as the shortest text for that float: 1e-06, not
 * 9.99999997e-07. The text is the same for a double that is written in its shortest form already. */
static void put_real(struct ros_json_out *o, const char *key, double f)
{
	if ((double)(float)f == f)
		ros_json_put_f32(o, key, (float)f);
	else
		ros_json_put_f64(o, key, f);
}

static bool is_real_type(enum ros_meta_type type)
{
	return type == ROS_META_F32 || type == ROS_META_F64;
}

static void put_json(struct ros_json_out *o, const char *key, enum ros_meta_type type, const struct value *v)
{
	switch (v->kind) {
	case ABSENT:
		return;
	case TEXT:
		ros_json_put_str(o, key, ros_str_of(v->text));
		return;
	case TRUTH:
		ros_json_put_bool(o, key, v->u != 0);
		return;
	case WHOLE:
		if (type == ROS_META_BOOL)
			ros_json_put_bool(o, key, v->u != 0);
		else if (is_real_type(type))
			put_real(o, key, v->f);
		else
			ros_json_put_u64(o, key, v->u);
		return;
	case REAL:
		if (!is_real_type(type) && v->f >= 0 && v->f < 0x1p53 && v->f == (double)(uint64_t)v->f)
			ros_json_put_u64(o, key, (uint64_t)v->f);       /* loaders are strict: 24, not 24.0 */
		else
			put_real(o, key, v->f);
		return;
	case LAYERS:
	case REALS:
		ros_json_open_array(o, key);
		for (size_t i = 0; i < v->count; i++)
			if (v->kind == REALS)
				put_real(o, NULL, v->reals[i]);
			else if (type == ROS_META_BOOL)
				ros_json_put_bool(o, NULL, layer_value(v, i) != 0);
			else
				ros_json_put_u64(o, NULL, layer_value(v, i));
		ros_json_close_array(o);
		return;
	}
}

/* Length of the path of KEY's parent, 0 at the top. */
static size_t parent_len(const char *key)
{
	const char *slash = strrchr(key, '/');

	return slash ? (size_t)(slash - key) : 0;
}

/* All keys that lie in the same object as rule I, in one object, where I is the first of them that is written. */
static void put_object(const struct ros_contract *c, const struct ros_key_list *list, uint16_t first, const struct ros_hparams *hp,
		       struct ros_json_out *o, struct ros_error *err)
{
	const char *key = list->rules[first].key;
	size_t len = parent_len(key);
	char name[128];

	if (len >= sizeof name) {
		ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "%s: the path is too long", key);
		return;
	}
	memcpy(name, key, len);
	name[len] = 0;
	ros_json_open_object(o, name);
	for (uint16_t i = first; i < list->count && !err->code; i++) {
		struct value v;

		if (parent_len(list->rules[i].key) != len || memcmp(list->rules[i].key, key, len))
			continue;
		v = value_of(c, &list->rules[i], hp, 0, err);
		put_json(o, list->rules[i].key + len + 1, list->rules[i].type, &v);
	}
	ros_json_close_object(o);
}

/* Was an earlier rule of the same object written already? */
static bool object_done(const struct ros_contract *c, const struct ros_key_list *list, uint16_t i, const struct ros_hparams *hp, struct ros_error *err)
{
	size_t len = parent_len(list->rules[i].key);

	for (uint16_t k = 0; k < i; k++)
		if (parent_len(list->rules[k].key) == len && !memcmp(list->rules[k].key, list->rules[i].key, len) &&
		    value_of(c, &list->rules[k], hp, 0, err).kind != ABSENT)
			return true;
	return false;
}

static int write_json(const struct ros_contract *c, const struct ros_key_list *list, const struct ros_hparams *hp,
		      struct ros_json_out *o, struct ros_error *err)
{
	for (uint16_t i = 0; i < list->count && !err->code; i++) {
		const struct ros_key_rule *rule = &list->rules[i];
		struct value v = value_of(c, rule, hp, 0, err);

		if (v.kind == ABSENT)
			continue;
		if (!parent_len(rule->key))
			put_json(o, rule->key, rule->type, &v);
		else if (!object_done(c, list, i, hp, err))
			put_object(c, list, i, hp, o, err);
	}
	return err->code;
}

int ros_keys_write_config(const struct ros_contract *c, const struct ros_hparams *hp, struct ros_json_out *o, struct ros_error *err)
{
	return write_json(c, &c->config, hp, o, err);
}

int ros_keys_write_apr(const struct ros_contract *c, const struct ros_hparams *hp, struct ros_json_out *o, struct ros_error *err)
{
	return write_json(c, &c->apr, hp, o, err);
}
