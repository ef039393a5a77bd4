#include "formats/json_witness.h"

#include <cjson/cJSON.h>
#include <string.h>

#define CJSON_NUMBER_MAX 63

static bool same_string(struct ros_str ours, const char *theirs)
{
	size_t len = strlen(theirs);

	/* A C string ends at the first NUL: up to there they must agree. */
	return len == ours.len || (len < ours.len && !ours.ptr[len]) ? !memcmp(theirs, ours.ptr, len) : false;
}

static bool too_long(const struct ros_json *v)
{
	return (v->type == ROS_JSON_INT || v->type == ROS_JSON_REAL) && v->text.len >= CJSON_NUMBER_MAX;
}

static bool same_value(const struct ros_json *a, const cJSON *b)
{
	switch (a->type) {
	case ROS_JSON_NULL:
		return cJSON_IsNull(b);
	case ROS_JSON_BOOL:
		return a->boolean ? cJSON_IsTrue(b) : cJSON_IsFalse(b);
	case ROS_JSON_INT:
	case ROS_JSON_REAL:
		return cJSON_IsNumber(b) && b->valuedouble == a->real;
	case ROS_JSON_STRING:
		return cJSON_IsString(b) && same_string(a->text, b->valuestring);
	case ROS_JSON_ARRAY:
		return cJSON_IsArray(b);
	case ROS_JSON_OBJECT:
		return cJSON_IsObject(b);
	}
	return false;
}

/* Depth is bounded: the tree was made under ROS_MAX_JSON_DEPTH. Returns the node where they part, or NULL. */
static const struct ros_json *first_difference(const struct ros_json *a, const cJSON *b)
{
	const cJSON *child = b->child;

	if (!same_value(a, b))
		return a;
	for (const struct ros_json *v = a->first; v; v = v->next, child = child->next) {
		const struct ros_json *d;

		if (!child || (a->type == ROS_JSON_OBJECT && !same_string(v->key, child->string)))
			return v;
		d = first_difference(v, child);
		if (d)
			return d;
	}
	return child ? a : NULL;
}

static bool any_too_long(const struct ros_json *a)
{
	if (too_long(a))
		return true;
	for (const struct ros_json *v = a->first; v; v = v->next)
		if (any_too_long(v))
			return true;
	return false;
}

int ros_json_witness(struct ros_str text, const struct ros_json *ours, struct ros_error *err)
{
	const struct ros_json *at;
	cJSON *theirs;

	if (text.len > ROS_JSON_WITNESS_MAX || any_too_long(ours))
		return 0;
	theirs = cJSON_ParseWithLength(text.ptr, text.len);
	if (!theirs)   /* what our strict parser took, cJSON refuses only when memory runs out */
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "JSON: no memory to read %zu bytes a second time", text.len);
	at = first_difference(ours, theirs);
	cJSON_Delete(theirs);
	return at ? ros_fail(err, ROS_EFORMAT, at->offset, "JSON: two parsers read this value differently") : 0;
}
