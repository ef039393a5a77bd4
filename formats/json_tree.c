/* The tree: scanner events put into nodes of an arena. */
#include "formats/json.h"

#include "formats/json_scan.h"
#include "formats/json_witness.h"
#include "formats/nameset.h"

#include <stdlib.h>
#include <string.h>

struct builder {
	struct ros_json_scan scan;
	struct ros_arena *arena;
	struct ros_json *root;
	struct ros_json *level[ROS_MAX_JSON_DEPTH + 1];   /* the open arrays and objects, outermost first */
	struct ros_json *last[ROS_MAX_JSON_DEPTH + 1];    /* their last child */
	unsigned depth;
	struct ros_str key;                               /* of the value to come */
};

static struct ros_json *add_node(struct builder *b, enum ros_json_type type)
{
	struct ros_json *node = ros_arena_alloc(b->arena, 1, sizeof *node, b->scan.err);
	struct ros_json *parent = b->depth ? b->level[b->depth - 1] : NULL;

	if (!node)
		return NULL;
	node->type = type;
	node->offset = b->scan.start;
	if (!parent) {
		b->root = node;
		return node;
	}
	if (parent->type == ROS_JSON_OBJECT)
		node->key = b->key;
	if (parent->count++)
		b->last[b->depth - 1]->next = node;
	else
		parent->first = node;
	b->last[b->depth - 1] = node;
	return node;
}

static void open_node(struct builder *b, enum ros_json_type type)
{
	struct ros_json *node = add_node(b, type);

	if (node)
		b->level[b->depth++] = node;
}

static int duplicate(struct ros_error *err, const struct ros_json *second)
{
	int len = second->key.len < 200 ? (int)second->key.len : 200;

	return ros_fail(err, ROS_EFORMAT, second->offset, "JSON: key '%.*s' occurs twice in one object", len, second->key.ptr);
}

/* A few keys are compared pair by pair, many through a table. */
static int check_keys(const struct ros_json *object, struct ros_error *err)
{
	struct ros_nameset seen;
	uint32_t found;

	if (object->count <= 8) {
		for (const struct ros_json *a = object->first; a; a = a->next)
			for (const struct ros_json *b = a->next; b; b = b->next)
				if (ros_str_equal(a->key, b->key))
					return duplicate(err, b);
		return 0;
	}
	ros_nameset_init(&seen);
	for (const struct ros_json *a = object->first; a && !err->code; a = a->next)
		if (!ros_nameset_add(&seen, a->key, 0, &found, err) && found != ROS_NAMESET_NONE)
			duplicate(err, a);
	ros_nameset_release(&seen);
	return err->code;
}

static void add_number(struct builder *b)
{
	struct ros_str text = b->scan.token, digits = text;
	struct ros_json *node = add_node(b, ROS_JSON_REAL);
	uint64_t v = 0;

	if (!node)
		return;
	node->text = text;
	node->real = ros_json_to_double(text);
	if (!b->scan.whole)
		return;
	if (*text.ptr == '-') {
		digits.ptr++;
		digits.len--;
	}
	for (size_t i = 0; i < digits.len; i++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(digits.ptr[i] - '0'), &v))
			return;   /* past 64 bits: a real, its text kept */
	node->type = ROS_JSON_INT;
	node->negative = *text.ptr == '-';
	node->magnitude = v;
}

static void add_bool(struct builder *b, bool value)
{
	struct ros_json *node = add_node(b, ROS_JSON_BOOL);

	if (node)
		node->boolean = value;
}

static void add_text(struct builder *b)
{
	struct ros_json *node = add_node(b, ROS_JSON_STRING);

	if (node)
		node->text = ros_json_scan_str(&b->scan, b->arena);
}

static void take_event(struct builder *b, enum ros_json_event ev)
{
	switch (ev) {
	case ROS_JSON_END:
		break;
	case ROS_JSON_OPEN_OBJECT:
		open_node(b, ROS_JSON_OBJECT);
		break;
	case ROS_JSON_OPEN_ARRAY:
		open_node(b, ROS_JSON_ARRAY);
		break;
	case ROS_JSON_CLOSE_OBJECT:
		check_keys(b->level[--b->depth], b->scan.err);
		break;
	case ROS_JSON_CLOSE_ARRAY:
		b->depth--;
		break;
	case ROS_JSON_KEY:
		b->key = ros_json_scan_str(&b->scan, b->arena);
		break;
	case ROS_JSON_TEXT:
		add_text(b);
		break;
	case ROS_JSON_NUMBER:
		add_number(b);
		break;
	case ROS_JSON_TRUE:
	case ROS_JSON_FALSE:
		add_bool(b, ev == ROS_JSON_TRUE);
		break;
	case ROS_JSON_NIL:
		add_node(b, ROS_JSON_NULL);
		break;
	}
}

struct ros_json *ros_json_parse(struct ros_str text, struct ros_arena *arena, struct ros_error *err)
{
	struct builder b = { .arena = arena };
	enum ros_json_event ev;

	ros_json_scan_init(&b.scan, text, 0, err);
	while ((ev = ros_json_scan_next(&b.scan)) != ROS_JSON_END)
		take_event(&b, ev);
	if (err->code || ros_json_witness(text, b.root, err))
		return NULL;
	return b.root;
}

const struct ros_json *ros_json_getk(const struct ros_json *object, struct ros_str key)
{
	if (object && object->type == ROS_JSON_OBJECT)
		for (const struct ros_json *v = object->first; v; v = v->next)
			if (ros_str_equal(v->key, key))
				return v;
	return NULL;
}

const struct ros_json *ros_json_get(const struct ros_json *object, const char *key)
{
	return ros_json_getk(object, ros_str_of(key));
}

const struct ros_json *ros_json_path(const struct ros_json *object, const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		object = ros_json_getk(object, (struct ros_str){ path, len });
		if (!path[len])
			return object;
		path += len + 1;
	}
}

const struct ros_json *ros_json_at(const struct ros_json *array, size_t i)
{
	const struct ros_json *v;

	if (!array || array->type != ROS_JSON_ARRAY || i >= array->count)
		return NULL;
	for (v = array->first; i; i--)
		v = v->next;
	return v;
}

bool ros_json_u64(const struct ros_json *v, uint64_t *out)
{
	if (!v || v->type != ROS_JSON_INT || v->negative)
		return false;
	*out = v->magnitude;
	return true;
}

bool ros_json_f64(const struct ros_json *v, double *out)
{
	if (!v || (v->type != ROS_JSON_INT && v->type != ROS_JSON_REAL))
		return false;
	*out = v->real;
	return true;
}

struct ros_str ros_json_str(const struct ros_json *v)
{
	return v && v->type == ROS_JSON_STRING ? v->text : (struct ros_str){ NULL, 0 };
}
