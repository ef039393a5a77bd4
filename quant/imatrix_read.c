/* The two forms of an importance matrix file into entries; quant/imatrix.h has the pictures. */
#include "formats/bytes.h"
#include "formats/cursor.h"
#include "quant/imatrix.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIN_ENTRY 16            /* an empty name's length, calls, a count, one value */
#define SHOWN(s) (int)((s).len < 200 ? (s).len : 200), (s).ptr

/* COUNT little-endian floats, each divided by DIVISOR, into OUT. A value that is no finite number is an error. */
static int take_values(const uint8_t *p, uint64_t count, float divisor, float *out, uint64_t offset, struct ros_str name,
	struct ros_error *err)
{
	for (uint64_t i = 0; i < count; i++) {
		float v = ros_bits_f32(ros_le32(p + 4 * i));

		out[i] = divisor > 0 ? v / divisor : v;
		if (!isfinite(out[i]))
			return ros_fail(err, ROS_EFORMAT, offset, "importance matrix: value %" PRIu64 " of '%.*s' is no finite number", i,
					SHOWN(name));
	}
	return 0;
}

/* ---- sorting: entries by name; of equal names the one that came last stays ---- */

struct placed {
	struct ros_imatrix_entry entry;
	size_t place;
};

static int by_name(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int order = ros_str_compare(x->entry.name, y->entry.name);

	return order ? order : x->place < y->place ? -1 : x->place > y->place;
}

static int sort_entries(struct ros_imatrix *im, struct ros_error *err)
{
	struct placed *p = calloc(im->count + 1, sizeof *p);
	size_t kept = 0;

	if (!p)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "importance matrix: no memory for %zu entries", im->count);
	for (size_t i = 0; i < im->count; i++)
		p[i] = (struct placed){ im->entries[i], i };
	qsort(p, im->count, sizeof *p, by_name);
	for (size_t i = 0; i < im->count; i++)
		if (i + 1 == im->count || !ros_str_equal(p[i].entry.name, p[i + 1].entry.name))
			im->entries[kept++] = p[i].entry;
	im->count = kept;
	free(p);
	return 0;
}

/* ---- .dat ---- */

/* A count that the file holds as i32: negative ones are over every cap. */
static uint64_t count32(struct ros_cursor *c, uint64_t min_bytes, uint64_t cap, const char *field)
{
	return ros_cursor_check_count(c, ros_cursor_u32(c, field), min_bytes, cap, field);
}

static int read_entry(struct ros_cursor *c, struct ros_imatrix *im, struct ros_imatrix_entry *e)
{
	struct ros_bytes name = ros_cursor_bytes(c, count32(c, 1, ROS_MAX_NAME, "length of an entry's name"), "name of an entry");
	uint32_t calls = ros_cursor_u32(c, "calls");
	uint64_t offset, count = count32(c, 4, UINT32_MAX / 4, "number of values");
	struct ros_bytes values;
	float *out;

	offset = ros_cursor_offset(c);
	values = ros_cursor_bytes(c, count * 4, "values");
	if (c->err->code)
		return c->err->code;
	if (!count)
		return ros_fail(c->err, ROS_EFORMAT, offset, "importance matrix: an entry without values");
	out = ros_arena_alloc(&im->arena, count, sizeof *out, c->err);
	e->name = ros_arena_str(&im->arena, (struct ros_str){ (const char *)name.ptr, strnlen((const char *)name.ptr, name.len) }, c->err);
	e->weights = out;
	e->count = count;
	if (c->err->code)
		return c->err->code;
	return take_values(values.ptr, count, calls > INT32_MAX ? 0 : (float)calls, out, offset, e->name, c->err);
}

/* Chunks and data set, which older files end without, and which may be cut short without harm. */
static void read_tail(struct ros_cursor *c, struct ros_imatrix *im)
{
	uint32_t chunks, len;

	if (ros_cursor_left(c) < 4)
		goto out;
	chunks = ros_cursor_u32(c, "chunks");
	im->chunks = chunks > INT32_MAX ? 0 : chunks;
	if (ros_cursor_left(c) < 4)
		goto out;
	len = ros_cursor_u32(c, "length of the data set's name");
	if (len && len <= ros_cursor_left(c)) {
		struct ros_bytes name = ros_cursor_bytes(c, len, "data set");

		im->dataset = ros_arena_str(&im->arena,
			(struct ros_str){ (const char *)name.ptr, strnlen((const char *)name.ptr, name.len) }, c->err);
	}
out:
	im->trailing = ros_cursor_left(c);
}

int ros_imatrix_read_dat(struct ros_imatrix *im, struct ros_bytes file, struct ros_error *err)
{
	struct ros_cursor c = ros_cursor_over(file, 0, err);
	uint64_t count = count32(&c, MIN_ENTRY, ROS_MAX_TENSORS, "number of entries");

	if (!err->code && !count)
		return ros_fail(err, ROS_EFORMAT, 0, "importance matrix: no entries");
	im->entries = ros_arena_alloc(&im->arena, count, sizeof *im->entries, err);
	for (uint64_t i = 0; i < count && !err->code; i++, im->count++)
		read_entry(&c, im, &im->entries[i]);
	if (!err->code)
		read_tail(&c, im);
	if (err->code)
		return err->code;
	return sort_entries(im, err);
}

/* ---- GGUF ---- */

static bool cut_suffix(struct ros_str name, const char *suffix, struct ros_str *stem)
{
	size_t n = strlen(suffix);

	if (name.len <= n || memcmp(name.ptr + name.len - n, suffix, n))
		return false;
	*stem = (struct ros_str){ name.ptr, name.len - n };
	return true;
}

/* The tensor STEM with another suffix; NULL when absent. */
static const struct ros_tensor *sibling(const struct ros_model *m, struct ros_str stem, const char *suffix)
{
	char name[ROS_MAX_NAME + 16];
	size_t n = strlen(suffix);

	if (stem.len > ROS_MAX_NAME)
		return NULL;
	memcpy(name, stem.ptr, stem.len);
	memcpy(name + stem.len, suffix, n);
	return ros_model_find(m, (struct ros_str){ name, stem.len + n });
}

static int read_sums(struct ros_imatrix *im, const struct ros_tensor *sums, const struct ros_tensor *counts, struct ros_str stem,
	struct ros_imatrix_entry *e, struct ros_error *err)
{
	uint64_t n = sums->data.len / 4, matrices = counts ? counts->data.len / 4 : 0, cols;
	float *out;

	if (!counts)
		return ros_fail(err, ROS_EFORMAT, sums->offset, "importance matrix: '%.*s' has sums and no counts", SHOWN(stem));
	if (sums->dtype != ROS_F32 || counts->dtype != ROS_F32)
		return ros_fail(err, ROS_EFORMAT, sums->offset, "importance matrix: sums and counts of '%.*s' are not F32", SHOWN(stem));
	if (!n || !matrices || n % matrices)
		return ros_fail(err, ROS_EFORMAT, sums->offset, "importance matrix: '%.*s' has %" PRIu64 " sums and %" PRIu64 " counts",
				SHOWN(stem), n, matrices);
	cols = n / matrices;
	out = ros_arena_alloc(&im->arena, n, sizeof *out, err);
	*e = (struct ros_imatrix_entry){ ros_arena_str(&im->arena, stem, err), out, n };
	for (uint64_t j = 0; j < matrices && !err->code; j++) {
		float count = roundf(ros_bits_f32(ros_le32(counts->data.ptr + 4 * j)));

		if (!isfinite(count))
			return ros_fail(err, ROS_EFORMAT, counts->offset, "importance matrix: a count of '%.*s' is no finite number",
					SHOWN(stem));
		take_values(sums->data.ptr + 4 * cols * j, cols, count, out + cols * j, sums->offset, stem, err);
		for (uint64_t i = 0; i < cols && !(count > 0); i++)
			out[cols * j + i] = 1;
	}
	return err->code;
}

static int read_header(struct ros_imatrix *im, const struct ros_model *m, struct ros_error *err)
{
	const struct ros_meta_value *datasets = ros_meta_get(&m->meta, ROS_STR("imatrix.datasets"));
	const struct ros_meta_value *chunks = ros_meta_get(&m->meta, ROS_STR("imatrix.chunk_count"));
	uint64_t n;

	if (!datasets || !chunks || !ros_meta_get(&m->meta, ROS_STR("imatrix.chunk_size")))
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET,
				"importance matrix: imatrix.datasets, imatrix.chunk_count or imatrix.chunk_size is missing");
	if (datasets->type == ROS_META_ARRAY && datasets->array.type == ROS_META_STRING && datasets->array.count)
		im->dataset = ros_arena_str(&im->arena, datasets->array.strings[0], err);
	if (!ros_meta_as_u64(chunks, &n) || n > UINT32_MAX)
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "importance matrix: imatrix.chunk_count is no 32-bit number");
	im->chunks = (uint32_t)n;
	return err->code;
}

int ros_imatrix_read_gguf(struct ros_imatrix *im, const struct ros_model *m, struct ros_error *err)
{
	struct ros_str stem;

	if (read_header(im, m, err))
		return err->code;
	im->entries = ros_arena_alloc(&im->arena, m->tensor_count, sizeof *im->entries, err);
	for (size_t i = 0; i < m->tensor_count && !err->code; i++) {
		const struct ros_tensor *t = &m->tensors[i];

		if (cut_suffix(t->name, ".in_sum2", &stem)) {
			if (!read_sums(im, t, sibling(m, stem, ".counts"), stem, &im->entries[im->count], err))
				im->count++;
		} else if (cut_suffix(t->name, ".counts", &stem) && !sibling(m, stem, ".in_sum2")) {
			return ros_fail(err, ROS_EFORMAT, t->offset, "importance matrix: '%.*s' has counts and no sums", SHOWN(stem));
		}
	}
	if (!err->code && !im->count)
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "importance matrix: no entries");
	if (err->code)
		return err->code;
	return sort_entries(im, err);
}
