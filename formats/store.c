#include "formats/store.h"

#include <inttypes.h>
#include <string.h>

/* The folder part of PATH with its slash; empty where there is none. */
static struct ros_str folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return (struct ros_str){ path, slash ? (size_t)(slash - path) + 1 : 0 };
}

/* A lone file takes the name that was asked for. */
static struct ros_str place_of(struct ros_output *out, const char *path, struct ros_str name, struct ros_error *err)
{
	struct ros_str folder = folder_of(path);

	if (out->file_count == 1 && ros_str_equal(name, out->files[0].name))
		return ros_str_of(path);
	return ros_arena_printf(out->arena, err, "%.*s%.*s", (int)folder.len, folder.ptr, (int)name.len, name.ptr);
}

static int put_tensor(struct ros_writer *w, const struct ros_model *m, const struct ros_extent *x, struct ros_error *err)
{
	const struct ros_tensor *t = &m->tensors[x->tensor];

	if (t->data.len != x->bytes || (x->bytes && !t->data.ptr))
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "tensor '%.*s': %" PRIu64 " bytes to be stored, the model has %zu",
				(int)t->name.len, t->name.ptr, x->bytes, t->data.ptr ? t->data.len : 0);
	ros_writer_zeros(w, x->offset - w->pos);
	return ros_writer_put(w, t->data.ptr, x->bytes);
}

static int put_file(const struct ros_model *m, const struct ros_output_file *file, const char *path, bool force,
		    struct ros_error *err)
{
	struct ros_writer w = ROS_WRITER_INIT;

	if (ros_writer_open(&w, path, file->size + (file->footer_crc ? 4 : 0), force, err))
		goto out;
	w.footer_crc = file->footer_crc;
	ros_writer_put(&w, file->header.ptr, file->header.len);
	for (size_t i = 0; i < file->extent_count && !err->code; i++)
		put_tensor(&w, m, &file->extents[i], err);
	if (err->code)
		goto out;
	ros_writer_zeros(&w, file->size - w.pos);
	if (file->footer_crc) {
		uint8_t crc[4] = { (uint8_t)w.crc, (uint8_t)(w.crc >> 8), (uint8_t)(w.crc >> 16), (uint8_t)(w.crc >> 24) };

		ros_writer_put(&w, crc, sizeof crc);
	}
	if (!err->code)
		ros_writer_commit(&w);
out:
	ros_writer_release(&w);
	return err->code ? ros_error_in_file(err, path) : 0;
}

static int put_side(const struct ros_side_file_out *side, const char *path, bool force, struct ros_error *err)
{
	struct ros_writer w = ROS_WRITER_INIT;

	if (!ros_writer_open(&w, path, side->data.len, force, err) && !ros_writer_put(&w, side->data.ptr, side->data.len))
		ros_writer_commit(&w);
	ros_writer_release(&w);
	return err->code;
}

int ros_model_store(const struct ros_model *m, enum ros_format_id format, const char *path,
		    const struct ros_write_options *opt, struct ros_error *err)
{
	struct ros_write_options defaults = { 0 };
	struct ros_model named = *m;    /* a shallow copy: only the path, which names the files, is another */
	struct ros_output out = { 0 };
	struct ros_arena arena;

	ros_arena_init(&arena, 0);
	out.arena = &arena;
	named.path = ros_str_of(path);
	opt = opt ? opt : &defaults;
	ros_formats[format].lay_out(&named, opt, &out, err);
	for (size_t i = 0; i < out.file_count && !err->code; i++) {
		struct ros_str file = place_of(&out, path, out.files[i].name, err);

		if (!err->code)
			put_file(m, &out.files[i], file.ptr, opt->force, err);
	}
	for (size_t i = 0; i < out.side_count && !err->code; i++) {
		struct ros_str file = place_of(&out, path, out.side[i].name, err);

		if (!err->code)
			put_side(&out.side[i], file.ptr, opt->force, err);
	}
	ros_arena_release(&arena);
	return err->code;
}
