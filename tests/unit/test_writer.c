/* Output appears whole or not at all: also when the disk is full, the process is told to stop, or the target is there. */
#include "formats/digest.h"
#include "formats/writer.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Every test runs twice: as the file system has it, and as on one that has no files without names. */
static bool no_unnamed;

/* Takes the place of the C library's for the code under test too, which is linked into this program. */
int openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if (no_unnamed && (flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return (int)syscall(SYS_openat, dir, path, flags | O_LARGEFILE, mode);
}

/* Told to stop right after the LETHAL-th call that gives a name or brings something to the disk; 0: never. */
static int lethal;

static int after(long rc)
{
	if (!rc && lethal && !--lethal)
		raise(SIGTERM);
	return (int)rc;
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
	return after(syscall(SYS_linkat, from, old, to, new, flags));
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
	return after(syscall(SYS_renameat2, from, old, to, new, flags));
}

int fsync(int fd)
{
	return after(syscall(SYS_fsync, fd));
}

static void without_unnamed(void)
{
	no_unnamed = true;
}

static bool has_unnamed(const struct scratch *s)
{
	int fd = no_unnamed ? -1 : open(s->path, O_TMPFILE | O_RDWR, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Files in the folder, hidden ones included. */
static int entries(const struct scratch *s)
{
	DIR *d = opendir(s->path);
	int n = -2;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

START_TEST(a_file_appears_at_commit)
{
	struct scratch s = scratch_new();
	char *path = scratch_path(&s, "out");
	struct ros_error err = { 0 };
	struct ros_writer w = ROS_WRITER_INIT;
	size_t len;
	uint8_t *bytes;

	ck_assert_int_eq(ros_writer_open(&w, path, 100, false, &err), 0);
	ck_assert_int_eq(ros_writer_put(&w, "hello", 5), 0);
	ck_assert_int_eq(ros_writer_zeros(&w, 5000), 0);
	ck_assert_int_eq(ros_writer_patch(&w, 1, "E", 1), 0);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_int_eq(entries(&s), has_unnamed(&s) ? 0 : 1);
	ck_assert_int_eq(ros_writer_commit(&w), 0);
	ros_writer_release(&w);
	bytes = scratch_read(&s, "out", &len);
	ck_assert_uint_eq(len, 5005);
	ck_assert_mem_eq(bytes, "hEllo\0\0", 7);
	ck_assert_int_eq(entries(&s), 1);
	free(bytes);
	free(path);
	scratch_remove(&s);
}
END_TEST

/* A file that becomes shorter than was said keeps no blocks that were reserved for it. */
START_TEST(what_was_reserved_is_given_back)
{
	struct scratch s = scratch_new();
	char *path = scratch_path(&s, "out");
	struct ros_error err = { 0 };
	struct ros_writer w = ROS_WRITER_INIT;
	struct stat st;

	ck_assert_int_eq(ros_writer_open(&w, path, 16 << 20, false, &err), 0);
	ck_assert_int_eq(ros_writer_zeros(&w, 1 << 20), 0);
	ck_assert_int_eq(ros_writer_commit(&w), 0);
	ros_writer_release(&w);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_size, 1 << 20);
	ck_assert_int_lt(st.st_blocks * 512, 4 << 20);
	free(path);
	scratch_remove(&s);
}
END_TEST

/* Of files that belong together none keeps its name where one cannot have its own. */
START_TEST(a_set_appears_whole_or_not_at_all)
{
	struct scratch s = scratch_new();
	char *path[3] = { scratch_path(&s, "a"), scratch_path(&s, "b"), scratch_path(&s, "c") };
	struct ros_error err = { 0 };
	struct ros_writer w[3];

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(ros_writer_open(&w[i], path[i], 0, false, &err), 0);
		ros_writer_put(&w[i], "new", 3);
	}
	if (_i)
		free(scratch_write(&s, "c", "old", 3));
	ck_assert_int_eq(ros_writer_commit_all(w, 3), _i ? ROS_EUSAGE : 0);
	for (int i = 0; i < 3; i++) {
		ros_writer_release(&w[i]);
		free(path[i]);
	}
	ck_assert_int_eq(entries(&s), _i ? 1 : 3);
	scratch_remove(&s);
}
END_TEST

START_TEST(not_committed_means_gone)
{
	struct scratch s = scratch_new();
	char *path = scratch_path(&s, "out");
	struct ros_error err = { 0 };
	struct ros_writer w = ROS_WRITER_INIT;

	ros_writer_open(&w, path, 0, false, &err);
	ros_writer_put(&w, "hello", 5);
	ros_writer_release(&w);
	ros_writer_release(&w);
	ck_assert_int_eq(entries(&s), 0);
	free(path);
	scratch_remove(&s);
}
END_TEST

START_TEST(an_existing_target_needs_force)
{
	struct scratch s = scratch_new();
	char *path = scratch_write(&s, "out", "old", 3);
	struct ros_error err = { 0 };
	struct ros_writer w = ROS_WRITER_INIT;
	size_t len;
	uint8_t *bytes;

	ck_assert_int_eq(ros_writer_open(&w, path, 0, false, &err), ROS_EUSAGE);
	ros_writer_release(&w);
	err = (struct ros_error){ 0 };
	ck_assert_int_eq(ros_writer_open(&w, path, 0, true, &err), 0);
	ros_writer_put(&w, "new!", 4);
	ck_assert_int_eq(ros_writer_commit(&w), 0);
	ros_writer_release(&w);
	bytes = scratch_read(&s, "out", &len);
	ck_assert_uint_eq(len, 4);
	ck_assert_int_eq(entries(&s), 1);
	free(bytes);
	free(path);
	scratch_remove(&s);
}
END_TEST

/* A name that is free needs no force, and force needs no name that is taken. */
START_TEST(force_without_a_target)
{
	struct scratch s = scratch_new();
	char *path = scratch_path(&s, "out");
	struct ros_error err = { 0 };
	struct ros_writer w = ROS_WRITER_INIT;
	struct stat st;
	mode_t mask = umask(027);

	ck_assert_int_eq(ros_writer_open(&w, path, 0, true, &err), 0);
	ros_writer_put(&w, "new", 3);
	ck_assert_int_eq(ros_writer_commit(&w), 0);
	ros_writer_release(&w);
	umask(mask);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0640);
	ck_assert_int_eq(entries(&s), 1);
	free(path);
	scratch_remove(&s);
}
END_TEST

/* Nobody cleans up after SIGKILL: what has no name goes by itself. */
START_TEST(a_kill_leaves_no_unnamed_file)
{
	struct scratch s = scratch_new();
	char *path = scratch_path(&s, "out");
	bool unnamed = has_unnamed(&s);
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct ros_error err = { 0 };
		struct ros_writer w = ROS_WRITER_INIT;

		ros_writer_open(&w, path, 0, false, &err);
		ros_writer_zeros(&w, 1 << 20);
		raise(SIGKILL);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(entries(&s), unnamed ? 0 : 1);
	ck_assert_int_ne(access(path, F_OK), 0);
	free(path);
	scratch_remove(&s);
}
END_TEST

START_TEST(a_target_that_appears_meanwhile_is_kept)
{
	struct scratch s = scratch_new();
	char *path = scratch_path(&s, "out");
	struct ros_error err = { 0 };
	struct ros_writer w = ROS_WRITER_INIT;
	size_t len;

	ros_writer_open(&w, path, 0, false, &err);
	ros_writer_put(&w, "mine", 4);
	free(scratch_write(&s, "out", "theirs", 6));
	ck_assert_int_eq(ros_writer_commit(&w), ROS_EUSAGE);
	ros_writer_release(&w);
	free(scratch_read(&s, "out", &len));
	ck_assert_uint_eq(len, 6);
	ck_assert_int_eq(entries(&s), 1);
	free(path);
	scratch_remove(&s);
}
END_TEST

/* Targets that no file can take the place of. */
static const struct { const char *name; enum ros_code want; } targets[] = {
	{ "sub", ROS_EUSAGE }, { "sub/", ROS_EUSAGE }, { ".", ROS_EUSAGE }, { "pipe", ROS_EUSAGE }, { "absent/out", ROS_EIO },
};

START_TEST(odd_targets_are_refused)
{
	struct scratch s = scratch_new();
	char *path = scratch_path(&s, targets[_i].name), *sub = scratch_path(&s, "sub"), *fifo = scratch_path(&s, "pipe");
	struct ros_error err = { 0 };
	struct ros_writer w = ROS_WRITER_INIT;

	ck_assert_int_eq(mkdir(sub, 0777), 0);
	ck_assert_int_eq(mkfifo(fifo, 0666), 0);
	ck_assert_msg(ros_writer_open(&w, path, 0, true, &err) == (int)targets[_i].want, "%s: %s", targets[_i].name, err.text);
	ros_writer_release(&w);
	free(path);
	free(sub);
	free(fifo);
	scratch_remove(&s);
}
END_TEST

START_TEST(a_full_disk_is_seen_before_writing)
{
	struct scratch s = scratch_new();
	char *path = scratch_path(&s, "out");
	struct ros_error err = { 0 };
	struct ros_writer w = ROS_WRITER_INIT;

	ck_assert_int_eq(ros_writer_open(&w, path, UINT64_MAX / 2, false, &err), ROS_EIO);
	ck_assert_msg(strstr(err.text, "are free"), "%s", err.text);
	ros_writer_release(&w);
	ck_assert_int_eq(entries(&s), 0);
	free(path);
	scratch_remove(&s);
}
END_TEST

/* The kernel refuses at a chosen byte: the error sticks, the temporary file goes. */
START_TEST(a_failed_write_sticks)
{
	struct scratch s = scratch_new();
	char *path = scratch_path(&s, "out");
	struct rlimit old, limit;
	struct ros_error err = { 0 };
	struct ros_writer w = ROS_WRITER_INIT;
	static uint8_t block[1 << 20];

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = (struct rlimit){ (rlim_t)_i, old.rlim_max };
	ck_assert_int_eq(ros_writer_open(&w, path, 0, false, &err), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ros_writer_put(&w, "head", 4);
	ros_writer_put(&w, block, sizeof block);
	ros_writer_put(&w, "tail", 4);
	ck_assert_int_eq(ros_writer_commit(&w), ROS_EIO);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	ck_assert_msg(strstr(err.text, "cannot write") && strstr(err.file, "out"), "%s in %s", err.text, err.file);
	ck_assert_int_eq(ros_writer_put(&w, "more", 4), ROS_EIO);
	ros_writer_release(&w);
	ck_assert_int_eq(entries(&s), 0);
	free(path);
	scratch_remove(&s);
}
END_TEST

/* Mounts a file system of 256 KiB over the folder, seen by this process alone; false where that is not allowed. */
static bool mount_small(const struct scratch *s)
{
	return !unshare(CLONE_NEWNS) && !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("none", s->path, "tmpfs", 0, "size=256k");
}

START_TEST(a_disk_that_fills_up_leaves_nothing)
{
	struct scratch s = scratch_new();
	char *path = scratch_path(&s, "out");
	struct ros_error err = { 0 };
	struct ros_writer w = ROS_WRITER_INIT;

	if (!mount_small(&s)) {
		printf("skipped: a small file system cannot be mounted here\n");
	} else {
		ck_assert_int_eq(ros_writer_open(&w, path, 300u << 10, false, &err), ROS_EIO);
		ck_assert_msg(strstr(err.text, "are free"), "%s", err.text);
		ros_writer_release(&w);
		err = (struct ros_error){ 0 };
		ck_assert_int_eq(ros_writer_open(&w, path, 0, false, &err), 0);
		ck_assert_int_eq(ros_writer_zeros(&w, 400u << 10), ROS_EIO);
		ck_assert_msg(strstr(err.text, strerror(ENOSPC)), "%s", err.text);
		ck_assert_int_eq(ros_writer_commit(&w), ROS_EIO);
		ros_writer_release(&w);
		ck_assert_int_eq(entries(&s), 0);
		umount(s.path);
	}
	free(path);
	scratch_remove(&s);
}
END_TEST

static void on_term(int sig)
{
	(void)sig;
	ros_writer_remove_all();
	_exit(3);
}

START_TEST(a_signal_leaves_nothing_behind)
{
	struct scratch s = scratch_new();
	char *one = scratch_path(&s, "one"), *two = scratch_path(&s, "two"), *done = scratch_path(&s, "done");
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct ros_error err = { 0 };
		struct ros_writer a = ROS_WRITER_INIT, b = ROS_WRITER_INIT, c = ROS_WRITER_INIT;

		signal(SIGTERM, on_term);
		ros_writer_open(&a, one, 0, false, &err);
		ros_writer_open(&b, done, 0, false, &err);
		ros_writer_put(&b, "kept", 4);
		ros_writer_commit(&b);
		ros_writer_release(&b);
		ros_writer_open(&c, two, 0, false, &err);
		ros_writer_put(&c, "x", 1);
		raise(SIGTERM);
		_exit(err.code ? 4 : 5);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	ck_assert_int_eq(entries(&s), 1);
	ck_assert_int_eq(access(done, F_OK), 0);
	free(one);
	free(two);
	free(done);
	scratch_remove(&s);
}
END_TEST

#define SET 3

/* Three files, told to stop after one of the nine calls that bring them to the disk, give them their names and bring those there; 0: after all. */
static void commit_set_until(const struct scratch *s, int call)
{
	static const char *const name[SET] = { "a", "b", "c" };
	struct ros_error err = { 0 };
	struct ros_writer w[SET];

	signal(SIGTERM, on_term);
	for (int i = 0; i < SET; i++) {
		ros_writer_open(&w[i], scratch_path(s, name[i]), 0, false, &err);
		ros_writer_put(&w[i], "new", 3);
	}
	lethal = call;
	ros_writer_commit_all(w, SET);
	raise(SIGTERM);
}

START_TEST(a_signal_leaves_a_whole_set_or_none)
{
	struct scratch s = scratch_new();
	int status;
	pid_t pid = fork();

	if (!pid) {
		commit_set_until(&s, _i);
		_exit(4);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	ck_assert_int_eq(entries(&s), _i ? 0 : SET);
	scratch_remove(&s);
}
END_TEST

static TCase *all_tests(const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_test(tc, a_file_appears_at_commit);
	tcase_add_test(tc, what_was_reserved_is_given_back);
	tcase_add_loop_test(tc, a_set_appears_whole_or_not_at_all, 0, 2);
	tcase_add_test(tc, not_committed_means_gone);
	tcase_add_test(tc, an_existing_target_needs_force);
	tcase_add_test(tc, force_without_a_target);
	tcase_add_test(tc, a_kill_leaves_no_unnamed_file);
	tcase_add_test(tc, a_target_that_appears_meanwhile_is_kept);
	tcase_add_loop_test(tc, odd_targets_are_refused, 0, sizeof targets / sizeof *targets);
	tcase_add_test(tc, a_full_disk_is_seen_before_writing);
	for (int at = 0; at < 3; at++)
		tcase_add_loop_test(tc, a_failed_write_sticks, at * 4000, at * 4000 + 1);
	tcase_add_test(tc, a_disk_that_fills_up_leaves_nothing);
	tcase_add_test(tc, a_signal_leaves_nothing_behind);
	tcase_add_loop_test(tc, a_signal_leaves_a_whole_set_or_none, 0, 3 * SET + 1);
	return tc;
}

int main(void)
{
	Suite *s = suite_create("writer");
	TCase *named = all_tests("named");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, all_tests("as it comes"));
	tcase_add_checked_fixture(named, without_unnamed, NULL);
	suite_add_tcase(s, named);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
