#include "formats/gguf.h"

#include "formats/bytes.h"
#include "formats/size.h"

#include <inttypes.h>
#include <string.h>

#define MIN_RECORD 24           /* bytes of the smallest tensor record: empty name, no dimensions */
#define MIN_KV 14               /* of the smallest key/value record: a key of one byte, a value of one */

/* Numbers that ggml has withdrawn; their blocks were laid out for one processor. */
static const struct { uint32_t id; const char *name; } removed[] = {
	{ 4, "Q4_2" }, { 5, "Q4_3" }, { 31, "Q4_0_4_4" }, { 32, "Q4_0_4_8" }, { 33, "Q4_0_8_8" },
	{ 36, "IQ4_NL_4_4" }, { 37, "IQ4_NL_4_8" }, { 38, "IQ4_NL_8_8" },
};

int ros_gguf_bid(struct ros_bytes head, uint64_t file_size)
{
	(void)file_size;
	return head.len >= 4 && !memcmp(head.ptr, "GGUF", 4) ? 100 : 0;
}

static int check_version(uint32_t version, struct ros_error *err)
{
	if (version == 2 || version == 3)
		return 0;
	if (version == 1)
		return ros_fail(err, ROS_EUNSUPPORTED, 4, "GGUF version 1 (32-bit counts) is not read: convert it again with a newer llama.cpp");
	if (version && !(version & 0xffff))
		return ros_fail(err, ROS_EUNSUPPORTED, 4, "a big-endian GGUF (version bytes read 0x%08" PRIx32 "): only little-endian files are read; "
				"gguf-py's gguf_convert_endian turns it round", version);
	return ros_fail(err, version ? ROS_EUNSUPPORTED : ROS_EFORMAT, 4, "GGUF version %" PRIu32 ", 2 or 3 wanted", version);
}

static int read_alignment(struct ros_model *m, struct ros_gguf_file *file, struct ros_error *err)
{
	const struct ros_meta_value *v = ros_meta_get(&file->meta, ROS_STR(ROS_GGUF_KEY_ALIGNMENT));

	file->alignment = ROS_GGUF_ALIGNMENT;
	if (!v)
		return 0;
	if (v->type != ROS_META_U32)
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "general.alignment: a u32 wanted, found %s", ros_meta_types[v->type].name);
	if (!v->u || v->u & (v->u - 1))
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "general.alignment: %" PRIu64 ", a power of two wanted", v->u);
	if (v->u > ROS_MAX_ALIGNMENT)
		return ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "general.alignment: %" PRIu64 ", the cap is %u", v->u, ROS_MAX_ALIGNMENT);
	if (v->u < 8)
		ros_model_warn(m, "gguf.alignment", ROS_STR(ROS_GGUF_KEY_ALIGNMENT),
			       "%" PRIu64 ", the specification wants a multiple of 8", v->u);
	file->alignment = v->u;
	return 0;
}

static struct ros_str read_name(struct ros_cursor *c, struct ros_model *m)
{
	uint64_t at = ros_cursor_offset(c), len = ros_cursor_u64(c, "tensor name length");
	struct ros_bytes b = ros_cursor_bytes(c, len, "tensor name");
	const uint8_t *nul;

	if (c->err->code)
		return (struct ros_str){ NULL, 0 };
	if (len > ROS_GGUF_MAX_NAME) {
		ros_fail(c->err, ROS_EFORMAT, at, "tensor name: %" PRIu64 " bytes, at most %d wanted", len, ROS_GGUF_MAX_NAME);
		return (struct ros_str){ NULL, 0 };
	}
	nul = b.len ? memchr(b.ptr, 0, b.len) : NULL;
	if (nul) {      /* every other reader sees a C string: so must the search for equal names */
		b.len = (size_t)(nul - b.ptr);
		ros_model_warn(m, "gguf.name-nul", (struct ros_str){ (const char *)b.ptr, b.len },
			       "a NUL inside a tensor name of %" PRIu64 " bytes: what follows is dropped", len);
	}
	return (struct ros_str){ (const char *)b.ptr, b.len };
}

static void read_dims(struct ros_cursor *c, struct ros_tensor *t)
{
	uint64_t at = ros_cursor_offset(c);
	uint32_t ndim = ros_cursor_u32(c, "tensor dimensions");

	if (ndim > ROS_GGUF_MAX_DIMS) {
		ros_fail(c->err, ROS_EFORMAT, at, "tensor '%.*s': %" PRIu32 " dimensions, at most %d wanted",
			 (int)t->name.len, t->name.ptr, ndim, ROS_GGUF_MAX_DIMS);
		return;
	}
	t->ndim = (uint8_t)ndim;
	for (uint32_t i = 0; i < ndim; i++)
		t->dim[ndim - 1 - i] = ros_cursor_u64(c, "tensor dimension");
}

static void read_type(struct ros_cursor *c, struct ros_tensor *t)
{
	uint64_t at = ros_cursor_offset(c);
	uint32_t id = ros_cursor_u32(c, "tensor type");

	if (c->err->code)
		return;
	t->dtype = ros_dtype_by_gguf(id);
	if (t->dtype != ROS_DTYPE_COUNT)
		return;
	for (size_t i = 0; i < sizeof removed / sizeof *removed; i++)
		if (removed[i].id == id)
			ros_fail(c->err, ROS_EUNSUPPORTED, at, "tensor '%.*s': type %" PRIu32 " (%s) was removed from ggml: quantize the model again",
				 (int)t->name.len, t->name.ptr, id, removed[i].name);
	ros_fail(c->err, ROS_EUNSUPPORTED, at, "tensor '%.*s': type %" PRId32 " is not one that ggml knows",
		 (int)t->name.len, t->name.ptr, (int32_t)id);
}

int ros_gguf_payload(const struct ros_tensor *t, uint64_t *bytes, enum ros_code code, uint64_t at, struct ros_error *err)
{
	const struct ros_dtype_info *row = &ros_dtypes[t->dtype];
	uint64_t cols = ros_tensor_cols(t), n = 1;
	bool fits = true;

	for (unsigned i = 0; i < t->ndim; i++)
		if (t->dim[t->ndim - 1 - i] > INT64_MAX)
			return ros_fail(err, code, at, "tensor '%.*s': dimension %u is negative as GGUF counts: %" PRIu64, (int)t->name.len, t->name.ptr,
					i, t->dim[t->ndim - 1 - i]);
	if (cols % row->block_len)
		return ros_fail(err, code, at, "tensor '%.*s': rows of %" PRIu64 " elements, %s wants a multiple of %" PRIu32,
				(int)t->name.len, t->name.ptr, cols, row->name, row->block_len);
	for (unsigned i = 0; i < t->ndim; i++)
		fits = fits && ros_mul_u64(n, t->dim[i], &n);
	if (!fits || n >= INT64_MAX || !ros_dtype_nbytes(t->dtype, t->ndim, t->dim, false, bytes) || *bytes > INT64_MAX)
		return ros_fail(err, code, at, "tensor '%.*s': its size is not a 63-bit number", (int)t->name.len, t->name.ptr);
	return 0;
}

/* Record after record; *SPAN is the padded size of all data so far, which each offset must equal. */
static int read_records(struct ros_cursor *c, struct ros_model *m, struct ros_gguf_file *file, uint32_t part, uint64_t *span)
{
	for (size_t i = 0; i < file->tensor_count; i++) {
		struct ros_tensor *t = &file->tensors[i];
		uint64_t at = ros_cursor_offset(c), padded, payload;

		t->part = part;
		t->name = read_name(c, m);
		read_dims(c, t);
		read_type(c, t);
		t->offset = ros_cursor_u64(c, "tensor offset");
		if (c->err->code || ros_gguf_payload(t, &payload, ROS_EFORMAT, at, c->err))
			return c->err->code;
		t->data.len = payload;
		if (t->offset != *span)
			return ros_fail(c->err, ROS_EFORMAT, at, "tensor '%.*s': offset %" PRIu64 ", %" PRIu64 " wanted (the end of the one before)",
					(int)t->name.len, t->name.ptr, t->offset, *span);
		if (!ros_align_u64(t->data.len, file->alignment, &padded) || !ros_add_u64(*span, padded, span) || *span > INT64_MAX)
			return ros_fail(c->err, ROS_EFORMAT, at, "tensor '%.*s': ends past 2^63", (int)t->name.len, t->name.ptr);
	}
	return 0;
}

static int missing(const struct ros_tensor *t, uint64_t end, size_t size, struct ros_error *err)
{
	return ros_fail(err, ROS_EFORMAT, t->offset, "tensor '%.*s': its data end at %" PRIu64 ", the file has %zu bytes: it was cut short",
			(int)t->name.len, t->name.ptr, end, size);
}

/* Turns offsets into places in the file, and checks that what they name is there. */
static int place(struct ros_model *m, struct ros_gguf_file *file, struct ros_bytes whole, uint64_t span, bool header_only,
		 struct ros_error *err)
{
	uint64_t start, end;

	if (!ros_align_u64(file->header_bytes, file->alignment, &start) || !ros_add_u64(start, span, &end) || end > INT64_MAX)
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "the data end past 2^63");
	if (file->tensor_count && start > whole.len)
		return ros_fail(err, ROS_EFORMAT, start, "data: starts at %" PRIu64 ", the file has %zu bytes: it was cut short", start, whole.len);
	for (size_t i = 0; i < file->tensor_count; i++) {
		struct ros_tensor *t = &file->tensors[i];

		t->offset += start;
		if (t->offset + t->data.len <= whole.len)
			t->data.ptr = whole.ptr + t->offset;
		else if (!header_only)
			return missing(t, t->offset + t->data.len, whole.len, err);
	}
	if (file->tensor_count && end > whole.len && !header_only)
		return ros_fail(err, ROS_EFORMAT, whole.len, "padding after the last tensor: the file should end at %" PRIu64 " and has %zu bytes: it was cut short",
				end, whole.len);
	if (whole.len > end)
		ros_model_warn(m, "gguf.trailing", (struct ros_str){ NULL, 0 }, "%" PRIu64 " bytes after the data that nothing names",
			       whole.len - end);
	return 0;
}

int ros_gguf_read_file(struct ros_model *m, uint32_t part, const struct ros_open_options *opt,
		       struct ros_gguf_file *file, struct ros_error *err)
{
	struct ros_bytes whole = m->parts[part].map.bytes;
	struct ros_cursor c = ros_cursor_over(whole, 0, err);
	uint64_t tensors, kvs, span = 0;

	*file = (struct ros_gguf_file){ 0 };
	if (memcmp(ros_cursor_bytes(&c, 4, "magic").ptr ? whole.ptr : (const uint8_t *)"----", "GGUF", 4))
		ros_fail(err, ROS_EFORMAT, 0, "magic: 'GGUF' wanted");
	file->version = ros_cursor_u32(&c, "version");
	if (err->code || check_version(file->version, err))
		return err->code;
	tensors = ros_cursor_u64(&c, "tensor count");
	kvs = ros_cursor_u64(&c, "metadata count");
	ros_cursor_check_count(&c, kvs, MIN_KV, ROS_MAX_META, "metadata count");
	ros_cursor_check_count(&c, tensors, MIN_RECORD, ROS_MAX_TENSORS, "tensor count");
	if (err->code || ros_gguf_read_meta(&c, kvs, m, &file->meta) || read_alignment(m, file, err))
		return err->code;
	ros_cursor_check_count(&c, tensors, MIN_RECORD, ROS_MAX_TENSORS, "tensor count");
	file->tensors = err->code ? NULL : ros_arena_alloc(&m->arena, tensors, sizeof *file->tensors, err);
	file->tensor_count = file->tensors ? tensors : 0;
	if (err->code || read_records(&c, m, file, part, &span))
		return err->code;
	file->header_bytes = c.pos;
	return place(m, file, whole, span, opt && opt->header_only, err);
}

int ros_gguf_read(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err)
{
	struct ros_gguf_file file;

	if (ros_gguf_read_file(m, 0, opt, &file, err))
		return err->code;
	m->format_version = file.version;
	m->alignment = file.alignment;
	if (ros_gguf_is_split(&file))
		return ros_gguf_read_split(m, &file, opt, err);
	m->meta = file.meta;
	m->tensors = file.tensors;
	m->tensor_count = file.tensor_count;
	m->header_bytes = file.header_bytes;
	m->file_bytes = m->parts[0].map.bytes.len;
	return ros_model_index(m, err);
}
