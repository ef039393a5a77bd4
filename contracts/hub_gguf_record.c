/* rosetta.gguf.json: the exact metadata of a GGUF that did not come from us.
 *
 *     { "schema": "rosetta.gguf/1", "version": 3, "alignment": 32,
 *       "kv": [ {"key": "llama.block_count", "type": "u32", "value": 5},
 *               {"key": "tokenizer.ggml.tokens", "type": "arr", "of": "str", "value": ["<unk>", ...]}, ... ],
 *       "tensors": [ ["token_embd.weight", "F32"], ... ] }
 *
 * Whole numbers and floats stand as JSON numbers (floats as the shortest text for that float). What JSON cannot hold exactly
 * stands as {"base64": ...}: strings that are no UTF-8, numbers of which one is not finite, and bytes. */
#include "contracts/hub_derive.h"

#include "contracts/base64.h"
#include "contracts/hub_carry.h"
#include "formats/bytes.h"
#include "formats/limits.h"
#include "formats/utf8.h"

#include <math.h>
#include <string.h>

#define SCHEMA "rosetta.gguf/1"

/* ---- writing ---- */

struct recorder {
	struct ros_json_out o;
	struct ros_arena *arena;
	struct ros_error *err;
};

static void put_base64(struct recorder *r, const char *key, struct ros_bytes data)
{
	ros_json_open_object(&r->o, key);
	ros_json_put_str(&r->o, "base64", ros_base64(data, r->arena, r->err));
	ros_json_close_object(&r->o);
}

static void put_string(struct recorder *r, const char *key, struct ros_str s)
{
	if (ros_utf8_check(s) == s.len)
		ros_json_put_str(&r->o, key, s.ptr ? s : (struct ros_str){ "", 0 });
	else
		put_base64(r, key, (struct ros_bytes){ (const uint8_t *)s.ptr, s.len });
}

static bool is_float(enum ros_meta_type type)
{
	return type == ROS_META_F32 || type == ROS_META_F64;
}

/* The value's own bytes. */
static struct ros_bytes raw_of(const struct ros_meta_value *v, uint8_t bytes[8])
{
	uint64_t bits = v->type == ROS_META_F32 ? ros_f32_bits((float)v->f) : 0;

	if (v->type == ROS_META_F64)
		memcpy(&bits, &v->f, 8);
	ros_put_le64(bytes, bits);
	return (struct ros_bytes){ bytes, ros_meta_types[v->type].bytes };
}

static void put_number(struct recorder *r, const char *key, const struct ros_meta_value *v)
{
	uint8_t bytes[8];

	switch (v->type) {
	case ROS_META_BOOL:
		ros_json_put_bool(&r->o, key, v->u != 0);
		break;
	case ROS_META_F32:
	case ROS_META_F64:
		if (!isfinite(v->f))
			put_base64(r, key, raw_of(v, bytes));
		else if (v->type == ROS_META_F32)
			ros_json_put_f32(&r->o, key, (float)v->f);
		else
			ros_json_put_f64(&r->o, key, v->f);
		break;
	case ROS_META_I8: case ROS_META_I16: case ROS_META_I32: case ROS_META_I64:
		ros_json_put_i64(&r->o, key, v->i);
		break;
	default:
		ros_json_put_u64(&r->o, key, v->u);
	}
}

static bool all_finite(const struct ros_meta_array *a)
{
	for (uint64_t i = 0; is_float(a->type) && i < a->count; i++)
		if (!isfinite(ros_meta_element(a, i).f))
			return false;
	return true;
}

static void put_array(struct recorder *r, const struct ros_meta_array *a)
{
	ros_json_put_str(&r->o, "of", ros_str_of(ros_meta_types[a->type].name));
	if (ros_meta_types[a->type].bytes && (a->type == ROS_META_U8 || a->type == ROS_META_I8 || !all_finite(a))) {
		put_base64(r, "value", a->raw);
		return;
	}
	ros_json_open_array(&r->o, "value");
	for (uint64_t i = 0; i < a->count && !r->o.failed && !r->err->code; i++) {
		if (a->type == ROS_META_STRING) {
			put_string(r, NULL, a->strings[i]);
		} else if (a->type == ROS_META_ARRAY) {
			ros_json_open_object(&r->o, NULL);
			put_array(r, &a->arrays[i]);
			ros_json_close_object(&r->o);
		} else {
			struct ros_meta_value v = ros_meta_element(a, i);

			put_number(r, NULL, &v);
		}
	}
	ros_json_close_array(&r->o);
}

static void put_entry(struct recorder *r, const struct ros_meta_entry *e)
{
	ros_json_open_object(&r->o, NULL);
	put_string(r, "key", e->key);
	ros_json_put_str(&r->o, "type", ros_str_of(ros_meta_types[e->value.type].name));
	if (e->value.type == ROS_META_STRING)
		put_string(r, "value", e->value.str);
	else if (e->value.type == ROS_META_ARRAY)
		put_array(r, &e->value.array);
	else
		put_number(r, "value", &e->value);
	ros_json_close_object(&r->o);
}

int ros_gguf_record(const struct ros_model *m, struct ros_arena *arena, struct ros_str *text, struct ros_error *err)
{
	struct recorder r = { .arena = arena, .err = err };

	ros_json_out_init(&r.o, 0);
	ros_json_open_object(&r.o, NULL);
	ros_json_put_str(&r.o, "schema", ROS_STR(SCHEMA));
	ros_json_put_u64(&r.o, "version", m->format_version);
	ros_json_put_u64(&r.o, "alignment", m->alignment);
	ros_json_open_array(&r.o, "kv");
	for (size_t i = 0; i < m->meta.count && !err->code; i++)
		if (!ros_carry_is_key(m->meta.entries[i].key))
			put_entry(&r, &m->meta.entries[i]);
	ros_json_close_array(&r.o);
	ros_json_open_array(&r.o, "tensors");
	for (size_t i = 0; i < m->tensor_count; i++) {
		ros_json_open_array(&r.o, NULL);
		put_string(&r, NULL, m->tensors[i].name);
		ros_json_put_str(&r.o, NULL, ros_str_of(ros_dtypes[m->tensors[i].dtype].name));
		ros_json_close_array(&r.o);
	}
	ros_json_close_array(&r.o);
	ros_json_close_object(&r.o);
	if (err->code) {
		ros_json_out_release(&r.o);
		return err->code;
	}
	return ros_json_to_arena(&r.o, arena, text, err);
}

/* ---- reading ---- */

static int bad(struct ros_error *err, const struct ros_json *at, const char *what)
{
	return ros_fail(err, ROS_EFORMAT, at ? at->offset : ROS_NO_OFFSET, ROS_HUB_GGUF ": %s", what);
}

static enum ros_meta_type type_by_name(struct ros_str name)
{
	for (unsigned i = 0; i < ROS_META_TYPE_COUNT; i++)
		if (ros_str_equal(name, ros_str_of(ros_meta_types[i].name)))
			return (enum ros_meta_type)i;
	return ROS_META_TYPE_COUNT;
}

static int take_string(const struct ros_json *j, struct ros_str *s, struct ros_arena *arena, struct ros_error *err)
{
	const struct ros_json *binary = ros_json_get(j, "base64");
	struct ros_bytes data;

	if (j && j->type == ROS_JSON_STRING) {
		*s = j->text;
		return 0;
	}
	if (!binary || binary->type != ROS_JSON_STRING)
		return bad(err, j, "a string wanted");
	if (ros_unbase64(binary->text, arena, &data, err))
		return err->code;
	*s = (struct ros_str){ (const char *)data.ptr, data.len };
	return 0;
}

/* Stores one number as GGUF would. */
static int take_number(const struct ros_json *j, enum ros_meta_type type, uint8_t *out, struct ros_error *err)
{
	unsigned bytes = ros_meta_types[type].bytes;
	uint8_t raw[8];
	uint64_t bits = 0;
	double f;

	if (type == ROS_META_BOOL) {
		if (!j || j->type != ROS_JSON_BOOL)
			return bad(err, j, "true or false wanted");
		bits = j->boolean;
	} else if (is_float(type)) {
		if (!ros_json_f64(j, &f))
			return bad(err, j, "a number wanted");
		bits = ros_f32_bits((float)f);
		if (type == ROS_META_F64)
			memcpy(&bits, &f, 8);
	} else {
		bool sign = type == ROS_META_I8 || type == ROS_META_I16 || type == ROS_META_I32 || type == ROS_META_I64;
		uint64_t max = sign ? ((uint64_t)1 << (8 * bytes - 1)) - 1 : bytes == 8 ? UINT64_MAX : ((uint64_t)1 << (8 * bytes)) - 1;

		if (!j || j->type != ROS_JSON_INT || j->magnitude > max + (sign && j->negative) || (j->negative && !sign && j->magnitude))
			return bad(err, j, "a whole number in the type's range wanted");
		bits = j->negative ? 0 - j->magnitude : j->magnitude;
	}
	ros_put_le64(raw, bits);
	memcpy(out, raw, bytes);
	return 0;
}

static int take_numbers(const struct ros_json *j, struct ros_meta_array *a, struct ros_arena *arena, struct ros_error *err)
{
	const struct ros_json *binary = ros_json_get(j, "base64");
	unsigned bytes = ros_meta_types[a->type].bytes;
	uint8_t *raw;
	size_t i = 0;

	if (binary) {
		if (ros_unbase64(ros_json_str(binary), arena, &a->raw, err))
			return err->code;
		a->count = a->raw.len / bytes;
		return a->raw.len % bytes ? bad(err, j, "not whole elements") : 0;
	}
	if (!j || j->type != ROS_JSON_ARRAY)
		return bad(err, j, "an array wanted");
	raw = ros_arena_alloc(arena, j->count, bytes, err);
	if (!raw)
		return err->code;
	for (const struct ros_json *e = j->first; e && !err->code; e = e->next, i++)
		take_number(e, a->type, raw + i * bytes, err);
	a->raw = (struct ros_bytes){ raw, j->count * bytes };
	a->count = j->count;
	return err->code;
}

static int take_array(const struct ros_json *holder, struct ros_meta_array *a, unsigned depth, struct ros_arena *arena, struct ros_error *err)
{
	const struct ros_json *value = ros_json_get(holder, "value");
	struct ros_meta_array *arrays;
	struct ros_str *strings;
	size_t i = 0;

	a->type = type_by_name(ros_json_str(ros_json_get(holder, "of")));
	if (a->type == ROS_META_TYPE_COUNT || depth > ROS_MAX_ARRAY_NESTING)
		return bad(err, holder, "an array of an unknown type, or too deep");
	if (ros_meta_types[a->type].bytes)
		return take_numbers(value, a, arena, err);
	if (!value || value->type != ROS_JSON_ARRAY)
		return bad(err, holder, "an array wanted");
	a->count = value->count;
	if (a->type == ROS_META_STRING) {
		a->strings = strings = ros_arena_alloc(arena, value->count, sizeof *strings, err);
		for (const struct ros_json *e = value->first; strings && e && !err->code; e = e->next)
			take_string(e, &strings[i++], arena, err);
		return err->code;
	}
	a->arrays = arrays = ros_arena_alloc(arena, value->count, sizeof *arrays, err);
	for (const struct ros_json *e = value->first; arrays && e && !err->code; e = e->next)
		take_array(e, &arrays[i++], depth + 1, arena, err);
	return err->code;
}

static int take_entry(const struct ros_json *j, struct ros_meta *meta, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_meta_value v = { .type = type_by_name(ros_json_str(ros_json_get(j, "type"))) };
	const struct ros_json *value = ros_json_get(j, "value"), *binary = ros_json_get(value, "base64");
	struct ros_meta_array one = { .type = v.type };
	struct ros_bytes raw = { NULL, 0 };
	struct ros_str key;
	uint8_t bytes[8];

	if (v.type == ROS_META_TYPE_COUNT)
		return bad(err, j, "an unknown type");
	if (take_string(ros_json_get(j, "key"), &key, arena, err))
		return err->code;
	if (v.type == ROS_META_STRING) {
		take_string(value, &v.str, arena, err);
	} else if (v.type == ROS_META_ARRAY) {
		take_array(j, &v.array, 1, arena, err);
	} else {
		if (binary && ros_unbase64(ros_json_str(binary), arena, &raw, err))
			return err->code;
		if (binary && raw.len != ros_meta_types[v.type].bytes)
			return bad(err, j, "not one element");
		if (!binary && take_number(value, v.type, bytes, err))
			return err->code;
		one.raw = binary ? raw : (struct ros_bytes){ bytes, ros_meta_types[v.type].bytes };
		one.count = 1;
		v = ros_meta_element(&one, 0);
	}
	if (err->code)
		return err->code;
	return ros_meta_add(meta, key, v, err);
}

/* The parsed record; NULL with *ERR where TEXT is none. */
static const struct ros_json *open_record(struct ros_str text, struct ros_arena *arena, struct ros_error *err)
{
	const struct ros_json *root = ros_json_parse(text, arena, err);

	if (root && !ros_str_equal(ros_json_str(ros_json_get(root, "schema")), ROS_STR(SCHEMA)))
		bad(err, root, "the schema is not " SCHEMA);
	if (err->code)
		ros_error_in_file(err, ROS_HUB_GGUF);
	return err->code ? NULL : root;
}

int ros_gguf_restore(struct ros_str text, struct ros_meta *meta, struct ros_arena *arena, struct ros_error *err)
{
	const struct ros_json *root = open_record(text, arena, err), *list = ros_json_get(root, "kv");

	if (list && list->type == ROS_JSON_ARRAY)
		for (const struct ros_json *e = list->first; e && !err->code; e = e->next)
			take_entry(e, meta, arena, err);
	return err->code;
}

int ros_gguf_recorded_tensors(struct ros_str text, struct ros_arena *arena, struct ros_hub_tensor **list, size_t *count,
			      struct ros_error *err)
{
	const struct ros_json *root = open_record(text, arena, err), *tensors = ros_json_get(root, "tensors");
	struct ros_hub_tensor *t;

	*count = 0;
	*list = NULL;
	if (!tensors || tensors->type != ROS_JSON_ARRAY)
		return err->code;
	*list = t = ros_arena_alloc(arena, tensors->count, sizeof *t, err);
	for (const struct ros_json *e = tensors->first; t && e && !err->code; e = e->next, t++) {
		t->dtype = ros_dtype_by_name(ros_json_str(ros_json_at(e, 1)));
		if (!take_string(ros_json_at(e, 0), &t->name, arena, err))
			++*count;
	}
	return err->code;
}
