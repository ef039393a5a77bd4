/* Narrowing counters, and the small floats' corner values, which no golden vector covers. */
#include "quant/narrow.h"

#include "formats/bytes.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *name;
	enum ros_dtype to;
	uint32_t bits;                      /* the float32 */
	uint32_t code;                      /* what it becomes */
	unsigned inexact, overflow, underflow;
} rows[] = {
	{ "f16 one",                 ROS_F16,  0x3f800000, 0x3c00, 0, 0, 0 },
	{ "f16 largest",             ROS_F16,  0x477fe000, 0x7bff, 0, 0, 0 },
	{ "f16 just below overflow", ROS_F16,  0x477fefff, 0x7bff, 1, 0, 0 },
	{ "f16 overflow",            ROS_F16,  0x477ff000, 0x7c00, 1, 1, 0 },
	{ "f16 infinity stays",      ROS_F16,  0xff800000, 0xfc00, 0, 0, 0 },
	{ "f16 nan stays",           ROS_F16,  0x7f801234, 0x7e00, 0, 0, 0 },
	{ "f16 smallest",            ROS_F16,  0x33800000, 0x0001, 0, 0, 0 },
	{ "f16 half of it: to even", ROS_F16,  0x33000000, 0x0000, 1, 0, 1 },
	{ "f16 above half of it",    ROS_F16,  0x33000001, 0x0001, 1, 0, 0 },
	{ "f16 minus zero",          ROS_F16,  0x80000000, 0x8000, 0, 0, 0 },
	{ "f16 tie to even down",    ROS_F16,  0x3f801000, 0x3c00, 1, 0, 0 },
	{ "f16 tie to even up",      ROS_F16,  0x3f803000, 0x3c02, 1, 0, 0 },
	{ "bf16 one",                ROS_BF16, 0x3f800000, 0x3f80, 0, 0, 0 },
	{ "bf16 tie down",           ROS_BF16, 0x3f808000, 0x3f80, 1, 0, 0 },
	{ "bf16 tie up",             ROS_BF16, 0x3f818000, 0x3f82, 1, 0, 0 },
	{ "bf16 overflow",           ROS_BF16, 0x7f7fffff, 0x7f80, 1, 1, 0 },
	{ "bf16 denormal kept",      ROS_BF16, 0x00010000, 0x0001, 0, 0, 0 },
	{ "bf16 underflow",          ROS_BF16, 0x80000001, 0x8000, 1, 0, 1 },
	{ "e4m3 448",                ROS_F8_E4M3, 0x43e00000, 0x7e, 0, 0, 0 },
	{ "e4m3 464 to even",        ROS_F8_E4M3, 0x43e80000, 0x7e, 1, 0, 0 },
	{ "e4m3 above 464",          ROS_F8_E4M3, 0xc3e80001, 0xff, 1, 1, 0 },
	{ "e4m3 infinity is nan",    ROS_F8_E4M3, 0x7f800000, 0x7f, 1, 0, 0 },
	{ "e4m3 smallest 2^-9",      ROS_F8_E4M3, 0x3b000000, 0x01, 0, 0, 0 },
	{ "e4m3 2^-10 to even",      ROS_F8_E4M3, 0x3a800000, 0x00, 1, 0, 1 },
	{ "e4m3 smallest normal",    ROS_F8_E4M3, 0x3c800000, 0x08, 0, 0, 0 },
	{ "e4m3 carry to normal",    ROS_F8_E4M3, 0x3c7fffff, 0x08, 1, 0, 0 },
	{ "e5m2 57344",              ROS_F8_E5M2, 0x47600000, 0x7b, 0, 0, 0 },
	{ "e5m2 61440 overflows",    ROS_F8_E5M2, 0x47700000, 0x7c, 1, 1, 0 },
	{ "e5m2 below 61440",        ROS_F8_E5M2, 0x476fffff, 0x7b, 1, 0, 0 },
	{ "e5m2 nan",                ROS_F8_E5M2, 0xffc00000, 0xff, 0, 0, 0 },
	{ "e5m2 smallest 2^-16",     ROS_F8_E5M2, 0x37800000, 0x01, 0, 0, 0 },
	{ "e4m3fnuz 240",            ROS_F8_E4M3FNUZ, 0x43700000, 0x7f, 0, 0, 0 },
	{ "e4m3fnuz 248 is nan",     ROS_F8_E4M3FNUZ, 0x43780000, 0x80, 1, 1, 0 },
	{ "e4m3fnuz no minus zero",  ROS_F8_E4M3FNUZ, 0x80000000, 0x00, 1, 0, 0 },
	{ "e4m3fnuz minus one",      ROS_F8_E4M3FNUZ, 0xbf800000, 0xc0, 0, 0, 0 },
	{ "e5m2fnuz one",            ROS_F8_E5M2FNUZ, 0x3f800000, 0x40, 0, 0, 0 },
	{ "e5m2fnuz infinity",       ROS_F8_E5M2FNUZ, 0x7f800000, 0x80, 1, 0, 0 },
	{ "e8m0 one",                ROS_F8_E8M0, 0x3f800000, 127, 0, 0, 0 },
	{ "e8m0 1.5 goes up",        ROS_F8_E8M0, 0x3fc00000, 128, 1, 0, 0 },
	{ "e8m0 2^-127",             ROS_F8_E8M0, 0x00400000, 0, 0, 0, 0 },
	{ "e8m0 nan",                ROS_F8_E8M0, 0x7fc00000, 255, 0, 0, 0 },
};

START_TEST(counts_and_codes)
{
	size_t sets;
	const struct ros_kernels *const *all = ros_kernels_available(&sets);

	for (size_t s = 0; s < sets; s++) {
		struct ros_narrowing sum = { 0 };
		enum ros_dtype to = rows[_i].to;
		float x[40];
		uint8_t got[40 * 2];

		for (unsigned i = 0; i < 40; i++)   /* every lane of every kernel sees it */
			x[i] = ros_bits_f32(rows[_i].bits);
		ros_narrow(all[s], to, x, got, 40, &sum);
		for (unsigned i = 0; i < 40; i++) {
			uint32_t code = ros_dtypes[to].block_bytes == 2 ? ros_le16(got + 2 * i) : got[i];

			ck_assert_msg(code == rows[_i].code, "%s, %s: %x", rows[_i].name, all[s]->name, code);
		}
		ck_assert_msg(sum.values == 40 && sum.inexact == 40 * rows[_i].inexact && sum.overflow == 40 * rows[_i].overflow
			&& sum.underflow == 40 * rows[_i].underflow, "%s, %s: %d inexact, %d over, %d under", rows[_i].name,
			all[s]->name, (int)sum.inexact, (int)sum.overflow, (int)sum.underflow);
	}
}
END_TEST

/* Widening a code and narrowing it again gives the code, for every code of every plain type. */
START_TEST(widening_is_undone)
{
	static const enum ros_dtype types[] = { ROS_F16, ROS_BF16, ROS_F8_E4M3, ROS_F8_E5M2, ROS_F8_E4M3FNUZ, ROS_F8_E5M2FNUZ,
		ROS_F8_E8M0, ROS_F4, ROS_F6_E2M3, ROS_F6_E3M2 };

	for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
		const struct ros_dtype_info *info = &ros_dtypes[types[t]];
		unsigned units = info->block_bytes == 2 ? 65536 : 256, n = units * info->block_len;
		uint8_t *src = calloc(units, info->block_bytes), *back = calloc(units, info->block_bytes);
		float *wide = malloc(n * sizeof *wide);

		for (unsigned u = 0; u < units; u++)
			for (unsigned k = 0; k < info->block_bytes; k++)
				src[u * info->block_bytes + k] = (uint8_t)(info->block_bytes == 2 ? u >> 8 * k : u * (k * 7 + 1));
		ros_codecs[types[t]].decode(src, wide, 1, n);
		ros_codecs[types[t]].encode(wide, back, 1, n, NULL);
		for (unsigned u = 0; u < units; u++)
			ck_assert_msg(isnan(wide[u * info->block_len]) || !memcmp(src + u * info->block_bytes, back + u * info->block_bytes,
				info->block_bytes), "%s: unit %u", info->name, u);
		free(src), free(back), free(wide);
	}
}
END_TEST

/* Named values of the formats below 8 bits, and where they sit in their bytes. */
START_TEST(packed_values)
{
	const uint8_t f4[] = { 0x21, 0xf7 }, f6[] = { 0x01, 0xf2, 0x83 };   /* codes 01 08 3f 20 */
	float y[4];

	ros_codecs[ROS_F4].decode(f4, y, 1, 4);
	ck_assert(y[0] == 0.5f && y[1] == 1 && y[2] == 6 && y[3] == -6);
	ros_codecs[ROS_F6_E2M3].decode(f6, y, 1, 4);
	ck_assert(y[0] == 0.125f && y[1] == 1 && y[2] == -7.5f && y[3] == 0 && signbit(y[3]));
	ros_codecs[ROS_F6_E3M2].decode(f6, y, 1, 4);
	ck_assert(y[0] == 0.0625f && y[1] == 0.5f && y[2] == -28 && y[3] == 0);
}
END_TEST

/* APR's own types: interleaved nibbles, half away from zero, a last block of zero bytes, an empty tensor. */
START_TEST(apr_native_blocks)
{
	float x[34] = { 7, -7, 0.5f, -0.5f, 1.49f }, y[34];
	uint8_t b[36 + 1], q8[4 + 34];

	x[32] = -2;
	x[33] = NAN;
	ros_codecs[ROS_APR_Q4].encode(x, b, 1, 34, NULL);
	ck_assert_uint_eq(ros_row_bytes(ROS_APR_Q4, 34), 36);
	ck_assert_mem_eq(b, "\x00\x3c\x1f\x79\x89\x88", 6);
	ck_assert_mem_eq(b + 18, "\x92\x34\x81\0\0\0", 6);
	ros_codecs[ROS_APR_Q4].decode(b, y, 1, 34);
	ck_assert(y[0] == 7 && y[1] == -7 && y[2] == 1 && y[3] == -1 && y[4] == 1 && y[33] == 0);
	ros_codecs[ROS_APR_Q8].encode(x, q8, 1, 34, NULL);
	ck_assert_uint_eq(ros_row_bytes(ROS_APR_Q8, 34), 38);
	ck_assert_uint_eq(q8[4], 127);
	ck_assert_uint_eq(q8[5], 129);
	ck_assert_uint_eq(q8[4 + 33], 0);
	ros_codecs[ROS_APR_Q8].decode(q8, y, 1, 34);
	ck_assert(y[0] == 127 * (7.0f / 127));
	ck_assert_uint_eq(ros_row_bytes(ROS_APR_Q8, 0), 0);
	ros_codecs[ROS_APR_Q8].encode(x, q8, 1, 0, NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("narrow");
	TCase *tc = tcase_create("plain floats");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, counts_and_codes, 0, sizeof rows / sizeof *rows);
	tcase_add_test(tc, widening_is_undone);
	tcase_add_test(tc, packed_values);
	tcase_add_test(tc, apr_native_blocks);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
