/* The proof that what was written can be read: before it gets its name, each file is opened with the reader that any later command
 * would use, and says the same tensors as were laid out. It costs what opening costs, and no payload is read. */
#ifndef ROS_ROSETTA_READ_BACK_H
#define ROS_ROSETTA_READ_BACK_H

#include "formats/format.h"

/* Opens FILES[0..OUT->file_count), written and not yet committed, which hold M as OUT lays it out, in M's format. ROS_EFORMAT says
 * what was read instead; what the reader says against a file is passed on. Files of a split GGUF are not looked at, as none can be read
 * without the others' names; neither is any where the kernel shows no open files (/proc). */
int ros_read_back(const struct ros_model *m, const struct ros_output *out, struct ros_writer *files, struct ros_error *err);

#endif
