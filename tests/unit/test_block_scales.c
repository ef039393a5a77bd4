/* Scales that are no numbers are found in every block type: a block is bad exactly where decoding it gives NaN or
 * infinity. Every place in a block is tried in turn. */
#include "quant/block_scales.h"

#include "quant/codec.h"

#include <check.h>
#include <math.h>
#include <string.h>

#define BLOCKS 5
#define BAD 3

static bool decodes_to_numbers(enum ros_dtype type, const uint8_t *block)
{
	float y[256];

	ros_codecs[type].decode(block, y, 1, ros_dtypes[type].block_len);
	for (unsigned i = 0; i < ros_dtypes[type].block_len; i++)
		if (!isfinite(y[i]))
			return false;
	return true;
}

START_TEST(every_place_of_a_block)
{
	enum ros_dtype type = (enum ros_dtype)_i;
	const struct ros_dtype_info *row = &ros_dtypes[type];
	uint8_t blocks[BLOCKS * 300] = { 0 };
	unsigned found = 0;

	if (row->sizing != ROS_SIZE_ROWS || !row->quantised || type == ROS_MXFP4 || type == ROS_NVFP4 || type == ROS_Q8_1 || type == ROS_Q8_K)
		return;
	ck_assert_uint_eq(ros_first_bad_block(type, blocks, BLOCKS), BLOCKS);
	for (unsigned at = 0; at + 2 <= row->block_bytes; at += 2) {
		uint8_t *p = blocks + BAD * row->block_bytes;
		bool good;

		memcpy(p + at, "\x00\x7c", 2);
		good = decodes_to_numbers(type, p);
		ck_assert_msg(ros_first_bad_block(type, blocks, BLOCKS) == (good ? BLOCKS : BAD), "%s: byte %u", row->name, at);
		found += !good;
		memset(p, 0, row->block_bytes);
	}
	if (type == ROS_IQ1_M) {
		memset(blocks + BAD * row->block_bytes + 48, 0xff, 8);
		ck_assert_uint_eq(ros_first_bad_block(type, blocks, BLOCKS), BAD);
	} else {
		ck_assert_msg(found >= 1, "%s has no scale", row->name);
	}
}
END_TEST

START_TEST(exponent_of_mxfp4)
{
	uint8_t blocks[2 * 17] = { 0 };

	blocks[17] = 0xfe;
	ck_assert_uint_eq(ros_first_bad_block(ROS_MXFP4, blocks, 2), 2);
	blocks[17] = 0xff;
	ck_assert_uint_eq(ros_first_bad_block(ROS_MXFP4, blocks, 2), 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("block scales");
	TCase *tc = tcase_create("all");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, every_place_of_a_block, 0, ROS_DTYPE_COUNT);
	tcase_add_test(tc, exponent_of_mxfp4);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
