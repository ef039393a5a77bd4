/* --override-kv KEY=TYPE:VALUE */
#ifndef ROS_ROSETTA_OVERRIDE_H
#define ROS_ROSETTA_OVERRIDE_H

#include "formats/model.h"

/* Sets each of LIST (NULL-ended, NULL: none) in M's metadata. TYPE is a GGUF value type (u8 ... f64, bool, str), or int
 * or float, which keep the width a key has. ROS_EUSAGE quoting what cannot be read, or where M's format is not GGUF. */
int ros_override_metadata(struct ros_model *m, const char *const *list, struct ros_error *err);

#endif
