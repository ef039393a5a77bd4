/* The public calls with nothing to work on: a report that says so, exit status 2, and no crash. */
#include "rosetta/rosetta.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct ros_report *no_inspect(void) { return ros_inspect(NULL, NULL); }
static struct ros_report *no_convert(void) { return ros_convert(NULL, "x.gguf", NULL); }
static struct ros_report *no_target(void) { return ros_convert("x.gguf", NULL, NULL); }
static struct ros_report *no_chain(void) { return ros_chain(NULL, NULL, NULL, NULL); }
static struct ros_report *no_verify(void) { return ros_verify(NULL, NULL, NULL); }
static struct ros_report *no_diff(void) { return ros_diff("", NULL, NULL); }
static struct ros_report *no_fingerprint(void) { return ros_fingerprint(NULL, NULL); }
static struct ros_report *no_derive(void) { return ros_derive(NULL, NULL, NULL); }
static struct ros_report *no_stats(void) { return ros_stats(NULL, NULL); }

static struct ros_report *named_tensors(void)
{
	struct ros_inspect_options opt = { .size = sizeof opt, .verb = "tensors" };

	return ros_inspect("", &opt);
}

static const struct {
	const char *schema;
	struct ros_report *(*call)(void);
} rows[] = {
	{ "rosetta.inspect/1", no_inspect }, { "rosetta.convert/1", no_convert }, { "rosetta.convert/1", no_target },
	{ "rosetta.chain/1", no_chain }, { "rosetta.verify/1", no_verify }, { "rosetta.diff/1", no_diff },
	{ "rosetta.fingerprint/1", no_fingerprint }, { "rosetta.derive/1", no_derive }, { "rosetta.stats/1", no_stats },
	{ "rosetta.tensors/1", named_tensors },
};

START_TEST(nothing_is_refused)
{
	struct ros_report *r = rows[_i].call();
	char *json = ros_report_json(r, 0), *text = ros_report_text(r, 0);

	ck_assert_msg(ros_report_exit(r) == 2, "%s: exit %d", rows[_i].schema, ros_report_exit(r));
	ck_assert_msg(ros_report_usage(r), "%s: no usage error: %s", rows[_i].schema, ros_report_message(r));
	ck_assert_msg(json && strstr(json, rows[_i].schema), "%s: %s", rows[_i].schema, json ? json : "");
	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_null(ros_report_manifest(r));
	ck_assert_ptr_null(ros_report_canonical(r));
	free(json);
	free(text);
	ros_report_free(r);
}
END_TEST

/* Out of memory gives no report; what is asked of it has an answer all the same. */
START_TEST(no_report)
{
	ck_assert_int_eq(ros_report_exit(NULL), 2);
	ck_assert_str_eq(ros_report_verdict(NULL), "error");
	ck_assert_str_eq(ros_report_message(NULL), "out of memory");
	ck_assert_uint_eq(ros_report_finding_count(NULL), 0);
	ck_assert_str_eq(ros_report_finding(NULL, 0).rule, "");
	ck_assert_ptr_null(ros_report_json(NULL, 0));
	ck_assert_ptr_null(ros_report_text(NULL, 0));
	ck_assert_ptr_null(ros_report_manifest(NULL));
	ck_assert_ptr_null(ros_report_canonical(NULL));
	ros_report_free(NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("public");
	TCase *tc = tcase_create("public");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, nothing_is_refused, 0, sizeof rows / sizeof *rows);
	tcase_add_test(tc, no_report);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
