/* Temporary files of this process. Where the file system can, they have no name until they are whole, so that not even
 * kill -9 leaves one behind; else they get a name nobody has, known to the signal handler until they are renamed or removed.
 * That list is the one piece of state a process has to share: a handler can ask nobody else. */
#ifndef ROS_FORMATS_TEMPORARY_H
#define ROS_FORMATS_TEMPORARY_H

#include "formats/error.h"

/* Opens for reading and writing a file that has no name in the folder DIRFD and goes with its last descriptor; -1 where the
 * file system or kernel has no such thing, or no way to name it afterwards. */
int ros_temporary_unnamed(int dirfd);

/* A file without a name for what is too large for memory: read and written by its descriptor, gone with it. In $TMPDIR where that is
 * set; else in /var/tmp, because /tmp may itself be memory, or in /tmp; *FOLDER (borrowed from the environment) says where. -1 with *ERR
 * set where it cannot be. */
int ros_temporary_scratch(const char **folder, struct ros_error *err);

/* True where the file system of FD says that it has no room for WANTED more bytes; *FREE_BYTES is what it has. One that cannot say is
 * found out by writing. */
bool ros_temporary_lacks(int fd, uint64_t wanted, uint64_t *free_bytes);

/* Gives the unnamed FD the name NAME in DIRFD. 0, or the error number: EEXIST where something has that name. */
int ros_temporary_link(int fd, int dirfd, const char *name);

/* Creates ".NAME.xxxxxxxx.tmp" (O_EXCL) in the folder DIRFD, which must stay open until it is forgotten, and enters
 * it for ros_writer_remove_all: a new file, opened for writing as *FD, where that is -1, else the unnamed file *FD.
 * Returns its name, malloc'ed; NULL with *ERR set and *FD as it was. */
char *ros_temporary_create(int dirfd, const char *name, int *fd, struct ros_error *err);

/* Enters PATH (beside DIRFD, AT_FDCWD: the current folder) for ros_writer_remove_all: a whole file that is to go anyway. False
 * where there is no memory or the path is too long: then it is removed by its owner only. */
bool ros_temporary_enter(int dirfd, const char *path);
/* The same for a folder made for files to come, or about to be: it is removed after them, if nothing is left in it. */
bool ros_temporary_enter_folder(const char *path);

/* Names that stay together or go together. Each is entered before the open file FD gets it, so that no moment is between: until the
 * set is closed ros_writer_remove_all takes away those of them that are their FD's by then; FD and DIRFD stay open as long. Closing
 * lets all be at once, by one store, and ends the set. NULL, or false, where there is no memory: the owner alone removes them then;
 * a set that is NULL may be entered into and closed. */
struct ros_temporary_set *ros_temporary_set_open(void);
bool ros_temporary_set_enter(struct ros_temporary_set *set, int fd, int dirfd, const char *name);
void ros_temporary_set_close(struct ros_temporary_set *set);

/* It has been renamed or removed: the handler leaves it alone from here on. */
void ros_temporary_forget(int dirfd, const char *temp);

#endif
