/* Every kernel set that this CPU has against the reference: equal bytes for random bits, corner
 * cases and odd sizes. Rows of one table per direction, found by walking the sets: a kernel that is
 * added is tested without a line here. */
#include "quant/kernels.h"
#include "quant/nonfinite.h"

#include "formats/bytes.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define GUARD 64        /* bytes after an output that must stay as they were */
#define MARK 0xa5

/* A small generator (PCG, O'Neill 2014): the same numbers everywhere. */
static uint32_t next(uint64_t *state)
{
	uint64_t old = *state;
	uint32_t x = (uint32_t)((old >> 18 ^ old) >> 27), turn = (uint32_t)(old >> 59);

	*state = old * 6364136223846793005u + 1442695040888963407u;
	return x >> turn | x << (-turn & 31);
}

static float uniform(uint64_t *state)
{
	return (float)(int32_t)next(state) * 0x1p-31f;
}

/* What an encoder may meet; each fills N floats. */
static void fill_gauss(uint64_t *s, float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = (uniform(s) + uniform(s) + uniform(s)) * 0.02f;
}

static void fill_bits(uint64_t *s, float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = ros_bits_f32(next(s));
}

static void fill_ties(uint64_t *s, float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = (float)((int)(next(s) % 513) - 256) * 0.5f;
}

static void fill_denormal(uint64_t *s, float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = ros_bits_f32(next(s) & 0x807fffff);
}

static void fill_bf16(uint64_t *s, float *x, size_t n)
{
	fill_gauss(s, x, n);
	for (size_t i = 0; i < n; i++)
		x[i] = ros_bits_f32(ros_f32_bits(x[i]) & 0xffff0000);
}

static void fill_corners(uint64_t *s, float *x, size_t n)
{
	static const uint32_t corner[] = { 0, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc12345, 0x7f800001,
		0x7f7fffff, 0xff7fffff, 1, 0x80000001, 0x00800000, 0x3f800000, 0xbf800000, 0x477fefff, 0x477ff000,
		0x33000000, 0x33000001, 0x387fffff, 0x7f7f8000, 0x7f7f7fff, 0x42fe0000, 0x3effffff, 0x3f000000 };

	for (size_t i = 0; i < n; i++)
		x[i] = ros_bits_f32(corner[next(s) % (sizeof corner / sizeof *corner)]);
}

static void fill_sparse(uint64_t *s, float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = next(s) % 40 ? (next(s) & 1 ? -0.0f : 0.0f) : uniform(s);
}

static void fill_constant(uint64_t *s, float *x, size_t n)
{
	float v = uniform(s);

	for (size_t i = 0; i < n; i++)
		x[i] = i % 512 < 256 ? v : i & 1 ? v : -v;
}

static const struct {
	const char *name;
	void (*fill)(uint64_t *, float *, size_t);
} inputs[] = {
	{ "gauss", fill_gauss },       { "ties", fill_ties },     { "denormal", fill_denormal },
	{ "bf16", fill_bf16 },         { "sparse", fill_sparse }, { "constant", fill_constant },
	{ "corners", fill_corners },  { "bits", fill_bits },
};
#define INPUTS (int)(sizeof inputs / sizeof *inputs)

static const struct shape { size_t rows, blocks, extra; } shapes[] = {
	{ 1, 0, 0 }, { 1, 1, 0 }, { 3, 2, 0 }, { 2, 7, 0 }, { 1, 16, 0 }, { 1, 33, 0 },
	{ 1, 0, 1 }, { 1, 0, 7 }, { 1, 1, 15 }, { 3, 3, 5 }, { 2, 2, 31 },   /* rows that end inside a block */
};
#define SHAPES (int)(sizeof shapes / sizeof *shapes)

static const struct ros_kernels *reference(void)
{
	size_t n;

	return ros_kernels_available(&n)[0];
}

/* Columns of a shape for a type: blocks of it, and a ragged end for types that may have one. */
static size_t columns(enum ros_dtype t, const struct shape *s)
{
	size_t len = ros_dtypes[t].block_len == 1 ? 16 : ros_dtypes[t].block_len;

	return s->blocks * len + s->extra;
}

static void check_decode(const struct ros_kernels *k, enum ros_dtype t, const struct shape *s, uint64_t seed)
{
	size_t cols = columns(t, s), n = s->rows * cols, len = s->rows * ros_row_bytes(t, cols);
	uint8_t *src = malloc(len + 1);
	float *want = malloc(n * 4 + GUARD), *got = malloc(n * 4 + GUARD);

	for (size_t i = 0; i < len; i++)
		src[i] = (uint8_t)next(&seed);
	memset(want, MARK, n * 4 + GUARD);
	memset(got, MARK, n * 4 + GUARD);
	reference()->decode[t](src, want, s->rows, cols);
	k->decode[t](src, got, s->rows, cols);
	for (size_t i = 0; memcmp(got, want, n * 4 + GUARD) && i < n * 4 + GUARD; i++)
		ck_assert_msg(((uint8_t *)got)[i] == ((uint8_t *)want)[i], "%s decode %s, %zu rows of %zu: element %zu of %zu: %08x, wanted %08x",
			k->name, ros_dtypes[t].name, s->rows, cols, i / 4, n, ros_f32_bits(got[i / 4]), ros_f32_bits(want[i / 4]));
	free(src), free(want), free(got);
}

static void check_encode(const struct ros_kernels *k, enum ros_dtype t, const struct shape *s, int input, bool weighted)
{
	uint64_t seed = (uint64_t)input * 77 + s->blocks;
	size_t cols = columns(t, s), n = s->rows * cols, len = s->rows * ros_row_bytes(t, cols);
	float *x = malloc(n * 4 + 4), *w = malloc(cols * 4 + 4);
	uint8_t *want = malloc(len + GUARD), *got = malloc(len + GUARD);

	inputs[input].fill(&seed, x, n);
	for (size_t i = 0; i < cols; i++)
		w[i] = fabsf(uniform(&seed)) + 0.01f;
	memset(want, MARK, len + GUARD);
	memset(got, MARK, len + GUARD);
	reference()->encode[t](x, want, s->rows, cols, weighted ? w : NULL);
	k->encode[t](x, got, s->rows, cols, weighted ? w : NULL);
	for (size_t i = 0; memcmp(got, want, len + GUARD) && i < len + GUARD; i++)
		ck_assert_msg(got[i] == want[i], "%s encode %s%s of %s, %zu rows of %zu: byte %zu of %zu: %02x, wanted %02x",
			k->name, ros_dtypes[t].name, weighted ? " weighted" : "", inputs[input].name, s->rows, cols, i, len, got[i], want[i]);
	free(x), free(w), free(want), free(got);
}

static const struct ros_kernels *set(int i)
{
	size_t n;
	const struct ros_kernels *const *all = ros_kernels_available(&n);

	return (size_t)i < n ? all[i] : NULL;
}

START_TEST(decoders_agree)
{
	const struct ros_kernels *k = set(_i);
	unsigned kernels = 0;

	if (!k)
		return;
	for (int t = 0; t < ROS_DTYPE_COUNT; t++) {
		if (!k->decode[t] || k->decode[t] == reference()->decode[t])
			continue;
		kernels++;
		for (int s = 0; s < SHAPES; s++)
			for (uint64_t seed = 1; seed <= 20; seed++)
				check_decode(k, t, &shapes[s], seed);
	}
	printf("%s: %u decoders\n", k->name, kernels);
}
END_TEST

START_TEST(encoders_agree)
{
	const struct ros_kernels *k = set(_i);
	unsigned kernels = 0;

	if (!k)
		return;
	for (int t = 0; t < ROS_DTYPE_COUNT; t++) {
		if (!k->encode[t] || k->encode[t] == reference()->encode[t])
			continue;
		kernels++;
		for (int s = 0; s < SHAPES; s++)
			for (int input = 0; input < INPUTS; input++) {
				if (!ros_codecs[t].needs_weights)
					check_encode(k, t, &shapes[s], input, false);
				if (ros_codecs[t].uses_weights)
					check_encode(k, t, &shapes[s], input, true);
			}
	}
	printf("%s: %u encoders\n", k->name, kernels);
}
END_TEST

/* Clean data, then one element that is not finite at every place in turn. */
START_TEST(scans_agree)
{
	const struct ros_kernels *k = set(_i);
	enum { N = 300 };
	uint8_t data[N * 4];

	if (!k)
		return;
	for (int t = 0; t < ROS_DTYPE_COUNT; t++) {
		const struct ros_nonfinite *p = &ros_nonfinites[t];

		ck_assert_msg(!p->width == !k->first_nonfinite[t], "%s: a scan without a pattern, or the reverse", ros_dtypes[t].name);
		if (!p->width)
			continue;
		memset(data, 0x11, sizeof data);
		ck_assert_uint_eq(k->first_nonfinite[t](data, N), N);
		for (size_t at = 0; at < N; at++) {
			memcpy(data + at * p->width, &(uint32_t){ p->want }, p->width);   /* little-endian hosts only */
			for (size_t n = at; n <= N; n += 1 + (n > at + 2) * 61)
				ck_assert_msg(k->first_nonfinite[t](data, n) == (n > at ? at : n), "%s %s: %zu of %zu", k->name,
					ros_dtypes[t].name, at, n);
			memset(data + at * p->width, 0x11, p->width);
		}
	}
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
	for (int t = 0; t < ROS_DTYPE_COUNT; t++)
		ck_assert_msg((ros_dtypes[t].class_ == ROS_CLASS_FLOAT) == (ros_codecs[t].decode != NULL), "%s", ros_dtypes[t].name);
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
	tcase_add_loop_test(tc, decoders_agree, 1, 4);
	tcase_add_loop_test(tc, encoders_agree, 1, 4);
	tcase_add_loop_test(tc, scans_agree, 0, 4);
	tcase_add_test(tc, patterns_follow_decoders);
	tcase_add_test(tc, every_float_type_decodes);
	tcase_add_test(tc, environment_chooses);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
