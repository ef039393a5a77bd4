#include "rosetta/read_back.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int name_width(struct ros_str name)
{
	return name.len < 200 ? (int)name.len : 200;
}

#define OTHER "what was written reads as another model: "

/* GOT is what was read of WANT, which lies at E. */
static int compare(const struct ros_tensor *want, const struct ros_extent *e, const struct ros_tensor *got, struct ros_error *err)
{
	int width = name_width(want->name);

	if (!got)
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, OTHER "tensor '%.*s' is not there", width, want->name.ptr);
	if (got->dtype != want->dtype)
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, OTHER "tensor '%.*s' is %s, not %s", width, want->name.ptr,
				ros_dtypes[got->dtype].name, ros_dtypes[want->dtype].name);
	if (got->ndim != want->ndim || memcmp(got->dim, want->dim, want->ndim * sizeof *want->dim))
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, OTHER "tensor '%.*s' has other dimensions", width, want->name.ptr);
	if (got->data.len != e->bytes || (e->bytes && got->offset != e->offset))
		return ros_fail(err, ROS_EFORMAT, e->offset, OTHER "tensor '%.*s' is %zu bytes at %" PRIu64 ", not %" PRIu64,
				width, want->name.ptr, got->data.len, got->offset, e->bytes);
	return 0;
}

static int read_file(const struct ros_model *m, const struct ros_output_file *file, int fd, struct ros_error *err)
{
	char path[32];
	struct ros_model back;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (access(path, R_OK) || ros_model_open(&back, path, NULL, err))
		return err->code;
	if (back.format != m->format || back.tensor_count != file->extent_count)
		ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, OTHER "%s of %zu tensors, not %s of %zu",
			 ros_formats[back.format].name, back.tensor_count, ros_formats[m->format].name, file->extent_count);
	for (size_t i = 0; i < file->extent_count && !err->code; i++) {
		const struct ros_tensor *want = &m->tensors[file->extents[i].tensor];

		compare(want, &file->extents[i], ros_model_find(&back, want->name), err);
	}
	ros_model_release(&back);
	return err->code;
}

int ros_read_back(const struct ros_model *m, const struct ros_output *out, struct ros_writer *files, struct ros_error *err)
{
	if (m->format == ROS_FORMAT_GGUF && out->file_count > 1)
		return 0;
	for (size_t f = 0; f < out->file_count && !err->code; f++) {
		files[f].err = err;
		if (!ros_writer_flush(&files[f]))
			read_file(m, &out->files[f], files[f].fd, err);
		if (err->code) {
			err->file[0] = 0;       /* the reader knows it by its number */
			ros_error_in_file(err, files[f].path);
		}
	}
	return err->code;
}
