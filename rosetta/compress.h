/* convert --compress: an APR whose body is one LZ4 or zstd stream. */
#ifndef ROS_ROSETTA_COMPRESS_H
#define ROS_ROSETTA_COMPRESS_H

#include "rosetta/convert.h"

/* Writes C's target: with no compression asked for, WRITE(C) does it as it is; else WRITE makes a plain file beside the target, which is
 * compressed into it and goes. ROS_EUSAGE for an unknown kind or another format than APR. */
int ros_conversion_compress(struct ros_conversion *c, int (*write)(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err),
			    struct ros_verdict *v, struct ros_error *err);

#endif
