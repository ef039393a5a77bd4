/* Sharded SafeTensors sets: model.safetensors.index.json says which shard holds which tensor. The
 * index and the shards' own headers are reconciled: a shard or tensor that is missing, in two places or in another
 * place than the index says is an error; what only looks odd (total_size, files nobody lists) is a warning. */
#ifndef ROS_FORMATS_SHARDS_H
#define ROS_FORMATS_SHARDS_H

#include "formats/format.h"

/* Reads the set whose index is m->path, mapped as parts[0] (moved to shard_index). */
int ros_shards_read_index(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err);

/* Says in *YES whether parts[0] is a shard of a set, by an index beside it that lists it or by its number,
 * and then reads the whole set. */
int ros_shards_read_set_of(struct ros_model *m, const struct ros_open_options *opt, bool *yes, struct ros_error *err);

/* Is NAME safe to open inside the model's folder? Relative under POSIX and Windows rules, no "..", no control
 * characters, not a URL, and ending in ".safetensors". ROS_EFORMAT names what is wrong with it. */
int ros_shards_check_name(struct ros_str name, struct ros_error *err);

/* Numbers in "PREFIX-00001-of-00003SUFFIX" (5 or 6 digits, '-' or '_' before the first); false where NAME has none. */
bool ros_shards_number(struct ros_str name, uint32_t *number, uint32_t *count);

#endif
