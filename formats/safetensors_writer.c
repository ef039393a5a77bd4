#include "formats/safetensors_header.h"

#include "formats/bytes.h"
#include "formats/json.h"
#include "formats/nameset.h"
#include "formats/size.h"
#include "formats/utf8.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_ALIGNMENT 8

/* The reference writes wide types first: its enumeration, ascending (safetensors 0.8, tensor.rs). */
static const uint8_t rank[ROS_DTYPE_COUNT] = {
	[ROS_BOOL] = 1, [ROS_F4] = 2, [ROS_F6_E2M3] = 3, [ROS_F6_E3M2] = 4, [ROS_U8] = 5, [ROS_I8] = 6,
	[ROS_F8_E5M2] = 7, [ROS_F8_E4M3] = 8, [ROS_F8_E8M0] = 9, [ROS_F8_E4M3FNUZ] = 10, [ROS_F8_E5M2FNUZ] = 11,
	[ROS_I16] = 12, [ROS_U16] = 13, [ROS_F16] = 14, [ROS_BF16] = 15, [ROS_I32] = 16, [ROS_U32] = 17, [ROS_F32] = 18,
	[ROS_C64] = 19, [ROS_F64] = 20, [ROS_I64] = 21, [ROS_U64] = 22,
};

static int check_name(struct ros_str name, const char *what, struct ros_error *err)
{
	if (ros_utf8_check(name) == name.len && name.len <= ROS_MAX_SAFETENSORS_HEADER)
		return 0;
	return ros_fail(err, ROS_EUNSUPPORTED, ROS_NO_OFFSET, "%s '%.*s' is not UTF-8, as SafeTensors wants it", what,
			name.len < 120 ? (int)name.len : 120, name.ptr);
}

static int check_tensor(const struct ros_tensor *t, struct ros_nameset *seen, struct ros_error *err)
{
	int width = t->name.len < 120 ? (int)t->name.len : 120;
	uint64_t bytes;
	uint32_t found;

	if (!ros_dtypes[t->dtype].safetensors)
		return ros_fail(err, ROS_EUNSUPPORTED, ROS_NO_OFFSET, "tensor '%.*s' is %s, a type that SafeTensors does not have",
				width, t->name.ptr, ros_dtypes[t->dtype].name);
	if (ros_str_equal(t->name, ROS_STR("__metadata__")))
		return ros_fail(err, ROS_EUNSUPPORTED, ROS_NO_OFFSET, "no SafeTensors tensor can be called __metadata__");
	if (!ros_dtype_nbytes(t->dtype, t->ndim, t->dim, false, &bytes))
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "tensor '%.*s': its shape overflows or is not whole bytes of %s",
				width, t->name.ptr, ros_dtypes[t->dtype].name);
	if (check_name(t->name, "tensor name", err) || ros_nameset_add(seen, t->name, 0, &found, err))
		return err->code;
	if (found != ROS_NAMESET_NONE)
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "tensor '%.*s' occurs twice", width, t->name.ptr);
	return 0;
}

int ros_safetensors_check(const struct ros_model *m, struct ros_error *err)
{
	struct ros_nameset seen;

	ros_nameset_init(&seen);
	for (size_t i = 0; i < m->tensor_count && !err->code; i++)
		check_tensor(&m->tensors[i], &seen, err);
	ros_nameset_release(&seen);
	for (size_t i = 0; i < m->meta.count && !err->code; i++) {
		const struct ros_meta_entry *e = &m->meta.entries[i];

		if (e->value.type != ROS_META_STRING)
			return ros_fail(err, ROS_EUNSUPPORTED, ROS_NO_OFFSET, "metadata key '%.*s' is %s: SafeTensors holds strings only",
					e->key.len < 120 ? (int)e->key.len : 120, e->key.ptr, ros_meta_types[e->value.type].name);
		if (!check_name(e->key, "metadata key", err))
			check_name(e->value.str, "metadata value", err);
	}
	return err->code;
}

static int by_rank(const void *a, const void *b, void *model)
{
	const struct ros_tensor *tensors = ((const struct ros_model *)model)->tensors;
	const struct ros_tensor *x = &tensors[*(const uint32_t *)a], *y = &tensors[*(const uint32_t *)b];

	if (rank[x->dtype] != rank[y->dtype])
		return rank[x->dtype] > rank[y->dtype] ? -1 : 1;
	return ros_str_compare(x->name, y->name);
}

static int by_key(const void *a, const void *b)
{
	return ros_str_compare((*(const struct ros_meta_entry *const *)a)->key, (*(const struct ros_meta_entry *const *)b)->key);
}

static void put_metadata(struct ros_json_out *o, const struct ros_meta *meta, bool keep_order)
{
	const struct ros_meta_entry **sorted = malloc((meta->count + 1) * sizeof *sorted);

	if (!sorted) {
		o->failed = true;
		return;
	}
	for (size_t i = 0; i < meta->count; i++)
		sorted[i] = &meta->entries[i];
	if (!keep_order)
		qsort(sorted, meta->count, sizeof *sorted, by_key);
	ros_json_open_object(o, "__metadata__");
	for (size_t i = 0; i < meta->count; i++)
		ros_json_put_strk(o, sorted[i]->key, sorted[i]->value.str);
	ros_json_close_object(o);
	free(sorted);
}

static void put_tensor(struct ros_json_out *o, const struct ros_tensor *t, uint64_t begin, uint64_t end)
{
	ros_json_open_objectk(o, t->name);
	ros_json_put_str(o, "dtype", ros_str_of(ros_dtypes[t->dtype].safetensors));
	ros_json_open_array(o, "shape");
	for (unsigned d = 0; d < t->ndim; d++)
		ros_json_put_u64(o, NULL, t->dim[d]);
	ros_json_close_array(o);
	ros_json_open_array(o, "data_offsets");
	ros_json_put_u64(o, NULL, begin);
	ros_json_put_u64(o, NULL, end);
	ros_json_close_array(o);
	ros_json_close_object(o);
}

/* The JSON, and the extents with offsets that count from the start of the data. */
static int put_header(struct ros_json_out *o, const struct ros_model *m, const uint32_t *order, size_t count, bool keep_order,
		      struct ros_output_file *file, struct ros_error *err)
{
	uint64_t at = 0, bytes, end;

	ros_json_open_object(o, NULL);
	if (m->meta.count)
		put_metadata(o, &m->meta, keep_order);
	for (size_t i = 0; i < count; i++) {
		const struct ros_tensor *t = &m->tensors[order[i]];

		if (!ros_dtype_nbytes(t->dtype, t->ndim, t->dim, false, &bytes) || !ros_add_u64(at, bytes, &end) || end > INT64_MAX)
			return ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "the tensors together overflow a file");
		put_tensor(o, t, at, end);
		file->extents[i] = (struct ros_extent){ order[i], at, bytes };
		at = end;
	}
	file->size = at;
	ros_json_close_object(o);
	return o->failed ? ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for the header") : 0;
}

/* Length prefix, text and blanks up to the alignment; then offsets become absolute. */
static int finish_header(const struct ros_json_out *o, size_t count, struct ros_output_file *file, struct ros_arena *arena,
			 struct ros_error *err)
{
	size_t padded = (o->len + HEADER_ALIGNMENT - 1) / HEADER_ALIGNMENT * HEADER_ALIGNMENT;
	uint8_t *header;

	if (padded > ROS_MAX_SAFETENSORS_HEADER)
		return ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "a header of %zu bytes, the cap is %u: write smaller shards", padded,
				ROS_MAX_SAFETENSORS_HEADER);
	header = ros_arena_alloc(arena, 8 + padded, 1, err);
	if (!header)
		return err->code;
	ros_put_le64(header, padded);
	memcpy(header + 8, o->text, o->len);
	memset(header + 8 + o->len, ' ', padded - o->len);
	file->header = (struct ros_bytes){ header, 8 + padded };
	file->extent_count = count;
	file->size += 8 + padded;
	for (size_t i = 0; i < count; i++)
		file->extents[i].offset += 8 + padded;
	return 0;
}

int ros_safetensors_write_header(const struct ros_model *m, uint32_t *order, size_t count, bool keep_order,
				 struct ros_output_file *file, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_json_out o;

	if (!keep_order)
		qsort_r(order, count, sizeof *order, by_rank, (void *)m);
	file->extents = ros_arena_alloc(arena, count, sizeof *file->extents, err);
	if (!file->extents)
		return err->code;
	ros_json_out_init(&o, 0);
	if (!put_header(&o, m, order, count, keep_order, file, err))
		finish_header(&o, count, file, arena, err);
	ros_json_out_release(&o);
	return err->code;
}
