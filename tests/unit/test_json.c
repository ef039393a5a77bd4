/* The JSON door: what it takes, what it refuses and where, what it keeps exactly, what it writes. */
#include "formats/json.h"
#include "formats/json_scan.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANY UINT64_MAX
#define ROWS(t) (sizeof t / sizeof *t)

static const struct {
	const char *name, *text;
	size_t len;                     /* 0: strlen */
	enum ros_code want;
	uint64_t offset;                /* of the failure; ANY */
} grammar[] = {
	{ "object", "{}", 0, ROS_OK, ANY },
	{ "blanks around", " \t\r\n[1 , 2]\n ", 0, ROS_OK, ANY },
	{ "every kind", "[null,true,false,0,-0,1.5e-3,\"x\",{},[]]", 0, ROS_OK, ANY },
	{ "NUL by escape", "\"a\\u0000b\"", 0, ROS_OK, ANY },
	{ "surrogate pair", "\"\\ud83d\\ude00\"", 0, ROS_OK, ANY },
	{ "raw UTF-8", "\"\xc3\xa9\xf0\x9f\x98\x80\"", 0, ROS_OK, ANY },
	{ "64-character number", "1234567890123456789012345678901234567890123456789012345678901234567890", 0, ROS_OK, ANY },
	{ "tiny exponent", "1e-999", 0, ROS_OK, ANY },
	{ "same key in two objects", "[{\"a\":1},{\"a\":2}]", 0, ROS_OK, ANY },
	{ "empty text", "", 0, ROS_EFORMAT, 0 },
	{ "blanks only", "  ", 0, ROS_EFORMAT, 2 },
	{ "BOM", "\xef\xbb\xbf{}", 0, ROS_EFORMAT, 0 },
	{ "duplicate key", "{\"a\":1,\"a\":2}", 0, ROS_EFORMAT, 11 },
	{ "duplicate after unescaping", "{\"a\":1,\"\\u0061\":2}", 0, ROS_EFORMAT, 16 },
	{ "duplicate among many", "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"c\":9}", 0, ROS_EFORMAT, 59 },
	{ "two values", "{} {}", 0, ROS_EFORMAT, 3 },
	{ "NUL after", "{}\0", 3, ROS_EFORMAT, 2 },
	{ "form feed", "{}\f", 0, ROS_EFORMAT, 2 },
	{ "trailing comma, array", "[1,]", 0, ROS_EFORMAT, 3 },
	{ "trailing comma, object", "{\"a\":1,}", 0, ROS_EFORMAT, 7 },
	{ "leading comma", "[,1]", 0, ROS_EFORMAT, 1 },
	{ "missing comma", "[1 2]", 0, ROS_EFORMAT, 3 },
	{ "missing colon", "{\"a\" 1}", 0, ROS_EFORMAT, 5 },
	{ "unquoted key", "{a:1}", 0, ROS_EFORMAT, 1 },
	{ "single quotes", "{'a':1}", 0, ROS_EFORMAT, 1 },
	{ "comment", "/* x */ 1", 0, ROS_EFORMAT, 0 },
	{ "wrong bracket", "[1}", 0, ROS_EFORMAT, 2 },
	{ "not closed", "[[1]", 0, ROS_EFORMAT, 4 },
	{ "NaN", "NaN", 0, ROS_EFORMAT, 0 },
	{ "Infinity", "-Infinity", 0, ROS_EFORMAT, 0 },
	{ "word cut", "[tru]", 0, ROS_EFORMAT, 1 },
	{ "plus", "+1", 0, ROS_EFORMAT, 0 },
	{ "leading zero", "01", 0, ROS_EFORMAT, 0 },
	{ "bare minus", "-", 0, ROS_EFORMAT, 0 },
	{ "no digit after point", "1.", 0, ROS_EFORMAT, 0 },
	{ "no digit before point", ".5", 0, ROS_EFORMAT, 0 },
	{ "no digit in exponent", "1e+", 0, ROS_EFORMAT, 0 },
	{ "two signs in exponent", "1e+-5", 0, ROS_EFORMAT, 0 },
	{ "hexadecimal", "0x10", 0, ROS_EFORMAT, 1 },
	{ "out of range", "[1e999]", 0, ROS_EFORMAT, 1 },
	{ "raw newline in string", "\"a\nb\"", 0, ROS_EFORMAT, 2 },
	{ "string not ended", "\"abc", 0, ROS_EFORMAT, 4 },
	{ "ends in backslash", "\"abc\\", 0, ROS_EFORMAT, 4 },
	{ "unknown escape", "\"\\x41\"", 0, ROS_EFORMAT, 1 },
	{ "short escape", "\"\\u12\"", 0, ROS_EFORMAT, 1 },
	{ "lone high surrogate", "\"\\ud800\"", 0, ROS_EFORMAT, 1 },
	{ "lone low surrogate", "\"\\udc00\"", 0, ROS_EFORMAT, 1 },
	{ "high and high", "\"\\ud800\\ud800\"", 0, ROS_EFORMAT, 1 },
	{ "not UTF-8", "\"\xff\"", 0, ROS_EFORMAT, 1 },
	{ "overlong", "\"\xc0\xaf\"", 0, ROS_EFORMAT, 1 },
	{ "encoded surrogate", "\"\xed\xa0\x80\"", 0, ROS_EFORMAT, 1 },
	{ "above U+10FFFF", "\"\xf4\x90\x80\x80\"", 0, ROS_EFORMAT, 1 },
	{ "UTF-8 cut", "\"\xe2\x82", 0, ROS_EFORMAT, 1 },
};

START_TEST(grammar_is_strict)
{
	struct ros_str text = { grammar[_i].text, grammar[_i].len ? grammar[_i].len : strlen(grammar[_i].text) };
	struct ros_error err = { 0 };
	struct ros_arena a;
	struct ros_json *v;

	ros_arena_init(&a, 0);
	v = ros_json_parse(text, &a, &err);
	ck_assert_msg(err.code == grammar[_i].want && !v == !!err.code, "%s: %s '%s'", grammar[_i].name, ros_code_name(err.code), err.text);
	if (grammar[_i].offset != ANY)
		ck_assert_msg(err.offset == grammar[_i].offset, "%s: offset %llu", grammar[_i].name, (unsigned long long)err.offset);
	ros_arena_release(&a);
}
END_TEST

START_TEST(depth_has_a_cap)
{
	char text[2 * ROS_MAX_JSON_DEPTH + 3];
	struct ros_error err = { 0 };
	struct ros_arena a;
	size_t deep = ROS_MAX_JSON_DEPTH + (size_t)_i;

	ros_arena_init(&a, 0);
	memset(text, '[', deep);
	memset(text + deep, ']', deep);
	ros_json_parse((struct ros_str){ text, 2 * deep }, &a, &err);
	ck_assert_int_eq(err.code, _i ? ROS_ELIMIT : ROS_OK);
	ros_arena_release(&a);
}
END_TEST

static const struct {
	const char *text;
	enum ros_json_type type;
	bool negative, is_u64;
	uint64_t magnitude;
	double real;
} numbers[] = {
	{ "0", ROS_JSON_INT, false, true, 0, 0 },
	{ "-0", ROS_JSON_INT, true, false, 0, 0 },
	{ "9007199254740993", ROS_JSON_INT, false, true, 9007199254740993u, 9007199254740992.0 },
	{ "18446744073709551615", ROS_JSON_INT, false, true, UINT64_MAX, 18446744073709551615.0 },
	{ "18446744073709551616", ROS_JSON_REAL, false, false, 0, 18446744073709551616.0 },
	{ "-9223372036854775809", ROS_JSON_INT, true, false, 9223372036854775809u, -9223372036854775808.0 },
	{ "1.0", ROS_JSON_REAL, false, false, 0, 1 },
	{ "1e3", ROS_JSON_REAL, false, false, 0, 1000 },
	{ "0.1", ROS_JSON_REAL, false, false, 0, 0.1 },
};

START_TEST(numbers_are_exact)
{
	struct ros_error err = { 0 };
	struct ros_arena a;
	struct ros_json *v;
	uint64_t u = 0;

	ros_arena_init(&a, 0);
	v = ros_json_parse(ros_str_of(numbers[_i].text), &a, &err);
	ck_assert_ptr_nonnull(v);
	ck_assert_msg(v->type == numbers[_i].type && v->negative == numbers[_i].negative, "%s", numbers[_i].text);
	ck_assert_msg(v->magnitude == numbers[_i].magnitude && v->real == numbers[_i].real, "%s", numbers[_i].text);
	ck_assert_msg(ros_json_u64(v, &u) == numbers[_i].is_u64 && u == numbers[_i].magnitude * numbers[_i].is_u64, "%s", numbers[_i].text);
	ck_assert(ros_str_equal(v->text, ros_str_of(numbers[_i].text)));
	ros_arena_release(&a);
}
END_TEST

START_TEST(members_are_found)
{
	static const char text[] = "{\"a\":{\"b\":[10,\"x\\u0000\\u00e9\",{\"c\":3}]},\"\":7}";
	struct ros_error err = { 0 };
	struct ros_arena a;
	const struct ros_json *v, *list;
	uint64_t u;

	ros_arena_init(&a, 0);
	v = ros_json_parse(ros_str_of(text), &a, &err);
	list = ros_json_path(v, "a/b");
	ck_assert_uint_eq(list->count, 3);
	ck_assert(ros_str_equal(ros_json_str(ros_json_at(list, 1)), ROS_STR("x\0\xc3\xa9")));
	ck_assert(ros_json_u64(ros_json_get(ros_json_at(list, 2), "c"), &u) && u == 3);
	ck_assert(ros_json_u64(ros_json_get(v, ""), &u) && u == 7);
	ck_assert_ptr_null(ros_json_at(list, 3));
	ck_assert_ptr_null(ros_json_path(v, "a/z/b"));
	ck_assert_ptr_null(ros_json_get(NULL, "a"));
	ck_assert_ptr_null(ros_json_str(list).ptr);
	ros_arena_release(&a);
}
END_TEST

START_TEST(scanner_skips_whole_values)
{
	static const char text[] = "{\"skip\":{\"x\":[1,{\"y\":[]}]},\"n\":42,\"s\":[[1],[2]]}";
	struct ros_error err = { 0 };
	struct ros_json_scan s;
	uint64_t n = 0;

	ros_json_scan_init(&s, ros_str_of(text), 100, &err);
	ck_assert_int_eq(ros_json_scan_next(&s), ROS_JSON_OPEN_OBJECT);
	ck_assert_int_eq(ros_json_scan_next(&s), ROS_JSON_KEY);
	ros_json_scan_skip(&s);
	ck_assert_int_eq(ros_json_scan_next(&s), ROS_JSON_KEY);
	ck_assert(ros_str_equal(s.token, ROS_STR("n")));
	ck_assert_int_eq(ros_json_scan_next(&s), ROS_JSON_NUMBER);
	ck_assert(ros_json_scan_u64(&s, &n) && n == 42);
	ck_assert_int_eq(ros_json_scan_next(&s), ROS_JSON_KEY);
	ck_assert_int_eq(ros_json_scan_next(&s), ROS_JSON_OPEN_ARRAY);
	ros_json_scan_skip(&s);
	ck_assert_int_eq(ros_json_scan_next(&s), ROS_JSON_CLOSE_OBJECT);
	ck_assert_int_eq(ros_json_scan_next(&s), ROS_JSON_END);
	ck_assert_int_eq(err.code, ROS_OK);
}
END_TEST

static const struct { double value; const char *text; } reals[] = {
	{ 0, "0.0" }, { -0.0, "-0.0" }, { 1, "1.0" }, { 10000, "10000.0" }, { 1e-5, "1e-05" }, { 0.0001, "0.0001" },
	{ 1e15, "1000000000000000.0" }, { 1e16, "1e+16" }, { 1e22, "1e+22" }, { 0.1, "0.1" }, { 1.0 / 3, "0.3333333333333333" },
	{ 123.456, "123.456" }, { 5e-324, "5e-324" }, { 1.7976931348623157e308, "1.7976931348623157e+308" },
	{ -2.5e-7, "-2.5e-07" }, { 0.15625, "0.15625" }, { INFINITY, "null" }, { NAN, "null" },
};

START_TEST(reals_are_shortest)
{
	struct ros_json_out o;

	ros_json_out_init(&o, 0);
	ros_json_put_f64(&o, NULL, reals[_i].value);
	ck_assert_msg(!strcmp(o.text, reals[_i].text), "%s wanted, %s written", reals[_i].text, o.text);
	ros_json_out_release(&o);
}
END_TEST

START_TEST(floats_are_shortest)
{
	struct ros_json_out o;

	ros_json_out_init(&o, 0);
	ros_json_open_array(&o, NULL);
	ros_json_put_f32(&o, NULL, 1e-5f);
	ros_json_put_f32(&o, NULL, 0.1f);
	ros_json_put_f32(&o, NULL, 16777216.0f);
	ros_json_close_array(&o);
	ck_assert_str_eq(o.text, "[1e-05,0.1,16777216.0]");
	ros_json_out_release(&o);
}
END_TEST

START_TEST(writing_indents_and_escapes)
{
	struct ros_json_out o;

	ros_json_out_init(&o, 2);
	ros_json_open_object(&o, NULL);
	ros_json_put_str(&o, "q\"", ROS_STR("\b\f\n\r\t\x01\x7f\\/\0\xc3\xa9\xff"));
	ros_json_open_array(&o, "list");
	ros_json_put_u64(&o, NULL, UINT64_MAX);
	ros_json_put_i64(&o, NULL, INT64_MIN);
	ros_json_close_array(&o);
	ros_json_open_object(&o, "none");
	ros_json_close_object(&o);
	ros_json_put_bool(&o, "b", true);
	ros_json_close_object(&o);
	ck_assert_str_eq(o.text,
		"{\n  \"q\\\"\": \"\\b\\f\\n\\r\\t\\u0001\x7f\\\\/\\u0000\xc3\xa9\xef\xbf\xbd\",\n"
		"  \"list\": [\n    18446744073709551615,\n    -9223372036854775808\n  ],\n  \"none\": {},\n  \"b\": true\n}");
	ck_assert(!o.failed);
	ros_json_out_release(&o);
}
END_TEST

/* DEL, C1, an override of direction and a tag are codes when people look on; the document is the same. */
START_TEST(what_a_terminal_acts_on_is_a_code_when_shown)
{
	static const char text[] = "\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x80\x81\xc3\xa9\xf0\x9f\x98\x80";
	struct ros_error err = { 0 };
	struct ros_json_out o;
	struct ros_arena a;

	ros_arena_init(&a, 0);
	ros_json_out_init(&o, 0);
	o.shown = true;
	ros_json_put_str(&o, NULL, ros_str_of(text));
	ck_assert_str_eq(o.text, "\"\\u007f\\u009b\\u202e\\udb40\\udc01\xc3\xa9\xf0\x9f\x98\x80\"");
	ck_assert(ros_str_equal(ros_json_parse(ros_str_of(o.text), &a, &err)->text, ros_str_of(text)));
	ros_json_out_release(&o);
	ros_arena_release(&a);
}
END_TEST

START_TEST(a_document_comes_back_as_it_was)
{
	static const char text[] = "{\"big\":12345678901234567890123,\"e\":1.50E+2,\"deep\":[[[{\"x\":null}]]],\"n\":-0}";
	struct ros_error err = { 0 };
	struct ros_json_out o;
	struct ros_arena a;

	ros_arena_init(&a, 0);
	ros_json_out_init(&o, 0);
	ros_json_put_value(&o, NULL, ros_json_parse(ros_str_of(text), &a, &err));
	ck_assert_str_eq(o.text, text);
	ros_json_out_release(&o);
	ros_arena_release(&a);
}
END_TEST

START_TEST(writing_has_a_maximum)
{
	struct ros_json_out o;

	ros_json_out_init(&o, 0);
	o.max = 16;
	ros_json_put_str(&o, NULL, ROS_STR("0123456789"));
	ck_assert(!o.failed);
	ros_json_put_str(&o, NULL, ROS_STR("0123456789"));
	ck_assert(o.failed);
	ros_json_out_release(&o);
}
END_TEST

START_TEST(memory_has_a_maximum)
{
	struct ros_error err = { 0 };
	struct ros_arena a;

	ros_arena_init(&a, 256);
	ck_assert_ptr_null(ros_json_parse(ROS_STR("[1,2,3,4,5,6]"), &a, &err));
	ck_assert_int_eq(err.code, ROS_ELIMIT);
	ros_arena_release(&a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("json");
	TCase *tc = tcase_create("json");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, grammar_is_strict, 0, ROWS(grammar));
	tcase_add_loop_test(tc, depth_has_a_cap, 0, 2);
	tcase_add_loop_test(tc, numbers_are_exact, 0, ROWS(numbers));
	tcase_add_test(tc, members_are_found);
	tcase_add_test(tc, scanner_skips_whole_values);
	tcase_add_loop_test(tc, reals_are_shortest, 0, ROWS(reals));
	tcase_add_test(tc, floats_are_shortest);
	tcase_add_test(tc, writing_indents_and_escapes);
	tcase_add_test(tc, what_a_terminal_acts_on_is_a_code_when_shown);
	tcase_add_test(tc, a_document_comes_back_as_it_was);
	tcase_add_test(tc, writing_has_a_maximum);
	tcase_add_test(tc, memory_has_a_maximum);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
