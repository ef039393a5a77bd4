/* Were a grid type's scales, or those of a first block type with a matrix, fitted to these weights? No false alarm on what our encoders make (byte for byte ggml's), whatever the
 * importance of the columns was; and every planted defect found. */
#include "quant/kernels.h"
#include "quant/scale_fit.h"
#include "tests/kernels/weights.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 768
#define COLS 256
#define N (ROWS * COLS)

static const enum ros_dtype types[] = { ROS_IQ1_S, ROS_IQ1_M, ROS_IQ2_XXS, ROS_IQ2_XS, ROS_IQ2_S, ROS_IQ3_XXS, ROS_IQ3_S };
#define TYPES (sizeof types / sizeof *types)

/* Scales fall among the subnormal F16, where rounding is coarse and says nothing. */
static double small(size_t i)
{
	(void)i;
	return normal() * 1e-5;
}

static const struct { const char *name; double (*weight)(size_t); } kinds[] = {
	{ "gaussian", gaussian }, { "heavy-tailed", heavy }, { "with zeros and outliers", patchy }, { "small", small },
};

static double even(unsigned i)
{
	(void)i;
	return 1;
}

static double uneven(unsigned i)
{
	(void)i;
	return exp(2 * normal());
}

/* Six orders of magnitude, as where a few channels carry most of the activations. */
static double spiky(unsigned i)
{
	return i % 37 ? exp(normal()) : 1e6 * uniform();
}

/* Columns that no activation ever reached, a whole sub-block among them. */
static double with_dead(unsigned i)
{
	return i < 40 || i % 5 == 0 ? 0 : exp(normal());
}

static const struct { const char *name; double (*importance)(unsigned); } matrices[] = {
	{ "none", NULL }, { "even", even }, { "uneven", uneven }, { "spiky", spiky }, { "with dead columns", with_dead },
};
#define MATRICES (sizeof matrices / sizeof *matrices)

static float source[N], changed[N], importance[COLS];
static uint8_t stored[ROWS * COLS / 32 * 24];
static double sums[100000];

static void encode(enum ros_dtype t, const float *from, double (*of)(unsigned))
{
	for (unsigned i = 0; of && i < COLS; i++)
		importance[i] = (float)of(i);
	ros_kernels_best()->encode[t](from, stored, ROWS, COLS, of ? importance : NULL);
}

/* Q4_0, Q4_1, Q5_0, Q5_1: blocks of 32 side by side. */
static struct ros_scale_findings judge_first_types(enum ros_dtype t)
{
	struct ros_scale_findings found = { 0 };

	for (size_t c = 0; c < COLS / 32; c++) {
		struct ros_scale_fit fit;

		ros_scale_fit_init(&fit, t, sums);
		for (size_t r = 0; r < ROWS; r++)
			ros_scale_fit_add(&fit, stored + (r * COLS / 32 + c) * ros_dtypes[t].block_bytes, source + r * COLS + 32 * c,
					  ros_mean_square(source + r * COLS, COLS), 0, &found);
		ros_scale_fit_judge(&fit, &found);
	}
	return found;
}

static struct ros_scale_findings judge(enum ros_dtype t, unsigned rows, double source_rounding)
{
	struct ros_scale_findings found = { 0 };
	struct ros_scale_fit fit;

	ck_assert_uint_le(ros_scale_fit_doubles(t), sizeof sums / sizeof *sums);
	ros_scale_fit_init(&fit, t, sums);
	for (size_t r = 0; r < rows; r++)
		ros_scale_fit_add(&fit, stored + r * ros_dtypes[t].block_bytes, source + r * COLS, 0, source_rounding, &found);
	ros_scale_fit_judge(&fit, &found);
	return found;
}

START_TEST(no_false_alarm)
{
	enum ros_dtype t = types[(size_t)_i % TYPES];

	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		size_t m = (size_t)_i / TYPES;
		struct ros_scale_findings f;
		enum ros_scale_word word;

		make_weights(kinds[k].weight, source, N);
		encode(t, source, matrices[m].importance);
		f = judge(t, ROWS, 0);
		word = ros_scales_say(&f);
		ck_assert_msg(word == (matrices[m].importance ? ROS_SCALES_FIT : ROS_SCALES_PLAIN) || word == ROS_SCALES_SILENT,
			      "%s, %s, matrix %s: word %d, %llu of %llu plain, %llu of %llu groups odd, misfit %g", ros_dtypes[t].name,
			      kinds[k].name, matrices[m].name, (int)word, (unsigned long long)f.plain, (unsigned long long)f.equations,
			      (unsigned long long)f.odd_groups, (unsigned long long)f.groups, f.misfit);
		ck_assert_msg(word != ROS_SCALES_SILENT || kinds[k].weight == patchy || kinds[k].weight == small, "%s, %s, matrix %s: nothing was judged", ros_dtypes[t].name,
			      kinds[k].name, matrices[m].name);
	}
}
END_TEST

static void scaled(void)
{
	for (size_t i = 0; i < N; i++)
		changed[i] = source[i] * 1.01f;
}

static void scaled_down(void)
{
	for (size_t i = 0; i < N; i++)
		changed[i] = source[i] * 0.995f;
}

static void tuned(void)
{
	for (size_t i = 0; i < N; i++)
		changed[i] = source[i] * (float)(1 + 0.005 * normal());
}

static void nudged(void)
{
	for (size_t i = 0; i < N; i++)
		changed[i] = (float)(source[i] + 0.01 * 0.02 * normal());
}

static void shifted(void)
{
	for (size_t i = 0; i < N; i++)
		changed[i] = source[(i + COLS) % N];
}

static const struct { const char *name; void (*change)(void); } defects[] = {
	{ "all weights times 1.01", scaled }, { "all weights times 0.995", scaled_down }, { "each weight tuned by half a percent", tuned },
	{ "noise of one percent of the spread", nudged }, { "rows exchanged", shifted },
};

START_TEST(defect_is_found)
{
	enum ros_dtype t = types[(size_t)_i % TYPES];

	make_weights(gaussian, source, N);
	defects[(size_t)_i / TYPES].change();
	for (size_t m = 0; m < MATRICES; m++) {
		struct ros_scale_findings f;

		encode(t, changed, matrices[m].importance);
		f = judge(t, ROWS, 0);
		ck_assert_msg(ros_scales_say(&f) == ROS_SCALES_OFF, "%s, matrix %s: %s was not found; %llu of %llu groups odd", ros_dtypes[t].name,
			      matrices[m].name, defects[(size_t)_i / TYPES].name, (unsigned long long)f.odd_groups, (unsigned long long)f.groups);
	}
}
END_TEST

/* Every group fits, or with a minimum nearly every one; of a scaled source's none does. */
START_TEST(first_types)
{
	static const enum ros_dtype first[] = { ROS_Q4_0, ROS_Q4_1, ROS_Q5_0, ROS_Q5_1 };
	enum ros_dtype t = first[_i];
	bool min = t == ROS_Q4_1 || t == ROS_Q5_1;

	for (size_t m = 1; m < MATRICES; m++) {
		struct ros_scale_findings f;

		make_weights(gaussian, source, N);
		encode(t, source, matrices[m].importance);
		f = judge_first_types(t);
		ck_assert_msg(f.groups >= 4 && f.odd_groups * 4 <= (min ? f.groups : 0), "%s, matrix %s: %llu of %llu groups odd", ros_dtypes[t].name,
			      matrices[m].name, (unsigned long long)f.odd_groups, (unsigned long long)f.groups);
		scaled();
		encode(t, changed, matrices[m].importance);
		f = judge_first_types(t);
		ck_assert_msg(f.odd_groups * 4 >= f.groups * 3, "%s, matrix %s: only %llu of %llu groups odd", ros_dtypes[t].name, matrices[m].name,
			      (unsigned long long)f.odd_groups, (unsigned long long)f.groups);
	}
}
END_TEST

/* One scale moved by one unit in 40 blocks of a file made without a matrix. */
START_TEST(moved_scale_is_found)
{
	static const enum ros_dtype plain[] = { ROS_IQ2_S, ROS_IQ3_XXS, ROS_IQ3_S };
	enum ros_dtype t = plain[_i];
	struct ros_scale_findings f;

	make_weights(gaussian, source, N);
	encode(t, source, NULL);
	for (size_t r = 0; r < 40; r++)
		stored[r * ros_dtypes[t].block_bytes] ^= 4;
	f = judge(t, ROWS, 0);
	ck_assert_int_eq(ros_scales_say(&f), ROS_SCALES_DAMAGED);
	ck_assert_uint_ge(f.plain, f.equations - 40);
}
END_TEST

/* Rows too few to pin the importance down say nothing, whatever they hold. */
START_TEST(few_rows_are_silent)
{
	make_weights(gaussian, source, N);
	scaled();
	for (size_t t = 0; t < TYPES; t++) {
		struct ros_scale_findings f;

		encode(types[t], changed, uneven);
		f = judge(types[t], 64, 0);
		ck_assert_msg(ros_scales_say(&f) == ROS_SCALES_SILENT, "%s: %llu spare equations", ros_dtypes[types[t]].name, (unsigned long long)f.freedom);
	}
}
END_TEST

/* A float32 source that passed through F16 before it was quantized. */
START_TEST(through_f16)
{
	enum ros_dtype t = types[_i];

	weights_seed(7);
	for (size_t i = 0; i < N; i++) {
		uint8_t half[2];

		source[i] = (float)normal() * 0.02f;
		ros_kernels_best()->encode[ROS_F16](&source[i], half, 1, 1, NULL);
		ros_kernels_best()->decode[ROS_F16](half, &changed[i], 1, 1);
	}
	for (size_t m = 0; m < MATRICES; m++) {
		struct ros_scale_findings f;

		encode(t, changed, matrices[m].importance);
		f = judge(t, ROWS, 0x1p-11);
		ck_assert_msg(ros_scales_say(&f) == (matrices[m].importance ? ROS_SCALES_FIT : ROS_SCALES_PLAIN), "%s, matrix %s: %d", ros_dtypes[t].name,
			      matrices[m].name, (int)ros_scales_say(&f));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scale_fit");
	TCase *tc = tcase_create("scale_fit");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, no_false_alarm, 0, (int)(TYPES * MATRICES));
	tcase_add_loop_test(tc, defect_is_found, 0, (int)(TYPES * (sizeof defects / sizeof *defects)));
	tcase_add_loop_test(tc, moved_scale_is_found, 0, 3);
	tcase_add_loop_test(tc, first_types, 0, 4);
	tcase_add_test(tc, few_rows_are_silent);
	tcase_add_loop_test(tc, through_f16, 0, (int)TYPES);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
