#include "rosetta/hash_files.h"

#include "rosetta/pool.h"

#include <pthread.h>
#include <stdlib.h>

#define STRETCH (4u << 20)   /* hashed, then forgotten */

struct ros_hash_files {
	const struct ros_model *model;
	enum ros_digest_kind kind;
	struct ros_run_options run;
	struct ros_digest *digest;
	struct ros_error err;
	pthread_t thread;
};

static int hash_part(void *context, size_t part, void *scratch, struct ros_error *err)
{
	struct ros_hash_files *h = context;
	const struct ros_mapping *map = &h->model->parts[part].map;
	struct ros_hasher *hasher = ros_hasher_new(h->kind);

	(void)scratch;
	if (!hasher)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "a hasher");
	for (size_t at = 0; at < map->bytes.len && !ros_cancelled(&h->run, err); at += STRETCH) {
		struct ros_bytes stretch = { map->bytes.ptr + at, map->bytes.len - at < STRETCH ? map->bytes.len - at : STRETCH };

		ros_hasher_update(hasher, stretch.ptr, stretch.len);
		if (!map->heap)
			ros_mapping_forget(stretch);
	}
	h->digest[part] = ros_hasher_finish(hasher);
	ros_hasher_free(hasher);
	return err->code;
}

static void *hash_all(void *arg)
{
	struct ros_hash_files *h = arg;

	ros_pool_run(&(struct ros_work){ .count = h->model->part_count, .make = hash_part, .context = h, .phase = "hash" }, &h->run, &h->err);
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
	pthread_join(h->thread, NULL);
	for (size_t i = 0; digest && i < h->model->part_count; i++)
		digest[i] = h->digest[i];
	if (h->err.code && !err->code)
		*err = h->err;
	free(h->digest);
	free(h);
	return err->code;
}
