/* The pool: order, errors and cancellation do not depend on the number of threads. */
#include "rosetta/pool.h"

#include <check.h>
#include <stdatomic.h>
#include <string.h>

#define UNITS 200

struct work {
	size_t fails;                   /* units from here on fail */
	size_t take_fails;
	size_t taken;                   /* next unit that is to be taken */
	atomic_size_t made;
	size_t reported;
	volatile sig_atomic_t cancel;
	size_t cancel_at;
};

static int make(void *context, size_t unit, void *scratch, struct ros_error *err)
{
	struct work *w = context;

	memset(scratch, (int)unit, 100);
	atomic_fetch_add(&w->made, 1);
	if (unit == w->cancel_at)
		w->cancel = 1;
	return unit >= w->fails ? ros_fail(err, ROS_EFORMAT, unit, "unit %zu", unit) : 0;
}

static int take(void *context, size_t unit, void *scratch, struct ros_error *err)
{
	struct work *w = context;

	if (unit != w->taken++)
		return ros_fail(err, ROS_EUSAGE, unit, "out of order");
	for (int i = 0; i < 100; i++)
		if (((uint8_t *)scratch)[i] != (uint8_t)unit)
			return ros_fail(err, ROS_EUSAGE, unit, "another unit's scratch");
	return unit >= w->take_fails ? ros_fail(err, ROS_EIO, unit, "take %zu", unit) : 0;
}

static void progress(void *context, const struct ros_progress *p)
{
	struct work *w = context;

	ck_assert_uint_ge(p->done, w->reported);
	ck_assert_uint_le(p->done, p->total);
	w->reported = p->done;
}

static int run(struct work *w, unsigned jobs, bool with_take, struct ros_error *err)
{
	struct ros_run_options options = { .jobs = jobs, .progress = progress, .context = w, .cancel = &w->cancel };

	return ros_pool_run(&(struct ros_work){ .count = UNITS, .make = make, .take = with_take ? take : NULL, .context = w, .scratch_bytes = 100,
						.total = UNITS }, &options, err);
}

static const unsigned jobs[] = { 1, 2, 7, 64 };
#define ALL (sizeof jobs / sizeof *jobs)

START_TEST(every_unit_is_made_once_and_taken_in_order)
{
	struct work w = { .fails = UNITS, .take_fails = UNITS, .cancel_at = UNITS };
	struct ros_error err = { 0 };

	ck_assert_msg(!run(&w, jobs[_i], true, &err), "%s", err.text);
	ck_assert_uint_eq(w.made, UNITS);
	ck_assert_uint_eq(w.taken, UNITS);
	ck_assert_uint_eq(w.reported, UNITS);
	ck_assert(!run(&w, jobs[_i], false, &err));
	ck_assert_uint_eq(w.made, 2 * UNITS);
}
END_TEST

START_TEST(the_lowest_failure_is_the_error)
{
	for (int with_take = 0; with_take < 2; with_take++) {
		struct work w = { .fails = 37, .take_fails = UNITS, .cancel_at = UNITS };
		struct ros_error err = { 0 };

		ck_assert_int_eq(run(&w, jobs[_i], with_take, &err), ROS_EFORMAT);
		ck_assert_str_eq(err.text, "unit 37");
		ck_assert(!with_take || w.taken == 37);
	}
}
END_TEST

START_TEST(a_taker_that_fails_stops_the_rest)
{
	struct work w = { .fails = UNITS, .take_fails = 11, .cancel_at = UNITS };
	struct ros_error err = { 0 };

	ck_assert_int_eq(run(&w, jobs[_i], true, &err), ROS_EIO);
	ck_assert_str_eq(err.text, "take 11");
	ck_assert_uint_eq(w.taken, 12);
}
END_TEST

START_TEST(cancelling_stops)
{
	struct work w = { .fails = UNITS, .take_fails = UNITS, .cancel_at = 20 };
	struct ros_error err = { 0 };

	ck_assert_int_eq(run(&w, jobs[_i], true, &err), ROS_EIO);
	ck_assert_str_eq(err.text, "interrupted");
	ck_assert_uint_lt(w.made, UNITS);
}
END_TEST

START_TEST(no_work_is_no_error)
{
	struct ros_error err = { 0 };

	ck_assert(!ros_pool_run(&(struct ros_work){ .count = 0, .make = make }, NULL, &err));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pool");
	TCase *tc = tcase_create("pool");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, every_unit_is_made_once_and_taken_in_order, 0, ALL);
	tcase_add_loop_test(tc, the_lowest_failure_is_the_error, 0, ALL);
	tcase_add_loop_test(tc, a_taker_that_fails_stops_the_rest, 0, ALL);
	tcase_add_loop_test(tc, cancelling_stops, 0, ALL);
	tcase_add_test(tc, no_work_is_no_error);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
