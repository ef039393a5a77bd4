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
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { FREE, CLAIMED, OPEN };

/* Entries are pushed once and reused, never freed: the handler may walk the list at any moment. */
struct entry {
	struct entry *next;
	atomic_int state;
	int dirfd, fd;                  /* fd: open on what the name may stand for; -1: it stands for nothing else */
	bool folder;
	struct entry *_Atomic set;      /* NULL: it goes alone. A set is an entry without a name, OPEN until its members are to stay */
	char name[PATH_MAX];
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

/* Where the kernel shows an open file. */
static void descriptor_path(int fd, char path[32])
{
	snprintf(path, 32, "/proc/self/fd/%d", fd);
}

int ros_temporary_unnamed(int dirfd)
{
#ifdef O_TMPFILE
	char path[32];
	int fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);

	if (fd < 0)
		return -1;
	descriptor_path(fd, path);
	if (!faccessat(AT_FDCWD, path, F_OK, 0))
		return fd;
	close(fd);      /* without /proc it could never be named */
#endif
	(void)dirfd;
	return -1;
}

/* One in FOLDER. Where the file system must give every file a name, it has it for a moment. -1 with errno set. */
static int scratch_in(const char *folder)
{
	char path[PATH_MAX];
	int fd = -1;

#ifdef O_TMPFILE
	fd = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
#endif
	if (fd >= 0 || snprintf(path, sizeof path, "%s/rosetta.XXXXXX", folder) >= (int)sizeof path)
		return fd;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

int ros_temporary_scratch(const char **folder, struct ros_error *err)
{
	const char *asked = secure_getenv("TMPDIR");
	int fd;

	*folder = asked && *asked ? asked : "/var/tmp";
	fd = scratch_in(*folder);
	if (fd < 0 && *folder != asked)
		fd = scratch_in(*folder = "/tmp");
	if (fd < 0)
		ros_fail_errno(err, errno, "cannot create a temporary file in '%s'", *folder);
	return fd;
}

bool ros_temporary_lacks(int fd, uint64_t wanted, uint64_t *free_bytes)
{
	struct statvfs fs;

	if (!wanted || fstatvfs(fd, &fs) < 0)
		return false;
	return !__builtin_mul_overflow((uint64_t)fs.f_bavail, (uint64_t)fs.f_frsize, free_bytes) && wanted > *free_bytes;
}

int ros_temporary_link(int fd, int dirfd, const char *name)
{
	char path[32];

	descriptor_path(fd, path);
	return linkat(AT_FDCWD, path, dirfd, name, AT_SYMLINK_FOLLOW) ? errno : 0;
}

/* One try: a new file E->name, or that name for the unnamed FD. The descriptor, or -1 with errno set. */
static int take_name(const struct entry *e, int fd)
{
	if (fd < 0)
		return openat(e->dirfd, e->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
	errno = ros_temporary_link(fd, e->dirfd, e->name);
	return errno ? -1 : fd;
}

static int take_free_name(struct entry *e, const char *name, int fd)
{
	int got = -1;

	for (int tries = 0; got < 0 && tries < 100; tries++) {
		unsigned random = 0;

		if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
			random = (unsigned)getpid() * 100u + (unsigned)tries;
		snprintf(e->name, sizeof e->name, ".%.200s.%08x.tmp", name, random);
		atomic_store(&e->state, OPEN);   /* before the file exists: no moment when it could be left behind */
		got = take_name(e, fd);
		if (got < 0)
			atomic_store(&e->state, CLAIMED);
		if (got < 0 && errno != EEXIST)
			break;
	}
	return got;
}

char *ros_temporary_create(int dirfd, const char *name, int *fd, struct ros_error *err)
{
	struct entry *e = claim_entry();
	char *copy;
	int got;

	if (!e) {
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for a file name");
		return NULL;
	}
	e->dirfd = dirfd;
	e->fd = -1;
	e->folder = false;
	atomic_store(&e->set, NULL);
	got = take_free_name(e, name, *fd);
	if (got < 0) {
		ros_fail_errno(err, errno, "cannot create a temporary file beside the target");
		atomic_store(&e->state, FREE);
		return NULL;
	}
	copy = strdup(e->name);
	if (copy) {
		*fd = got;
		return copy;
	}
	ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for a file name");
	unlinkat(dirfd, e->name, 0);
	atomic_store(&e->state, FREE);
	if (*fd < 0)
		close(got);
	return NULL;
}

static struct entry *enter(struct entry *set, int fd, int dirfd, const char *path, bool folder)
{
	struct entry *e = strlen(path) < sizeof e->name ? claim_entry() : NULL;

	if (!e)
		return NULL;
	e->dirfd = dirfd;
	e->fd = fd;
	e->folder = folder;
	atomic_store(&e->set, set);
	strcpy(e->name, path);
	atomic_store(&e->state, OPEN);
	return e;
}

bool ros_temporary_enter(int dirfd, const char *path)
{
	return enter(NULL, -1, dirfd, path, false) != NULL;
}

bool ros_temporary_enter_folder(const char *path)
{
	return enter(NULL, -1, AT_FDCWD, path, true) != NULL;
}

struct ros_temporary_set *ros_temporary_set_open(void)
{
	return (struct ros_temporary_set *)enter(NULL, -1, AT_FDCWD, "", false);
}

bool ros_temporary_set_enter(struct ros_temporary_set *set, int fd, int dirfd, const char *name)
{
	return set && enter((struct entry *)set, fd, dirfd, name, false);
}

/* One store lets all members be. Nobody takes the set's entry for something else before they have left it. */
void ros_temporary_set_close(struct ros_temporary_set *set)
{
	struct entry *whole = (struct entry *)set;

	if (!whole)
		return;
	atomic_store(&whole->state, CLAIMED);
	for (struct entry *e = atomic_load(&entries); e; e = e->next)
		if (atomic_load(&e->state) == OPEN && atomic_load(&e->set) == whole)
			atomic_store(&e->state, FREE);
	atomic_store(&whole->state, FREE);
}

void ros_temporary_forget(int dirfd, const char *temp)
{
	for (struct entry *e = atomic_load(&entries); e; e = e->next)
		if (atomic_load(&e->state) == OPEN && e->dirfd == dirfd && !strcmp(e->name, temp)) {
			atomic_store(&e->state, FREE);
			return;
		}
}

/* In a signal handler. Where a name was entered before it was given, another's file may have it. */
static bool is_to_go(const struct entry *e, bool folders)
{
	const struct entry *set;
	struct stat ours, there;

	if (atomic_load(&e->state) != OPEN || e->folder != folders || !*e->name)
		return false;
	set = atomic_load(&e->set);
	if (set && atomic_load(&set->state) != OPEN)
		return false;
	return e->fd < 0 || (!fstat(e->fd, &ours) && !fstatat(e->dirfd, e->name, &there, AT_SYMLINK_NOFOLLOW)
			     && ours.st_dev == there.st_dev && ours.st_ino == there.st_ino);
}

static void remove_entries(bool folders)
{
	for (struct entry *e = atomic_load(&entries); e; e = e->next)
		if (is_to_go(e, folders))
			unlinkat(e->dirfd, e->name, folders ? AT_REMOVEDIR : 0);
}

void ros_writer_remove_all(void)
{
	int saved = errno;

	remove_entries(false);
	remove_entries(true);   /* what they were in goes if nothing else is */
	errno = saved;
}
