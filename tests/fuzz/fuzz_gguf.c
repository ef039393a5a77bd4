/* GGUF: whatever is accepted lies inside the file, and is accepted again, the same, once written back. */
#include "formats/gguf.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/blob.h"

#include <stdlib.h>
#include <string.h>

static void check_places(const struct ros_model *m)
{
	struct ros_bytes file = m->parts[0].map.bytes;

	for (size_t i = 0; i < m->tensor_count; i++) {
		const struct ros_tensor *t = &m->tensors[i];

		if (t->data.ptr != file.ptr + t->offset || t->offset > file.len || t->data.len > file.len - t->offset)
			abort();
		if (ros_model_find(m, t->name) != t)
			abort();
	}
}

static void check_same(const struct ros_model *a, const struct ros_model *b)
{
	if (a->tensor_count != b->tensor_count || a->meta.count != b->meta.count)
		abort();
	for (size_t i = 0; i < a->tensor_count; i++)
		if (!ros_str_equal(a->tensors[i].name, b->tensors[i].name) || a->tensors[i].dtype != b->tensors[i].dtype ||
		    a->tensors[i].data.len != b->tensors[i].data.len ||
		    (a->tensors[i].data.len && memcmp(a->tensors[i].data.ptr, b->tensors[i].data.ptr, a->tensors[i].data.len)))
			abort();
	for (size_t i = 0; i < a->meta.count; i++)
		if (a->meta.entries[i].value.type != ROS_META_F32 && a->meta.entries[i].value.type != ROS_META_F64 &&
		    !ros_meta_equal(&a->meta.entries[i].value, &b->meta.entries[i].value))
			abort();
}

static void write_back(const struct ros_model *m)
{
	struct ros_error err = { 0 };
	struct ros_arena arena;
	struct ros_output out = { .arena = &arena };
	struct blob o = { 0 };
	struct ros_model again;

	ros_arena_init(&arena, 0);
	if (!ros_gguf_lay_out(m, NULL, &out, &err) && out.files[0].size < (1u << 24)) {
		assemble(m, &out.files[0], &o);
		if (open_bytes(&again, ROS_FORMAT_GGUF, o.b, o.len, ros_gguf_read, NULL, &err))
			abort();
		check_same(m, &again);
		ros_model_release(&again);
		blob_free(&o);
	} else if (err.code) {
		abort();
	}
	ros_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ros_open_options opt = { .header_only = size % 2 };
	struct ros_error err = { 0 };
	struct ros_model m;

	if (!open_bytes(&m, ROS_FORMAT_GGUF, data, size, ros_gguf_read, &opt, &err) && !opt.header_only) {
		check_places(&m);
		if (m.part_count == 1)
			write_back(&m);
	}
	ros_model_release(&m);
	return 0;
}
