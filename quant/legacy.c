/* The first block formats: 32 elements, an F16 scale, and in the _1 forms an F16 offset.
 *
 *            offset 0   2     4      8        bytes   value
 *   Q4_0     d          qs16                  18      (q - 8) * d
 *   Q4_1     d          m     qs16            20      q * d + m
 *   Q5_0     d          qh4   (6) qs16        22      (q - 16) * d
 *   Q5_1     d          m     qh4    qs16     24      q * d + m
 *   Q8_0     d          qs32                  34      q * d
 *   Q8_1     d          s     qs32            36      q * d; s = d * sum of q, for dot products
 *
 *   nibbles:  qs[j] = | element j + 16 | element j |      qh: bit j = fifth bit of element j
 *
 * Source: ggml-common.h (block_q4_0 ..), ggml-quants.c (quantize_row_*_ref, dequantize_row_*). */
#include "quant/blocks.h"
#include "quant/extremes.h"
#include "quant/half.h"
#include "quant/legacy.h"
#include "quant/reference.h"
#include "quant/round.h"

#include <float.h>
#include <math.h>

static void q4_0_decode(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);

	for (unsigned j = 0; j < 16; j++) {
		y[j] = (float)((b[2 + j] & 15) - 8) * d;
		y[j + 16] = (float)((b[2 + j] >> 4) - 8) * d;
	}
}

static void q4_1_decode(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b), m = ros_get_f16(b + 2);

	for (unsigned j = 0; j < 16; j++) {
		y[j] = (float)(b[4 + j] & 15) * d + m;
		y[j + 16] = (float)(b[4 + j] >> 4) * d + m;
	}
}

static unsigned five_bits(const uint8_t *qs, uint32_t qh, unsigned e)
{
	return (qs[e % 16] >> 4 * (e / 16) & 15) | (qh >> e & 1) << 4;
}

static void q5_0_decode(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);

	for (unsigned e = 0; e < 32; e++)
		y[e] = (float)((int)five_bits(b + 6, ros_le32(b + 2), e) - 16) * d;
}

static void q5_1_decode(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b), m = ros_get_f16(b + 2);

	for (unsigned e = 0; e < 32; e++)
		y[e] = (float)five_bits(b + 8, ros_le32(b + 4), e) * d + m;
}

static void q8_0_decode(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);

	for (unsigned e = 0; e < 32; e++)
		y[e] = (float)(int8_t)b[2 + e] * d;
}

static void q8_1_decode(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);

	for (unsigned e = 0; e < 32; e++)
		y[e] = (float)(int8_t)b[4 + e] * d;
}

static void min_max(const float *x, float *min, float *max)
{
	*min = FLT_MAX;
	*max = -FLT_MAX;
	for (unsigned e = 0; e < 32; e++) {
		if (x[e] < *min)
			*min = x[e];
		if (x[e] > *max)
			*max = x[e];
	}
}

/* As the reference's (int8_t) and (uint8_t) casts: truncate, keep the low byte. */
static uint8_t trunc_byte(float f)
{
	return (uint8_t)ros_trunc_i32(f);
}

static uint8_t at_most(int8_t q, int8_t most)
{
	return (uint8_t)(q < most ? q : most);
}

void ros_put_nibbles(const uint8_t q[static 32], uint8_t *qs)
{
	for (unsigned j = 0; j < 16; j++)
		qs[j] = (uint8_t)(q[j] | q[j + 16] << 4);
}

void ros_put_five_bits(const uint8_t q[static 32], uint8_t *qh, uint8_t *qs)
{
	uint32_t high = 0;

	for (unsigned e = 0; e < 32; e++)
		high |= (uint32_t)(q[e] >> 4 & 1) << e;
	for (unsigned j = 0; j < 16; j++)
		qs[j] = (uint8_t)((q[j] & 15) | q[j + 16] << 4);
	ros_put_le32(qh, high);
}

/* Q4_0 and Q5_0: codes 0 .. 2 * HALF - 1, the extreme element gets code 0. */
static void encode_signed(const float *x, uint8_t *b, int half, uint8_t *q)
{
	const float d = ros_signed_max(x, 32) / (float)-half, id = d != 0 ? 1 / d : 0;

	for (unsigned e = 0; e < 32; e++)
		q[e] = at_most((int8_t)trunc_byte(x[e] * id + ((float)half + 0.5f)), (int8_t)(2 * half - 1));
	ros_put_f16(b, d);
}

static void q4_0_encode(const float *x, uint8_t *b, const float *w)
{
	uint8_t q[32];

	(void)w;
	encode_signed(x, b, 8, q);
	ros_put_nibbles(q, b + 2);
}

static void q5_0_encode(const float *x, uint8_t *b, const float *w)
{
	uint8_t q[32];

	(void)w;
	encode_signed(x, b, 16, q);
	ros_put_five_bits(q, b + 2, b + 6);
}

static void q4_1_encode(const float *x, uint8_t *b, const float *w)
{
	float min, max;
	uint8_t q[32];

	(void)w;
	min_max(x, &min, &max);
	const float d = (max - min) / 15, id = d != 0 ? 1 / d : 0;

	for (unsigned e = 0; e < 32; e++)
		q[e] = at_most((int8_t)trunc_byte((x[e] - min) * id + 0.5f), 15);
	ros_put_f16(b, d);
	ros_put_f16(b + 2, min);
	ros_put_nibbles(q, b + 4);
}

/* Unlike Q4_1 the reference does not limit the code here. */
static void q5_1_encode(const float *x, uint8_t *b, const float *w)
{
	float min, max;
	uint8_t q[32];

	(void)w;
	min_max(x, &min, &max);
	const float d = (max - min) / 31, id = d != 0 ? 1 / d : 0;

	for (unsigned e = 0; e < 32; e++)
		q[e] = trunc_byte((x[e] - min) * id + 0.5f);
	ros_put_f16(b, d);
	ros_put_f16(b + 2, min);
	ros_put_five_bits(q, b + 4, b + 8);
}

/* Codes to Q, half away from zero; returns the unrounded scale. */
static float encode_q8(const float *x, uint8_t *q)
{
	const float d = ros_max_magnitude_restarting(x, 32) / 127, id = d != 0 ? 1 / d : 0;

	for (unsigned e = 0; e < 32; e++)
		q[e] = trunc_byte(roundf(x[e] * id));
	return d;
}

static void q8_0_encode(const float *x, uint8_t *b, const float *w)
{
	(void)w;
	ros_put_f16(b, encode_q8(x, b + 2));
}

static void q8_1_encode(const float *x, uint8_t *b, const float *w)
{
	const float d = encode_q8(x, b + 4);
	int sum = 0;

	(void)w;
	for (unsigned e = 0; e < 32; e++)
		sum += (int8_t)b[4 + e];
	ros_put_f16(b, d);
	ros_put_f16(b + 2, (float)sum * d);
}

void ros_q4_0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 18, q4_0_decode);
}

void ros_q4_1_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 20, q4_1_decode);
}

void ros_q5_0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 22, q5_0_decode);
}

void ros_q5_1_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 24, q5_1_decode);
}

void ros_q8_0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 34, q8_0_decode);
}

void ros_q8_1_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 36, q8_1_decode);
}

void ros_q4_0_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	if (weights)
		ros_q4_0_encode_weighted(src, dst, rows, cols, weights);
	else
		ros_encode_blocks(src, dst, rows, cols, NULL, 32, 18, q4_0_encode);
}

void ros_q4_1_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	if (weights)
		ros_q4_1_encode_weighted(src, dst, rows, cols, weights);
	else
		ros_encode_blocks(src, dst, rows, cols, NULL, 32, 20, q4_1_encode);
}

void ros_q5_0_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	if (weights)
		ros_q5_0_encode_weighted(src, dst, rows, cols, weights);
	else
		ros_encode_blocks(src, dst, rows, cols, NULL, 32, 22, q5_0_encode);
}

void ros_q5_1_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	if (weights)
		ros_q5_1_encode_weighted(src, dst, rows, cols, weights);
	else
		ros_encode_blocks(src, dst, rows, cols, NULL, 32, 24, q5_1_encode);
}

void ros_q8_0_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 32, 34, q8_0_encode);
}

void ros_q8_1_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 32, 36, q8_1_encode);
}
