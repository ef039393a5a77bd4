/* SafeTensors files: an accepted one covers its data exactly, is laid out again byte for byte, and, put into the
 * usual order, reads back with the same tensors. */
#include "formats/bytes.h"
#include "formats/foreign.h"
#include "formats/safetensors.h"
#include "formats/safetensors_header.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static int parse(struct ros_model *m, uint8_t *file, size_t size, struct ros_error *err)
{
	struct ros_tensor_array list = { 0 };

	ros_model_init(m, ROS_FORMAT_SAFETENSORS);
	m->parts = ros_arena_alloc(&m->arena, 1, sizeof *m->parts, err);
	if (!m->parts)
		return err->code;
	m->part_count = 1;
	m->parts[0].name = ROS_STR("x.safetensors");
	ros_mapping_from_heap(&m->parts[0].map, file, size);
	ros_safetensors_parse(m, 0, false, &list, err);
	return ros_tensor_array_finish(&list, m, err);
}

/* Every byte behind the header belongs to one tensor. */
static void check_cover(const struct ros_model *m)
{
	const struct ros_bytes *file = &m->parts[0].map.bytes;
	uint64_t at = m->header_bytes;

	for (size_t i = 0; i < m->tensor_count; i++) {
		if (m->tensors[i].offset != at || m->tensors[i].data.ptr != file->ptr + at)
			abort();
		at += m->tensors[i].data.len;
	}
	if (at != file->len)
		abort();
}

static void check_repeat(const struct ros_model *m, struct ros_arena *arena)
{
	const struct ros_write_options opt = { .preserve = true, .origin = m };
	struct ros_output out = { .arena = arena };
	struct ros_error err = { 0 };

	if (ros_safetensors_lay_out(m, &opt, &out, &err) || out.file_count != 1 || out.files[0].size != m->file_bytes ||
	    out.files[0].header.len != m->header_bytes || memcmp(out.files[0].header.ptr, m->parts[0].map.bytes.ptr, m->header_bytes))
		abort();
}

static void check_again(const struct ros_model *m, struct ros_arena *arena)
{
	const struct ros_write_options opt = { 0 };
	struct ros_output out = { .arena = arena };
	struct ros_error err = { 0 };
	struct ros_model back;
	uint8_t *file;

	if (ros_safetensors_lay_out(m, &opt, &out, &err))
		abort();
	file = calloc(1, out.files[0].size);
	if (!file)
		return;
	memcpy(file, out.files[0].header.ptr, out.files[0].header.len);
	for (size_t e = 0; e < out.files[0].extent_count; e++) {
		const struct ros_extent *x = &out.files[0].extents[e];

		if (x->bytes)
			memcpy(file + x->offset, m->tensors[x->tensor].data.ptr, x->bytes);
	}
	if (parse(&back, file, out.files[0].size, &err) || back.tensor_count != m->tensor_count || back.meta.count != m->meta.count)
		abort();
	for (size_t i = 0; i < m->tensor_count; i++) {
		const struct ros_tensor *t = ros_model_find(&back, m->tensors[i].name);

		if (!t || t->dtype != m->tensors[i].dtype || t->data.len != m->tensors[i].data.len ||
		    (t->data.len && memcmp(t->data.ptr, m->tensors[i].data.ptr, t->data.len)))
			abort();
	}
	ros_model_release(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ros_error err = { 0 };
	struct ros_arena arena;
	struct ros_model m;
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	ros_safetensors_bid((struct ros_bytes){ data, size < 64 ? size : 64 }, size);
	ros_foreign_name((struct ros_bytes){ data, size < ROS_FOREIGN_BYTES ? size : ROS_FOREIGN_BYTES }, size);
	ros_arena_init(&arena, 0);
	if (!parse(&m, copy, size, &err)) {
		check_cover(&m);
		check_repeat(&m, &arena);
		check_again(&m, &arena);
	}
	ros_model_release(&m);
	ros_arena_release(&arena);
	return 0;
}
