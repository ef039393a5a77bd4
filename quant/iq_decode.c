/* IQ1, IQ2, IQ3 (points of a lattice, grids.h) and IQ4 (a table of 16 levels) to floats.
 * Super-blocks of 256; "group" = 32 elements, l = eighth of a group (4 per group). Offsets are bytes.
 * Source: ggml-common.h (block_iq*), ggml-quants.c (dequantize_row_iq*). */
#include "quant/blocks.h"
#include "quant/grids.h"
#include "quant/half.h"
#include "quant/levels.h"
#include "quant/reference.h"

/* Eight elements of an 8-value point. */
static void put_point8(const struct ros_grid *g, unsigned index, unsigned signs, float scale, float *y)
{
	for (unsigned i = 0; i < 8; i++)
		y[i] = scale * (float)g->value[ros_grid_digit(g, index, i)] * (signs >> i & 1 ? -1.0f : 1.0f);
}

/* Eight elements of two 4-value points. */
static void put_point4x2(const struct ros_grid *g, unsigned a, unsigned b, unsigned signs, float scale, float *y)
{
	for (unsigned i = 0; i < 8; i++)
		y[i] = scale * (float)g->value[ros_grid_digit(g, i < 4 ? a : b, i % 4)] * (signs >> i & 1 ? -1.0f : 1.0f);
}

/* IQ2_XXS, 66 bytes: d, then per group two u32 words.
 *
 *   word a: | index l=3 | index l=2 | index l=1 | index l=0 |   8 bits each
 *   word b: | scale 4 | signs l=3 | .. | signs l=0 |            4 + 4 * 7 bits */
static void iq2_xxs_block(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);

	for (unsigned g = 0; g < 8; g++) {
		uint32_t w = ros_le32(b + 2 + 8 * g + 4);
		float db = d * (0.5f + (float)(w >> 28)) * 0.25f;

		for (unsigned l = 0; l < 4; l++)
			put_point8(&ros_grid_iq2_xxs, b[2 + 8 * g + l], ros_signs_of_7(w >> 7 * l & 127), db, y + 32 * g + 8 * l);
	}
}

/* IQ2_XS, 74 bytes: d, 32 u16 words (7 sign bits << 9 | index), 8 scale bytes @66: low nibble for
 * l = 0, 1 of the group, high nibble for l = 2, 3. */
static void iq2_xs_block(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);

	for (unsigned i = 0; i < 32; i++) {
		unsigned w = ros_le16(b + 2 + 2 * i), s = b[66 + i / 4] >> 4 * (i % 4 / 2) & 15;
		float db = d * (0.5f + (float)s) * 0.25f;

		put_point8(&ros_grid_iq2_xs, w & 511, ros_signs_of_7(w >> 9), db, y + 8 * i);
	}
}

/* IQ2_S, 82 bytes: d, 32 index bytes @2, 32 sign bytes @34, qh[8] @66 (two high index bits per l),
 * scales as IQ2_XS @74. */
static void iq2_s_block(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);

	for (unsigned i = 0; i < 32; i++) {
		unsigned index = b[2 + i] | (b[66 + i / 4] >> 2 * (i % 4) & 3) << 8;
		float db = d * (0.5f + (float)(b[74 + i / 4] >> 4 * (i % 4 / 2) & 15)) * 0.25f;

		put_point8(&ros_grid_iq2_s, index, b[34 + i], db, y + 8 * i);
	}
}

/* IQ3_XXS, 98 bytes: d, 64 index bytes @2 (two per l), 8 u32 words @66 as word b of IQ2_XXS. */
static void iq3_xxs_block(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);

	for (unsigned i = 0; i < 32; i++) {
		uint32_t w = ros_le32(b + 66 + 4 * (i / 4));
		float db = d * (0.5f + (float)(w >> 28)) * 0.5f;

		put_point4x2(&ros_grid_iq3_xxs, b[2 + 2 * i], b[3 + 2 * i], ros_signs_of_7(w >> 7 * (i % 4) & 127), db,
			y + 8 * i);
	}
}

/* IQ3_S, 110 bytes: d, 64 index bytes @2, qh[8] @66 (bit 2l, 2l+1: ninth bits of the two indices),
 * 32 sign bytes @74, 4 scale bytes @106 (a nibble per group, even groups low). */
static void iq3_s_block(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);

	for (unsigned i = 0; i < 32; i++) {
		unsigned high = b[66 + i / 4] >> 2 * (i % 4);
		unsigned s = b[106 + i / 8] >> 4 * (i / 4 % 2) & 15;

		put_point4x2(&ros_grid_iq3_s, b[2 + 2 * i] | (high & 1) << 8, b[3 + 2 * i] | (high & 2) << 7, b[74 + i],
			d * (float)(1 + 2 * s), y + 8 * i);
	}
}

/* Eight elements of an IQ1 point, shifted by DELTA. */
static void put_point_iq1(unsigned index, float delta, float scale, float *y)
{
	for (unsigned i = 0; i < 8; i++)
		y[i] = scale * ((float)ros_grid_iq1.value[ros_grid_digit(&ros_grid_iq1, index, i)] + delta);
}

/* IQ1_S, 50 bytes: d, 32 index bytes @2, 8 u16 words @34, one per group:
 *
 *   | negative delta | scale 3 | high index bits l=3 | l=2 | l=1 | l=0 |    1 + 3 + 4 * 3 bits */
static void iq1_s_block(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);

	for (unsigned i = 0; i < 32; i++) {
		unsigned w = ros_le16(b + 34 + 2 * (i / 4));

		put_point_iq1(b[2 + i] | (w >> 3 * (i % 4) & 7) << 8, w & 0x8000 ? -0.125f : 0.125f,
			d * (float)(2 * (w >> 12 & 7) + 1), y + 8 * i);
	}
}

/* IQ1_M, 56 bytes: 32 index bytes, qh[16] @32 (a nibble per l: negative delta << 3 | 3 high index bits),
 * four u16 words @48. Word w: | nibble w of the F16 d | scale of 16-groups 4w+3 .. 4w |  4 + 4 * 3 bits. */
static void iq1_m_block(const uint8_t *b, float *y)
{
	uint16_t h = 0;

	for (unsigned w = 0; w < 4; w++)
		h |= (uint16_t)(b[49 + 2 * w] >> 4 << 4 * w);
	const float d = ros_f16_to_f32(h);

	for (unsigned i = 0; i < 32; i++) {
		unsigned k = i / 2, s = ros_le16(b + 48 + 2 * (k / 4)) >> 3 * (k % 4) & 7;
		unsigned high = b[32 + i / 2] >> 4 * (i % 2);

		put_point_iq1(b[i] | (high & 7) << 8, high & 8 ? -0.125f : 0.125f, d * (float)(2 * s + 1), y + 8 * i);
	}
}

/* IQ4_NL, 18 bytes per 32: d, 16 bytes; low nibble of byte j: element j, high nibble: element j + 16. */
static void iq4_nl_block(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);

	for (unsigned j = 0; j < 16; j++) {
		y[j] = d * (float)ros_levels_iq4[b[2 + j] & 15];
		y[j + 16] = d * (float)ros_levels_iq4[b[2 + j] >> 4];
	}
}

/* IQ4_XS, 136 bytes: d, u16 @2 (high two scale bits of group g at 2g), 4 bytes @4 (low scale nibbles,
 * even groups low), then 16 bytes per group as IQ4_NL. Scale - 32. */
static void iq4_xs_block(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);

	for (unsigned g = 0; g < 8; g++) {
		int s = (b[4 + g / 2] >> 4 * (g % 2) & 15) | (ros_le16(b + 2) >> 2 * g & 3) << 4;
		float dl = d * (float)(s - 32);

		for (unsigned j = 0; j < 16; j++) {
			y[32 * g + j] = dl * (float)ros_levels_iq4[b[8 + 16 * g + j] & 15];
			y[32 * g + j + 16] = dl * (float)ros_levels_iq4[b[8 + 16 * g + j] >> 4];
		}
	}
}

void ros_iq2_xxs_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 66, iq2_xxs_block);
}

void ros_iq2_xs_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 74, iq2_xs_block);
}

void ros_iq2_s_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 82, iq2_s_block);
}

void ros_iq3_xxs_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 98, iq3_xxs_block);
}

void ros_iq3_s_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 110, iq3_s_block);
}

void ros_iq1_s_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 50, iq1_s_block);
}

void ros_iq1_m_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 56, iq1_m_block);
}

void ros_iq4_nl_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 18, iq4_nl_block);
}

void ros_iq4_xs_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 136, iq4_xs_block);
}
