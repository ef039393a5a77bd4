/* The two element types that only APR has; both run over the flattened tensor.
 *
 *   APR_Q4, 18 bytes per 32:  F16 scale, 16 bytes;  byte j: | element 2j + 1 | element 2j |, (q - 8) * scale
 *                             the unused nibbles of a last block that is not full are 0
 *   APR_Q8:                   one float32 scale, then a signed byte per element, q * scale; empty: no bytes
 *
 * Source: apr-format (AprQ4, AprQ8); rounding is half away from zero, NaN encodes as 0. Decoding is by the
 * stored scale; aprender 0.72 reads an F16 scale that is not finite or below 6.1e-5 as 0. */
#include "quant/extremes.h"
#include "quant/half.h"
#include "quant/reference.h"
#include "quant/round.h"

#include <math.h>
#include <string.h>

/* Limits come before the cast, and NaN fails both comparisons. */
static int round_within(float v, int least, int most)
{
	v = roundf(v);
	if (v >= (float)most)
		return most;
	if (v <= (float)least)
		return least;
	return v == v ? (int)v : 0;
}

void ros_apr_q4_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	for (size_t i = 0, n = rows * cols; i < n; i++) {
		const uint8_t *b = src + i / 32 * 18;
		unsigned q = b[2 + i % 32 / 2] >> 4 * (i % 2) & 15;

		dst[i] = (float)((int)q - 8) * ros_get_f16(b);
	}
}

void ros_apr_q4_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	(void)weights;
	for (size_t i = 0, n = rows * cols; i < n; i += 32, dst += 18) {
		unsigned len = n - i < 32 ? (unsigned)(n - i) : 32;
		float amax = ros_max_magnitude(src + i, len), scale = amax > 0 ? amax / 7 : 1;

		memset(dst, 0, 18);
		ros_put_f16(dst, scale);
		for (unsigned e = 0; e < len; e++)
			dst[2 + e / 2] |= (uint8_t)((round_within(src[i + e] / scale, -8, 7) + 8) << 4 * (e % 2));
	}
}

void ros_apr_q8_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	size_t n = rows * cols;

	if (!n)
		return;
	const float scale = ros_bits_f32(ros_le32(src));

	for (size_t i = 0; i < n; i++)
		dst[i] = (float)(int8_t)src[4 + i] * scale;
}

void ros_apr_q8_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	size_t n = rows * cols;

	(void)weights;
	if (!n)
		return;
	float amax = ros_max_magnitude(src, n), scale = amax > 0 ? amax / 127 : 1;

	ros_put_le32(dst, ros_f32_bits(scale));
	for (size_t i = 0; i < n; i++)
		dst[4 + i] = (uint8_t)round_within(src[i] / scale, -127, 127);
}
