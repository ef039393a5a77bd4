/* Temporary files of this process: made with a name nobody has, and known to the signal handler until
 * they are renamed or removed. The one piece of state a process has to share: a handler can ask nobody else. */
#ifndef ROS_FORMATS_TEMPORARY_H
#define ROS_FORMATS_TEMPORARY_H

#include "formats/error.h"

/* Creates ".NAME.xxxxxxxx.tmp" (O_EXCL) in the folder DIRFD, which must stay open until it is forgotten, and enters
 * it for ros_writer_remove_all. Returns its name, malloc'ed, with *FD open for writing; NULL with *ERR set. */
char *ros_temporary_create(int dirfd, const char *name, int *fd, struct ros_error *err);

/* It has been renamed or removed: the handler leaves it alone from here on. */
void ros_temporary_forget(int dirfd, const char *temp);

#endif
