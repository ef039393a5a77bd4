/* Builds files byte by byte for the readers' tests, and puts laid-out files together in memory. */
#ifndef ROS_TESTS_BLOB_H
#define ROS_TESTS_BLOB_H

#include "formats/bytes.h"
#include "formats/format.h"

#include <stdio.h>
#include <stdlib.h>

struct blob {
	uint8_t *b;
	size_t len, room;
};

static inline void blob_put(struct blob *o, const void *data, size_t len)
{
	if (o->len + len > o->room) {
		o->room = (o->len + len) * 2 + 256;
		o->b = realloc(o->b, o->room);
	}
	if (len)
		memcpy(o->b + o->len, data, len);
	o->len += len;
}

static inline void blob_u8(struct blob *o, uint8_t v)
{
	blob_put(o, &v, 1);
}

static inline void blob_u16(struct blob *o, uint16_t v)
{
	uint8_t b[2];

	ros_put_le16(b, v);
	blob_put(o, b, sizeof b);
}

static inline void blob_u32(struct blob *o, uint32_t v)
{
	uint8_t b[4];

	ros_put_le32(b, v);
	blob_put(o, b, sizeof b);
}

static inline void blob_u64(struct blob *o, uint64_t v)
{
	uint8_t b[8];

	ros_put_le64(b, v);
	blob_put(o, b, sizeof b);
}

/* Zeros up to a multiple of ALIGN. */
static inline void blob_align(struct blob *o, size_t align)
{
	while (o->len % align)
		blob_u8(o, 0);
}

/* LEN bytes that differ from their neighbours. */
static inline void blob_fill(struct blob *o, size_t len)
{
	for (size_t i = 0; i < len; i++)
		blob_u8(o, (uint8_t)(i * 7 + 1));
}

static inline void blob_free(struct blob *o)
{
	free(o->b);
	*o = (struct blob){ 0 };
}

/* Opens LEN bytes as FORMAT, from a heap block of exactly that size so that a sanitizer sees any byte too many. */
static inline int open_bytes(struct ros_model *m, enum ros_format_id format, const void *data, size_t len,
			     int (*read)(struct ros_model *, const struct ros_open_options *, struct ros_error *),
			     const struct ros_open_options *opt, struct ros_error *err)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (len)
		memcpy(copy, data, len);
	ros_model_init(m, format);
	m->parts = ros_arena_alloc(&m->arena, 1, sizeof *m->parts, err);
	m->part_count = 1;
	m->parts[0].path = ros_str_of("memory");
	ros_mapping_from_heap(&m->parts[0].map, copy, len);
	return read(m, opt, err);
}

/* A laid-out file as it will stand on disk, without its footer. */
static inline void assemble(const struct ros_model *m, const struct ros_output_file *file, struct blob *o)
{
	blob_put(o, file->header.ptr, file->header.len);
	for (size_t i = 0; i < file->extent_count; i++) {
		const struct ros_extent *x = &file->extents[i];

		while (o->len < x->offset)
			blob_u8(o, 0);
		blob_put(o, m->tensors[x->tensor].data.ptr, x->bytes);
	}
	while (o->len < file->size)
		blob_u8(o, 0);
}

/* Writes O to FOLDER/NAME. */
static inline void blob_save(const struct blob *o, const char *folder, const char *name)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "wb");
	if (!f || fwrite(o->b, 1, o->len, f) != o->len || fclose(f))
		abort();
}

/* True where one of M's warnings has RULE. */
static inline bool has_warning(const struct ros_model *m, const char *rule)
{
	for (size_t i = 0; i < m->warning_count; i++)
		if (ros_str_equal(m->warnings[i].rule, ros_str_of(rule)))
			return true;
	return false;
}

#endif
