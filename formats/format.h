/* The registry of containers. Detection is by content: each format bids on the
 * first bytes; a name's suffix is never asked. */
#ifndef ROS_FORMATS_FORMAT_H
#define ROS_FORMATS_FORMAT_H

#include "formats/model.h"
#include "formats/writer.h"

/* How a reader should behave; NULL means all defaults. */
struct ros_open_options {
	bool header_only;       /* accept a file whose payload is absent or short (metadata tools) */
	bool payload_unread;    /* nobody will look at it: where it would have to be inflated first, tensors have no data.ptr */
};

/* A layout ready to be written: what goes where, before a byte of payload is made. */
struct ros_layout;

struct ros_format {
	const char *name;        /* "safetensors", "gguf", "apr" */
	const char *alias;       /* "st", NULL */
	const char *suffix;      /* ".gguf" ... for choosing a target from a file name only */
	/* 0..100: how surely these first bytes (up to 64, and the file size) are this format. */
	int (*bid)(struct ros_bytes head, uint64_t file_size);
	/* Fills M (already init'ed, parts[0] mapped) from parts[0]; validates every extent. */
	int (*read)(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err);
	/* Computes the header bytes and every tensor's offset for M, whose tensors carry name, dtype and
	 * dims but no data, and hands them to the writer (formats/writer.h: ros_output_*). OPT NULL: all defaults. */
	int (*lay_out)(const struct ros_model *m, const struct ros_write_options *opt, struct ros_output *out, struct ros_error *err);
};

extern const struct ros_format ros_formats[ROS_FORMAT_COUNT];

/* Opens PATH: a file of any format, a shard or index of a set, or a Hugging Face folder.
 * On failure *ERR names file, offset, field; M is released. What is not a model is named
 * for what it is (Git LFS pointer, HTML page, pickle, zip, empty file, truncated file ...). */
int ros_model_open(struct ros_model *m, const char *path, const struct ros_open_options *opt, struct ros_error *err);

/* The middle of ros_model_open: maps the file m->path as parts[0], finds its format and reads it, with the set or
 * folder it belongs to. For readers of folders; M is init'ed, and released by the caller on failure. */
int ros_model_read_file(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err);

/* Refuses FILE, a part of a set of WANT's files, where it is plainly something else: by its name, as ros_model_open does
 * with a lone file. What is merely broken is left to the reader. */
int ros_format_expect(enum ros_format_id want, struct ros_bytes file, struct ros_error *err);

/* The last component of PATH (a view into it). */
struct ros_str ros_path_name(struct ros_str path);

/* ROS_FORMAT_COUNT where NAME is no format's name or alias (any case). */
enum ros_format_id ros_format_by_name(struct ros_str name);
/* By suffix of a file name, for targets that do not exist yet. */
enum ros_format_id ros_format_by_suffix(struct ros_str path);

#endif
