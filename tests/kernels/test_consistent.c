/* The judge of derivations: no false alarm on anything our encoders make, of any type, from three kinds of weights, with
 * and without an importance matrix; and every planted defect found. */
#include "quant/consistent.h"
#include "quant/kernels.h"
#include "tests/kernels/weights.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 32
#define COLS 1024
#define N (ROWS * COLS)

static const struct { const char *name; double (*weight)(size_t); } kinds[] = {
	{ "gaussian", gaussian }, { "heavy-tailed", heavy }, { "with zeros and outliers", patchy },
};

static float source[N], changed[N], decoded[N], importance[COLS];
static uint8_t stored[N * 5];

static void make_source(double (*weight)(size_t))
{
	make_weights(weight, source, N);
	for (size_t i = 0; i < COLS; i++)
		importance[i] = (float)exp(2 * normal());
}

/* Types whose blocks lie along rows. */
static bool judged(enum ros_dtype t, bool weighted)
{
	const struct ros_codec *c = &ros_codecs[t];

	return ros_dtypes[t].quantised && ros_dtypes[t].sizing == ROS_SIZE_ROWS && c->encode &&
	       (weighted ? c->uses_weights : !c->needs_weights);
}

static void encode(enum ros_dtype t, const float *from, bool weighted)
{
	ros_kernels_best()->encode[t](from, stored, ROWS, COLS, weighted ? importance : NULL);
}

static struct ros_consistency judge(enum ros_dtype t)
{
	struct ros_consistency c;

	ros_consistency_init(&c);
	ros_kernels_best()->decode[t](stored, decoded, ROWS, COLS);
	ros_consistent_rows(ros_kernels_best(), t, stored, decoded, source, ROWS, COLS, 0, &c);
	return c;
}

START_TEST(no_false_alarm)
{
	make_source(kinds[_i].weight);
	for (int t = 0; t < ROS_DTYPE_COUNT; t++)
		for (int weighted = 0; weighted < 2; weighted++) {
			struct ros_consistency c;

			if (!judged((enum ros_dtype)t, weighted))
				continue;
			encode((enum ros_dtype)t, source, weighted);
			c = judge((enum ros_dtype)t);
			ck_assert_msg(!c.bad_blocks && !c.strange_rows && c.elements == N,
				      "%s, %s%s: %llu bad blocks, %llu bad scales, %llu strange rows", ros_dtypes[t].name, kinds[_i].name,
				      weighted ? ", weighted" : "", (unsigned long long)c.bad_blocks, (unsigned long long)c.bad_scales,
				      (unsigned long long)c.strange_rows);
			ck_assert_msg(!c.other_scale || ros_fit_is_plausible(&c), "%s, %s: fit %f", ros_dtypes[t].name, kinds[_i].name,
				      c.dot / c.norm);
			ck_assert_msg(weighted || !c.other_scale, "%s: another scale without a matrix", ros_dtypes[t].name);
		}
}
END_TEST

static void scaled(void)
{
	for (size_t i = 0; i < N; i++)
		changed[i] = source[i] * 1.01f;
}

static void tuned(void)
{
	for (size_t i = 0; i < N; i++)
		changed[i] = source[i] * (float)(1 + 0.005 * normal());
}

static void shifted(void)
{
	for (size_t i = 0; i < N; i++)
		changed[i] = source[(i + COLS) % N];
}

static void other(void)
{
	for (size_t i = 0; i < N; i++)
		changed[i] = (float)(normal() * 0.02);
}

/* GRID_TOO: types that choose grid points find it as well. */
static const struct { const char *name; void (*change)(void); bool grid_too; } defects[] = {
	{ "all weights times 1.01", scaled, false }, { "fine-tuned by half a percent", tuned, false },
	{ "rows exchanged", shifted, true }, { "random weights of equal variance", other, true },
};

START_TEST(defect_is_found)
{
	make_source(gaussian);
	defects[_i].change();
	for (int t = 0; t < ROS_DTYPE_COUNT; t++) {
		bool grid = !ros_codes_are_separate((enum ros_dtype)t), weighted = ros_codecs[t].needs_weights;
		struct ros_consistency c;

		/* Grid types show these by their scales alone: test_scale_fit. */
		if (!judged((enum ros_dtype)t, weighted) || (grid && !defects[_i].grid_too))
			continue;
		encode((enum ros_dtype)t, changed, weighted);
		c = judge((enum ros_dtype)t);
		ck_assert_msg(c.bad_blocks || c.strange_rows || (c.other_scale && !ros_fit_is_plausible(&c)), "%s: %s was not found",
			      ros_dtypes[t].name, defects[_i].name);
	}
}
END_TEST

/* One code moved by one: 50 places of every type. */
START_TEST(moved_code_is_found)
{
	static const struct { enum ros_dtype type; unsigned first, bytes; } rows[] = {
		{ ROS_Q4_0, 2, 16 }, { ROS_Q8_0, 2, 32 }, { ROS_Q4_K, 16, 128 }, { ROS_Q5_K, 48, 128 }, { ROS_Q6_K, 0, 128 },
		{ ROS_Q3_K, 32, 64 }, { ROS_Q2_K, 16, 64 }, { ROS_IQ4_NL, 2, 16 }, { ROS_IQ4_XS, 8, 128 }, { ROS_MXFP4, 1, 16 },
	};
	unsigned found = 0;
	enum ros_dtype t = rows[_i].type;
	size_t blocks = N / ros_dtypes[t].block_len, bytes = ros_dtypes[t].block_bytes;

	make_source(gaussian);
	encode(t, source, false);
	for (unsigned k = 0; k < 50; k++) {
		size_t at = (size_t)(uniform() * (double)blocks) * bytes + rows[_i].first + (size_t)(uniform() * rows[_i].bytes);
		struct ros_consistency c;

		stored[at] ^= 2;
		c = judge(t);
		stored[at] ^= 2;
		found += c.bad_blocks == 1 || c.other_scale == 1;
	}
	ck_assert_msg(found == 50, "%s: %u of 50 found", ros_dtypes[t].name, found);
}
END_TEST

/* A zero scale makes every code nearest; the scale itself is the finding. */
START_TEST(zero_scale_is_found)
{
	static const struct { enum ros_dtype type; unsigned at; } rows[] = {
		{ ROS_Q4_0, 0 }, { ROS_Q8_0, 0 }, { ROS_Q4_K, 0 }, { ROS_Q6_K, 208 }, { ROS_Q3_K, 108 }, { ROS_Q2_K, 80 }, { ROS_IQ4_XS, 0 },
		{ ROS_IQ2_S, 0 }, { ROS_IQ3_S, 0 },
	};
	struct ros_consistency c;

	make_source(gaussian);
	encode(rows[_i].type, source, false);
	memset(stored + rows[_i].at, 0, 2);
	c = judge(rows[_i].type);
	ck_assert_msg(c.bad_scales > 0 && c.first_bad_block == 0, "%s", ros_dtypes[rows[_i].type].name);
}
END_TEST

START_TEST(parts_add_up)
{
	struct ros_consistency whole, first, second;

	make_source(gaussian);
	encode(ROS_Q4_K, source, false);
	stored[20 * 4 * 144 + 40] ^= 0x22;
	whole = judge(ROS_Q4_K);
	ros_consistency_init(&first);
	ros_consistency_init(&second);
	ros_consistent_rows(ros_kernels_best(), ROS_Q4_K, stored, decoded, source, 10, COLS, 0, &first);
	ros_consistent_rows(ros_kernels_best(), ROS_Q4_K, stored + 10 * 4 * 144, decoded + 10 * COLS, source + 10 * COLS, ROWS - 10, COLS, 0, &second);
	ros_consistency_add(&first, &second);
	ck_assert_uint_eq(first.first_bad_block, whole.first_bad_block);
	ck_assert_uint_eq(first.worst_element, whole.worst_element);
	ck_assert_uint_eq(first.nearest, whole.nearest);
	ck_assert_uint_eq(first.blocks, whole.blocks);
	ck_assert_uint_eq(whole.first_bad_block, 80);
}
END_TEST

/* A fit that 64 blocks may have by chance, 2,048 may not; and what no chance gives is found in a small tensor too. */
START_TEST(few_blocks_scatter)
{
	static const struct { uint64_t blocks; double fit; bool plausible; } rows[] = {
		{ 64, 1.0248, true }, { 2048, 1.0248, false }, { 64, 0.97, true }, { 2048, 0.97, false }, { 64, 1.1, false }, { 64, 0.9, false },
		{ 2048, 1.003, true }, { 0, 1, true },
	};
	struct ros_consistency c;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ros_consistency_init(&c);
		c.blocks = rows[i].blocks;
		c.norm = 1;
		c.dot = rows[i].fit;
		ck_assert_msg(ros_fit_is_plausible(&c) == rows[i].plausible, "%d blocks, fit %g", (int)rows[i].blocks, rows[i].fit);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("consistent");
	TCase *tc = tcase_create("consistent");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, no_false_alarm, 0, sizeof kinds / sizeof *kinds);
	tcase_add_loop_test(tc, defect_is_found, 0, sizeof defects / sizeof *defects);
	tcase_add_loop_test(tc, moved_code_is_found, 0, 10);
	tcase_add_loop_test(tc, zero_scale_is_found, 0, 9);
	tcase_add_test(tc, parts_add_up);
	tcase_add_test(tc, few_blocks_scatter);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
