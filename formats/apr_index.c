#include "formats/apr.h"

#include "formats/cursor.h"
#include "formats/size.h"
#include "formats/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MIN_ENTRY 20            /* bytes of the smallest entry: empty name, no dimensions */

static struct ros_str read_name(struct ros_cursor *c)
{
	uint64_t at = ros_cursor_offset(c);
	uint16_t len = ros_cursor_u16(c, "tensor name length");
	struct ros_bytes b = { NULL, 0 };
	struct ros_str name;

	if (len > ROS_APR_MAX_NAME)
		ros_fail(c->err, ROS_EFORMAT, at, "tensor name: %u bytes, at most %d wanted", len, ROS_APR_MAX_NAME);
	else
		b = ros_cursor_bytes(c, len, "tensor name");
	name = (struct ros_str){ (const char *)b.ptr, b.len };
	if (c->err->code)
		return (struct ros_str){ NULL, 0 };
	if (ros_utf8_check(name) < name.len)
		ros_fail(c->err, ROS_EFORMAT, at + 2, "tensor name: not UTF-8");
	else if (name.len && memchr(name.ptr, 0, name.len))
		ros_fail(c->err, ROS_EFORMAT, at + 2, "tensor name: a NUL in it");
	return name;
}

static void read_shape(struct ros_cursor *c, struct ros_tensor *t)
{
	uint64_t at = ros_cursor_offset(c);
	uint8_t ndim = ros_cursor_u8(c, "tensor ndim");

	if (ndim > ROS_MAX_DIMS) {
		ros_fail(c->err, ROS_EFORMAT, at, "tensor '%.*s': %u dimensions, at most %d wanted", (int)t->name.len, t->name.ptr, ndim, ROS_MAX_DIMS);
		return;
	}
	t->ndim = ndim;
	for (unsigned i = 0; i < ndim; i++)
		t->dim[i] = ros_cursor_u64(c, "tensor dimension");
}

/* The order is part of the format: readers search it. Strictly increasing also means no name twice. */
static int check_order(const struct ros_tensor *before, const struct ros_tensor *t, uint64_t at, struct ros_error *err)
{
	int r = ros_str_compare(before->name, t->name);

	if (r < 0)
		return 0;
	return ros_fail(err, ROS_EFORMAT, at, r ? "tensor '%.*s': the index is not sorted by name" : "tensor '%.*s' occurs twice",
			(int)t->name.len, t->name.ptr);
}

/* Fills T from the entry at C; T->offset becomes the place in the image, *END the end of its padding. */
static int read_entry(struct ros_cursor *c, struct ros_model *m, struct ros_tensor *t, uint64_t data_offset, uint64_t *end)
{
	uint64_t at = ros_cursor_offset(c), offset, size, padded;
	uint8_t id;

	t->name = read_name(c);
	id = ros_cursor_u8(c, "tensor type");
	read_shape(c, t);
	offset = ros_cursor_u64(c, "tensor offset");
	size = ros_cursor_u64(c, "tensor size");
	if (c->err->code)
		return c->err->code;
	t->dtype = ros_apr_dtype(m, t, id, size, at, c->err);
	if (c->err->code)
		return c->err->code;
	t->data.len = size;
	if (offset % ROS_APR_ALIGN)
		return ros_fail(c->err, ROS_EFORMAT, at, "tensor '%.*s': offset %" PRIu64 " is not on a 64-byte boundary",
				(int)t->name.len, t->name.ptr, offset);
	if (!ros_add_u64(data_offset, offset, &t->offset) || !ros_align_u64(size, ROS_APR_ALIGN, &padded) ||
	    !ros_add_u64(t->offset, padded, end) || *end > INT64_MAX)
		return ros_fail(c->err, ROS_EFORMAT, at, "tensor '%.*s': offset %" PRIu64 " and size %" PRIu64 " run past 2^63",
				(int)t->name.len, t->name.ptr, offset, size);
	if (!t->name.len)
		ros_model_warn(m, "apr.name", t->name, "an empty tensor name");
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct ros_tensor *x = *(const struct ros_tensor *const *)a, *y = *(const struct ros_tensor *const *)b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return (x->data.len > y->data.len) - (x->data.len < y->data.len);
}

static bool same_tensor(const struct ros_tensor *a, const struct ros_tensor *b)
{
	return a->offset == b->offset && a->data.len == b->data.len && a->dtype == b->dtype && a->ndim == b->ndim &&
		!memcmp(a->dim, b->dim, sizeof a->dim);
}

/* Two neighbours in the data: apart, or two names for exactly one tensor (tied weights). */
static int check_pair(struct ros_model *m, const struct ros_tensor *a, const struct ros_tensor *b, struct ros_error *err)
{
	uint64_t end = a->offset + a->data.len, padded;

	if (same_tensor(a, b)) {
		ros_model_warn(m, "apr.shared", b->name, "shares its bytes with '%.*s'", (int)a->name.len, a->name.ptr);
		return 0;
	}
	if (b->offset < end)
		return ros_fail(err, ROS_EFORMAT, b->offset, "tensors '%.*s' and '%.*s' overlap",
				(int)a->name.len, a->name.ptr, (int)b->name.len, b->name.ptr);
	if (ros_align_u64(end, ROS_APR_ALIGN, &padded) && b->offset > padded)
		ros_model_warn(m, "apr.gap", b->name, "%" PRIu64 " unused bytes before it", b->offset - padded);
	return 0;
}

static int check_overlaps(struct ros_model *m, uint64_t data_offset, struct ros_error *err)
{
	const struct ros_tensor **order = ros_arena_alloc(&m->arena, m->tensor_count, sizeof *order, err);
	size_t n = 0;

	if (!order)
		return err->code;
	for (size_t i = 0; i < m->tensor_count; i++)
		if (m->tensors[i].data.len)
			order[n++] = &m->tensors[i];
	qsort(order, n, sizeof *order, by_offset);
	if (n && order[0]->offset > data_offset)
		ros_model_warn(m, "apr.gap", order[0]->name, "%" PRIu64 " unused bytes before it", order[0]->offset - data_offset);
	for (size_t i = 1; i < n; i++)
		if (check_pair(m, order[i - 1], order[i], err))
			return err->code;
	return 0;
}

/* From the last entry to the data: padding. Anything else would be an entry that the count hides. */
static int check_rest(struct ros_cursor *c, struct ros_model *m)
{
	uint64_t at = ros_cursor_offset(c), padded;
	size_t left = ros_cursor_left(c);
	struct ros_bytes rest = ros_cursor_bytes(c, left, "index padding");

	for (size_t i = 0; i < rest.len; i++)
		if (rest.ptr[i])
			return ros_fail(c->err, ROS_EFORMAT, at + i, "index: bytes after the last of %zu entries that are not zero", m->tensor_count);
	if (ros_align_u64(at, ROS_APR_ALIGN, &padded) && at + left > padded)
		ros_model_warn(m, "apr.gap", (struct ros_str){ NULL, 0 }, "%" PRIu64 " unused bytes between index and data", at + left - padded);
	return c->err->code;
}

static int place(struct ros_tensor *t, struct ros_bytes image, bool header_only, struct ros_error *err)
{
	if (t->offset + t->data.len <= image.len)
		t->data.ptr = image.ptr + t->offset;
	else if (!header_only)
		return ros_fail(err, ROS_EFORMAT, t->offset, "tensor '%.*s': its data end at %" PRIu64 ", the file has %zu bytes: it was cut short",
				(int)t->name.len, t->name.ptr, t->offset + t->data.len, image.len);
	return 0;
}

int ros_apr_read_index(struct ros_model *m, const struct ros_apr_header *h, struct ros_bytes image, bool header_only,
		       uint64_t *end, struct ros_error *err)
{
	struct ros_bytes index = { image.ptr + h->index_offset, h->data_offset - h->index_offset };
	struct ros_cursor c = ros_cursor_over(index, h->index_offset, err);

	ros_cursor_check_count(&c, h->tensor_count, MIN_ENTRY, ROS_MAX_TENSORS, "tensor_count");
	if (err->code || ros_model_alloc_tensors(m, h->tensor_count, err))
		return err->code;
	*end = h->data_offset;
	for (size_t i = 0; i < m->tensor_count; i++) {
		struct ros_tensor *t = &m->tensors[i];
		uint64_t at = ros_cursor_offset(&c), tensor_end = 0;

		if (read_entry(&c, m, t, h->data_offset, &tensor_end) || (i && check_order(t - 1, t, at, err)) ||
		    place(t, image, header_only, err))
			return err->code;
		*end = tensor_end > *end ? tensor_end : *end;
	}
	if (check_rest(&c, m) || check_overlaps(m, h->data_offset, err))
		return err->code;
	return ros_model_index(m, err);
}
