#include "config.h"

#include "formats/shards.h"

#include "formats/hf_folder.h"
#include "formats/safetensors_header.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMED_MAX 3   /* of several names a message spells out so many */

/* The folder part of PATH, malloc'ed, "." where there is none. */
static char *folder_of(struct ros_str path)
{
	size_t len = path.len - ros_path_name(path).len;

	return len ? strndup(path.ptr, len) : strdup(".");
}

/* Maps file NAME of folder DIR as the model's next part. */
static int add_part(struct ros_model *m, const char *dir, struct ros_str name, struct ros_error *err)
{
	struct ros_part *part = &m->parts[m->part_count];
	struct ros_str file = ros_arena_str(&m->arena, name, err);
	char *real;

	part->path = ros_arena_printf(&m->arena, err, "%s%s%.*s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/", (int)file.len, file.ptr);
	part->name = ros_path_name(file);
	part->map = (struct ros_mapping)ROS_MAPPING_INIT;
	m->part_count++;
	real = err->code ? NULL : ros_hf_folder_resolve(dir, file.ptr, err);
	if (real)
		ros_mapping_open(&part->map, real, err);
	free(real);
	return err->code;
}

/* Maps the files NAMES[0..COUNT) of DIR and parses them one after the other. */
static int read_parts(struct ros_model *m, const char *dir, const struct ros_str *names, size_t count,
		      const struct ros_open_options *opt, struct ros_error *err)
{
	struct ros_tensor_array list = { 0 };

	m->parts = ros_arena_alloc(&m->arena, count, sizeof *m->parts, err);
	m->part_count = 0;
	m->format = ROS_FORMAT_SAFETENSORS;
	for (size_t i = 0; i < count && !err->code; i++) {
		if (!add_part(m, dir, names[i], err) && !ros_format_expect(ROS_FORMAT_SAFETENSORS, m->parts[i].map.bytes, err))
			ros_safetensors_parse(m, (uint32_t)i, opt && opt->header_only, &list, err);
		if (err->code && m->parts[i].path.ptr)
			ros_error_in_file(err, m->parts[i].path.ptr);
	}
	return ros_tensor_array_finish(&list, m, err);
}

/* The first few names that a complaint is about. */
struct names {
	struct ros_str first[NAMED_MAX];
	size_t count;
};

static void add_name(struct names *n, struct ros_str name)
{
	if (n->count < NAMED_MAX)
		n->first[n->count] = name;
	n->count++;
}

/* Adds "LEAD COUNT WHAT: 'NAME', ..." to TEXT, which has room for KINDS of these. */
static void complain(const struct names *n, const char *lead, const char *what, unsigned kinds, char *text, size_t room)
{
	size_t len = strlen(text), shown = kinds > 1 ? NAMED_MAX - 1 : NAMED_MAX, width = kinds > 1 ? 40 : 100;

	if (n->count)
		len += (size_t)snprintf(text + len, room - len, "%s%s%zu tensors %s: ", len ? "; " : "", lead, n->count, what);
	for (size_t i = 0; i < n->count && i < shown && len < room; i++)
		len += (size_t)snprintf(text + len, room - len, "%s'%.*s'", i ? ", " : "",
					(int)(n->first[i].len < width ? n->first[i].len : width), n->first[i].ptr);
}

/* Every tensor of the shards must be where the index says, and every tensor of the index must be there. */
static int reconcile(const struct ros_model *m, const struct ros_shard_index *index, struct ros_error *err)
{
	struct names extra = { .count = 0 }, moved = { .count = 0 }, missing = { .count = 0 };
	char text[sizeof err->text] = "";
	unsigned kinds;

	for (size_t i = 0; i < m->tensor_count; i++) {
		uint32_t file = ros_nameset_find(&index->tensors, m->tensors[i].name);

		if (file == ROS_NAMESET_NONE)
			add_name(&extra, m->tensors[i].name);
		else if (file != m->tensors[i].part)
			add_name(&moved, m->tensors[i].name);
	}
	if (index->tensors.count != m->tensor_count - extra.count)
		for (size_t i = 0; i < index->tensors.room; i++)
			if (index->tensors.slots[i].name.ptr && !ros_model_find(m, index->tensors.slots[i].name))
				add_name(&missing, index->tensors.slots[i].name);
	kinds = !!missing.count + !!extra.count + !!moved.count;
	complain(&missing, "the index lists ", "that no shard holds", kinds, text, sizeof text);
	complain(&extra, "the shards hold ", "that the index does not list (a stale index?)", kinds, text, sizeof text);
	complain(&moved, "", "lie in another shard than the index says", kinds, text, sizeof text);
	return kinds ? ros_fail(err, ROS_EMISMATCH, ROS_NO_OFFSET, "%s", text) : 0;
}

static void check_total(struct ros_model *m, const struct ros_shard_index *index)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->tensor_count; i++)
		sum += m->tensors[i].data.len;
	if (index->total == ROS_TOTAL_ODD)
		ros_model_warn(m, "safetensors.total-size", m->shard_index.name, "total_size is not a whole number");
	else if (index->total == ROS_TOTAL_NUMBER && index->total_size != sum)
		ros_model_warn(m, "safetensors.total-size", m->shard_index.name,
			       "total_size is %" PRIu64 ", the tensors take %" PRIu64 " bytes", index->total_size, sum);
	if (!m->tensor_count)
		ros_model_warn(m, "safetensors.index-empty", m->shard_index.name, "the index lists no tensors");
}

/* Numbered names must agree on their count, and none may be absent. */
static void check_numbers(struct ros_model *m)
{
	struct ros_shard_number n;
	uint32_t count = 0;

	for (size_t i = 0; i < m->part_count; i++) {
		if (!ros_shards_number(m->parts[i].name, &n))
			return;
		if (!count)
			count = n.count;
		if (n.count != count || n.count != m->part_count) {
			ros_model_warn(m, "safetensors.shard-numbers", m->parts[i].name,
				       "numbered one of %" PRIu32 ", but the index lists %zu shards", n.count, m->part_count);
			return;
		}
	}
}

static bool is_part(const struct ros_model *m, const char *name)
{
	for (size_t i = 0; i < m->part_count; i++)
		if (ros_str_equal(m->parts[i].name, ros_str_of(name)))
			return true;
	return false;
}

/* Weights that lie beside the set and that no index lists: left over, or forgotten. */
static void check_unlisted(struct ros_model *m, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		struct ros_str name = ros_str_of(e->d_name);

		if (name.len > 12 && !strcmp(name.ptr + name.len - 12, ".safetensors") && !is_part(m, name.ptr))
			ros_model_warn(m, "safetensors.unlisted-file", name, "lies in the folder, but the index does not list it");
	}
	if (d)
		closedir(d);
}

/* The index moves from parts[0] to shard_index, its mapping to file_maps. */
static int take_index(struct ros_model *m, struct ros_error *err)
{
	m->file_maps = ros_arena_alloc(&m->arena, 1, sizeof *m->file_maps, err);
	if (err->code)
		return err->code;
	m->file_maps[0] = m->parts[0].map;
	m->file_map_count = 1;
	m->parts[0].map = (struct ros_mapping)ROS_MAPPING_INIT;
	m->part_count = 0;
	m->shard_index = (struct ros_side_file){ ros_path_name(m->path), m->file_maps[0].bytes };
	return 0;
}

static int read_indexed(struct ros_model *m, const char *dir, const struct ros_shard_index *index,
			const struct ros_open_options *opt, struct ros_error *err)
{
	if (read_parts(m, dir, index->files, index->file_count, opt, err) || reconcile(m, index, err))
		return err->code;
	m->header_bytes += m->shard_index.data.len;
	check_total(m, index);
	check_numbers(m);
	check_unlisted(m, dir);
	return ros_hf_folder_side_files(m, dir, err);
}

int ros_shards_read_index(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err)
{
	struct ros_shard_index index;
	struct ros_str text;
	char *dir = folder_of(m->path);

	if (!dir)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for a path");
	if (!take_index(m, err)) {
		text = (struct ros_str){ (const char *)m->shard_index.data.ptr, m->shard_index.data.len };
		if (!ros_shard_index_parse(&index, text, &m->arena, err)) {
			read_indexed(m, dir, &index, opt, err);
			ros_shard_index_release(&index);
		}
	}
	free(dir);
	return ros_error_in_file(err, m->path.ptr);
}

/* Does the index at PATH list a file called NAME? An unreadable or broken one is looked at by nobody here. */
static bool index_lists(const char *path, struct ros_str name)
{
	struct ros_error quiet = { 0 };
	struct ros_mapping map;
	struct ros_shard_index index;
	struct ros_arena arena;
	bool yes = false;

	if (access(path, R_OK) < 0 || ros_mapping_open(&map, path, &quiet))
		return false;
	ros_arena_init(&arena, 0);
	if (!ros_shard_index_parse(&index, (struct ros_str){ (const char *)map.bytes.ptr, map.bytes.len }, &arena, &quiet)) {
		for (size_t i = 0; i < index.file_count && !yes; i++)
			yes = ros_str_equal(ros_path_name(index.files[i]), name);
		ros_shard_index_release(&index);
	}
	ros_arena_release(&arena);
	ros_mapping_release(&map);
	return yes;
}

/* All shards of a numbered set without an index, each where its number says. */
static int read_numbered(struct ros_model *m, const char *dir, const struct ros_shard_number *n,
			 const struct ros_open_options *opt, struct ros_error *err)
{
	struct ros_str *names = ros_arena_alloc(&m->arena, n->count, sizeof *names, err);

	for (uint32_t i = 0; names && i < n->count; i++)
		names[i] = ros_arena_printf(&m->arena, err, "%.*s%0*" PRIu32 "-of-%0*" PRIu32 "%.*s", (int)n->prefix.len, n->prefix.ptr,
					    n->digits, i + 1, n->digits, n->count, (int)n->suffix.len, n->suffix.ptr);
	if (err->code)
		return err->code;
	ros_mapping_release(&m->parts[0].map);
	if (read_parts(m, dir, names, n->count, opt, err))
		return err->code;
	ros_model_warn(m, "safetensors.index-missing", m->parts[0].name, "a set of %" PRIu32 " shards without an index", n->count);
	return ros_hf_folder_side_files(m, dir, err);
}

/* Opens the index at PATH in the place of the shard that is mapped. */
static int read_through_index(struct ros_model *m, struct ros_str path, const struct ros_open_options *opt, struct ros_error *err)
{
	struct ros_str named = m->path;

	ros_mapping_release(&m->parts[0].map);
	if (ros_mapping_open(&m->parts[0].map, path.ptr, err))
		return err->code;
	m->path = path;
	ros_shards_read_index(m, opt, err);
	m->path = named;
	return err->code;
}

int ros_shards_read_set_of(struct ros_model *m, const struct ros_open_options *opt, bool *yes, struct ros_error *err)
{
	struct ros_str name = m->parts[0].name, index;
	struct ros_shard_number n;
	char *dir;

	*yes = ros_shards_number(name, &n);
	if (!*yes)
		return 0;
	dir = folder_of(m->path);
	index = ros_arena_printf(&m->arena, err, "%s/%.*s.safetensors.index.json", dir ? dir : "", (int)n.prefix.len - 1, n.prefix.ptr);
	if (!dir)
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for a path");
	else if (!err->code && index_lists(index.ptr, name))
		read_through_index(m, index, opt, err);
	else if (!err->code && n.count > 1)
		read_numbered(m, dir, &n, opt, err);
	else
		*yes = false;
	free(dir);
	return err->code;
}
