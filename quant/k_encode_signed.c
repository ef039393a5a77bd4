/* Floats to the K-quants with one signed scale per sub-block: Q3_K, Q6_K, and the plain Q8_K.
 * Source: ggml-quants.c (quantize_row_q{3,6,8}_K_ref, quantize_row_q{3,6}_K_impl). */
#include "quant/blocks.h"
#include "quant/half.h"
#include "quant/k_pack.h"
#include "quant/k_search.h"
#include "quant/reference.h"

#include <math.h>

/* The scale of largest magnitude, the first of equals. */
static float largest_scale(const float *scales)
{
	float max = 0, amax = 0;

	for (unsigned j = 0; j < 16; j++)
		if (fabsf(scales[j]) > amax) {
			amax = fabsf(scales[j]);
			max = scales[j];
		}
	return max;
}

/* Codes of one sub-block for the scale as stored, kept as they are where that is 0. */
static void requantize_16(const float *x, int8_t *l, float d, int nmax)
{
	if (d == 0)
		return;
	for (unsigned i = 0; i < 16; i++)
		l[i] = (int8_t)(ros_clamp(ros_nearest(x[i] / d), -nmax, nmax - 1) + nmax);
}

/* Scales of Q3_K without importance, as 0..63; the super-block's scale goes to D. */
static void q3_k_search(const float *x, int8_t *l, uint8_t *ls, uint8_t *d)
{
	float scales[16], max, iscale;

	for (unsigned j = 0; j < 16; j++)
		scales[j] = ros_make_q3(16, 4, x + 16 * j, l + 16 * j);
	max = largest_scale(scales);
	if (max == 0) {
		memset(ls, 0, 16);
		ros_put_f16(d, 0);
		return;
	}
	iscale = -32.0f / max;
	for (unsigned j = 0; j < 16; j++)
		ls[j] = (uint8_t)(ros_clamp((int8_t)ros_nearest(iscale * scales[j]), -32, 31) + 32);
	ros_put_f16(d, 1 / iscale);
}

static void q3_k_search_weighted(const float *x, const float *q, int8_t *l, uint8_t *ls, uint8_t *d)
{
	float scales[16], sw[16], w[16], sum = 0, sigma2;

	for (unsigned i = 0; i < 256; i++)
		sum += x[i] * x[i];
	sigma2 = 2 * sum / 256;
	for (unsigned j = 0; j < 16; j++, x += 16, q += 16) {
		sw[j] = 0;
		for (unsigned i = 0; i < 16; i++) {
			w[i] = q[i] * sqrtf(sigma2 + x[i] * x[i]);
			sw[j] += w[i];
		}
		scales[j] = ros_make_qx(16, 4, x, l + 16 * j, w);
	}
	ros_put_f16(d, ros_make_qx(16, 32, scales, (int8_t *)ls, sw));
}

static void q3_k_block(const float *x, uint8_t *b, const float *w)
{
	int8_t l[256];
	uint8_t ls[16];
	float d;

	if (w)
		q3_k_search_weighted(x, w, l, ls, b + 108);
	else
		q3_k_search(x, l, ls, b + 108);
	d = ros_get_f16(b + 108);
	for (unsigned j = 0; j < 16; j++)
		requantize_16(x + 16 * j, l + 16 * j, d * (float)(ls[j] - 32), 4);
	ros_pack_q3_scales(ls, b + 96);
	ros_pack_high3((uint8_t *)l, b);
	ros_pack_2bit((uint8_t *)l, b + 32);
}

static void q6_k_block(const float *x, uint8_t *b, const float *w)
{
	float scales[16], max, iscale, d;
	int8_t l[256];

	for (unsigned j = 0; j < 16; j++)
		scales[j] = ros_make_qx(16, 32, x + 16 * j, l + 16 * j, w ? w + 16 * j : NULL);
	max = largest_scale(scales);
	if (fabsf(max) < ROS_GROUP_ZERO) {
		memset(b, 0, 210);
		return;
	}
	iscale = -128.0f / max;
	ros_put_f16(b + 208, 1 / iscale);
	d = ros_get_f16(b + 208);
	for (unsigned j = 0; j < 16; j++) {
		int s = ros_nearest(iscale * scales[j]);
		int8_t stored = (int8_t)(s < 127 ? s : 127);

		b[192 + j] = (uint8_t)stored;
		requantize_16(x + 16 * j, l + 16 * j, d * stored, 32);
	}
	ros_pack_6bit((uint8_t *)l, b, b + 128);
}

/* Q8_K is what activations become; d is a float32. Sums of a zero block are left unset by
 * ggml, and are 0 here. */
static void q8_k_block(const float *x, uint8_t *b, const float *w)
{
	float max = 0, amax = 0, iscale;

	(void)w;
	memset(b, 0, 292);
	for (unsigned i = 0; i < 256; i++)
		if (fabsf(x[i]) > amax) {
			amax = fabsf(x[i]);
			max = x[i];
		}
	if (amax == 0)
		return;
	iscale = -127.0f / max;
	for (unsigned j = 0; j < 16; j++) {
		int sum = 0;

		for (unsigned i = 16 * j; i < 16 * j + 16; i++) {
			int v = ros_nearest(iscale * x[i]);
			int8_t code = (int8_t)(v < 127 ? v : 127);

			b[4 + i] = (uint8_t)code;
			sum += code;
		}
		ros_put_le16(b + 260 + 2 * j, (uint16_t)sum);
	}
	ros_put_le32(b, ros_f32_bits(1 / iscale));
}

void ros_q3_k_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 256, 110, q3_k_block);
}

void ros_q6_k_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 256, 210, q6_k_block);
}

void ros_q8_k_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 256, 292, q8_k_block);
}
