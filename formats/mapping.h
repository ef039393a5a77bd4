/* A file mapped for reading: private, read-only, never written through. */
#ifndef ROS_FORMATS_MAPPING_H
#define ROS_FORMATS_MAPPING_H

#include "formats/error.h"

#include <sys/types.h>

struct ros_mapping {
	struct ros_bytes bytes;     /* the whole file; {NULL, 0} for an empty one */
	int fd;                     /* kept open for copy_file_range; -1 where the bytes are heap memory */
	dev_t dev;                  /* identity, to refuse writing onto an input */
	ino_t ino;
	int64_t mtime_ns;           /* at open; ros_mapping_unchanged compares */
	bool heap;                  /* bytes came from malloc, not mmap */
	bool image;                 /* fd is a file of our own, without a name: what the file at the path stands for (an inflated body) */
};

#define ROS_MAPPING_INIT { .fd = -1 }

/* Maps the regular file at PATH (O_RDONLY | O_CLOEXEC). Directories, devices and pipes are
 * refused with ROS_EIO and a sentence. On failure MAP is empty and safe to release. */
int ros_mapping_open(struct ros_mapping *map, const char *path, struct ros_error *err);

/* Takes over SIZE bytes at DATA from malloc (free'd on release). */
void ros_mapping_from_heap(struct ros_mapping *map, uint8_t *data, size_t size);

/* Puts the file FD of our own, complete, in the place of what MAP maps; MAP takes FD over, whatever comes, and keeps the identity of
 * the file that it was opened from, which ROS_EIO says has changed meanwhile (PATH: its name). */
int ros_mapping_replace(struct ros_mapping *map, int fd, const char *path, struct ros_error *err);

/* Fails with ROS_EIO if the file's size or modification time is not what it was at open:
 * somebody wrote to it while we read. No-op for heap bytes. */
int ros_mapping_unchanged(const struct ros_mapping *map, const char *path, struct ros_error *err);

/* Says that LEN bytes from PTR on will not be read again soon, so that resident memory stays
 * bounded (MADV_DONTNEED on whole pages inside the range). PTR must lie in a mapping of ours. */
void ros_mapping_forget(struct ros_bytes range);
/* The same for LEN bytes at offset AT of MAP; nothing where those are heap bytes. */
void ros_mapping_forget_at(const struct ros_mapping *map, size_t at, size_t len);

/* Unmaps (or frees) and closes; empty afterwards. */
void ros_mapping_release(struct ros_mapping *map);

#endif
