/* One bit, two bits, three levels: a scale and codes, no search. Blocks of 64, 128 or 256.
 * Source: ggml-common.h, ggml-quants.c (quantize_row_{q1_0,q2_0,tq1_0,tq2_0}_ref, dequantize_row_*). */
#include "quant/blocks.h"
#include "quant/extremes.h"
#include "quant/half.h"
#include "quant/reference.h"
#include "quant/round.h"

#include <math.h>

/* Q1_0, 18 bytes per 128: d, 16 bytes; bit e%8 of byte e/8: set +d, clear -d. */
static void q1_0_decode(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);

	for (unsigned e = 0; e < 128; e++)
		y[e] = b[2 + e / 8] >> e % 8 & 1 ? d : -d;
}

static void q1_0_encode(const float *x, uint8_t *b, const float *w)
{
	float sum = 0;

	(void)w;
	memset(b, 0, 18);
	for (unsigned e = 0; e < 128; e++) {
		sum += fabsf(x[e]);
		b[2 + e / 8] |= (uint8_t)((x[e] >= 0) << e % 8);
	}
	ros_put_f16(b, sum / 128);
}

/* Q2_0, 18 bytes per 64: d, 16 bytes of four 2-bit codes, first element lowest; (q - 1) * d. */
static void q2_0_decode(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);

	for (unsigned e = 0; e < 64; e++)
		y[e] = (float)((b[2 + e / 4] >> 2 * (e % 4) & 3) - 1) * d;
}

static void q2_0_encode(const float *x, uint8_t *b, const float *w)
{
	const float d = ros_max_magnitude(x, 64), id = d != 0 ? 1 / d : 0;

	(void)w;
	memset(b, 0, 18);
	ros_put_f16(b, d);
	for (unsigned e = 0; e < 64; e++) {
		int q = ros_trunc_i32(roundf(x[e] * id)) + 1;

		q = q < 0 ? 0 : q > 3 ? 3 : q;
		b[2 + e / 4] |= (uint8_t)(q << 2 * (e % 4));
	}
}

/* A ternary digit 0, 1, 2. The reference's lroundf(v) + 1 turns what does not fit a 64-bit long into
 * INT64_MIN + 1, whose low word is 1. */
static int ternary_digit(float v)
{
	float r = roundf(v);

	return r >= -0x1p63f && r < 0x1p63f ? (int)(uint32_t)(uint64_t)((int64_t)r + 1) : 1;
}

/* TQ2_0, 66 bytes per 256: 64 bytes of 2-bit codes, d @64; (q - 1) * d.
 *
 *   byte 32g + m:  | l=3 | l=2 | l=1 | l=0 |  = element 128g + 32l + m */
static void tq2_0_decode(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b + 64);

	for (unsigned e = 0; e < 256; e++)
		y[e] = (float)((b[32 * (e / 128) + e % 32] >> 2 * (e % 128 / 32) & 3) - 1) * d;
}

static void tq2_0_encode(const float *x, uint8_t *b, const float *w)
{
	const float d = ros_max_magnitude_restarting(x, 256), id = d != 0 ? 1 / d : 0;

	(void)w;
	memset(b, 0, 66);
	for (unsigned e = 0; e < 256; e++)
		b[32 * (e / 128) + e % 32] |= (uint8_t)((ternary_digit(x[e] * id) & 3) << 2 * (e % 128 / 32));
	ros_put_f16(b + 64, d);
}

/* TQ1_0, 54 bytes per 256: five base-3 digits in a byte, as the fraction v / 3^5 scaled to 256, rounded up.
 *
 *   byte j of 0..31   digits n 0..4, first most significant  = element 32n + j
 *   byte j of 32..47  digits n 0..4                          = element 160 + 16n + (j - 32)
 *   byte j of 48..51  digits n 0..3, then a zero             = element 240 + 4n + (j - 48)
 *   d @52;  digit n of byte v = floor(3 * (v * 3^n mod 256) / 256);  (digit - 1) * d */
static const struct ternary_run { uint8_t first_byte, bytes, digits, first_element; } tq1_0_runs[3] = {
	{ 0, 32, 5, 0 }, { 32, 16, 5, 160 }, { 48, 4, 4, 240 },
};

static void tq1_0_decode(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b + 52);

	for (unsigned r = 0; r < 3; r++) {
		const struct ternary_run *run = &tq1_0_runs[r];

		for (unsigned j = 0; j < run->bytes; j++) {
			uint8_t v = b[run->first_byte + j];

			for (unsigned n = 0; n < run->digits; n++) {
				y[run->first_element + run->bytes * n + j] = (float)((v * 3 >> 8) - 1) * d;
				v = (uint8_t)(v * 3);
			}
		}
	}
}

static void tq1_0_encode(const float *x, uint8_t *b, const float *w)
{
	const float d = ros_max_magnitude_restarting(x, 256), id = d != 0 ? 1 / d : 0;

	(void)w;
	for (unsigned r = 0; r < 3; r++) {
		const struct ternary_run *run = &tq1_0_runs[r];

		for (unsigned j = 0; j < run->bytes; j++) {
			uint8_t v = 0;

			for (unsigned n = 0; n < run->digits; n++)
				v = (uint8_t)(v * 3 + ternary_digit(x[run->first_element + run->bytes * n + j] * id));
			if (run->digits == 4)
				v = (uint8_t)(v * 3);
			b[run->first_byte + j] = (uint8_t)((v * 256 + 242) / 243);
		}
	}
	ros_put_f16(b + 52, d);
}

void ros_q1_0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 128, 18, q1_0_decode);
}

void ros_q2_0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 64, 18, q2_0_decode);
}

void ros_tq1_0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 54, tq1_0_decode);
}

void ros_tq2_0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 66, tq2_0_decode);
}

void ros_q1_0_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 128, 18, q1_0_encode);
}

void ros_q2_0_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 64, 18, q2_0_encode);
}

void ros_tq1_0_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 256, 54, tq1_0_encode);
}

void ros_tq2_0_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 256, 66, tq2_0_encode);
}
