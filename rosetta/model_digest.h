/* The digest of a whole model from those of its tensors. */
#ifndef ROS_ROSETTA_MODEL_DIGEST_H
#define ROS_ROSETTA_MODEL_DIGEST_H

#include "formats/digest.h"
#include "formats/error.h"
#include "formats/arena.h"

/* The digest of lines `HEX  NAME\n` sorted by name; NAMES[i] goes with DIGESTS[i]. */
struct ros_digest ros_digest_of_names(enum ros_digest_kind kind, const struct ros_str *names, const struct ros_digest *digests,
				      size_t count, struct ros_error *err);

#endif
