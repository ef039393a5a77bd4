/* Stored bytes, to be passed over once. */
#ifndef ROS_ROSETTA_LOOK_H
#define ROS_ROSETTA_LOOK_H

#include "formats/model.h"

/* LEN bytes at OFFSET of T's payload, read from T's file into BUFFER (LEN bytes), or where they lie when M has them in memory
 * only (tensors that were made). NULL and ROS_EIO where the file cannot be read or has become shorter.
 *
 * A read into a buffer that a core's cache holds costs less than the mapping once every byte is used once: mapped pages are
 * brought in one by one, stay resident until they are forgotten, and forgetting them interrupts every other thread. */
const uint8_t *ros_look(const struct ros_model *m, const struct ros_tensor *t, uint64_t offset, size_t len, void *buffer,
			struct ros_error *err);
/* The same for bytes of PART's image, tensors or not. */
const uint8_t *ros_look_part(const struct ros_part *part, uint64_t offset, size_t len, void *buffer, struct ros_error *err);

#endif
