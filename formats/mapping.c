#include "formats/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* Opens and checks that PATH is a regular file, without waiting on a pipe for a writer. */
static int open_regular(const char *path, struct stat *st, struct ros_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0) {
		ros_fail_errno(err, errno, "cannot open");
		return -1;
	}
	if (fstat(fd, st) < 0)
		ros_fail_errno(err, errno, "cannot stat");
	else if (!S_ISREG(st->st_mode))
		ros_fail(err, ROS_EIO, ROS_NO_OFFSET, "a regular file wanted, found %s",
			 S_ISDIR(st->st_mode) ? "a directory" : "a device, socket or pipe");
	if (err->code) {
		close(fd);
		return -1;
	}
	return fd;
}

int ros_mapping_open(struct ros_mapping *map, const char *path, struct ros_error *err)
{
	struct stat st;
	void *p;

	*map = (struct ros_mapping)ROS_MAPPING_INIT;
	map->fd = open_regular(path, &st, err);
	if (map->fd < 0)
		return ros_error_in_file(err, path);
	map->dev = st.st_dev;
	map->ino = st.st_ino;
	map->mtime_ns = mtime_ns(&st);
	if (st.st_size == 0)
		return 0;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, map->fd, 0);
	if (p == MAP_FAILED) {
		ros_fail_errno(err, errno, "cannot map %lld bytes", (long long)st.st_size);
		ros_mapping_release(map);
		return ros_error_in_file(err, path);
	}
	map->bytes = (struct ros_bytes){ p, (size_t)st.st_size };
	return 0;
}

int ros_mapping_replace(struct ros_mapping *map, int fd, const char *path, struct ros_error *err)
{
	struct ros_mapping image = { .fd = fd, .dev = map->dev, .ino = map->ino, .image = true };
	struct stat st = { 0 };
	void *p = MAP_FAILED;

	ros_mapping_unchanged(map, path, err);
	if (!err->code && !fstat(fd, &st))
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED && !err->code)
		ros_fail_errno(err, errno, "cannot map %lld bytes", (long long)st.st_size);
	if (p != MAP_FAILED)
		image.bytes = (struct ros_bytes){ p, (size_t)st.st_size };
	image.mtime_ns = mtime_ns(&st);
	ros_mapping_release(map);
	*map = image;
	return err->code;
}

void ros_mapping_from_heap(struct ros_mapping *map, uint8_t *data, size_t size)
{
	*map = (struct ros_mapping){ .bytes = { data, size }, .fd = -1, .heap = true };
}

int ros_mapping_unchanged(const struct ros_mapping *map, const char *path, struct ros_error *err)
{
	struct stat st;

	if (map->fd < 0)
		return 0;
	if (fstat(map->fd, &st) < 0)
		ros_fail_errno(err, errno, "cannot stat");
	else if ((uint64_t)st.st_size != map->bytes.len || mtime_ns(&st) != map->mtime_ns)
		ros_fail(err, ROS_EIO, ROS_NO_OFFSET, "the file changed while it was being read");
	return ros_error_in_file(err, path);
}

void ros_mapping_forget(struct ros_bytes range)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = ((uintptr_t)range.ptr + page - 1) / page * page;
	uintptr_t end = ((uintptr_t)range.ptr + range.len) / page * page;

	if (range.len && start < end)
		madvise((void *)start, end - start, MADV_DONTNEED);
}

void ros_mapping_forget_at(const struct ros_mapping *map, size_t at, size_t len)
{
	if (!map->heap && at < map->bytes.len)
		ros_mapping_forget((struct ros_bytes){ map->bytes.ptr + at, len < map->bytes.len - at ? len : map->bytes.len - at });
}

void ros_mapping_release(struct ros_mapping *map)
{
	if (map->heap)
		free((void *)map->bytes.ptr);
	else if (map->bytes.len)
		munmap((void *)map->bytes.ptr, map->bytes.len);
	if (map->fd >= 0)
		close(map->fd);
	*map = (struct ros_mapping)ROS_MAPPING_INIT;
}
