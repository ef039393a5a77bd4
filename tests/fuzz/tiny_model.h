/* A model of a known family, a few kilobytes whole: what seeds are made of. */
#ifndef ROS_TESTS_TINY_MODEL_H
#define ROS_TESTS_TINY_MODEL_H

#include "formats/format.h"
#include "tests/unit/blob.h"

/* Its config.json, and a tokenizer.json of as many tokens as that says. */
extern const char tiny_config[], tiny_tokenizer[];

/* CONFIG's model as one file of FORMAT, appended to O: every required tensor, as DTYPE where its reader does not want float32,
 * and FILES beside config.json in the metadata (NULL: none). Aborts where that cannot be. */
void tiny_model_write(const char *config, const struct ros_side_file *files, size_t file_count, enum ros_format_id format,
		      enum ros_dtype dtype, struct blob *o);

#endif
