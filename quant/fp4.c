/* 4-bit floats under 8-bit scales: MXFP4 (OCP) and NVFP4, as ggml lays them out.
 *
 *   MXFP4, 17 bytes per 32:  e @0 (E8M0), 16 bytes of nibbles;  byte j: | element j + 16 | element j |
 *   NVFP4, 36 bytes per 64:  four UE4M3 scales, then per 16 elements 8 bytes;  byte j: | j + 8 | j |
 *
 * Levels are doubled E2M1 values (levels.h), so scales decode to half of what their names say.
 * Source: ggml-common.h, ggml-impl.h (ggml_e8m0_to_fp32_half, ggml_ue4m3_to_fp32), ggml-quants.c. */
#include "quant/blocks.h"
#include "quant/extremes.h"
#include "quant/fp4.h"
#include "quant/levels.h"
#include "quant/reference.h"

#include "formats/bytes.h"

#include <float.h>
#include <math.h>

/* | unused | exponent 4 | mantissa 3 |, bias 7; both 0 and NaN (0x7f) read as 0. Halved. */
static float ue4m3_half(uint8_t v)
{
	unsigned e = v >> 3 & 15, m = v & 7;

	if (v == 0 || v == 0x7f)
		return 0;
	return e ? ldexpf((float)(8 + m), (int)e - 11) : ldexpf((float)m, -10);
}

/* Nearest UE4M3, half up; everything from 248 on becomes 448 as in the reference. */
static uint8_t ue4m3_encode(float x)
{
	if (!(x > 0))
		return 0;
	if (x > 448)
		x = 448;
	uint32_t bits = ros_f32_bits(x), m = bits >> 20 & 7;
	int e = (int)(bits >> 23) - 127 + 7;

	if (e <= 0) {
		int q = (int)(x * 512 + 0.5f);

		return (uint8_t)(q > 7 ? 7 : q);
	}
	if (e >= 15)
		return 0x7e;
	m += bits >> 19 & 1;
	if (m > 7) {
		m = 0;
		if (++e >= 15)
			return 0x7e;
	}
	return (uint8_t)((unsigned)e << 3 | m);
}

/* The first level nearest to X under SCALE; a tie goes to the smaller index, NaN to 0. */
static uint8_t nearest_level(float x, float scale)
{
	unsigned best = 0;
	float best_err = fabsf((float)ros_levels_fp4[0] * scale - x);

	for (unsigned i = 1; i < 16; i++) {
		float err = fabsf((float)ros_levels_fp4[i] * scale - x);

		if (err < best_err) {
			best_err = err;
			best = i;
		}
	}
	return (uint8_t)best;
}

static void mxfp4_decode(const uint8_t *b, float *y)
{
	const float d = ros_e8m0_half(b[0]);

	for (unsigned j = 0; j < 16; j++) {
		y[j] = (float)ros_levels_fp4[b[1 + j] & 15] * d;
		y[j + 16] = (float)ros_levels_fp4[b[1 + j] >> 4] * d;
	}
}

uint8_t ros_mxfp4_exponent(float amax)
{
	if (!(amax > 0 && amax <= FLT_MAX))
		return 0;
	return (uint8_t)((int)floorf((float)log2((double)amax)) - 2 + 127);
}

static void mxfp4_encode(const float *x, uint8_t *b, const float *w)
{
	const float amax = ros_max_magnitude(x, 32);

	(void)w;
	b[0] = ros_mxfp4_exponent(amax);
	const float d = ros_e8m0_half(b[0]);

	for (unsigned j = 0; j < 16; j++)
		b[1 + j] = (uint8_t)(nearest_level(x[j], d) | nearest_level(x[j + 16], d) << 4);
}

static void nvfp4_decode(const uint8_t *b, float *y)
{
	for (unsigned s = 0; s < 4; s++) {
		const float d = ue4m3_half(b[s]);

		for (unsigned j = 0; j < 8; j++) {
			y[16 * s + j] = (float)ros_levels_fp4[b[4 + 8 * s + j] & 15] * d;
			y[16 * s + j + 8] = (float)ros_levels_fp4[b[4 + 8 * s + j] >> 4] * d;
		}
	}
}

static void nvfp4_encode(const float *x, uint8_t *b, const float *w)
{
	(void)w;
	for (unsigned s = 0; s < 4; s++) {
		const float *xs = x + 16 * s;

		b[s] = ue4m3_encode(ros_max_magnitude(xs, 16) / 6);
		const float d = ue4m3_half(b[s]);

		for (unsigned j = 0; j < 8; j++)
			b[4 + 8 * s + j] = (uint8_t)(nearest_level(xs[j], d) | nearest_level(xs[j + 8], d) << 4);
	}
}

void ros_mxfp4_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 17, mxfp4_decode);
}

void ros_nvfp4_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 64, 36, nvfp4_decode);
}

void ros_mxfp4_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 32, 17, mxfp4_encode);
}

void ros_nvfp4_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 64, 36, nvfp4_encode);
}
