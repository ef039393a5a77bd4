#include "rosetta/preserve.h"

#include <inttypes.h>

static void check_header(const struct ros_output_file *file, const struct ros_part *part, struct ros_verdict *v)
{
	struct ros_bytes was = part->map.bytes;
	size_t at = 0;

	while (at < file->header.len && at < was.len && file->header.ptr[at] == was.ptr[at])
		at++;
	if (at < file->header.len)
		ros_verdict_add(v, false, "preserve.header", part->name, "the header is not the source's from byte %zu on", at);
}

/* Zeros are written from FROM to TO. False where the source has other bytes there, which is said. */
static bool check_gap(const struct ros_part *part, uint64_t from, uint64_t to, struct ros_verdict *v)
{
	struct ros_bytes was = part->map.bytes;

	for (uint64_t i = from; i < to && i < was.len; i++)
		if (was.ptr[i]) {
			ros_verdict_add(v, false, "preserve.padding", part->name, "padding that is not zero, from byte %" PRIu64 " on, becomes zeros", i);
			return false;
		}
	return true;
}

static void check_file(const struct ros_output_file *file, const struct ros_part *part, struct ros_verdict *v)
{
	uint64_t at = file->header.len, size = file->size + (file->footer_crc ? 4 : 0);
	bool zeros = true;

	check_header(file, part, v);
	for (size_t i = 0; zeros && i < file->extent_count; i++) {
		zeros = check_gap(part, at, file->extents[i].offset, v);
		at = file->extents[i].offset + file->extents[i].bytes;
	}
	if (zeros)
		check_gap(part, at, file->size, v);
	if (size != part->map.bytes.len)
		ros_verdict_add(v, false, "preserve.size", part->name, "%zu bytes become %" PRIu64, part->map.bytes.len, size);
	if (part->map.image)
		ros_verdict_add(v, false, "preserve.compression", part->name, "the source is compressed; the target is as --compress says");
}

void ros_conversion_note_unpreserved(const struct ros_conversion *c, struct ros_verdict *v)
{
	const struct ros_model *m = &c->source.model;

	if (!c->opt.preserve)
		return;
	if (c->target.format != m->format)
		ros_verdict_add(v, false, "preserve.format", ROS_STR(""), "another format keeps nothing of the container");
	else if (c->out.file_count != m->part_count)
		ros_verdict_add(v, false, "preserve.files", ROS_STR(""), "%zu files become %zu", m->part_count, c->out.file_count);
	else
		for (size_t i = 0; i < m->part_count; i++)
			check_file(&c->out.files[i], &m->parts[i], v);
}
