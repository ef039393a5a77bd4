/* The encoders of the K-quants and of IQ4: the reference against vectors that ggml made, then
 * every kernel set this CPU has against the reference, byte for byte. */
#include "quant/kernels.h"
#include "formats/bytes.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	enum ros_dtype type;
	const char *golden;      /* file name stem in the folder of golden vectors */
	bool has_imatrix;
} types[] = {
	{ ROS_Q2_K, "q2_K", true },
	{ ROS_Q3_K, "q3_K", true },
	{ ROS_Q4_K, "q4_K", true },
	{ ROS_Q5_K, "q5_K", true },
	{ ROS_Q6_K, "q6_K", true },
	{ ROS_IQ4_NL, "iq4_nl", true },
	{ ROS_IQ4_XS, "iq4_xs", true },
};
#define TYPES ((int)(sizeof types / sizeof *types))

enum { GOLDEN_ROWS = 16, GOLDEN_COLS = 1024 };

/* Reads exactly N bytes of $ROSETTA_TEST_DATA/quant-golden/NAME; false if the file is not there. */
static bool read_golden(const char *name, void *to, size_t n)
{
	const char *root = getenv("ROSETTA_TEST_DATA");
	char path[4096];
	FILE *f;

	if (!root)
		return false;
	snprintf(path, sizeof path, "%s/quant-golden/%s", root, name);
	f = fopen(path, "rb");
	if (!f)
		return false;
	ck_assert_msg(fread(to, 1, n, f) == n, "%s is shorter than %zu bytes", name, n);
	fclose(f);
	return true;
}

static void compare(const char *what, enum ros_dtype type, const uint8_t *got, const uint8_t *want, size_t n)
{
	size_t bytes = ros_dtypes[type].block_bytes, bad = 0, first = 0;

	for (size_t i = n; i-- > 0;)
		if (got[i] != want[i]) {
			bad++;
			first = i;
		}
	ck_assert_msg(bad == 0, "%s %s: %zu of %zu bytes differ, first in block %zu at byte %zu: %02x, want %02x", what,
		ros_dtypes[type].name, bad, n, first / bytes, first % bytes, got[first], want[first]);
}

/* Every kernel set, and so the reference, on ggml's input. */
START_TEST(golden)
{
	const enum ros_dtype type = types[_i / 2].type;
	const bool weighted = _i % 2;
	static float x[GOLDEN_ROWS * GOLDEN_COLS], w[GOLDEN_COLS];
	size_t n = GOLDEN_ROWS * ros_row_bytes(type, GOLDEN_COLS), sets;
	const struct ros_kernels *const *set = ros_kernels_available(&sets);
	uint8_t *want = malloc(n), *got = malloc(n);
	char name[64];

	snprintf(name, sizeof name, "%s%s.q.bin", types[_i / 2].golden, weighted ? ".imat" : "");
	if (!read_golden("input.f32", x, sizeof x) || !read_golden("imatrix.f32", w, sizeof w)
		|| !read_golden(name, want, n)) {
		printf("skipped: %s\n", name);
	} else {
		for (size_t s = 0; s < sets; s++) {
			memset(got, 0xa5, n);
			set[s]->encode[type](x, got, GOLDEN_ROWS, GOLDEN_COLS, weighted ? w : NULL);
			compare(set[s]->name, type, got, want, n);
		}
	}
	free(want);
	free(got);
}
END_TEST

static uint64_t state;

static uint64_t next(void)
{
	state += 0x9e3779b97f4a7c15;
	uint64_t z = (state ^ state >> 30) * 0xbf58476d1ce4e5b9;

	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static float uniform(void)
{
	return (float)(next() >> 40) * 0x1p-24f;
}

/* Sum of twelve: close enough to a Gaussian, and the same on every host. */
static float gaussian(void)
{
	float s = -6;

	for (int i = 0; i < 12; i++)
		s += uniform();
	return s;
}

static float bf16(float f)
{
	uint32_t b = ros_f32_bits(f);

	return ros_bits_f32((b + 0x7fff + (b >> 16 & 1)) & 0xffff0000);
}

/* Keeps 11 significant bits: F16 precision without its range. */
static float f16(float f)
{
	uint32_t b = ros_f32_bits(f);

	return ros_bits_f32((b + 0xfff + (b >> 13 & 1)) & 0xffffe000);
}

static float gaussian_small(size_t i) { (void)i; return gaussian() * 0.02f; }
static float gaussian_bf16(size_t i) { (void)i; return bf16(gaussian() * 0.02f); }
static float gaussian_f16(size_t i) { (void)i; return f16(gaussian() * 0.02f); }
static float laplace(size_t i) { (void)i; return logf(uniform() + 1e-7f) * (next() & 1 ? 0.03f : -0.03f); }
static float heavy(size_t i) { float g = gaussian(); (void)i; return g * g * g * 0.1f; }
static float flat(size_t i) { (void)i; return uniform() * 2 - 1; }
static float positive(size_t i) { (void)i; return uniform() + 0.25f; }
static float negative(size_t i) { (void)i; return -uniform() - 0.25f; }
static float zero(size_t i) { return i & 1 ? -0.0f : 0.0f; }
static float constant(size_t i) { return (float)((int)(i / 64 % 7) - 3) * 0.37f; }
static float nearly_constant(size_t i) { return constant(i) + uniform() * 1e-6f; }
static float ternary(size_t i) { (void)i; return (float)((int)(next() % 3) - 1) * 0.03f; }
static float few_levels(size_t i) { (void)i; return (float)((int)(next() % 15) - 7) * 0.125f; }
static float half_steps(size_t i) { (void)i; return (float)((int)(next() % 257) - 128) * 0.5f; }
static float sparse(size_t i) { (void)i; return next() % 10 ? 0 : gaussian(); }
static float zero_groups(size_t i) { return i / 16 % 3 ? gaussian() : 0; }
static float outliers(size_t i) { (void)i; return gaussian() * (next() % 64 ? 0.02f : 8.0f); }
static float tiny(size_t i) { (void)i; return gaussian() * 1e-14f; }
static float denormal(size_t i) { (void)i; return ros_bits_f32((uint32_t)(next() & 0x800fffff)); }
static float huge(size_t i) { (void)i; return gaussian() * 1e36f; }
static float any_scale(size_t i) { return gaussian() * ldexpf(1, (int)(i / 32 * 37 % 120) - 60); }
static float mixed_scale(size_t i) { (void)i; return gaussian() * ldexpf(1, (int)(next() % 40) - 20); }
static float any_finite(size_t i)
{
	float f;

	(void)i;
	do
		f = ros_bits_f32((uint32_t)next());
	while (!isfinite(f));
	return f;
}
static float with_infinity(size_t i) { return i % 300 == 7 ? INFINITY : i % 500 == 9 ? -INFINITY : gaussian(); }
static float with_nan(size_t i) { return i % 300 == 7 ? NAN : gaussian(); }

#define ROW(f) { #f, f }
static const struct {
	const char *name;
	float (*value)(size_t i);
} inputs[] = {
	ROW(gaussian_small), ROW(gaussian_bf16), ROW(gaussian_f16), ROW(laplace), ROW(heavy), ROW(flat), ROW(positive),
	ROW(negative), ROW(zero), ROW(constant), ROW(nearly_constant), ROW(ternary), ROW(few_levels), ROW(half_steps),
	ROW(sparse), ROW(zero_groups), ROW(outliers), ROW(tiny), ROW(denormal), ROW(huge), ROW(any_scale),
	ROW(mixed_scale), ROW(any_finite), ROW(with_infinity), ROW(with_nan),
};
#define INPUTS ((int)(sizeof inputs / sizeof *inputs))

/* Shapes chosen for their remainders: 1..9 super-blocks and more, in one row and in many. */
static const struct { size_t rows, cols; } shapes[] = {
	{ 1, 256 }, { 1, 512 }, { 3, 256 }, { 1, 1280 }, { 7, 256 }, { 3, 768 }, { 2, 4096 }, { 5, 3840 },
};
#define SHAPES (sizeof shapes / sizeof *shapes)

static void one_shape(const char *input, float (*value)(size_t), enum ros_dtype type, size_t rows, size_t cols, bool weighted)
{
	size_t n = rows * ros_row_bytes(type, cols), sets;
	const struct ros_kernels *const *set = ros_kernels_available(&sets);
	float *x = malloc(rows * cols * sizeof *x), *w = malloc(cols * sizeof *w);
	uint8_t *want = malloc(n), *got = malloc(n + 1);
	char what[96];

	for (size_t i = 0; i < rows * cols; i++)
		x[i] = value(i);
	for (size_t i = 0; i < cols; i++)
		w[i] = uniform() * uniform() + (i % 31 ? 1e-4f : 0);
	ros_codecs[type].encode(x, want, rows, cols, weighted ? w : NULL);
	for (size_t s = 0; s < sets; s++) {
		memset(got, 0xa5, n + 1);
		set[s]->encode[type](x, got, rows, cols, weighted ? w : NULL);
		snprintf(what, sizeof what, "%s, %s%s %zux%zu,", set[s]->name, input, weighted ? " weighted" : "", rows, cols);
		compare(what, type, got, want, n);
		ck_assert_msg(got[n] == 0xa5, "%s wrote past the end", what);
	}
	free(x);
	free(w);
	free(want);
	free(got);
}

START_TEST(sets_agree)
{
	state = (uint64_t)_i;
	for (size_t s = 0; s < SHAPES; s++)
		for (int t = 0; t < TYPES; t++) {
			one_shape(inputs[_i].name, inputs[_i].value, types[t].type, shapes[s].rows, shapes[s].cols, false);
			if (types[t].has_imatrix && s % 2)
				one_shape(inputs[_i].name, inputs[_i].value, types[t].type, shapes[s].rows, shapes[s].cols, true);
		}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("k_encode");
	TCase *t = tcase_create("golden");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(t, golden, 0, 2 * TYPES);
	suite_add_tcase(suite, t);
	t = tcase_create("sets agree");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, sets_agree, 0, INPUTS);
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
