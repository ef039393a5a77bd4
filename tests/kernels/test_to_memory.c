/* Decoding past the caches against the reference: every set, every type, every place of the output within a line,
 * rows that do and do not end with a block, none, one and many pieces. The cutting is tested on any CPU by streams made
 * of plain stores; planted defects in a stream must be caught. */
#include "quant/to_memory.h"

#include "formats/bytes.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SETS 4
#define GUARD 32          /* floats on both sides that must stay as they were */
#define MARK 0xa5
#define MOST_FLOATS (3 * 1555)

static const struct shape { size_t rows, cols; } shapes[] = {
	{ 0, 256 }, { 1, 0 }, { 1, 1 }, { 5, 3 }, { 2, 15 }, { 1, 16 }, { 3, 17 }, { 7, 33 }, { 1, 256 }, { 3, 256 }, { 1, 511 },
	{ 1, 512 }, { 1, 513 }, { 2, 528 }, { 3, 529 }, { 9, 512 }, { 1, 4096 }, { 3, 1555 }, { 150, 31 }, { 700, 6 },
};
#define SHAPES (sizeof shapes / sizeof *shapes)

static void fill(uint8_t *p, size_t len)
{
	uint64_t s = 7;

	for (size_t i = 0; i < len; i++) {
		s = s * 6364136223846793005u + 1442695040888963407u;
		p[i] = (uint8_t)(s >> 56);
	}
}

/* Which of two NaN a sum of a block's scale and offset hands on is the compiler's choice. */
static void one_nan(enum ros_dtype t, float *y, size_t n)
{
	for (size_t i = 0; ros_dtypes[t].quantised && i < n; i++)
		if (isnan(y[i]))
			y[i] = ros_bits_f32(0x7fc00000);
}

/* Stored bytes of a shape, APR's native types included. */
static size_t stored_bytes(enum ros_dtype t, const struct shape *s)
{
	size_t n = s->rows * s->cols;

	if (ros_dtypes[t].sizing == ROS_SIZE_APR_Q4)
		return (n + 31) / 32 * 18;
	return ros_dtypes[t].sizing == ROS_SIZE_APR_Q8 ? n + 4 : s->rows * ros_row_bytes(t, s->cols);
}

struct buffers {
	uint8_t *src;
	float *want, *got;   /* at the start of a line; GUARD + LINE floats longer than any shape, both sides */
};

static bool agrees(const struct ros_kernels *k, enum ros_dtype t, const struct shape *s, size_t shift, const struct buffers *b)
{
	size_t n = s->rows * s->cols, len = (2 * GUARD + ROS_STREAM_LINE + n) * sizeof *b->got;
	uint8_t *src = b->src + shift;

	fill(src, stored_bytes(t, s));
	memset(b->want, MARK, len);
	memset(b->got, MARK, len);
	ros_codecs[t].decode(src, b->want + GUARD + shift, s->rows, s->cols);
	ros_decode_to_memory(k, t, src, b->got + GUARD + shift, s->rows, s->cols);
	one_nan(t, b->want + GUARD + shift, n);
	one_nan(t, b->got + GUARD + shift, n);
	return !memcmp(b->want, b->got, len);
}

/* The number of type, shape and place combinations where K differs; *DONE of them were made. */
static unsigned differences(const struct ros_kernels *k, unsigned *done)
{
	size_t len = (2 * GUARD + ROS_STREAM_LINE + MOST_FLOATS) * sizeof(float) / 64 * 64 + 64;
	struct buffers b = { malloc(MOST_FLOATS * 64), aligned_alloc(64, len), aligned_alloc(64, len) };
	unsigned bad = 0;

	*done = 0;
	for (int t = 0; t < ROS_DTYPE_COUNT; t++)
		for (size_t s = 0; ros_codecs[t].decode && s < SHAPES; s++)
			for (size_t shift = 0; shift < ROS_STREAM_LINE; shift++, ++*done)
				if (!agrees(k, t, &shapes[s], shift, &b) && !bad++) {
					printf("%s %s, %zu rows of %zu at float %zu of a line\n", k->name, ros_dtypes[t].name, shapes[s].rows,
						shapes[s].cols, shift);
					fflush(stdout);   /* the assertion ends this process */
				}
	free(b.src), free(b.want), free(b.got);
	return bad;
}

START_TEST(set_agrees)
{
	size_t n;
	const struct ros_kernels *const *all = ros_kernels_available(&n);
	unsigned done;

	ck_assert_uint_le(n, MOST_SETS);
	if ((size_t)_i >= n)
		return;
	ck_assert_uint_eq(differences(all[_i], &done), 0);
	ck_assert_uint_gt(done, 30 * SHAPES * ROS_STREAM_LINE);
}
END_TEST

static void plain_stream(float *dst, const float *src, size_t n)
{
	ck_assert_uint_eq((uintptr_t)dst % 64, 0);
	ck_assert_uint_eq((uintptr_t)src % 64, 0);
	ck_assert_uint_eq(n % ROS_STREAM_LINE, 0);
	memcpy(dst, src, n * sizeof *dst);
}

static void no_end(void)
{
}

/* What the functions of a set are promised, and the cutting without any instruction set. */
START_TEST(cutting_keeps_its_promises)
{
	size_t n;
	struct ros_kernels k = *ros_kernels_available(&n)[0];
	unsigned done;

	k.name = "plain";
	k.stream = plain_stream;
	k.stream_end = no_end;
	ck_assert_uint_eq(differences(&k, &done), 0);
}
END_TEST

static void stream_less_a_line(float *dst, const float *src, size_t n)
{
	memcpy(dst, src, (n > ROS_STREAM_LINE ? n - ROS_STREAM_LINE : n) * sizeof *dst);
}

static void stream_one_bit_off(float *dst, const float *src, size_t n)
{
	memcpy(dst, src, n * sizeof *dst);
	if (n == 496)   /* only where a piece stands askew in its lines */
		dst[495] = ros_bits_f32(ros_f32_bits(src[495]) ^ 1);
}

static void stream_past_the_end(float *dst, const float *src, size_t n)
{
	memcpy(dst, src, n * sizeof *dst);
	dst[n] = 0;
}

START_TEST(planted_defects_are_caught)
{
	static ros_stream_fn *const defects[] = { stream_less_a_line, stream_one_bit_off, stream_past_the_end };
	size_t n;
	struct ros_kernels k = *ros_kernels_available(&n)[0];
	unsigned done;

	k.name = "planted";
	k.stream = defects[_i];
	k.stream_end = no_end;
	ck_assert_uint_gt(differences(&k, &done), 0);
}
END_TEST

/* A set's own streaming decoder is held to the same: to lines and blocks that are whole, and to the reference's bits. */
static void plain_send(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ck_assert_uint_eq((uintptr_t)dst % 64, 0);
	ck_assert_uint_eq(rows * cols % 32, 0);
	ros_codecs[ROS_Q8_0].decode(src, dst, rows, cols);
}

static void wrong_send(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	plain_send(src, dst, rows, cols);
	if (cols > 4000)
		dst[4001] = ros_bits_f32(ros_f32_bits(dst[4001]) ^ 1);
}

START_TEST(own_decoders_are_called)
{
	size_t n;
	struct ros_kernels k = *ros_kernels_available(&n)[0];
	unsigned done;

	k.name = "planted";
	k.stream = plain_stream;
	k.stream_end = no_end;
	k.send[ROS_Q8_0] = plain_send;
	ck_assert_uint_eq(differences(&k, &done), 0);
	k.send[ROS_Q8_0] = wrong_send;
	ck_assert_uint_eq(differences(&k, &done), 2);   /* 1 x 4096 and 9 x 512, at the start of a line */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("to memory");
	TCase *tc = tcase_create("against the reference");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, set_agrees, 0, MOST_SETS);
	tcase_add_test(tc, cutting_keeps_its_promises);
	tcase_add_loop_test(tc, planted_defects_are_caught, 0, 3);
	tcase_add_test(tc, own_decoders_are_called);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
