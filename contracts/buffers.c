#include "contracts/buffers.h"

#include "contracts/base64.h"
#include "formats/size.h"

#include <string.h>

#define DIFFERENT 64    /* buffers that differ; every layer has the same ones */

/* One, as it is stored; 0: no type for a mask. */
static uint8_t one_of(enum ros_dtype type, uint8_t one[4])
{
	static const struct { enum ros_dtype type; uint8_t size, bytes[4]; } rows[] = {
		{ ROS_F32, 4, { 0, 0, 0x80, 0x3f } }, { ROS_F16, 2, { 0, 0x3c } }, { ROS_BF16, 2, { 0x80, 0x3f } },
		{ ROS_BOOL, 1, { 1 } }, { ROS_U8, 1, { 1 } },
	};

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].type == type) {
			memcpy(one, rows[i].bytes, 4);
			return rows[i].size;
		}
	return 0;
}

/* Side of the square matrices that T is made of; 0 where it cannot be a mask. */
static uint64_t mask_side(const struct ros_tensor *t)
{
	uint8_t one[4];

	if (t->ndim < 2 || t->dim[t->ndim - 1] != t->dim[t->ndim - 2] || !t->data.len || t->data.len > ROS_BUFFERS_MADE || !one_of(t->dtype, one))
		return 0;
	return t->dim[t->ndim - 1];
}

/* Row I of a mask of side N: ones up to the diagonal. */
static void fill_row(uint8_t *row, uint64_t i, uint64_t n, const uint8_t *one, size_t size)
{
	memset(row, 0, n * size);
	for (uint64_t j = 0; j <= i; j++)
		memcpy(row + j * size, one, size);
}

static bool is_mask(const struct ros_tensor *t, struct ros_arena *arena, struct ros_error *err)
{
	uint64_t n = mask_side(t);
	uint8_t one[4], *row = n ? ros_arena_alloc(arena, n, 4, err) : NULL;
	size_t size = one_of(t->dtype, one), bytes = n * size;

	for (uint64_t at = 0, i = 0; row && at < t->data.len; at += bytes, i++) {
		fill_row(row, i % n, n, one, size);
		if (memcmp(t->data.ptr + at, row, bytes) != 0)
			return false;
	}
	return row;
}

static bool same(const struct ros_tensor *a, const struct ros_tensor *b)
{
	return a->dtype == b->dtype && a->ndim == b->ndim && !memcmp(a->dim, b->dim, a->ndim * sizeof *a->dim)
		&& a->data.len == b->data.len && !memcmp(a->data.ptr, b->data.ptr, a->data.len);
}

static void put_one(struct ros_json_out *o, const struct ros_tensor *t, const struct ros_tensor *like, struct ros_arena *arena, struct ros_error *err)
{
	ros_json_open_object(o, NULL);
	ros_json_put_str(o, "name", t->name);
	ros_json_put_str(o, "dtype", ros_str_of(ros_dtypes[t->dtype].name));
	ros_json_open_array(o, "shape");
	for (uint8_t i = 0; i < t->ndim; i++)
		ros_json_put_u64(o, NULL, t->dim[i]);
	ros_json_close_array(o);
	if (like)
		ros_json_put_str(o, "like", like->name);
	else if (is_mask(t, arena, err))
		ros_json_put_str(o, "make", ROS_STR("causal_mask"));
	else if (t->data.len <= ROS_BUFFER_CARRIED)
		ros_json_put_str(o, "base64", ros_base64(t->data, arena, err));
	else
		ros_json_put_bool(o, "dropped", true);
	ros_json_close_object(o);
}

static bool is_buffer(const struct ros_layout_tensor *is)
{
	return is && is->presence == ROS_DERIVABLE && !is->derived;
}

void ros_buffers_put(struct ros_json_out *o, const struct ros_binding *b, struct ros_arena *arena, struct ros_error *err)
{
	const struct ros_tensor *seen[DIFFERENT];
	size_t count = 0, different = 0;

	for (size_t i = 0; i < b->model->tensor_count && !err->code; i++) {
		const struct ros_tensor *t = &b->model->tensors[i], *like = NULL;

		if (!is_buffer(b->is[i]))
			continue;
		if (!count++)
			ros_json_open_array(o, "buffers");
		for (size_t k = 0; k < different && !like; k++)
			like = same(seen[k], t) ? seen[k] : NULL;
		if (!like && different < DIFFERENT)
			seen[different++] = t;
		put_one(o, t, like, arena, err);
	}
	if (count)
		ros_json_close_array(o);
}

/* ---- reading ---- */

struct reading {
	struct ros_arena *arena;
	struct ros_error *err;
	struct ros_tensor *different[DIFFERENT];
	size_t count;
	uint64_t made;
};

static int fail(struct reading *r, const struct ros_tensor *t, const char *what)
{
	return ros_fail(r->err, ROS_EFORMAT, ROS_NO_OFFSET, "rosetta.json: buffer '%.*s': %s", (int)(t->name.len < 200 ? t->name.len : 200),
			t->name.len ? t->name.ptr : "", what);
}

static int read_header(struct reading *r, const struct ros_json *entry, struct ros_tensor *t, uint64_t *bytes)
{
	const struct ros_json *shape = ros_json_get(entry, "shape");

	t->name = ros_json_str(ros_json_get(entry, "name"));
	t->dtype = ros_dtype_by_name(ros_json_str(ros_json_get(entry, "dtype")));
	if (!t->name.len || t->name.len > ROS_MAX_NAME || memchr(t->name.ptr, 0, t->name.len))
		return fail(r, t, "no name");
	if (t->dtype == ROS_DTYPE_COUNT || ros_dtypes[t->dtype].block_len != 1)
		return fail(r, t, "no plain type");
	if (!shape || shape->type != ROS_JSON_ARRAY || shape->count > ROS_MAX_DIMS)
		return fail(r, t, "no shape");
	for (const struct ros_json *d = shape->first; d; d = d->next)
		if (!ros_json_u64(d, &t->dim[t->ndim++]))
			return fail(r, t, "a dimension is no count");
	if (!ros_dtype_nbytes(t->dtype, t->ndim, t->dim, false, bytes) || *bytes > SIZE_MAX)
		return fail(r, t, "too large");
	t->data = (struct ros_bytes){ NULL, (size_t)*bytes };
	t->part = ROS_NO_PART;
	return 0;
}

static int make_mask(struct reading *r, struct ros_tensor *t)
{
	uint64_t n = mask_side(t);
	uint8_t one[4], *out;
	size_t size = one_of(t->dtype, one);

	if (!n)
		return fail(r, t, "no causal mask has this shape and type");
	r->made += t->data.len;
	if (r->made > ROS_BUFFERS_MADE)
		return ros_fail(r->err, ROS_ELIMIT, ROS_NO_OFFSET, "rosetta.json: its buffers hold over %u bytes", ROS_BUFFERS_MADE);
	out = ros_arena_alloc(r->arena, t->data.len, 1, r->err);
	for (uint64_t at = 0, i = 0; out && at < t->data.len; at += n * size, i++)
		fill_row(out + at, i % n, n, one, size);
	t->data.ptr = out;
	return r->err->code;
}

static int unpack(struct reading *r, struct ros_str text, struct ros_tensor *t)
{
	struct ros_bytes data = { NULL, 0 };

	if (ros_unbase64(text, r->arena, &data, r->err))
		return r->err->code;
	if (data.len != t->data.len)
		return fail(r, t, "its bytes are too few or too many");
	t->data = data;
	return 0;
}

static int repeat(struct reading *r, struct ros_str name, struct ros_tensor *t)
{
	for (size_t i = 0; i < r->count; i++)
		if (ros_str_equal(r->different[i]->name, name)) {
			if (r->different[i]->data.len != t->data.len)
				return fail(r, t, "what it is like has another size");
			t->data = r->different[i]->data;
			return 0;
		}
	return fail(r, t, "what it is like does not come before it");
}

static int read_one(struct reading *r, const struct ros_json *entry, struct ros_tensor *t)
{
	const struct ros_json *like = ros_json_get(entry, "like"), *make = ros_json_get(entry, "make");
	const struct ros_json *packed = ros_json_get(entry, "base64"), *dropped = ros_json_get(entry, "dropped");
	uint64_t bytes;

	if (read_header(r, entry, t, &bytes))
		return r->err->code;
	if (like)
		return repeat(r, ros_json_str(like), t);
	if (r->count < DIFFERENT)
		r->different[r->count++] = t;
	if (packed)
		return unpack(r, ros_json_str(packed), t);
	if (make && ros_str_equal(ros_json_str(make), ROS_STR("causal_mask")))
		return make_mask(r, t);
	return dropped ? 0 : fail(r, t, "nothing says what is in it");
}

int ros_buffers_read(const struct ros_json *list, struct ros_arena *arena, struct ros_tensor **tensors, size_t *count,
		     struct ros_error *err)
{
	struct reading r = { .arena = arena, .err = err };

	*tensors = NULL;
	*count = 0;
	if (!list || list->type != ROS_JSON_ARRAY)
		return 0;
	*tensors = ros_arena_alloc(arena, list->count, sizeof **tensors, err);
	for (const struct ros_json *e = list->first; e && !err->code; e = e->next)
		read_one(&r, e, &(*tensors)[(*count)++]);
	return err->code;
}
