#include "formats/gguf.h"

#include "formats/bytes.h"
#include "formats/size.h"

#include <inttypes.h>
#include <string.h>

#define MIN_STRING 8            /* bytes of the smallest string: its length */
#define MIN_ARRAY 12            /* of the smallest array: type and count */

/* What is known while the records of one file are read. */
struct reading {
	struct ros_cursor *c;
	struct ros_model *m;
	struct ros_str key;
	bool nesting;           /* arrays of arrays are read, see may_nest */
	uint64_t nested;        /* arrays inside others so far */
};

static int printable(struct ros_str key)
{
	return (int)(key.len < 80 ? key.len : 80);
}

static struct ros_str read_string(struct ros_cursor *c, const char *field)
{
	uint64_t at = ros_cursor_offset(c), len = ros_cursor_u64(c, field);
	struct ros_bytes b = ros_cursor_bytes(c, len, field);

	if (b.len > ROS_MAX_STRING) {
		ros_fail(c->err, ROS_ELIMIT, at, "%s: %" PRIu64 " bytes, the cap is %u", field, len, ROS_MAX_STRING);
		b.len = 0;
	}
	return (struct ros_str){ (const char *)b.ptr, b.len };
}

/* Array elements are views: one walk over the lengths, no copy. A vocabulary has 150,000. */
static void read_strings(struct reading *r, struct ros_meta_array *a)
{
	struct ros_str *strings = ros_arena_alloc(&r->m->arena, a->count, sizeof *strings, r->c->err);
	const uint8_t *base = r->c->in.ptr;
	size_t pos = r->c->pos, size = r->c->in.len;

	if (!strings)
		return;
	for (uint64_t i = 0; i < a->count; i++) {
		uint64_t len = size - pos >= MIN_STRING ? ros_le64(base + pos) : UINT64_MAX;

		if (size - pos < MIN_STRING || len > size - pos - MIN_STRING || len > ROS_MAX_STRING) {
			r->c->pos = pos;
			ros_fail(r->c->err, ROS_EFORMAT, ros_cursor_offset(r->c),
				 "metadata '%.*s': string %" PRIu64 " of %" PRIu64 " runs past the end of the file (%zu bytes left): the file is cut short",
				 printable(r->key), r->key.ptr, i, a->count, size - pos);
			return;
		}
		strings[i] = (struct ros_str){ (const char *)base + pos + MIN_STRING, len };
		pos += MIN_STRING + len;
	}
	r->c->pos = pos;
	a->strings = strings;
}

/* A bool is 0 or 1; ggml takes any other byte for true. */
static void normalise_bools(struct reading *r, struct ros_meta_array *a)
{
	uint8_t *copy;
	size_t i = 0;

	while (i < a->count && a->raw.ptr[i] <= 1)
		i++;
	if (i == a->count)
		return;
	ros_model_warn(r->m, "gguf.bool", r->key, "element %zu is the byte %u, read as true", i, a->raw.ptr[i]);
	copy = ros_arena_alloc(&r->m->arena, a->count, 1, r->c->err);
	if (!copy)
		return;
	for (i = 0; i < a->count; i++)
		copy[i] = a->raw.ptr[i] != 0;
	a->raw.ptr = copy;
}

static void read_numbers(struct reading *r, struct ros_meta_array *a)
{
	a->raw = ros_cursor_bytes(r->c, a->count * ros_meta_types[a->type].bytes, "array elements");
	if (a->type == ROS_META_BOOL && !r->c->err->code)
		normalise_bools(r, a);
}

/* An array's head: the type and a count that the bytes left can hold. */
static void read_array_head(struct reading *r, struct ros_meta_array *a)
{
	uint64_t at = ros_cursor_offset(r->c), min;
	uint32_t type = ros_cursor_u32(r->c, "array element type");

	a->count = ros_cursor_u64(r->c, "array count");
	if (r->c->err->code)
		return;
	if (type >= ROS_META_TYPE_COUNT) {
		ros_fail(r->c->err, ROS_EFORMAT, at, "metadata '%.*s': array element type %" PRId32 ", 0 to 12 wanted",
			 printable(r->key), r->key.ptr, (int32_t)type);
		return;
	}
	a->type = (enum ros_meta_type)type;
	min = type == ROS_META_STRING ? MIN_STRING : type == ROS_META_ARRAY ? MIN_ARRAY : ros_meta_types[type].bytes;
	ros_cursor_check_count(r->c, a->count, min, ROS_MAX_ARRAY, "array count");
}

static void read_array(struct reading *r, struct ros_meta_array *a, unsigned depth);

static void read_arrays(struct reading *r, struct ros_meta_array *a, unsigned depth)
{
	struct ros_meta_array *arrays;

	if (!r->nesting || depth >= ROS_MAX_ARRAY_NESTING) {
		ros_fail(r->c->err, r->nesting ? ROS_ELIMIT : ROS_EFORMAT, ros_cursor_offset(r->c),
			 r->nesting ? "metadata '%.*s': arrays nest deeper than the cap" :
			 "metadata '%.*s': an array of arrays in a file that does not begin with general.architecture",
			 printable(r->key), r->key.ptr);
		return;
	}
	r->nested += a->count;
	if (r->nested > ROS_MAX_NESTED_ARRAYS) {
		ros_fail(r->c->err, ROS_ELIMIT, ros_cursor_offset(r->c), "metadata '%.*s': %" PRIu64 " arrays inside others, the cap is %u",
			 printable(r->key), r->key.ptr, r->nested, ROS_MAX_NESTED_ARRAYS);
		return;
	}
	arrays = ros_arena_alloc(&r->m->arena, a->count, sizeof *arrays, r->c->err);
	for (uint64_t i = 0; arrays && i < a->count && !r->c->err->code; i++)
		read_array(r, &arrays[i], depth + 1);
	a->arrays = arrays;
}

static void read_array(struct reading *r, struct ros_meta_array *a, unsigned depth)
{
	read_array_head(r, a);
	if (r->c->err->code)
		return;
	if (a->type == ROS_META_STRING)
		read_strings(r, a);
	else if (a->type == ROS_META_ARRAY)
		read_arrays(r, a, depth);
	else
		read_numbers(r, a);
}

static void read_scalar(struct reading *r, struct ros_meta_value *v)
{
	struct ros_meta_array one = { .type = v->type, .count = 1 };
	uint8_t byte;

	one.raw = ros_cursor_bytes(r->c, ros_meta_types[v->type].bytes, "metadata value");
	if (!one.raw.ptr)
		return;
	byte = one.raw.ptr[0];
	*v = ros_meta_element(&one, 0);
	if (v->type == ROS_META_BOOL && byte > 1) {
		ros_model_warn(r->m, "gguf.bool", r->key, "the byte %u, read as true", byte);
		v->u = 1;
	}
}

static struct ros_meta_value read_value(struct reading *r)
{
	struct ros_meta_value v = { 0 };
	uint64_t at = ros_cursor_offset(r->c);
	uint32_t type = ros_cursor_u32(r->c, "metadata value type");

	if (!r->c->err->code && type >= ROS_META_TYPE_COUNT)
		ros_fail(r->c->err, ROS_EFORMAT, at, "metadata '%.*s': value type %" PRId32 ", 0 to 12 wanted",
			 printable(r->key), r->key.ptr, (int32_t)type);
	if (r->c->err->code)
		return v;
	v.type = (enum ros_meta_type)type;
	if (v.type == ROS_META_STRING)
		v.str = read_string(r->c, "metadata string");
	else if (v.type == ROS_META_ARRAY)
		read_array(r, &v.array, 1);
	else
		read_scalar(r, &v);
	if (v.type == ROS_META_ARRAY && v.array.type == ROS_META_ARRAY)
		ros_model_warn(r->m, "gguf.nested-array", r->key, "an array of arrays: llama.cpp refuses such a file");
	return v;
}

/* What the specification forbids and ggml reads without a word. */
static void check_key(struct reading *r, uint64_t at)
{
	size_t i = 0;

	if (!r->key.len) {
		ros_fail(r->c->err, ROS_EFORMAT, at, "metadata key: empty");
		return;
	}
	if (r->key.len > ROS_MAX_KEY)
		ros_model_warn(r->m, "gguf.key-length", (struct ros_str){ r->key.ptr, 80 },
			       "a key of %zu bytes, the specification allows %d", r->key.len, ROS_MAX_KEY);
	while (i < r->key.len && r->key.ptr[i] > ' ' && r->key.ptr[i] < 127)
		i++;
	if (i < r->key.len)
		ros_model_warn(r->m, "gguf.key-text", (struct ros_str){ r->key.ptr, (size_t)printable(r->key) },
			       "byte 0x%02x in a key, the specification wants ASCII", (unsigned char)r->key.ptr[i]);
}

/* The specification lets arrays nest, ggml's reader refuses every one. gguf-py is the writer that
 * makes them, and its files always begin with general.architecture: in those they are read,
 * with a warning; anywhere else the verdict is ggml's. */
static bool may_nest(const struct ros_meta *meta)
{
	return meta->count && ros_str_equal(meta->entries[0].key, ROS_STR("general.architecture"));
}

int ros_gguf_read_meta(struct ros_cursor *c, uint64_t count, struct ros_model *m, struct ros_meta *meta)
{
	struct reading r = { .c = c, .m = m };

	ros_meta_init(meta, &m->arena);
	for (uint64_t i = 0; i < count && !c->err->code; i++) {
		uint64_t at = ros_cursor_offset(c);
		struct ros_meta_value v;

		r.key = read_string(c, "metadata key");
		if (!c->err->code)
			check_key(&r, at);
		r.nesting = may_nest(meta);
		v = read_value(&r);
		if (!c->err->code && ros_meta_add(meta, r.key, v, c->err))
			c->err->offset = at;
	}
	return c->err->code;
}
