/* The bounded reader, checked sizes, and the rows of the element-type table. */
#include "formats/cursor.h"
#include "formats/dtype.h"
#include "formats/size.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t bytes[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

static const struct {
	const char *name;
	uint64_t count, each, cap;
	size_t left;
	enum ros_code want;
} counts[] = {
	{ "none", 0, 24, 10, 0, ROS_OK },
	{ "fits exactly", 2, 8, 10, 16, ROS_OK },
	{ "one too many", 3, 8, 10, 16, ROS_EFORMAT },
	{ "a product that wraps", UINT64_MAX / 8 + 2, 8, UINT64_MAX, 16, ROS_EFORMAT },
	{ "over the cap", 16, 1, 15, 16, ROS_ELIMIT },
	{ "items without bytes are capped", 1000, 0, 999, 16, ROS_ELIMIT },
};

START_TEST(count_is_checked)
{
	struct ros_error err = { 0 };
	struct ros_cursor c = ros_cursor_over((struct ros_bytes){ bytes, counts[_i].left }, 0, &err);
	uint64_t got = ros_cursor_check_count(&c, counts[_i].count, counts[_i].each, counts[_i].cap, "items");

	ck_assert_msg(err.code == counts[_i].want, "%s: %s", counts[_i].name, err.text);
	ck_assert_msg(got == (err.code ? 0 : counts[_i].count), "%s", counts[_i].name);
}
END_TEST

START_TEST(first_failure_stays)
{
	struct ros_error err = { 0 };
	struct ros_cursor c = ros_cursor_over((struct ros_bytes){ bytes, 11 }, 100, &err);

	ck_assert_uint_eq(ros_cursor_u32(&c, "a"), 0x04030201);
	ck_assert_uint_eq(ros_cursor_u16(&c, "b"), 0x0605);
	ck_assert_uint_eq(ros_cursor_u64(&c, "c"), 0);
	ck_assert_int_eq(err.code, ROS_EFORMAT);
	ck_assert_uint_eq(err.offset, 106);
	ck_assert_str_eq(err.text, "c: 8 bytes wanted, 5 left");
	ck_assert_uint_eq(ros_cursor_u8(&c, "d"), 0);
	ck_assert_ptr_null(ros_cursor_bytes(&c, 0, "e").ptr);
	ck_assert_uint_eq(ros_cursor_left(&c), 0);
	ck_assert_str_eq(err.text, "c: 8 bytes wanted, 5 left");
}
END_TEST

START_TEST(huge_lengths_do_not_wrap)
{
	struct ros_error err = { 0 };
	struct ros_cursor c = ros_cursor_over((struct ros_bytes){ bytes, 16 }, 0, &err);

	ros_cursor_skip(&c, 8, "head");
	ck_assert_ptr_null(ros_cursor_bytes(&c, UINT64_MAX - 4, "tail").ptr);
	ck_assert_int_eq(err.code, ROS_EFORMAT);
}
END_TEST

START_TEST(sizes_say_when_they_overflow)
{
	uint64_t r = 7;

	ck_assert(!ros_add_u64(UINT64_MAX, 1, &r) && !ros_mul_u64(1ull << 32, 1ull << 32, &r) && !ros_align_u64(UINT64_MAX - 2, 32, &r));
	ck_assert_uint_eq(r, 7);
	ck_assert(ros_align_u64(33, 32, &r) && r == 64);
	ck_assert(ros_align_u64(0, 24, &r) && r == 0);
}
END_TEST

/* Every row is filled, and no id or name stands twice. */
START_TEST(dtype_row_is_sound)
{
	const struct ros_dtype_info *row = &ros_dtypes[_i];

	ck_assert_msg(row->name && row->block_len && row->block_bytes, "row %d is a hole", _i);
	ck_assert_int_eq(ros_dtype_by_name((struct ros_str){ row->name, strlen(row->name) }), _i);
	if (row->safetensors)
		ck_assert_int_eq(ros_dtype_by_safetensors((struct ros_str){ row->safetensors, strlen(row->safetensors) }), _i);
	if (row->gguf_id >= 0)
		ck_assert_int_eq(ros_dtype_by_gguf((uint32_t)row->gguf_id), _i);
	for (int other = 0; other < _i; other++)
		ck_assert_msg(row->apr_id < 0 || ros_dtypes[other].apr_id != row->apr_id, "%s and %s share an APR id", row->name, ros_dtypes[other].name);
}
END_TEST

/* One way to read so many bytes. */
static void read_one(struct ros_cursor *c, int way, size_t len)
{
	switch (way) {
	case 0: ros_cursor_u8(c, "f"); break;
	case 1: ros_cursor_u16(c, "f"); break;
	case 2: ros_cursor_u32(c, "f"); break;
	case 3: ros_cursor_u64(c, "f"); break;
	case 4: ros_cursor_bytes(c, len, "f"); break;
	default: ros_cursor_skip(c, len, "f"); break;
	}
}

/* Up to the last byte everything is read, and not one byte past it. */
START_TEST(the_end_is_the_end)
{
	static const size_t width[] = { 1, 2, 4, 8, 5, 5 };
	uint8_t sixteen[16] = { 0 };

	for (size_t short_by = 0; short_by < 2; short_by++) {
		struct ros_error err = { 0 };
		struct ros_cursor c = ros_cursor_over((struct ros_bytes){ sixteen, 3 + width[_i] - short_by }, 0, &err);

		ros_cursor_skip(&c, 3, "before");
		read_one(&c, _i, width[_i]);
		ck_assert_int_eq(err.code, short_by ? ROS_EFORMAT : ROS_OK);
		ck_assert_uint_eq(c.pos, short_by ? 3 : 3 + width[_i]);
	}
}
END_TEST

static const struct {
	const char *name;
	enum ros_dtype type;
	unsigned ndim;
	uint64_t dim[3];
	bool pad, holds;
	uint64_t bytes;
} shapes[] = {
	{ "scalar", ROS_F32, 0, { 0 }, false, true, 4 },
	{ "matrix", ROS_BF16, 2, { 3, 5 }, false, true, 30 },
	{ "empty", ROS_F32, 2, { 0, 5 }, false, true, 0 },
	{ "whole super-blocks", ROS_Q4_K, 2, { 2, 512 }, false, true, 576 },
	{ "a ragged row", ROS_Q4_K, 2, { 2, 300 }, false, false, 0 },
	{ "a ragged row, padded", ROS_Q4_K, 2, { 2, 300 }, true, true, 576 },
	{ "odd half-bytes", ROS_F4, 1, { 3 }, false, false, 0 },
	{ "APR_Q8 has its scale", ROS_APR_Q8, 1, { 10 }, false, true, 14 },
	{ "APR_Q4 rounds up over rows", ROS_APR_Q4, 2, { 3, 11 }, false, true, 36 },
	{ "a product that wraps to zero", ROS_I8, 2, { 1ull << 32, 1ull << 32 }, false, false, 0 },
	{ "bytes that wrap", ROS_F64, 1, { 1ull << 61 }, false, false, 0 },
	{ "a zero after what overflows", ROS_F32, 3, { 1ull << 40, 1ull << 40, 0 }, false, false, 0 },
};

START_TEST(shape_gives_bytes)
{
	uint64_t got = 99;
	bool holds = ros_dtype_nbytes(shapes[_i].type, shapes[_i].ndim, shapes[_i].dim, shapes[_i].pad, &got);

	ck_assert_msg(holds == shapes[_i].holds, "%s", shapes[_i].name);
	ck_assert_msg(!holds || got == shapes[_i].bytes, "%s: %llu bytes", shapes[_i].name, (unsigned long long)got);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cursor");
	TCase *tc = tcase_create("cursor");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tc, count_is_checked, 0, sizeof counts / sizeof *counts);
	tcase_add_loop_test(tc, the_end_is_the_end, 0, 6);
	tcase_add_test(tc, first_failure_stays);
	tcase_add_test(tc, huge_lengths_do_not_wrap);
	tcase_add_test(tc, sizes_say_when_they_overflow);
	tcase_add_loop_test(tc, dtype_row_is_sound, 0, ROS_DTYPE_COUNT);
	tcase_add_loop_test(tc, shape_gives_bytes, 0, sizeof shapes / sizeof *shapes);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
