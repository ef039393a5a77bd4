#include "rosetta/hash_files.h"

#include "rosetta/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define STRETCH (256u << 10)   /* read and hashed at a time: stays in the cache of one core */

struct ros_hash_files {
	const struct ros_model *model;
	enum ros_digest_kind kind;
	struct ros_run_options run;
	struct ros_digest *digest;
	struct ros_error err;
	pthread_t thread;
	atomic_bool given_up;
};

/* The file as it lies on the disk is read again, not its mapping: that costs less than mapping and forgetting pages, leaves
 * resident memory alone, and is right for a compressed file too. */
static int hash_file(struct ros_hash_files *h, int fd, uint8_t *buffer, struct ros_hasher *hasher, struct ros_error *err)
{
	off_t at = 0;

	while (!atomic_load(&h->given_up) && !ros_cancelled(&h->run, err)) {
		ssize_t n = pread(fd, buffer, STRETCH, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? ros_fail_errno(err, errno, "cannot read") : 0;
		ros_hasher_update(hasher, buffer, (size_t)n);
		at += n;
	}
	return err->code;
}

/* A compressed part is opened again by its path, where another file may be by now. */
static int open_again(const struct ros_part *p, struct ros_error *err)
{
	struct stat st;
	int fd = open(p->path.ptr, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st) < 0)
		ros_fail_errno(err, errno, "cannot open");
	else if (st.st_dev != p->map.dev || st.st_ino != p->map.ino)
		ros_fail(err, ROS_EIO, ROS_NO_OFFSET, "the file was replaced while it was being read");
	return fd;
}

static int hash_part(void *context, size_t part, void *scratch, struct ros_error *err)
{
	struct ros_hash_files *h = context;
	const struct ros_part *p = &h->model->parts[part];
	struct ros_hasher *hasher = ros_hasher_new(h->kind);
	bool own = p->map.fd >= 0 && !p->map.image;
	int fd = own ? p->map.fd : open_again(p, err);

	if (!hasher)
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "a hasher");
	else if (!err->code)
		hash_file(h, fd, scratch, hasher, err);
	if (hasher)
		h->digest[part] = ros_hasher_finish(hasher);
	ros_hasher_free(hasher);
	if (fd >= 0 && !own)
		close(fd);
	return ros_error_in_file(err, p->path.ptr);
}

static void *hash_all(void *arg)
{
	struct ros_hash_files *h = arg;

	/* On Linux each thread has a nice value, which those it starts take over: the other work, which keeps a disk busy, goes first. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), 10);
	ros_pool_run(&(struct ros_work){ .count = h->model->part_count, .make = hash_part, .context = h, .phase = "hash", .scratch_bytes = STRETCH }, &h->run, &h->err);
	return NULL;
}

struct ros_hash_files *ros_hash_files_start(const struct ros_model *m, enum ros_digest_kind kind, const struct ros_run_options *run,
					    struct ros_error *err)
{
	struct ros_hash_files *h = calloc(1, sizeof *h);
	int rc;

	if (!h || !(h->digest = calloc(m->part_count + 1, sizeof *h->digest))) {
		free(h);
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "%zu digests", m->part_count);
		return NULL;
	}
	h->model = m;
	h->kind = kind;
	if (run)
		h->run = *run;
	h->run.progress = NULL;
	rc = pthread_create(&h->thread, NULL, hash_all, h);
	if (!rc)
		return h;
	ros_fail_errno(err, rc, "cannot start a thread");
	free(h->digest);
	free(h);
	return NULL;
}

int ros_hash_files_finish(struct ros_hash_files *h, struct ros_digest *digest, struct ros_error *err)
{
	if (!h)
		return 0;
	if (!digest)
		atomic_store(&h->given_up, true);
	pthread_join(h->thread, NULL);
	for (size_t i = 0; digest && i < h->model->part_count; i++)
		digest[i] = h->digest[i];
	if (h->err.code && !err->code)
		*err = h->err;
	free(h->digest);
	free(h);
	return err->code;
}
