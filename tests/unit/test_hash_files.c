/* Digests of a model's files: those of their bytes, and given up at once when nobody wants them any more. */
#include "rosetta/hash_files.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PARTS 3

static void put_file(struct ros_part *part, const void *data, size_t size)
{
	FILE *f = tmpfile();

	ck_assert(f && fwrite(data, 1, size, f) == size && !fflush(f));
	*part = (struct ros_part){ .name = ROS_STR("part"), .path = ROS_STR("part"), .map = { .fd = dup(fileno(f)) } };
	ck_assert_int_ge(part->map.fd, 0);
	fclose(f);
}

START_TEST(each_part_has_its_own)
{
	static uint8_t bytes[700000];
	static const size_t size[PARTS] = { sizeof bytes, 0, 17 };
	struct ros_part parts[PARTS];
	struct ros_model m = { .parts = parts, .part_count = PARTS };
	struct ros_run_options run = { .jobs = 2 };
	struct ros_digest d[PARTS], want;
	struct ros_error err = { 0 };

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 2654435761u >> 13);
	for (size_t i = 0; i < PARTS; i++)
		put_file(&parts[i], bytes + i, size[i] - (size[i] ? i : 0));
	ck_assert_msg(!ros_hash_files_finish(ros_hash_files_start(&m, (enum ros_digest_kind)_i, &run, &err), d, &err), "%s", err.text);
	for (size_t i = 0; i < PARTS; i++) {
		want = ros_digest_of((enum ros_digest_kind)_i, bytes + i, size[i] - (size[i] ? i : 0));
		ck_assert_msg(d[i].len == want.len && !memcmp(d[i].byte, want.byte, want.len), "%s, part %zu", ros_digest_name((enum ros_digest_kind)_i), i);
		close(parts[i].map.fd);
	}
}
END_TEST

/* What was inflated is read again where it came from, and only if that is the same file. */
START_TEST(another_file_at_the_path_is_refused)
{
	struct scratch s = scratch_new();
	char *path = scratch_write(&s, "part", "ours", 4), *aside = scratch_path(&s, "aside");
	struct ros_part part = { .name = ROS_STR("part"), .path = ros_str_of(path), .map = { .fd = open(aside, O_RDWR | O_CREAT, 0600), .image = true } };
	struct ros_model m = { .parts = &part, .part_count = 1 };
	struct ros_digest d, want = ros_digest_of(ROS_SHA256, "ours", 4);
	struct ros_error err = { 0 };
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	part.map.dev = st.st_dev;
	part.map.ino = st.st_ino;
	if (_i)
		ck_assert_int_eq(rename(aside, path), 0);
	ck_assert_int_eq(ros_hash_files_finish(ros_hash_files_start(&m, ROS_SHA256, NULL, &err), &d, &err), _i ? ROS_EIO : 0);
	ck_assert_msg(_i ? strstr(err.text, "was replaced") != NULL : !memcmp(d.byte, want.byte, want.len), "%s", err.text);
	close(part.map.fd);
	free(path);
	free(aside);
	scratch_remove(&s);
}
END_TEST

/* A file that would take minutes; Check's time limit is the judge. */
START_TEST(given_up_at_once)
{
	struct ros_part part;
	struct ros_model m = { .parts = &part, .part_count = 1 };
	struct ros_error err = { 0 };
	struct ros_hash_files *h;

	put_file(&part, "", 0);
	if (ftruncate(part.map.fd, (off_t)1 << 40)) {
		printf("skipped: no file of a terabyte of zeros here\n");
		close(part.map.fd);
		return;
	}
	h = ros_hash_files_start(&m, ROS_SHA256, NULL, &err);
	ck_assert_msg(h != NULL, "%s", err.text);
	ck_assert_int_eq(ros_hash_files_finish(h, NULL, &err), 0);
	close(part.map.fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hash_files");
	TCase *tc = tcase_create("hash_files");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, each_part_has_its_own, 0, ROS_DIGEST_COUNT);
	tcase_add_loop_test(tc, another_file_at_the_path_is_refused, 0, 2);
	tcase_add_test(tc, given_up_at_once);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
