#include "config.h"

#include "formats/writer.h"

#include "formats/digest.h"
#include "formats/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define BUFFER_BYTES (64u << 10)     /* small pieces gather here; larger ones go straight through */
#define FLUSH_BYTES (8u << 20)       /* write-back starts each time so much has gathered */
#define FLUSH_LATE (32u << 20)       /* the writing thread does it itself when so much has gathered */
#define RESERVE_MIN (4u << 20)       /* a smaller file gains nothing by a reservation */

static int io_error(struct ros_writer *w, int errnum, const char *what)
{
	ros_fail_errno(w->err, errnum, "%s", what);
	return ros_error_in_file(w->err, w->path ? w->path : "");
}

/* The last component of PATH; *DIR is the folder before it, malloc'ed. */
static const char *split_path(const char *path, char **dir)
{
	const char *slash = strrchr(path, '/');

	*dir = !slash ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
	return slash ? slash + 1 : path;
}

/* The target may be absent, or a regular file (or a link, which the rename replaces) and FORCE given. */
static int check_target(struct ros_writer *w, const char *name, bool force)
{
	struct stat st;

	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return ros_fail(w->err, ROS_EUSAGE, ROS_NO_OFFSET, "a file name is wanted as the target");
	if (fstatat(w->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : io_error(w, errno, "cannot look at the target");
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return ros_fail(w->err, ROS_EUSAGE, ROS_NO_OFFSET, "the target exists and is %s, not a file",
				S_ISDIR(st.st_mode) ? "a directory" : "a device, socket or pipe");
	if (!force)
		return ros_fail(w->err, ROS_EUSAGE, ROS_NO_OFFSET, "the target exists; --force replaces it");
	return 0;
}

static int check_space(struct ros_writer *w, uint64_t expected)
{
	uint64_t free_bytes;

	if (!ros_temporary_lacks(w->dirfd, expected, &free_bytes))
		return 0;
	return ros_fail(w->err, ROS_EIO, ROS_NO_OFFSET, "%" PRIu64 " bytes are to be written, %" PRIu64 " are free there",
			expected, free_bytes);
}

/* Asks for the file's blocks at once where that has been seen to pay. ext4 otherwise keeps an account of every 4 KB as they are
 * written: 0.37 s of the writing thread for 2 GB, 0.23 s with a reservation (Linux 6.18). tmpfs is slower with one, and a file system
 * that copies on write has no use for it. The size stays that of what was written; a disk that is full is found out here. */
static int reserve(struct ros_writer *w, uint64_t expected)
{
	struct statfs fs;

	if (expected < RESERVE_MIN || expected > INT64_MAX || fstatfs(w->fd, &fs) < 0 || fs.f_type != EXT4_SUPER_MAGIC)
		return 0;
	if (!fallocate(w->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)expected))
		w->reserved = expected;
	else if (errno == ENOSPC || errno == EDQUOT)
		return io_error(w, errno, "cannot reserve the file's blocks");
	return 0;       /* what else hinders it hinders no writing */
}

int ros_writer_open(struct ros_writer *w, const char *path, uint64_t expected, bool force, struct ros_error *err)
{
	const char *name;
	char *dir;

	*w = (struct ros_writer){ .fd = -1, .dirfd = -1, .force = force, .err = err };
	w->path = strdup(path);
	name = split_path(path, &dir);
	if (!w->path || !dir)
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for a path");
	else
		w->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!err->code && w->dirfd < 0)
		io_error(w, errno, "cannot open the target's folder");
	free(dir);
	if (!err->code && !check_target(w, name, force) && !check_space(w, expected)) {
		w->fd = ros_temporary_unnamed(w->dirfd);
		if (w->fd < 0)
			w->temp = ros_temporary_create(w->dirfd, name, &w->fd, err);
		w->buffer = w->fd >= 0 ? malloc(BUFFER_BYTES) : NULL;
		if (!w->buffer)
			ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for a write buffer");
		else
			reserve(w, expected);
	}
	return ros_error_in_file(err, path);
}

/* Hands what was written since the last time to the disk, once LAG bytes have gathered. */
static void write_back(struct ros_writer *w, uint64_t lag)
{
	uint64_t from = atomic_load(&w->flushed), to = atomic_load(&w->written);

	if (to - from >= lag && atomic_compare_exchange_strong(&w->flushed, &from, to))
		sync_file_range(w->fd, (off_t)from, (off_t)(to - from), SYNC_FILE_RANGE_WRITE);
}

void ros_writer_write_back(struct ros_writer *w)
{
	write_back(w, FLUSH_BYTES);
}

static int write_all(struct ros_writer *w, const uint8_t *p, size_t len)
{
	while (len && !w->err->code) {
		size_t piece = len < FLUSH_LATE ? len : FLUSH_LATE;
		ssize_t n = pwrite(w->fd, p, piece, (off_t)w->written);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return io_error(w, n ? errno : ENOSPC, "cannot write");
		p += n;
		len -= (size_t)n;
		w->written += (size_t)n;
		write_back(w, FLUSH_LATE);
	}
	return w->err->code;
}

static int flush_buffer(struct ros_writer *w)
{
	size_t fill = w->fill;

	w->fill = 0;
	return write_all(w, w->buffer, fill);
}

int ros_writer_flush(struct ros_writer *w)
{
	return w->err->code ? (int)w->err->code : flush_buffer(w);
}

int ros_writer_put(struct ros_writer *w, const void *data, size_t len)
{
	if (w->err->code || !len)
		return w->err->code;
	if (w->footer_crc)
		w->crc = ros_crc32(w->crc, data, len);
	w->pos += len;
	if (len > BUFFER_BYTES - w->fill && flush_buffer(w))
		return w->err->code;
	if (len >= BUFFER_BYTES)
		return write_all(w, data, len);
	memcpy(w->buffer + w->fill, data, len);
	w->fill += len;
	return 0;
}

int ros_writer_zeros(struct ros_writer *w, uint64_t len)
{
	static const uint8_t zeros[4096];

	while (len && !w->err->code) {
		size_t piece = len < sizeof zeros ? (size_t)len : sizeof zeros;

		ros_writer_put(w, zeros, piece);
		len -= piece;
	}
	return w->err->code;
}

int ros_writer_patch(struct ros_writer *w, uint64_t offset, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (w->err->code || flush_buffer(w))
		return w->err->code;
	if (w->footer_crc || offset > w->pos || len > w->pos - offset)
		return ros_fail(w->err, ROS_EUSAGE, offset, "a patch outside what was written, or under a running checksum");
	while (len) {
		ssize_t n = pwrite(w->fd, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return io_error(w, n ? errno : ENOSPC, "cannot write");
		p += n;
		offset += (size_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/* Gives the temporary file its name. Without force a target that appeared meanwhile is not replaced. */
static int rename_over(struct ros_writer *w, const char *name)
{
	if (!w->force && !renameat2(w->dirfd, w->temp, w->dirfd, name, RENAME_NOREPLACE))
		return 0;
	if (!w->force && errno == EEXIST)
		return ros_fail(w->err, ROS_EUSAGE, ROS_NO_OFFSET, "the target appeared meanwhile; --force replaces it");
	if (!w->force && ((errno != EINVAL && errno != ENOSYS) || check_target(w, name, false)))   /* a file system or kernel without that flag */
		return io_error(w, errno, "cannot rename");
	return renameat(w->dirfd, w->temp, w->dirfd, name) < 0 ? io_error(w, errno, "cannot rename") : 0;
}

static const char *target_name(const struct ros_writer *w)
{
	const char *slash = strrchr(w->path, '/');

	return slash ? slash + 1 : w->path;
}

/* What has no name yet gets the target's, or, where a target is to be replaced, one beside it to be renamed. */
static int give_name(struct ros_writer *w)
{
	const char *name = target_name(w);
	int errnum = w->temp ? EEXIST : ros_temporary_link(w->fd, w->dirfd, name);

	if (!errnum)
		return 0;
	if (errnum != EEXIST)
		return io_error(w, errnum, "cannot give the file its name");
	if (!w->temp && !w->force)
		return ros_fail(w->err, ROS_EUSAGE, ROS_NO_OFFSET, "the target appeared meanwhile; --force replaces it");
	if (!w->temp)
		w->temp = ros_temporary_create(w->dirfd, name, &w->fd, w->err);
	return w->temp ? rename_over(w, name) : (int)w->err->code;
}

/* All bytes are on the disk; the file has no name yet. */
static int settle(struct ros_writer *w)
{
	if (w->err->code || flush_buffer(w))
		return ros_error_in_file(w->err, w->path ? w->path : "");
	if (w->written < w->reserved && ftruncate(w->fd, (off_t)w->written) < 0)
		return io_error(w, errno, "cannot give back what was reserved and not written");
	return fsync(w->fd) < 0 ? io_error(w, errno, "cannot bring the file to the disk") : 0;
}

/* Gives the file its name. Until SET, where it belongs to one, is whole a signal takes the name away again. */
static int publish(struct ros_writer *w, struct ros_temporary_set *set)
{
	ros_temporary_set_enter(set, w->fd, w->dirfd, target_name(w));
	if (give_name(w))
		return ros_error_in_file(w->err, w->path);
	if (w->temp)
		ros_temporary_forget(w->dirfd, w->temp);
	free(w->temp);
	w->temp = NULL;
	return 0;
}

static int settle_folder(struct ros_writer *w)
{
	if (fsync(w->dirfd) < 0 && errno != EINVAL && errno != ENOTSUP)   /* some file systems cannot sync a folder */
		return io_error(w, errno, "cannot bring the folder to the disk");
	return 0;
}

int ros_writer_commit_all(struct ros_writer *w, size_t count)
{
	struct ros_temporary_set *set;
	size_t named = 0;
	int rc = 0;

	for (size_t i = 0; i < count && !rc; i++)
		rc = settle(&w[i]);
	set = count > 1 && !rc ? ros_temporary_set_open() : NULL;
	while (named < count && !rc) {
		rc = publish(&w[named], set);
		named += !rc;
	}
	for (size_t i = 0; i < count && !rc; i++)
		rc = settle_folder(&w[i]);
	for (size_t i = 0; i < named && rc; i++)
		unlinkat(w[i].dirfd, target_name(&w[i]), 0);
	ros_temporary_set_close(set);
	return rc;
}

int ros_writer_commit(struct ros_writer *w)
{
	return ros_writer_commit_all(w, 1);
}

void ros_writer_release(struct ros_writer *w)
{
	if (w->temp) {
		unlinkat(w->dirfd, w->temp, 0);
		ros_temporary_forget(w->dirfd, w->temp);
	}
	if (w->fd >= 0)
		close(w->fd);
	if (w->dirfd >= 0)
		close(w->dirfd);
	free(w->buffer);
	free(w->path);
	free(w->temp);
	*w = (struct ros_writer)ROS_WRITER_INIT;
}
