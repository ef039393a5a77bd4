/* Floats to the 4-bit types with sixteen uneven levels (levels.h): IQ4_NL, one block of 32, and
 * IQ4_XS, eight of them under one scale.
 *
 *   IQ4_NL, 18 bytes:   d @0, qs[16] @2
 *   IQ4_XS, 136 bytes:  d @0, scales_h u16 @2, scales_l[4] @4, qs[128] @8
 *   qs byte 16c + t:    | element 32c + 16 + t | element 32c + t |
 *   scale j (6 bits, value - 32): low nibble in nibble j of scales_l, high pair in bits 2j of scales_h
 *
 * Source: ggml-quants.c (quantize_row_iq4_nl_impl, best_index_int8). */
#include "quant/blocks.h"
#include "quant/half.h"
#include "quant/k_search.h"
#include "quant/levels.h"
#include "quant/reference.h"

#include <math.h>

#define TRIES 7

/* Index of the level nearest to V; of two equally near, the upper. */
static uint8_t nearest_level(float v)
{
	unsigned low = 0, high = 15;

	if (v <= ros_levels_iq4[0])
		return 0;
	if (v >= ros_levels_iq4[15])
		return 15;
	while (high - low > 1) {
		unsigned mid = (low + high) / 2;

		if (v < ros_levels_iq4[mid])
			high = mid;
		else
			low = mid;
	}
	return (uint8_t)(v - ros_levels_iq4[low] < ros_levels_iq4[high] - v ? low : high);
}

struct fit {
	float qx, q2;
};

static struct fit fit_levels(const float *x, const float *w, float id)
{
	struct fit f = { 0, 0 };

	for (unsigned i = 0; i < 32; i++) {
		float q = ros_levels_iq4[nearest_level(id * x[i])];

		f.qx += w[i] * q * x[i];
		f.q2 += w[i] * q * q;
	}
	return f;
}

/* The scale of 32 elements; 0 where they count as zero. */
static float search_scale(const float *x, const float *w)
{
	float max = 0, amax = 0, d, best;
	struct fit f;

	for (unsigned i = 0; i < 32; i++)
		if (fabsf(x[i]) > amax) {
			amax = fabsf(x[i]);
			max = x[i];
		}
	if (amax < ROS_GROUP_ZERO)
		return 0;
	d = -max / ros_levels_iq4[0];
	f = fit_levels(x, w, 1 / d);
	d = f.q2 > 0 ? f.qx / f.q2 : 0;
	best = d * f.qx;
	for (int try = -TRIES; try <= TRIES; try++) {
		f = fit_levels(x, w, (float)(try + ros_levels_iq4[0]) / max);
		if (f.q2 > 0 && f.qx * f.qx > best * f.q2) {
			d = f.qx / f.q2;
			best = d * f.qx;
		}
	}
	return d;
}

/* Weights of 32 elements; SIGMA2 matters only where there is importance Q. */
static void weigh(const float *x, const float *q, float sigma2, float *w)
{
	for (unsigned i = 0; i < 32; i++)
		w[i] = q ? q[i] * sqrtf(sigma2 + x[i] * x[i]) : x[i] * x[i];
}

static float twice_mean_square(const float *x, unsigned n)
{
	float sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += x[i] * x[i];
	return sum * (2.0f / (float)n);
}

static void put_codes(const float *x, float id, uint8_t *qs)
{
	for (unsigned t = 0; t < 16; t++)
		qs[t] = (uint8_t)(nearest_level(id * x[t]) | nearest_level(id * x[t + 16]) << 4);
}

static void iq4_nl_block(const float *x, uint8_t *b, const float *q)
{
	float w[32], d;

	weigh(x, q, twice_mean_square(x, 32), w);
	d = search_scale(x, w);
	ros_put_f16(b, d);
	put_codes(x, d != 0 ? 1 / d : 0, b + 2);
}

static void iq4_xs_block(const float *x, uint8_t *b, const float *q)
{
	float sigma2 = twice_mean_square(x, 256), scales[8], w[32], max = 0, d, id;
	unsigned high = 0;

	for (unsigned j = 0; j < 8; j++) {
		weigh(x + 32 * j, q ? q + 32 * j : NULL, sigma2, w);
		scales[j] = search_scale(x + 32 * j, w);
		if (fabsf(scales[j]) > fabsf(max))
			max = scales[j];
	}
	d = -max / 32;                                     /* the codes follow d as it is, not as stored */
	ros_put_f16(b, d);
	id = d != 0 ? 1 / d : 0;
	memset(b + 4, 0, 4);
	for (unsigned j = 0; j < 8; j++) {
		int l = ros_clamp(ros_nearest(id * scales[j]), -32, 31);
		float dl = d * (float)l;

		put_codes(x + 32 * j, dl != 0 ? 1 / dl : 0, b + 8 + 16 * j);
		b[4 + j / 2] |= (uint8_t)((l & 15) << 4 * (j % 2));
		high |= (unsigned)(l + 32) >> 4 << 2 * j;
	}
	ros_put_le16(b + 2, (uint16_t)high);
}

void ros_iq4_nl_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 32, 18, iq4_nl_block);
}

void ros_iq4_xs_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 256, 136, iq4_xs_block);
}
