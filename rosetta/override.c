#include "rosetta/override.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int refuse(struct ros_error *err, const char *text, const char *why)
{
	return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "override '%.200s': %s", text, why);
}

static bool is_integer(enum ros_meta_type type)
{
	return ros_meta_types[type].bytes && type != ROS_META_BOOL && type != ROS_META_F32 && type != ROS_META_F64;
}

/* "int" and "float" take the width that the key has now. */
static enum ros_meta_type type_by_name(struct ros_str name, const struct ros_meta_value *now)
{
	if (ros_str_equal(name, ROS_STR("int")))
		return now && is_integer(now->type) ? now->type : ROS_META_I64;
	if (ros_str_equal(name, ROS_STR("float")))
		return now && now->type == ROS_META_F64 ? ROS_META_F64 : ROS_META_F32;
	for (int t = 0; t < ROS_META_TYPE_COUNT; t++)
		if (t != ROS_META_ARRAY && ros_str_equal(name, ros_str_of(ros_meta_types[t].name)))
			return (enum ros_meta_type)t;
	return ROS_META_TYPE_COUNT;
}

static bool whole(const char *text, bool is_signed, unsigned bytes, struct ros_meta_value *v)
{
	char *end;

	errno = 0;
	if (is_signed)
		v->i = strtoll(text, &end, 10);
	else
		v->u = strtoull(text, &end, 10);
	if (errno || end == text || *end || (!is_signed && *text == '-'))
		return false;
	if (bytes == 8)
		return true;
	return is_signed ? v->i >= -(INT64_C(1) << (bytes * 8 - 1)) && v->i < INT64_C(1) << (bytes * 8 - 1) : v->u < UINT64_C(1) << bytes * 8;
}

static bool parse(const char *text, struct ros_meta_value *v)
{
	char *end;

	switch (v->type) {
	case ROS_META_U8: case ROS_META_U16: case ROS_META_U32: case ROS_META_U64:
		return whole(text, false, ros_meta_types[v->type].bytes, v);
	case ROS_META_I8: case ROS_META_I16: case ROS_META_I32: case ROS_META_I64:
		return whole(text, true, ros_meta_types[v->type].bytes, v);
	case ROS_META_F32: case ROS_META_F64:
		v->f = strtod(text, &end);
		if (v->type == ROS_META_F32)
			v->f = (float)v->f;
		return end != text && !*end;
	case ROS_META_BOOL:
		v->u = !strcmp(text, "true");
		return v->u || !strcmp(text, "false");
	case ROS_META_STRING:
		v->str = ros_str_of(text);
		return true;
	case ROS_META_ARRAY: case ROS_META_TYPE_COUNT:
		break;
	}
	return false;
}

static int override(struct ros_model *m, const char *text, struct ros_error *err)
{
	const char *equals = strchr(text, '='), *colon = equals ? strchr(equals, ':') : NULL;
	struct ros_meta_value v = { 0 };
	struct ros_str key, value;

	if (!colon || equals == text)
		return refuse(err, text, "KEY=TYPE:VALUE is wanted");
	key = ros_arena_str(&m->arena, (struct ros_str){ text, (size_t)(equals - text) }, err);
	value = ros_arena_str(&m->arena, ros_str_of(colon + 1), err);
	if (err->code)
		return err->code;
	v.type = type_by_name((struct ros_str){ equals + 1, (size_t)(colon - equals - 1) }, ros_meta_get(&m->meta, key));
	if (v.type == ROS_META_TYPE_COUNT || v.type == ROS_META_ARRAY)
		return refuse(err, text, "no such type: u8 i8 u16 i16 u32 i32 u64 i64 f32 f64 bool str int float");
	if (!parse(value.ptr, &v))
		return refuse(err, text, "the value does not fit its type");
	return ros_meta_set(&m->meta, key, v, err);
}

int ros_override_metadata(struct ros_model *m, const char *const *list, struct ros_error *err)
{
	if (list && *list && m->format != ROS_FORMAT_GGUF)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "overrides are for GGUF targets");
	for (; list && *list && !err->code; list++)
		override(m, *list, err);
	return err->code;
}
