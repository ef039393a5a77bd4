/* What a signal takes away, by the list that it goes by. */
#include "formats/temporary.h"
#include "formats/writer.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define SET 3

/* A name that was entered before it was given may be another's; closing lets all be. */
START_TEST(a_set_takes_away_its_own_names_only)
{
	struct scratch s = scratch_new();
	int dir = open(s.path, O_RDONLY | O_DIRECTORY), fd[SET];
	struct ros_temporary_set *set = ros_temporary_set_open();
	char name[2] = "a";

	for (int i = 0; i < SET; i++, name[0]++) {
		fd[i] = openat(dir, name, O_RDWR | O_CREAT, 0666);
		ck_assert(ros_temporary_set_enter(set, fd[i], dir, name));
	}
	unlinkat(dir, "a", 0);
	free(scratch_write(&s, "a", "theirs", 6));
	if (_i)
		ros_temporary_set_close(set);
	ros_writer_remove_all();
	ck_assert_int_eq(faccessat(dir, "a", F_OK, 0), 0);
	ck_assert_int_eq(faccessat(dir, "b", F_OK, 0), _i ? 0 : -1);
	ck_assert_int_eq(faccessat(dir, "c", F_OK, 0), _i ? 0 : -1);
	for (int i = 0; i < SET; i++)
		close(fd[i]);
	close(dir);
	scratch_remove(&s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("temporary");
	TCase *tc = tcase_create("temporary");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tc, a_set_takes_away_its_own_names_only, 0, 2);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
