#include "formats/meta.h"

#include "formats/bytes.h"
#include "formats/limits.h"
#include "formats/nameset.h"

#include <string.h>

const struct ros_meta_type_info ros_meta_types[ROS_META_TYPE_COUNT] = {
	[ROS_META_U8] = { "u8", 1 },   [ROS_META_I8] = { "i8", 1 },
	[ROS_META_U16] = { "u16", 2 }, [ROS_META_I16] = { "i16", 2 },
	[ROS_META_U32] = { "u32", 4 }, [ROS_META_I32] = { "i32", 4 },
	[ROS_META_F32] = { "f32", 4 }, [ROS_META_BOOL] = { "bool", 1 },
	[ROS_META_STRING] = { "str", 0 }, [ROS_META_ARRAY] = { "arr", 0 },
	[ROS_META_U64] = { "u64", 8 }, [ROS_META_I64] = { "i64", 8 },
	[ROS_META_F64] = { "f64", 8 },
};

void ros_meta_init(struct ros_meta *meta, struct ros_arena *arena)
{
	*meta = (struct ros_meta){ .arena = arena };
}

/* The slot that holds KEY, or the empty one where it would go. */
static uint32_t *slot_of(const struct ros_meta *meta, struct ros_str key)
{
	size_t i = ros_str_hash(key, (uintptr_t)meta->index) & (meta->slots - 1);

	while (meta->index[i] && !ros_str_equal(meta->entries[meta->index[i] - 1].key, key))
		i = (i + 1) & (meta->slots - 1);
	return &meta->index[i];
}

static void reindex(struct ros_meta *meta)
{
	memset(meta->index, 0, meta->slots * sizeof *meta->index);
	for (size_t e = 0; e < meta->count; e++)
		*slot_of(meta, meta->entries[e].key) = (uint32_t)e + 1;
}

static int grow(struct ros_meta *meta, struct ros_error *err)
{
	size_t room = meta->room ? meta->room * 2 : 32;
	struct ros_meta_entry *entries = ros_arena_alloc(meta->arena, room, sizeof *entries, err);
	uint32_t *index = ros_arena_alloc(meta->arena, room * 2, sizeof *index, err);

	if (!entries || !index)
		return err->code;
	if (meta->count)
		memcpy(entries, meta->entries, meta->count * sizeof *entries);
	meta->entries = entries;
	meta->room = room;
	meta->index = index;
	meta->slots = room * 2;
	reindex(meta);
	return 0;
}

int ros_meta_add(struct ros_meta *meta, struct ros_str key, struct ros_meta_value value, struct ros_error *err)
{
	uint32_t *slot;

	if (meta->count >= ROS_MAX_META)
		return ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "metadata: more than %u keys", ROS_MAX_META);
	if (meta->count == meta->room && grow(meta, err))
		return err->code;
	slot = slot_of(meta, key);
	if (*slot)
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "metadata: key '%.*s' occurs twice",
				(int)(key.len < 200 ? key.len : 200), key.ptr);
	meta->entries[meta->count] = (struct ros_meta_entry){ key, value };
	*slot = (uint32_t)++meta->count;
	return 0;
}

int ros_meta_set(struct ros_meta *meta, struct ros_str key, struct ros_meta_value value, struct ros_error *err)
{
	uint32_t *slot = meta->slots ? slot_of(meta, key) : NULL;

	if (!slot || !*slot)
		return ros_meta_add(meta, key, value, err);
	meta->entries[*slot - 1].value = value;
	return 0;
}

void ros_meta_remove(struct ros_meta *meta, struct ros_str key)
{
	uint32_t *slot = meta->slots ? slot_of(meta, key) : NULL;
	size_t at;

	if (!slot || !*slot)
		return;
	at = *slot - 1;
	memmove(&meta->entries[at], &meta->entries[at + 1], (meta->count - at - 1) * sizeof *meta->entries);
	meta->count--;
	reindex(meta);
}

const struct ros_meta_value *ros_meta_get(const struct ros_meta *meta, struct ros_str key)
{
	uint32_t slot = meta->slots ? *slot_of(meta, key) : 0;

	return slot ? &meta->entries[slot - 1].value : NULL;
}

struct ros_meta_value ros_meta_u32(uint32_t v)
{
	return (struct ros_meta_value){ .type = ROS_META_U32, .u = v };
}

struct ros_meta_value ros_meta_i32(int32_t v)
{
	return (struct ros_meta_value){ .type = ROS_META_I32, .i = v };
}

struct ros_meta_value ros_meta_u64(uint64_t v)
{
	return (struct ros_meta_value){ .type = ROS_META_U64, .u = v };
}

struct ros_meta_value ros_meta_f32(float v)
{
	return (struct ros_meta_value){ .type = ROS_META_F32, .f = v };
}

struct ros_meta_value ros_meta_bool(bool v)
{
	return (struct ros_meta_value){ .type = ROS_META_BOOL, .u = v };
}

struct ros_meta_value ros_meta_str(struct ros_str v)
{
	return (struct ros_meta_value){ .type = ROS_META_STRING, .str = v };
}

struct ros_meta_value ros_meta_str_array(const struct ros_str *strings, size_t count)
{
	return (struct ros_meta_value){ .type = ROS_META_ARRAY,
		.array = { .type = ROS_META_STRING, .count = count, .strings = strings } };
}

struct ros_meta_value ros_meta_num_array(enum ros_meta_type type, struct ros_bytes raw, size_t count)
{
	return (struct ros_meta_value){ .type = ROS_META_ARRAY, .array = { .type = type, .count = count, .raw = raw } };
}

bool ros_meta_as_u64(const struct ros_meta_value *v, uint64_t *out)
{
	switch (v->type) {
	case ROS_META_U8: case ROS_META_U16: case ROS_META_U32: case ROS_META_U64: case ROS_META_BOOL:
		*out = v->u;
		return true;
	case ROS_META_I8: case ROS_META_I16: case ROS_META_I32: case ROS_META_I64:
		*out = (uint64_t)v->i;
		return v->i >= 0;
	case ROS_META_F32: case ROS_META_F64: case ROS_META_STRING: case ROS_META_ARRAY: case ROS_META_TYPE_COUNT:
		break;
	}
	return false;
}

bool ros_meta_as_f64(const struct ros_meta_value *v, double *out)
{
	switch (v->type) {
	case ROS_META_U8: case ROS_META_U16: case ROS_META_U32: case ROS_META_U64: case ROS_META_BOOL:
		*out = (double)v->u;
		return true;
	case ROS_META_I8: case ROS_META_I16: case ROS_META_I32: case ROS_META_I64:
		*out = (double)v->i;
		return true;
	case ROS_META_F32: case ROS_META_F64:
		*out = v->f;
		return true;
	case ROS_META_STRING: case ROS_META_ARRAY: case ROS_META_TYPE_COUNT:
		break;
	}
	return false;
}

struct ros_meta_value ros_meta_element(const struct ros_meta_array *a, uint64_t i)
{
	struct ros_meta_value v = { .type = a->type };
	const uint8_t *p = a->raw.ptr + i * ros_meta_types[a->type].bytes;
	double f;

	switch (a->type) {
	case ROS_META_U8: case ROS_META_BOOL: v.u = *p; break;
	case ROS_META_U16: v.u = ros_le16(p); break;
	case ROS_META_U32: v.u = ros_le32(p); break;
	case ROS_META_U64: v.u = ros_le64(p); break;
	case ROS_META_I8: v.i = (int8_t)*p; break;
	case ROS_META_I16: v.i = (int16_t)ros_le16(p); break;
	case ROS_META_I32: v.i = (int32_t)ros_le32(p); break;
	case ROS_META_I64: v.i = (int64_t)ros_le64(p); break;
	case ROS_META_F32: v.f = ros_bits_f32(ros_le32(p)); break;
	case ROS_META_F64:
		v.u = ros_le64(p);
		memcpy(&f, &v.u, sizeof f);
		v.f = f;
		break;
	case ROS_META_STRING: v.str = a->strings[i]; break;
	case ROS_META_ARRAY: v.array = a->arrays[i]; break;
	case ROS_META_TYPE_COUNT: break;
	}
	return v;
}

static bool array_equal(const struct ros_meta_array *a, const struct ros_meta_array *b)
{
	if (a->type != b->type || a->count != b->count)
		return false;
	if (a->type == ROS_META_STRING) {
		for (uint64_t i = 0; i < a->count; i++)
			if (!ros_str_equal(a->strings[i], b->strings[i]))
				return false;
		return true;
	}
	if (a->type == ROS_META_ARRAY) {
		for (uint64_t i = 0; i < a->count; i++)
			if (!array_equal(&a->arrays[i], &b->arrays[i]))
				return false;
		return true;
	}
	return !a->count || !memcmp(a->raw.ptr, b->raw.ptr, a->count * ros_meta_types[a->type].bytes);
}

bool ros_meta_equal(const struct ros_meta_value *a, const struct ros_meta_value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case ROS_META_STRING:
		return ros_str_equal(a->str, b->str);
	case ROS_META_ARRAY:
		return array_equal(&a->array, &b->array);
	case ROS_META_F32: case ROS_META_F64:
		return !memcmp(&a->f, &b->f, sizeof a->f);
	case ROS_META_U8: case ROS_META_U16: case ROS_META_U32: case ROS_META_U64: case ROS_META_BOOL:
	case ROS_META_I8: case ROS_META_I16: case ROS_META_I32: case ROS_META_I64: case ROS_META_TYPE_COUNT:
		break;
	}
	return a->u == b->u;
}
