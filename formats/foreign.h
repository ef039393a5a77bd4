/* What is no model is named for what it is, so that the message says what to do next. */
#ifndef ROS_FORMATS_FOREIGN_H
#define ROS_FORMATS_FOREIGN_H

#include "formats/types.h"

#define ROS_FOREIGN_BYTES 4096   /* of a file's start are enough to name it */

/* One sentence on what a file that begins with HEAD (up to ROS_FOREIGN_BYTES, SIZE bytes in all) is; NULL
 * when nothing known. Static storage. */
const char *ros_foreign_name(struct ros_bytes head, uint64_t size);

/* The same of what is saved where a model's side file, a JSON or not, should be: a Git LFS pointer, an error page; in a JSON's place
 * anything known that is none. An empty file stands for nothing. */
const char *ros_foreign_instead(bool json, struct ros_bytes head, uint64_t size);

#endif
