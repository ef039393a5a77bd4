/* Every kernel set that this CPU has against the reference, and the reference against digests of
 * verified output; the sets are walked, so a kernel that is added is tested without a line here. */
#include "quant/nonfinite.h"
#include "tests/kernels/agree.h"

#include "formats/bytes.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_SETS 4

START_TEST(set_agrees)
{
	size_t n;
	const struct ros_kernels *const *all = ros_kernels_available(&n);
	unsigned done;

	ck_assert_uint_le(n, MOST_SETS);
	if ((size_t)_i >= n)
		return;
	ck_assert_uint_eq(agree_all(all[_i], &done), 0);
	printf("%s: %u comparisons\n", all[_i]->name, done);
	ck_assert_uint_gt(done, 8);
}
END_TEST

/* The comparison itself: an encoder that is off by one bit in one block of many is caught. */
static void slightly_wrong(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_codecs[ROS_Q8_0].encode(src, dst, rows, cols, weights);
	if (cols > 1000)
		dst[34 * 30 + 5] ^= 1;
}

static void slightly_long(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_codecs[ROS_Q8_0].decode(src, dst, rows, cols);
	dst[rows * cols] = 0;
}

START_TEST(planted_defects_are_caught)
{
	struct ros_kernels k = { .name = "planted", .encode[ROS_Q8_0] = slightly_wrong, .decode[ROS_Q8_0] = slightly_long };
	char text[AGREE_TEXT];

	ck_assert(!agree_encode(&k, ROS_Q8_0, text));
	ck_assert_ptr_nonnull(strstr(text, "planted encode Q8_0"));
	ck_assert(!agree_decode(&k, ROS_Q8_0, text));
	ck_assert_uint_ne(agree_digest_encode(&k, ROS_Q8_0, false), agree_digests[ROS_Q8_0].encode);
}
END_TEST

/* The patterns say what the decoders say: a byte or half is in the pattern where it decodes to no finite value. */
START_TEST(patterns_follow_decoders)
{
	for (int t = 0; t < ROS_DTYPE_COUNT; t++) {
		const struct ros_nonfinite *p = &ros_nonfinites[t];

		for (uint32_t v = 0; p->width && p->width < 4 && v < 1u << 8 * p->width; v++) {
			uint8_t src[4];
			float y;

			ros_put_le32(src, v);
			ros_codecs[t].decode(src, &y, 1, 1);
			ck_assert_msg(!isfinite(y) == ((v & p->mask) == p->want), "%s: code 0x%x is %g", ros_dtypes[t].name, v, (double)y);
		}
	}
}
END_TEST

START_TEST(every_float_type_decodes)
{
	size_t n;
	const struct ros_kernels *const *all = ros_kernels_available(&n);

	for (int t = 0; t < ROS_DTYPE_COUNT; t++) {
		ck_assert_msg((ros_dtypes[t].class_ == ROS_CLASS_FLOAT) == (ros_codecs[t].decode != NULL), "%s", ros_dtypes[t].name);
		for (size_t i = 0; i < n; i++) {
			ck_assert_msg(!ros_codecs[t].decode == !all[i]->decode[t], "%s %s", all[i]->name, ros_dtypes[t].name);
			ck_assert_msg(!ros_nonfinites[t].width == !all[i]->first_nonfinite[t], "%s %s", all[i]->name, ros_dtypes[t].name);
		}
	}
}
END_TEST

START_TEST(environment_chooses)
{
	size_t n;
	const struct ros_kernels *const *all = ros_kernels_available(&n);

	for (size_t i = 0; i < n; i++) {
		setenv("ROSETTA_KERNELS", all[i]->name, 1);
		ck_assert_ptr_eq(ros_kernels_best(), all[i]);
	}
	setenv("ROSETTA_KERNELS", "abacus", 1);
	ck_assert_ptr_null(ros_kernels_best());
	setenv("ROSETTA_KERNELS", "", 1);
	ck_assert_ptr_eq(ros_kernels_best(), all[n - 1]);
	unsetenv("ROSETTA_KERNELS");
	ck_assert_ptr_eq(ros_kernels_best(), all[n - 1]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kernels");
	TCase *tc = tcase_create("against the reference");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, set_agrees, 0, MOST_SETS);
	tcase_add_test(tc, planted_defects_are_caught);
	tcase_add_test(tc, patterns_follow_decoders);
	tcase_add_test(tc, every_float_type_decodes);
	tcase_add_test(tc, environment_chooses);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
