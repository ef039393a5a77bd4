#include "rosetta/meta_text.h"

#include "formats/limits.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_STRING 200

static void put_string(struct ros_text *t, struct ros_str s)
{
	ros_text_put(t, "\"");
	ros_text_put_escaped(t, (struct ros_str){ s.ptr, s.len < SHOWN_STRING ? s.len : SHOWN_STRING });
	ros_text_put(t, s.len > SHOWN_STRING ? "...\" (%zu bytes)" : "\"", s.len);
}

static void put_value(struct ros_text *t, const struct ros_meta_value *v, size_t max, int depth);

static void put_array(struct ros_text *t, const struct ros_meta_array *a, size_t max, int depth)
{
	ros_text_put(t, "[");
	for (uint64_t i = 0; i < a->count && i < max && depth <= ROS_MAX_ARRAY_NESTING; i++) {
		struct ros_meta_value v;

		if (a->type == ROS_META_STRING)
			v = ros_meta_str(a->strings[i]);
		else if (a->type == ROS_META_ARRAY)
			v = (struct ros_meta_value){ .type = ROS_META_ARRAY, .array = a->arrays[i] };
		else
			v = ros_meta_element(a, i);
		ros_text_put(t, i ? ", " : "");
		put_value(t, &v, max, depth + 1);
	}
	ros_text_put(t, a->count > max ? ", ...] (%" PRIu64 " %s)" : "]", a->count, ros_meta_types[a->type].name);
}

static void put_value(struct ros_text *t, const struct ros_meta_value *v, size_t max, int depth)
{
	switch (v->type) {
	case ROS_META_U8: case ROS_META_U16: case ROS_META_U32: case ROS_META_U64:
		ros_text_put(t, "%" PRIu64, v->u);
		break;
	case ROS_META_I8: case ROS_META_I16: case ROS_META_I32: case ROS_META_I64:
		ros_text_put(t, "%" PRId64, v->i);
		break;
	case ROS_META_F32:
		ros_text_put(t, "%.9g", v->f);
		break;
	case ROS_META_F64:
		ros_text_put(t, "%.17g", v->f);
		break;
	case ROS_META_BOOL:
		ros_text_put(t, "%s", v->u ? "true" : "false");
		break;
	case ROS_META_STRING:
		put_string(t, v->str);
		break;
	case ROS_META_ARRAY:
		put_array(t, &v->array, max, depth);
		break;
	case ROS_META_TYPE_COUNT:
		break;
	}
}

void ros_meta_put_text(struct ros_text *t, const struct ros_meta_value *v, size_t max)
{
	put_value(t, v, max, 0);
}

static void json_value(struct ros_json_out *o, const char *key, const struct ros_meta_value *v, size_t max, int depth);

static void json_elements(struct ros_json_out *o, const struct ros_meta_array *a, size_t max, int depth)
{
	for (uint64_t i = 0; i < a->count && i < max && depth <= ROS_MAX_ARRAY_NESTING; i++) {
		struct ros_meta_value v;

		if (a->type == ROS_META_STRING)
			v = ros_meta_str(a->strings[i]);
		else if (a->type == ROS_META_ARRAY)
			v = (struct ros_meta_value){ .type = ROS_META_ARRAY, .array = a->arrays[i] };
		else
			v = ros_meta_element(a, i);
		json_value(o, NULL, &v, max, depth + 1);
	}
}

static void json_array(struct ros_json_out *o, const char *key, const struct ros_meta_array *a, size_t max, int depth)
{
	if (a->count <= max) {
		ros_json_open_array(o, key);
		json_elements(o, a, max, depth);
		ros_json_close_array(o);
		return;
	}
	ros_json_open_object(o, key);
	ros_json_put_str(o, "array", ros_str_of(ros_meta_types[a->type].name));
	ros_json_put_u64(o, "count", a->count);
	ros_json_open_array(o, "first");
	json_elements(o, a, max, depth);
	ros_json_close_array(o);
	ros_json_close_object(o);
}

static void json_value(struct ros_json_out *o, const char *key, const struct ros_meta_value *v, size_t max, int depth)
{
	switch (v->type) {
	case ROS_META_U8: case ROS_META_U16: case ROS_META_U32: case ROS_META_U64:
		ros_json_put_u64(o, key, v->u);
		break;
	case ROS_META_I8: case ROS_META_I16: case ROS_META_I32: case ROS_META_I64:
		ros_json_put_i64(o, key, v->i);
		break;
	case ROS_META_F32:
		ros_json_put_f32(o, key, (float)v->f);
		break;
	case ROS_META_F64:
		ros_json_put_f64(o, key, v->f);
		break;
	case ROS_META_BOOL:
		ros_json_put_bool(o, key, v->u);
		break;
	case ROS_META_STRING:
		ros_json_put_str(o, key, v->str);
		break;
	case ROS_META_ARRAY:
		json_array(o, key, &v->array, max, depth);
		break;
	case ROS_META_TYPE_COUNT:
		break;
	}
}

void ros_meta_put_json(struct ros_json_out *o, struct ros_str key, const struct ros_meta_value *v, size_t max)
{
	char *text = strndup(key.ptr, key.len);

	if (text)
		json_value(o, text, v, max, 0);
	else
		o->failed = true;
	free(text);
}
