/* Floats to IQ3_XXS and IQ3_S; the block pictures stand in quant/iq_decode.c. Four magnitudes are a grid
 * point of digits 0..7, times a scale per 32 elements, which is an odd multiple of d.
 * Source: ggml-quants.c, quantize_row_iq3_xxs_impl, quantize_row_iq3_s_impl. */
#include "quant/half.h"
#include "quant/iq_encode.h"
#include "quant/iq_search.h"

#include <string.h>

#define LEVELS 8
#define ZERO_IQ3_XXS 1e-8f      /* largest magnitude of a sub-block that counts as zero */

static void iq3_xxs_block(const float *x, uint8_t *b, const float *qw, const struct ros_iq_ops *ops)
{
	static const struct ros_iq_walk walk = { 32, LEVELS, 15, 0.2f, ROS_REFIT_OFF_GRID };
	const struct ros_lattice *lat = ros_lattice_get(ROS_LATTICE_IQ3_XXS);
	float scales[8] = { 0 }, max = 0, sigma2 = 2 * ros_iq_mean_square(x);
	uint32_t words[8] = { 0 };

	memset(b, 0, 98);
	for (unsigned g = 0; g < 8; g++) {
		const float *xg = x + 32 * g;
		float w[32], mag[32], top;
		uint8_t signs[4];
		int8_t l[32];

		ros_iq_weights(32, xg, qw ? qw + 32 * g : NULL, sigma2, w);
		for (unsigned k = 0; k < 4; k++)
			signs[k] = ros_iq_even_signs(xg + 8 * k, w + 8 * k, mag + 8 * k);
		top = ros_iq_largest(32, mag);
		if (top < ZERO_IQ3_XXS)
			continue;
		scales[g] = ops->search(&walk, lat, mag, w, top, top / (2 * LEVELS - 1), l);
		for (unsigned k = 0; k < 8; k++)
			b[2 + 8 * g + k] = (uint8_t)ros_lattice_index(lat, l + 4 * k);
		for (unsigned k = 0; k < 4; k++)
			words[g] |= (uint32_t)(scales[g] < 0 ? ~signs[k] & 127 : signs[k]) << 7 * k;
		scales[g] = fabsf(scales[g]);
		max = max > scales[g] ? max : scales[g];
	}
	if (max == 0) {
		memset(b, 0, 98);
		return;
	}
	ros_put_f16(b, max / 31 * 1.0125f);
	for (unsigned g = 0; g < 8; g++)
		ros_put_le32(b + 66 + 4 * g, words[g] | (uint32_t)ros_iq_scale_code(1 / (max / 31), scales[g], 15) << 28);
}

/* The indices and signs of one sub-block: low index bytes and sign bytes at the DENSEth place, high index
 * bits at the Gth. The two differ after a zero sub-block, which ggml passes over without moving on in the
 * former; such a block decodes wrongly, and equal bytes need it so. */
static void iq3_s_put(uint8_t *b, unsigned g, unsigned dense, const struct ros_lattice *lat, const int8_t *l,
	const uint8_t *signs, bool negative)
{
	for (unsigned k = 0; k < 8; k++) {
		unsigned index = ros_lattice_index(lat, l + 4 * k);

		b[2 + 8 * dense + k] = (uint8_t)index;
		b[66 + g] |= (uint8_t)(index >> 8 << k);
	}
	for (unsigned k = 0; k < 4; k++)
		b[74 + 4 * dense + k] = (uint8_t)(negative ? ~signs[k] : signs[k]);
}

static void iq3_s_block(const float *x, uint8_t *b, const float *qw, const struct ros_iq_ops *ops)
{
	static const struct ros_iq_walk walk = { 32, LEVELS, 9, 0.2f, ROS_REFIT_ALL_IF_ANY };
	const struct ros_lattice *lat = ros_lattice_get(ROS_LATTICE_IQ3_S);
	float scales[8] = { 0 }, max = 0, sigma2 = 2 * ros_iq_mean_square(x);
	unsigned dense = 0;

	memset(b, 0, 110);
	for (unsigned g = 0; g < 8; g++) {
		const float *xg = x + 32 * g;
		float w[32], mag[32], top;
		uint8_t signs[4];
		int8_t l[32];

		ros_iq_weights(32, xg, qw ? qw + 32 * g : NULL, sigma2, w);
		for (unsigned k = 0; k < 4; k++)
			signs[k] = ros_iq_signs(xg + 8 * k, mag + 8 * k);
		top = ros_iq_largest(32, mag);
		if (top == 0)
			continue;
		scales[g] = ops->search(&walk, lat, mag, w, top, top / (2 * LEVELS - 1), l);
		iq3_s_put(b, g, dense++, lat, l, signs, scales[g] < 0);
		scales[g] = fabsf(scales[g]);
		max = max > scales[g] ? max : scales[g];
	}
	if (max == 0)
		return;
	ros_put_f16(b, max / 31 * 1.033f);
	for (unsigned g = 0; g < 8; g++)
		b[106 + g / 2] |= (uint8_t)(ros_iq_scale_code(1 / (max / 31), scales[g], 15) << 4 * (g % 2));
}

void ros_iq3_xxs_encode_with(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights, const struct ros_iq_ops *ops)
{
	ros_iq_rows(src, dst, rows, cols, weights, 98, iq3_xxs_block, ops);
}

void ros_iq3_s_encode_with(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights, const struct ros_iq_ops *ops)
{
	ros_iq_rows(src, dst, rows, cols, weights, 110, iq3_s_block, ops);
}
