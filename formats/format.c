#include "config.h"

#include "formats/format.h"

#include "formats/apr.h"
#include "formats/foreign.h"
#include "formats/gguf.h"
#include "formats/hf_folder.h"
#include "formats/safetensors.h"
#include "formats/shards.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define BID_BYTES 64
#define BID_SURE 50      /* below, a known foreign magic is believed first */

/* A row whose functions are absent is a format that this build cannot read. */
const struct ros_format ros_formats[ROS_FORMAT_COUNT] = {
	[ROS_FORMAT_SAFETENSORS] = { .name = "safetensors", .alias = "st", .suffix = ".safetensors",
				     .bid = ros_safetensors_bid, .read = ros_safetensors_read, .lay_out = ros_safetensors_lay_out },
	[ROS_FORMAT_GGUF] = { .name = "gguf", .suffix = ".gguf",
			       .bid = ros_gguf_bid, .read = ros_gguf_read, .lay_out = ros_gguf_lay_out },
	[ROS_FORMAT_APR] = { .name = "apr", .suffix = ".apr",
			      .bid = ros_apr_bid, .read = ros_apr_read, .lay_out = ros_apr_lay_out },
};

static enum ros_format_id highest_bid(struct ros_bytes head, uint64_t size, int *bid)
{
	enum ros_format_id best = ROS_FORMAT_COUNT;

	*bid = 0;
	for (int f = 0; f < ROS_FORMAT_COUNT; f++) {
		int b = ros_formats[f].bid ? ros_formats[f].bid(head, size) : 0;

		if (b > *bid) {
			*bid = b;
			best = (enum ros_format_id)f;
		}
	}
	return best;
}

static struct ros_bytes head_of(struct ros_bytes file, size_t len)
{
	return (struct ros_bytes){ file.ptr, file.len < len ? file.len : len };
}

/* The format that bids most for a mapped file; what is known to be something else is refused by its name. */
static enum ros_format_id bid_for(struct ros_bytes file, int *bid, struct ros_error *err)
{
	enum ros_format_id id = highest_bid(head_of(file, BID_BYTES), file.len, bid);
	const char *foreign = *bid < BID_SURE ? ros_foreign_name(head_of(file, ROS_FOREIGN_BYTES), file.len) : NULL;

	if (foreign)
		ros_fail(err, ROS_EFORMAT, 0, "not a model: the file is %s", foreign);
	return id;
}

/* Which format a mapped file is; an error that names what it is instead where it is none. */
static enum ros_format_id detect(struct ros_bytes file, struct ros_error *err)
{
	int bid;
	enum ros_format_id id = bid_for(file, &bid, err);

	if (id == ROS_FORMAT_COUNT)
		ros_fail(err, ROS_EFORMAT, 0, "not a model: neither SafeTensors, GGUF nor APR, nor anything known");
	return err->code ? ROS_FORMAT_COUNT : id;
}

int ros_format_expect(enum ros_format_id want, struct ros_bytes file, struct ros_error *err)
{
	int bid;
	enum ros_format_id id = bid_for(file, &bid, err);

	if (id != want && bid >= BID_SURE)
		ros_fail(err, ROS_EFORMAT, 0, "a part of a %s set, but the file is %s", ros_formats[want].name, ros_formats[id].name);
	return err->code;
}

/* An index is a JSON object with a weight_map, whatever it is called. */
static bool is_shard_index(struct ros_bytes file)
{
	size_t i = 0;
	int bid;

	while (i < file.len && i < BID_BYTES && isspace(file.ptr[i]))
		i++;
	if (i == file.len || file.ptr[i] != '{' || (highest_bid(head_of(file, BID_BYTES), file.len, &bid), bid >= BID_SURE))
		return false;
	return memmem(file.ptr, file.len < ROS_MAX_JSON ? file.len : ROS_MAX_JSON, "\"weight_map\"", 12);
}

int ros_model_read_file(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err)
{
	enum ros_format_id id;

	m->parts = ros_arena_alloc(&m->arena, 1, sizeof *m->parts, err);
	if (!m->parts)
		return err->code;
	m->parts[0] = (struct ros_part){ .path = m->path, .name = ros_path_name(m->path), .map = ROS_MAPPING_INIT };
	m->part_count = 1;
	if (ros_mapping_open(&m->parts[0].map, m->path.ptr, err))
		return err->code;
	if (is_shard_index(m->parts[0].map.bytes))
		return ros_shards_read_index(m, opt, err);
	id = detect(m->parts[0].map.bytes, err);
	if (!err->code) {
		m->format = id;
		ros_formats[id].read(m, opt, err);
	}
	return ros_error_in_file(err, m->path.ptr);
}

int ros_model_open(struct ros_model *m, const char *path, const struct ros_open_options *opt, struct ros_error *err)
{
	static const struct ros_open_options defaults;
	struct stat st;

	ros_model_init(m, ROS_FORMAT_SAFETENSORS);
	m->path = ros_arena_str(&m->arena, ros_str_of(path), err);
	if (!err->code && !stat(path, &st) && S_ISDIR(st.st_mode))
		ros_hf_folder_read(m, opt ? opt : &defaults, err);
	else if (!err->code)
		ros_model_read_file(m, opt ? opt : &defaults, err);
	if (err->code) {
		ros_error_in_file(err, path);
		ros_model_release(m);
	}
	return err->code;
}

struct ros_str ros_path_name(struct ros_str path)
{
	size_t start = path.len;

	while (start && path.ptr[start - 1] != '/')
		start--;
	return path.len ? (struct ros_str){ path.ptr + start, path.len - start } : path;   /* no arithmetic on NULL */
}

static bool equal_any_case(struct ros_str text, const char *word)
{
	struct ros_str w = ros_str_of(word);

	return w.ptr && w.len == text.len && !strncasecmp(w.ptr, text.ptr, w.len);
}

enum ros_format_id ros_format_by_name(struct ros_str name)
{
	for (int f = 0; f < ROS_FORMAT_COUNT; f++)
		if (equal_any_case(name, ros_formats[f].name) || equal_any_case(name, ros_formats[f].alias))
			return (enum ros_format_id)f;
	return ROS_FORMAT_COUNT;
}

enum ros_format_id ros_format_by_suffix(struct ros_str path)
{
	for (int f = 0; f < ROS_FORMAT_COUNT; f++) {
		struct ros_str suffix = ros_str_of(ros_formats[f].suffix);

		if (path.len >= suffix.len &&
		    equal_any_case((struct ros_str){ path.ptr + path.len - suffix.len, suffix.len }, suffix.ptr))
			return (enum ros_format_id)f;
	}
	return ROS_FORMAT_COUNT;
}
