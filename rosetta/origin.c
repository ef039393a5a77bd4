#include "rosetta/origin.h"

#include "contracts/provenance.h"
#include "formats/bytes.h"
#include "rosetta/hash_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define HEX_MAX (2 * ROS_DIGEST_MAX)
#define MARK (sizeof ((struct ros_conversion *)0)->mark - 1)
#define NUMBER 8        /* hexadecimal digits that say which part, at the end */

/* Text of the model's own must not be taken for a placeholder, so nobody can know beforehand what one looks like. */
static int choose_mark(char mark[MARK + 1], struct ros_error *err)
{
	uint8_t random[MARK / 2];

	if (getrandom(random, sizeof random, 0) != sizeof random)
		return ros_fail_errno(err, errno, "no random numbers");
	for (size_t i = 0; i < sizeof random; i++)
		snprintf(mark + 2 * i, 3, "%02x", random[i]);
	return 0;
}

/* What stands for the digest of part N, LEN characters. */
static void placeholder(const char *mark, size_t n, size_t len, char *text)
{
	snprintf(text, HEX_MAX + 1, "%s%0*x", mark, (int)(len - MARK), (unsigned)n);
}

/* The model whose files are named. */
static const struct ros_model *named(const struct ros_conversion *c)
{
	return c->origin_path ? &c->origin : &c->source.model;
}

static int list_files(struct ros_conversion *c, struct ros_origin_file *files, struct ros_error *err)
{
	const struct ros_model *m = named(c);
	char text[HEX_MAX + 1];

	for (size_t i = 0; i < m->part_count; i++) {
		placeholder(c->mark, i, 2 * ros_digest_bytes(c->digest), text);
		files[i] = (struct ros_origin_file){ m->parts[i].name, m->parts[i].map.bytes.len, ros_digest_name(c->digest),
						     ros_arena_str(&c->source.arena, ros_str_of(text), err) };
	}
	return err->code;
}

/* SafeTensors made of SafeTensors name their source only where somebody would miss it: values change, the files beside them
 * go inside, or nobody will ever see that source again. */
static bool is_new_origin(const struct ros_conversion *c)
{
	if (c->source.model.format != c->target.format)
		return true;
	return c->target.format == ROS_FORMAT_SAFETENSORS && (c->dtype != ROS_DTYPE_COUNT || !c->target.folder || c->in_chain);
}

int ros_origin_prepare(struct ros_conversion *c, struct ros_error *err)
{
	const struct ros_model *m = &c->source.model;
	struct ros_origin_file *files;

	if (!is_new_origin(c) || c->opt.strip || ros_hub_file(&c->source.hub, ROS_HUB_PROVENANCE))
		return 0;
	if (c->origin_path && ros_model_open(&c->origin, c->origin_path, NULL, err))
		return err->code;
	c->place_count = named(c)->part_count;
	files = ros_arena_alloc(&c->source.arena, c->place_count, sizeof *files, err);
	if (!files || choose_mark(c->mark, err) || list_files(c, files, err))
		return err->code;
	return ros_provenance_add(&c->source.hub, m, m->format == c->target.format ? &c->dst : m, c->source.known ? &c->source.binding : NULL,
				  files, c->place_count, err);
}

int ros_origin_start(struct ros_conversion *c, struct ros_error *err)
{
	if (c->place_count)
		c->hashing = ros_hash_files_start(named(c), c->digest, &c->opt.run, err);
	return err->code;
}

/* Overwrites every placeholder inside TEXT by its part's digest. True: there was one. */
static bool fill(const struct ros_conversion *c, struct ros_bytes text, const struct ros_digest *digests)
{
	uint8_t *at = (uint8_t *)text.ptr, *end = at + text.len;
	size_t len = 2 * ros_digest_bytes(c->digest);
	char number[NUMBER + 1] = "", hex[HEX_MAX + 1];
	bool any = false;

	while ((at = memmem(at, (size_t)(end - at), c->mark, MARK)) && (size_t)(end - at) >= len) {
		size_t part = strtoul(memcpy(number, at + len - NUMBER, NUMBER), NULL, 16);

		if (part < c->place_count) {
			ros_digest_hex(&digests[part], hex);
			memcpy(at, hex, len);
			any = true;
		}
		at += len;
	}
	return any;
}

/* The header in memory is ours: it is filled there, written again, and the checksum follows. */
static int patch_file(const struct ros_conversion *c, const struct ros_output_file *file, struct ros_writer *w, const struct ros_digest *digests)
{
	uint32_t before = file->footer_crc ? ros_crc32(0, file->header.ptr, file->header.len) : 0;
	uint8_t crc[4];

	if (!fill(c, file->header, digests))
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
		fill(c, c->out.side[i].data, digests);
	for (size_t i = 0; i < c->out.file_count && !err->code; i++)
		patch_file(c, &c->out.files[i], &files[i], digests);
	return err->code;
}

void ros_origin_release(struct ros_conversion *c)
{
	struct ros_error dropped = { 0 };

	ros_hash_files_finish(c->hashing, NULL, &dropped);
	c->hashing = NULL;
}
