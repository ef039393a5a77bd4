/* Floats to IQ2_XXS, IQ2_XS, IQ2_S; the block pictures stand in quant/iq_decode.c. Eight magnitudes
 * are a grid point of digits 0..2, times a scale per 32 (XXS) or 16 elements, which is an odd multiple of d.
 * Source: ggml-quants.c, quantize_row_iq2_xxs_impl, quantize_row_iq2_xs_impl, quantize_row_iq2_s_impl. */
#include "quant/half.h"
#include "quant/iq_search.h"
#include "quant/iq_encode.h"

#include <string.h>

#define LEVELS 3
#define ZERO_IQ2_S 1e-8f        /* largest magnitude of a sub-block that counts as zero */

/* IQ2_XXS: the search starts from the scale that plain rounding would take. False: counts as zero. */
static bool iq2_xxs_scale(const struct ros_lattice *lat, const struct ros_iq_ops *ops, const float *mag, const float *w,
	float *scale, int8_t *l)
{
	static const struct ros_iq_walk walk = { 32, LEVELS, 6, 0.1f, ROS_REFIT_ALWAYS };
	uint8_t unused[32];
	float top;

	*scale = 0;
	if (ros_iq_largest(32, mag) < ROS_GROUP_ZERO)
		return false;
	*scale = ros_make_qp(32, LEVELS + 1, mag, unused, w);
	top = *scale * LEVELS;
	if (top <= 0) {
		*scale = 0;
		return false;
	}
	*scale = ops->search(&walk, lat, mag, w, top, *scale, l);
	return true;
}

static void iq2_xxs_block(const float *x, uint8_t *b, const float *qw, const struct ros_iq_ops *ops)
{
	const struct ros_lattice *lat = ros_lattice_get(ROS_LATTICE_IQ2_XXS);
	float scales[8], max = 0, sigma2 = ros_iq_mean_square(x);
	uint32_t words[8][2] = { 0 };

	memset(b, 0, 66);
	for (unsigned g = 0; g < 8; g++) {
		const float *xg = x + 32 * g;
		float w[32], mag[32];
		uint8_t signs[4];
		int8_t l[32];

		ros_iq_weights(32, xg, qw ? qw + 32 * g : NULL, sigma2, w);
		for (unsigned k = 0; k < 4; k++)
			signs[k] = ros_iq_even_signs(xg + 8 * k, w + 8 * k, mag + 8 * k);
		if (!iq2_xxs_scale(lat, ops, mag, w, &scales[g], l))
			continue;
		for (unsigned k = 0; k < 4; k++) {
			words[g][0] |= ros_lattice_index(lat, l + 8 * k) << 8 * k;
			words[g][1] |= (uint32_t)(scales[g] < 0 ? ~signs[k] & 127 : signs[k]) << 7 * k;
		}
		scales[g] = fabsf(scales[g]);
		max = max > scales[g] ? max : scales[g];
	}
	if (max == 0)
		return;
	ros_put_f16(b, max / 31);
	for (unsigned g = 0; g < 8; g++) {
		words[g][1] |= (uint32_t)ros_iq_scale_code(1 / (max / 31), scales[g], 15) << 28;
		ros_put_le32(b + 2 + 8 * g, words[g][0]);
		ros_put_le32(b + 6 + 8 * g, words[g][1]);
	}
}

/* IQ2_XS and IQ2_S: sub-blocks of 16, and the same search. */
static const struct ros_iq_walk walk16 = { 16, LEVELS, 9, 0.1f, ROS_REFIT_OFF_GRID };

static bool scale16(const struct ros_lattice *lat, const struct ros_iq_ops *ops, const float *mag, const float *w, float zero,
	float *scale, int8_t *l)
{
	float top = ros_iq_largest(16, mag);

	*scale = 0;
	if (top < zero)
		return false;
	*scale = ops->search(&walk16, lat, mag, w, top, top / (2 * LEVELS - 1), l);
	return true;
}

/* Sixteen 4-bit scales, low nibble first. */
static void put_scales16(uint8_t *b, float d, const float *scales)
{
	for (unsigned s = 0; s < 16; s++)
		b[s / 2] |= (uint8_t)(ros_iq_scale_code(1 / d, scales[s], 15) << 4 * (s % 2));
}

static void iq2_xs_block(const float *x, uint8_t *b, const float *qw, const struct ros_iq_ops *ops)
{
	const struct ros_lattice *lat = ros_lattice_get(ROS_LATTICE_IQ2_XS);
	float scales[16], max = 0, sigma2 = ros_iq_mean_square(x);

	memset(b, 0, 74);
	for (unsigned s = 0; s < 16; s++) {
		const float *xs = x + 16 * s;
		float w[16], mag[16];
		uint8_t signs[2];
		int8_t l[16];

		ros_iq_weights(16, xs, qw ? qw + 16 * s : NULL, sigma2, w);
		for (unsigned k = 0; k < 2; k++)
			signs[k] = ros_iq_even_signs(xs + 8 * k, w + 8 * k, mag + 8 * k);
		if (!scale16(lat, ops, mag, w, ROS_GROUP_ZERO, &scales[s], l))
			continue;
		for (unsigned k = 0; k < 2; k++) {
			unsigned sign = scales[s] < 0 ? ~signs[k] & 127 : signs[k];

			ros_put_le16(b + 2 + 4 * s + 2 * k, (uint16_t)(ros_lattice_index(lat, l + 8 * k) | sign << 9));
		}
		scales[s] = fabsf(scales[s]);
		max = max > scales[s] ? max : scales[s];
	}
	if (max == 0) {
		memset(b, 0, 74);
		return;
	}
	ros_put_f16(b, max / 31);
	put_scales16(b + 66, max / 31, scales);
}

static void iq2_s_weights(const float *x, const float *qw, float sigma2, float *w)
{
	if (qw)
		ros_iq_weights(16, x, qw, sigma2, w);
	else
		for (unsigned i = 0; i < 16; i++)
			w[i] = 0.25f * sigma2 + x[i] * x[i];
}

static void iq2_s_block(const float *x, uint8_t *b, const float *qw, const struct ros_iq_ops *ops)
{
	const struct ros_lattice *lat = ros_lattice_get(ROS_LATTICE_IQ2_S);
	float scales[16], max = 0, sigma2 = 2 * ros_iq_mean_square(x);

	memset(b, 0, 82);
	for (unsigned s = 0; s < 16; s++) {
		const float *xs = x + 16 * s;
		float w[16], mag[16];
		uint8_t signs[2];
		int8_t l[16];

		iq2_s_weights(xs, qw ? qw + 16 * s : NULL, sigma2, w);
		for (unsigned k = 0; k < 2; k++)
			signs[k] = ros_iq_signs(xs + 8 * k, mag + 8 * k);
		if (!scale16(lat, ops, mag, w, ZERO_IQ2_S, &scales[s], l))
			continue;
		for (unsigned k = 0; k < 2; k++) {
			unsigned i = 2 * s + k, index = ros_lattice_index(lat, l + 8 * k);

			b[2 + i] = (uint8_t)index;
			b[34 + i] = (uint8_t)(scales[s] < 0 ? ~signs[k] : signs[k]);
			b[66 + i / 4] |= (uint8_t)(index >> 8 << 2 * (i % 4));
		}
		scales[s] = fabsf(scales[s]);
		max = max > scales[s] ? max : scales[s];
	}
	if (max == 0)
		return;
	ros_put_f16(b, max / 31 * 0.9875f);
	put_scales16(b + 74, max / 31, scales);
}

void ros_iq2_xxs_encode_with(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights, const struct ros_iq_ops *ops)
{
	ros_iq_rows(src, dst, rows, cols, weights, 66, iq2_xxs_block, ops);
}

void ros_iq2_xs_encode_with(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights, const struct ros_iq_ops *ops)
{
	ros_iq_rows(src, dst, rows, cols, weights, 74, iq2_xs_block, ops);
}

void ros_iq2_s_encode_with(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights, const struct ros_iq_ops *ops)
{
	ros_iq_rows(src, dst, rows, cols, weights, 82, iq2_s_block, ops);
}
