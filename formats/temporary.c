#include "config.h"

#include "formats/temporary.h"

#include "formats/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { FREE, CLAIMED, OPEN };

/* Entries are pushed once and reused, never freed: the handler may walk the list at any moment. */
struct entry {
	struct entry *next;
	atomic_int state;
	int dirfd;
	char name[NAME_MAX + 1];
};

static _Atomic(struct entry *) entries;

static struct entry *claim_entry(void)
{
	struct entry *e;

	for (e = atomic_load(&entries); e; e = e->next) {
		int free_state = FREE;

		if (atomic_compare_exchange_strong(&e->state, &free_state, CLAIMED))
			return e;
	}
	e = calloc(1, sizeof *e);
	if (!e)
		return NULL;
	atomic_init(&e->state, CLAIMED);
	e->next = atomic_load(&entries);
	while (!atomic_compare_exchange_weak(&entries, &e->next, e))
		;
	return e;
}

char *ros_temporary_create(int dirfd, const char *name, int *fd, struct ros_error *err)
{
	struct entry *e = claim_entry();
	char *copy;

	*fd = -1;
	for (int tries = 0; e && *fd < 0 && tries < 100; tries++) {
		unsigned random = 0;

		if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
			random = (unsigned)getpid() * 100u + (unsigned)tries;
		snprintf(e->name, sizeof e->name, ".%.200s.%08x.tmp", name, random);
		e->dirfd = dirfd;
		atomic_store(&e->state, OPEN);   /* before the file exists: no moment when it could be left behind */
		*fd = openat(dirfd, e->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
		if (*fd < 0)
			atomic_store(&e->state, CLAIMED);
		if (*fd < 0 && errno != EEXIST)
			break;
	}
	if (e && *fd < 0) {
		ros_fail_errno(err, errno, "cannot create a temporary file beside the target");
		atomic_store(&e->state, FREE);
		return NULL;
	}
	copy = e ? strdup(e->name) : NULL;
	if (e && !copy) {
		unlinkat(dirfd, e->name, 0);
		atomic_store(&e->state, FREE);
		close(*fd);
		*fd = -1;
	}
	if (!copy)
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for a file name");
	return copy;
}

void ros_temporary_forget(int dirfd, const char *temp)
{
	for (struct entry *e = atomic_load(&entries); e; e = e->next)
		if (atomic_load(&e->state) == OPEN && e->dirfd == dirfd && !strcmp(e->name, temp)) {
			atomic_store(&e->state, FREE);
			return;
		}
}

void ros_writer_remove_all(void)
{
	int saved = errno;

	for (struct entry *e = atomic_load(&entries); e; e = e->next)
		if (atomic_load(&e->state) == OPEN)
			unlinkat(e->dirfd, e->name, 0);
	errno = saved;
}
