#include "config.h"

#include "formats/shards.h"

#include "formats/json_scan.h"

#include <stdlib.h>
#include <string.h>

/* Is there a ".." between slashes of either kind? */
static bool climbs(struct ros_str name)
{
	for (size_t start = 0, i = 0; i <= name.len; i++)
		if (i == name.len || name.ptr[i] == '/' || name.ptr[i] == '\\') {
			if (i - start == 2 && name.ptr[start] == '.' && name.ptr[start + 1] == '.')
				return true;
			start = i + 1;
		}
	return false;
}

static bool has_control(struct ros_str name)
{
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7f)
			return true;
	return false;
}

static const char *fault_of(struct ros_str name)
{
	static const char suffix[] = ".safetensors";
	size_t len = sizeof suffix - 1;

	if (name.len > 1024)
		return "it is longer than 1024 bytes";
	if (has_control(name))
		return "it holds control characters";
	if (name.len && (name.ptr[0] == '/' || name.ptr[0] == '\\'))
		return "it is an absolute path";
	if (name.len > 1 && name.ptr[1] == ':')
		return "it names a drive";
	if (memmem(name.ptr, name.len, "://", 3))
		return "it is a URL";
	if (climbs(name))
		return "it climbs out of the folder by '..'";
	if (memchr(name.ptr, '\\', name.len))
		return "it holds a backslash";
	if (name.len <= len || memcmp(name.ptr + name.len - len, suffix, len))
		return "it does not end in .safetensors";
	return NULL;
}

int ros_shards_check_name(struct ros_str name, struct ros_error *err)
{
	const char *fault = fault_of(name);

	return !fault ? 0 : ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "shard name '%.*s' is refused: %s",
				     name.len < 120 ? (int)name.len : 120, name.ptr, fault);
}

/* The 5 or 6 digits that end at END of NAME; the number of digits, 0 where there are none. */
static int digits_before(struct ros_str name, size_t end, uint32_t *value)
{
	int n = 0;
	uint32_t scale = 1;

	*value = 0;
	while (n < 6 && end && name.ptr[end - 1] >= '0' && name.ptr[end - 1] <= '9') {
		*value += (uint32_t)(name.ptr[--end] - '0') * scale;
		scale *= 10;
		n++;
	}
	return n >= 5 ? n : 0;
}

bool ros_shards_number(struct ros_str name, struct ros_shard_number *out)
{
	size_t dot = name.len, end;
	int counted;

	while (dot && name.ptr[dot - 1] != '.')
		dot--;
	if (dot-- < 2)
		return false;
	counted = digits_before(name, dot, &out->count);
	end = dot - (size_t)counted;
	if (!counted || end < 4 || memcmp(name.ptr + end - 4, "-of-", 4))
		return false;
	end -= 4;
	out->digits = digits_before(name, end, &out->number);
	end -= (size_t)out->digits;
	if (!out->digits || out->digits != counted || !end || (name.ptr[end - 1] != '-' && name.ptr[end - 1] != '_'))
		return false;
	out->prefix = (struct ros_str){ name.ptr, end };
	out->suffix = (struct ros_str){ name.ptr + dot, name.len - dot };
	return out->number >= 1 && out->number <= out->count && out->count <= ROS_MAX_SHARDS;
}

struct parser {
	struct ros_json_scan scan;
	struct ros_arena *arena;
	struct ros_shard_index *index;
	struct ros_nameset files;           /* file name -> its number in order of appearance */
	struct ros_error *err;
};

static bool expect(struct parser *p, enum ros_json_event event, const char *wanted)
{
	if (ros_json_scan_next(&p->scan) == event)
		return true;
	ros_json_scan_fail(&p->scan, wanted);
	return false;
}

static uint32_t file_number(struct parser *p, struct ros_str name)
{
	uint32_t next = (uint32_t)p->files.count, found;

	if (ros_nameset_add(&p->files, name, next, &found, p->err) || found != ROS_NAMESET_NONE)
		return found;
	if (next == ROS_MAX_SHARDS)
		ros_fail(p->err, ROS_ELIMIT, p->scan.start, "more than %d shards", ROS_MAX_SHARDS);
	else if (ros_shards_check_name(name, p->err))
		p->err->offset = p->scan.start;
	return next;
}

static void parse_weight_map(struct parser *p)
{
	if (!expect(p, ROS_JSON_OPEN_OBJECT, "weight_map: an object wanted"))
		return;
	while (ros_json_scan_next(&p->scan) == ROS_JSON_KEY) {
		struct ros_str tensor = ros_json_scan_str(&p->scan, p->arena);
		uint32_t found, file;

		if (!expect(p, ROS_JSON_TEXT, "weight_map: a file name wanted"))
			return;
		file = file_number(p, ros_json_scan_str(&p->scan, p->arena));
		if (p->err->code || ros_nameset_add(&p->index->tensors, tensor, file, &found, p->err))
			return;
		if (found != ROS_NAMESET_NONE)
			ros_json_scan_fail(&p->scan, "weight_map: a tensor occurs twice");
		if (p->index->tensors.count > ROS_MAX_TENSORS)
			ros_fail(p->err, ROS_ELIMIT, p->scan.start, "weight_map: more than %u tensors", ROS_MAX_TENSORS);
	}
}

static void parse_metadata(struct parser *p)
{
	struct ros_nameset seen;
	uint32_t found;

	if (ros_json_scan_next(&p->scan) != ROS_JSON_OPEN_OBJECT) {
		if (p->scan.event == ROS_JSON_OPEN_ARRAY)
			ros_json_scan_skip(&p->scan);
		return;   /* of no consequence: nothing but total_size is looked at */
	}
	ros_nameset_init(&seen);
	while (ros_json_scan_next(&p->scan) == ROS_JSON_KEY) {
		struct ros_str key = ros_json_scan_str(&p->scan, p->arena);

		if (!ros_nameset_add(&seen, key, 0, &found, p->err) && found != ROS_NAMESET_NONE)
			ros_json_scan_fail(&p->scan, "metadata: a key occurs twice");
		if (!ros_str_equal(key, ROS_STR("total_size"))) {
			ros_json_scan_skip(&p->scan);
			continue;
		}
		ros_json_scan_next(&p->scan);
		p->index->total = ros_json_scan_u64(&p->scan, &p->index->total_size) ? ROS_TOTAL_NUMBER : ROS_TOTAL_ODD;
		if (p->scan.event == ROS_JSON_OPEN_OBJECT || p->scan.event == ROS_JSON_OPEN_ARRAY)
			ros_json_scan_skip(&p->scan);
	}
	ros_nameset_release(&seen);
}

static void parse_top(struct parser *p)
{
	struct ros_nameset seen;
	uint32_t found;
	bool map = false;

	if (!expect(p, ROS_JSON_OPEN_OBJECT, "shard index: an object wanted"))
		return;
	ros_nameset_init(&seen);
	while (ros_json_scan_next(&p->scan) == ROS_JSON_KEY) {
		struct ros_str key = ros_json_scan_str(&p->scan, p->arena);

		if (!ros_nameset_add(&seen, key, 0, &found, p->err) && found != ROS_NAMESET_NONE)
			ros_json_scan_fail(&p->scan, "shard index: a key occurs twice");
		if (ros_str_equal(key, ROS_STR("weight_map"))) {
			map = true;
			parse_weight_map(p);
		} else if (ros_str_equal(key, ROS_STR("metadata"))) {
			parse_metadata(p);
		} else {
			ros_json_scan_skip(&p->scan);
		}
	}
	ros_nameset_release(&seen);
	ros_json_scan_next(&p->scan);
	if (!p->err->code && !map)
		ros_fail(p->err, ROS_EFORMAT, 0, "shard index: it has no weight_map");
}

static int by_name(const void *a, const void *b)
{
	return ros_str_compare(*(const struct ros_str *)a, *(const struct ros_str *)b);
}

/* Sorts the file names and renumbers the tensors' files to match. */
static int sort_files(struct parser *p)
{
	struct ros_shard_index *x = p->index;
	uint32_t *now = calloc(p->files.count + 1, sizeof *now);

	x->files = ros_arena_alloc(p->arena, p->files.count, sizeof *x->files, p->err);
	if (!now || !x->files) {
		free(now);
		return ros_fail(p->err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for %zu shard names", p->files.count);
	}
	for (size_t i = 0; i < p->files.room; i++)
		if (p->files.slots[i].name.ptr)
			x->files[x->file_count++] = p->files.slots[i].name;
	if (x->file_count)
		qsort(x->files, x->file_count, sizeof *x->files, by_name);
	for (uint32_t f = 0; f < x->file_count; f++)
		now[ros_nameset_find(&p->files, x->files[f])] = f;
	for (size_t i = 0; i < x->tensors.room; i++)
		if (x->tensors.slots[i].name.ptr)
			x->tensors.slots[i].value = now[x->tensors.slots[i].value];
	free(now);
	return 0;
}

int ros_shard_index_parse(struct ros_shard_index *index, struct ros_str text, struct ros_arena *arena, struct ros_error *err)
{
	struct parser p = { .arena = arena, .index = index, .err = err };

	*index = (struct ros_shard_index){ 0 };
	ros_nameset_init(&index->tensors);
	ros_nameset_init(&p.files);
	ros_json_scan_init(&p.scan, text, 0, err);
	parse_top(&p);
	if (!err->code)
		sort_files(&p);
	ros_nameset_release(&p.files);
	if (err->code)
		ros_shard_index_release(index);
	return err->code;
}

void ros_shard_index_release(struct ros_shard_index *index)
{
	ros_nameset_release(&index->tensors);
	*index = (struct ros_shard_index){ 0 };
}
