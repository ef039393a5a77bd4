#include "rosetta/origin.h"

#include "contracts/provenance.h"
#include "formats/bytes.h"
#include "rosetta/hash_files.h"

#include <stdio.h>
#include <string.h>

#define HEX_MAX (2 * ROS_DIGEST_MAX)

/* What stands for the digest of part N, LEN characters: no other text looks so. */
static void placeholder(size_t n, size_t len, char *text)
{
	snprintf(text, HEX_MAX + 1, "%0*u", (int)len, (unsigned)n);
	memcpy(text, "rosetta-source-digest-", 22);
}

static int list_files(struct ros_conversion *c, struct ros_origin_file *files, struct ros_error *err)
{
	const struct ros_model *m = &c->source.model;
	char text[HEX_MAX + 1];

	for (size_t i = 0; i < m->part_count; i++) {
		placeholder(i, 2 * ros_digest_bytes(c->digest), text);
		files[i] = (struct ros_origin_file){ m->parts[i].name, m->parts[i].map.bytes.len, ros_digest_name(c->digest),
						     ros_arena_str(&c->source.arena, ros_str_of(text), err) };
	}
	return err->code;
}

int ros_origin_prepare(struct ros_conversion *c, struct ros_error *err)
{
	const struct ros_model *m = &c->source.model;
	struct ros_origin_file *files;

	if (m->format == c->target.format || c->opt.strip || ros_hub_file(&c->source.hub, ROS_HUB_PROVENANCE))
		return 0;
	files = ros_arena_alloc(&c->source.arena, m->part_count, sizeof *files, err);
	if (!files || list_files(c, files, err))
		return err->code;
	c->place_count = m->part_count;
	return ros_provenance_add(&c->source.hub, m, c->source.known ? &c->source.binding : NULL, files, m->part_count, err);
}

int ros_origin_start(struct ros_conversion *c, struct ros_error *err)
{
	if (c->place_count)
		c->hashing = ros_hash_files_start(&c->source.model, c->digest, &c->opt.run, err);
	return err->code;
}

/* Overwrites every placeholder of part N inside TEXT by HEX. True: there was one. */
static bool fill(struct ros_bytes text, size_t n, const char *hex)
{
	char wanted[HEX_MAX + 1];
	size_t len = strlen(hex);
	uint8_t *at = (uint8_t *)text.ptr, *end = at + text.len;
	bool any = false;

	placeholder(n, len, wanted);
	while ((at = memmem(at, (size_t)(end - at), wanted, len))) {
		memcpy(at, hex, len);
		any = true;
	}
	return any;
}

static bool fill_all(struct ros_bytes text, const struct ros_digest *digests, size_t count)
{
	char hex[HEX_MAX + 1];
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		ros_digest_hex(&digests[i], hex);
		any |= fill(text, i, hex);
	}
	return any;
}

/* The header in memory is ours: it is filled there, written again, and the checksum follows. */
static int patch_file(const struct ros_output_file *file, struct ros_writer *w, const struct ros_digest *digests, size_t count)
{
	uint32_t before = file->footer_crc ? ros_crc32(0, file->header.ptr, file->header.len) : 0;
	uint8_t crc[4];

	if (!fill_all(file->header, digests, count))
		return 0;
	if (file->footer_crc) {
		before ^= ros_crc32(0, file->header.ptr, file->header.len);
		ros_put_le32(crc, w->crc ^ ros_crc32_shift(before, file->size - file->header.len));
		ros_writer_patch(w, file->size, crc, sizeof crc);
	}
	return ros_writer_patch(w, 0, file->header.ptr, file->header.len);
}

int ros_origin_finish(struct ros_conversion *c, struct ros_writer *files, struct ros_error *err)
{
	struct ros_digest *digests = ros_arena_alloc(&c->source.arena, c->place_count, sizeof *digests, err);
	struct ros_hash_files *hashing = c->hashing;

	c->hashing = NULL;
	if (ros_hash_files_finish(hashing, digests, err) || !hashing)
		return err->code;
	for (size_t i = 0; i < c->out.side_count; i++)
		fill_all(c->out.side[i].data, digests, c->place_count);
	for (size_t i = 0; i < c->out.file_count && !err->code; i++)
		patch_file(&c->out.files[i], &files[i], digests, c->place_count);
	return err->code;
}

void ros_origin_release(struct ros_conversion *c)
{
	struct ros_error dropped = { 0 };

	ros_hash_files_finish(c->hashing, NULL, &dropped);
	c->hashing = NULL;
}
