#include "formats/gguf.h"

#include "formats/size.h"

#include <inttypes.h>
#include <string.h>

#define TAIL_LEN 20             /* "-00001-of-00003.gguf" */

/* Five digits at P; false where another character stands there. */
static bool five_digits(const char *p, uint32_t *value)
{
	*value = 0;
	for (int i = 0; i < 5; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		*value = *value * 10 + (uint32_t)(p[i] - '0');
	}
	return true;
}

/* Cuts "PREFIX-00001-of-00003.gguf" apart; NO counts from 1. */
static bool parse_name(struct ros_str path, struct ros_str *prefix, uint32_t *no, uint32_t *of)
{
	const char *tail = path.ptr + path.len - TAIL_LEN;

	if (path.len <= TAIL_LEN || tail[0] != '-' || memcmp(tail + 6, "-of-", 4) || memcmp(tail + 15, ".gguf", 5))
		return false;
	*prefix = (struct ros_str){ path.ptr, path.len - TAIL_LEN };
	return five_digits(tail + 1, no) && five_digits(tail + 10, of) && *no >= 1 && *no <= *of;
}

/* A split key as a number; MISSING where it is absent or not a whole number. */
static uint64_t split_key(const struct ros_meta *meta, struct ros_str key, uint64_t missing)
{
	const struct ros_meta_value *v = ros_meta_get(meta, key);
	uint64_t n;

	return v && ros_meta_as_u64(v, &n) ? n : missing;
}

bool ros_gguf_is_split(const struct ros_gguf_file *file)
{
	return split_key(&file->meta, ROS_STR(ROS_GGUF_KEY_SPLIT_COUNT), 0) > 1;
}

bool ros_gguf_is_split_key(struct ros_str key)
{
	return ros_str_equal(key, ROS_STR(ROS_GGUF_KEY_SPLIT_NO)) || ros_str_equal(key, ROS_STR(ROS_GGUF_KEY_SPLIT_COUNT)) ||
		ros_str_equal(key, ROS_STR(ROS_GGUF_KEY_SPLIT_TENSORS));
}

/* What the file's name and its keys say must be one story. */
static int check_opened(const struct ros_model *m, const struct ros_gguf_file *opened, struct ros_str *prefix,
			uint32_t *no, uint32_t *of, struct ros_error *err)
{
	struct ros_str name = ros_path_name(m->parts[0].path);
	uint64_t key_no = split_key(&opened->meta, ROS_STR(ROS_GGUF_KEY_SPLIT_NO), UINT64_MAX);
	uint64_t key_count = split_key(&opened->meta, ROS_STR(ROS_GGUF_KEY_SPLIT_COUNT), 0);

	if (!parse_name(m->parts[0].path, prefix, no, of))
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "one of %" PRIu64 " split files, so its name should end in -NNNNN-of-%05" PRIu64
				".gguf; it is '%.*s'", key_count, key_count, (int)name.len, name.ptr);
	if (*of != key_count || key_no != *no - 1)
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "named file %" PRIu32 " of %" PRIu32 ", but split.no is %" PRIu64
				" (from 0) and split.count %" PRIu64, *no, *of, key_no, key_count);
	if (*of > ROS_MAX_SHARDS)
		return ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "split.count: %" PRIu32 ", the cap is %d", *of, ROS_MAX_SHARDS);
	return 0;
}

/* Gives M its OF parts, the opened one in its place and the others mapped. */
static int map_parts(struct ros_model *m, struct ros_str prefix, uint32_t no, uint32_t of, struct ros_error *err)
{
	struct ros_part *parts = ros_arena_alloc(&m->arena, of, sizeof *parts, err), opened = m->parts[0];

	if (!parts)
		return err->code;
	for (uint32_t i = 0; i < of; i++)
		parts[i].map = (struct ros_mapping)ROS_MAPPING_INIT;
	parts[no - 1] = opened;
	m->parts = parts;
	m->part_count = of;
	for (uint32_t i = 0; i < of; i++) {
		if (i == no - 1)
			continue;
		parts[i].path = ros_arena_printf(&m->arena, err, "%.*s-%05" PRIu32 "-of-%05" PRIu32 ".gguf",
						 (int)prefix.len, prefix.ptr, i + 1, of);
		parts[i].name = ros_path_name(parts[i].path);
		if (err->code || ros_mapping_open(&parts[i].map, parts[i].path.ptr, err))
			return err->code;
	}
	return 0;
}

static int check_member(const struct ros_gguf_file *file, uint32_t i, uint32_t of, struct ros_error *err)
{
	uint64_t no = split_key(&file->meta, ROS_STR(ROS_GGUF_KEY_SPLIT_NO), UINT64_MAX);
	uint64_t count = split_key(&file->meta, ROS_STR(ROS_GGUF_KEY_SPLIT_COUNT), 0);

	if (no != i || count != of)
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "split file %" PRIu32 " of %" PRIu32 ": split.no is %" PRId64
				" (%" PRIu32 " wanted, from 0) and split.count %" PRIu64, i + 1, of, (int64_t)no, i, count);
	return 0;
}

/* The first file's metadata are the model's. Keys of another, its place and its alignment aside, that say more or something else. */
static void check_metadata(struct ros_model *m, const struct ros_meta *first, const struct ros_meta *meta, uint32_t i)
{
	struct ros_str key = { NULL, 0 };
	size_t odd = 0;

	for (size_t k = 0; k < meta->count; k++) {
		const struct ros_meta_entry *e = &meta->entries[k];
		const struct ros_meta_value *v = ros_meta_get(first, e->key);

		if (ros_gguf_is_split_key(e->key) || ros_str_equal(e->key, ROS_STR(ROS_GGUF_KEY_ALIGNMENT)) || (v && ros_meta_equal(v, &e->value)))
			continue;
		key = odd++ ? key : e->key;
	}
	if (odd)
		ros_model_warn(m, "gguf.split-metadata", key, "file %" PRIu32 " has %zu keys, this one first, that the first file lacks or has otherwise: "
			       "they are dropped", i + 1, odd);
}

static int join(struct ros_model *m, const struct ros_gguf_file *files, uint32_t of, struct ros_error *err)
{
	uint64_t total = 0, stated = split_key(&files[0].meta, ROS_STR(ROS_GGUF_KEY_SPLIT_TENSORS), UINT64_MAX);
	size_t at = 0;

	for (uint32_t i = 0; i < of; i++)
		total += files[i].tensor_count;
	if (stated != UINT64_MAX && stated != total)
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "split.tensors.count: %" PRIu64 ", but the %" PRIu32 " files hold %" PRIu64 " tensors",
				stated, of, total);
	if (ros_model_alloc_tensors(m, total, err))
		return err->code;
	for (uint32_t i = 0; i < of; i++) {
		if (files[i].tensor_count)
			memcpy(&m->tensors[at], files[i].tensors, files[i].tensor_count * sizeof *m->tensors);
		for (size_t end = at + files[i].tensor_count; at < end; at++)
			m->tensors[at].part = i;
		if (i)
			check_metadata(m, &files[0].meta, &files[i].meta, i);
		m->header_bytes += files[i].header_bytes;
		m->file_bytes += m->parts[i].map.bytes.len;
	}
	m->meta = files[0].meta;
	m->format_version = files[0].version;
	m->alignment = files[0].alignment;
	return ros_model_index(m, err);
}

int ros_gguf_read_split(struct ros_model *m, const struct ros_gguf_file *opened, const struct ros_open_options *opt,
			struct ros_error *err)
{
	struct ros_gguf_file *files;
	struct ros_str prefix = { NULL, 0 };
	uint32_t no = 0, of = 0;

	if (check_opened(m, opened, &prefix, &no, &of, err) || map_parts(m, prefix, no, of, err))
		return err->code;
	files = ros_arena_alloc(&m->arena, of, sizeof *files, err);
	for (uint32_t i = 0; files && i < of && !err->code; i++) {
		if (i == no - 1)
			files[i] = *opened;
		else if (!ros_format_expect(ROS_FORMAT_GGUF, m->parts[i].map.bytes, err))
			ros_gguf_read_file(m, i, opt, &files[i], err);
		check_member(&files[i], i, of, err);
		if (err->code)
			ros_error_in_file(err, m->parts[i].path.ptr);
	}
	return err->code ? (int)err->code : join(m, files, of, err);
}

/* ---- writing ---- */

static uint64_t padded_payload(const struct ros_tensor *t)
{
	uint64_t bytes = 0;

	/* A tensor too large to count fills a file; the writer refuses it by name. */
	if (!ros_dtype_nbytes(t->dtype, t->ndim, t->dim, false, &bytes) || !ros_align_u64(bytes, ROS_GGUF_ALIGNMENT, &bytes))
		return UINT64_MAX / 2;
	return bytes;
}

int ros_gguf_shares(const struct ros_model *m, const struct ros_write_options *opt, struct ros_arena *arena,
		    struct ros_gguf_share **shares, size_t *count, struct ros_error *err)
{
	uint64_t max_bytes = opt && opt->max_shard_bytes ? opt->max_shard_bytes : UINT64_MAX, held = 0;
	uint32_t max_tensors = opt && opt->max_shard_tensors ? opt->max_shard_tensors : UINT32_MAX;
	struct ros_gguf_share *s = ros_arena_alloc(arena, m->tensor_count + 1, sizeof *s, err);
	size_t n = 1;

	if (!s)
		return err->code;
	for (size_t i = 0; i < m->tensor_count; i++) {
		uint64_t bytes = padded_payload(&m->tensors[i]), sum = UINT64_MAX;
		bool fits = ros_add_u64(held, bytes, &sum) && sum <= max_bytes && s[n - 1].count < max_tensors;

		if (s[n - 1].count && !fits) {
			s[n++] = (struct ros_gguf_share){ .first = (uint32_t)i };
			sum = bytes;
		}
		s[n - 1].count++;
		held = sum;
	}
	if (n > ROS_MAX_SHARDS)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "%zu files would be needed, at most %d are written: raise the shard size",
				n, ROS_MAX_SHARDS);
	for (size_t i = 0; i < n; i++) {
		s[i].no = (uint32_t)i;
		s[i].of = (uint32_t)n;
	}
	*shares = s;
	*count = n;
	return 0;
}

struct ros_str ros_gguf_share_name(struct ros_str target, uint32_t no, uint32_t of, struct ros_arena *arena,
				   struct ros_error *err)
{
	struct ros_str name = ros_path_name(target);

	if (of <= 1)
		return ros_arena_str(arena, name, err);
	if (name.len > 5 && !memcmp(name.ptr + name.len - 5, ".gguf", 5))
		name.len -= 5;
	return ros_arena_printf(arena, err, "%.*s-%05" PRIu32 "-of-%05" PRIu32 ".gguf", (int)name.len, name.ptr, no + 1, of);
}
