/* Sharded SafeTensors sets: model.safetensors.index.json says which shard holds which tensor. The
 * index and the shards' own headers are reconciled: a shard or tensor that is missing, in two places or in another
 * place than the index says is an error; what only looks odd (total_size, numbering, files nobody lists) is a warning. */
#ifndef ROS_FORMATS_SHARDS_H
#define ROS_FORMATS_SHARDS_H

#include "formats/format.h"
#include "formats/nameset.h"

/* Reads the set whose index is m->path, mapped as parts[0] (it moves to shard_index). */
int ros_shards_read_index(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err);

/* Says in *YES whether parts[0] is a shard of a set, by an index beside it that lists it or by its number,
 * and then reads the whole set. */
int ros_shards_read_set_of(struct ros_model *m, const struct ros_open_options *opt, bool *yes, struct ros_error *err);

/* ---- the index alone (formats/shard_index.c) ---- */

struct ros_shard_index {
	struct ros_str *files;              /* names as the index spells them, sorted, in the arena */
	size_t file_count;
	struct ros_nameset tensors;         /* tensor name -> number in files; released by ros_shard_index_release */
	uint64_t total_size;
	enum { ROS_TOTAL_ABSENT, ROS_TOTAL_NUMBER, ROS_TOTAL_ODD } total;   /* ODD: a string, fraction or negative */
};

/* Parses TEXT as an index: one object, no duplicate keys, every file name safe. Strings live in TEXT or ARENA.
 * Empty and safe to release on failure. */
int ros_shard_index_parse(struct ros_shard_index *index, struct ros_str text, struct ros_arena *arena, struct ros_error *err);
void ros_shard_index_release(struct ros_shard_index *index);

/* Is NAME safe to open inside the model's folder? Relative under POSIX and Windows rules, no "..", no control
 * characters, not a URL, and ending in ".safetensors". ROS_EFORMAT names what is wrong with it. */
int ros_shards_check_name(struct ros_str name, struct ros_error *err);

/* The parts of "PREFIX-00001-of-00003SUFFIX" (5 or 6 digits; '_' may stand before the first number). */
struct ros_shard_number {
	struct ros_str prefix;              /* with the '-' or '_' */
	struct ros_str suffix;
	uint32_t number, count;
	int digits;
};

/* False where NAME has no such number. Views into NAME. */
bool ros_shards_number(struct ros_str name, struct ros_shard_number *out);

#endif
