/* K-quants to floats: super-blocks of 256, sub-blocks of 16 or 32 with small integer scales.
 * Offsets are bytes in a block. Source: ggml-common.h (block_q*_K), ggml-quants.c
 * (dequantize_row_q*_K). Each product rounds once, in the order written. */
#include "quant/blocks.h"
#include "quant/half.h"
#include "quant/k_blocks.h"
#include "quant/reference.h"

/* Q2_K, 84 bytes: 16 scale bytes (low nibble scale, high nibble min), 64 bytes of 2-bit codes, d @80, dmin @82.
 *
 *   element  128h + 32g + t  =  (qs[32h + t] >> 2g) & 3      h 0..1, g 0..3, t 0..31
 *   qs byte  | g=3 | g=2 | g=1 | g=0 |                       sub-block of an element: element / 16 */
static void q2_k_block(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b + 80), dmin = ros_get_f16(b + 82);

	for (unsigned e = 0; e < 256; e++) {
		unsigned q = b[16 + 32 * (e / 128) + e % 32] >> 2 * (e % 128 / 32) & 3, s = b[e / 16];

		y[e] = (d * (float)(s & 15)) * (float)q - dmin * (float)(s >> 4);
	}
}

/* Q3_K, 110 bytes: hmask[32], qs[64], scales[12] @96, d @108.
 *
 *   low two bits as in Q2_K; the third: bit 4h+g of hmask[t], where 0 means "minus 4"
 *   scale byte b (b < 8):  low nibble = low bits of scale b, high nibble = of scale b+8
 *   scale byte 8 + b%4:    bits 2(b/4), 2(b/4)+1 = high two bits of scale b;  value - 32 */
static int q3_k_scale(const uint8_t *s, unsigned b)
{
	unsigned low = b < 8 ? s[b] & 15 : s[b - 8] >> 4;

	return (int)(low | (s[8 + b % 4] >> 2 * (b / 4) & 3) << 4) - 32;
}

static void q3_k_block(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b + 108);

	for (unsigned e = 0; e < 256; e++) {
		unsigned t = e % 32;
		int q = b[32 + 32 * (e / 128) + t] >> 2 * (e % 128 / 32) & 3;

		q -= b[t] >> (e / 32) & 1 ? 0 : 4;
		y[e] = (d * (float)q3_k_scale(b + 96, e / 16)) * (float)q;
	}
}

/* Q4_K, 144 bytes: d @0, dmin @2, 12 scale bytes @4 (k_blocks.h), 128 bytes of nibbles @16.
 *
 *   byte 32c + l  (c 0..3)  | element 64c + 32 + l | element 64c + l |
 *                             high nibble            low nibble          sub-block of an element: element / 32 */
static void q4_k_block(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b), dmin = ros_get_f16(b + 2);

	for (unsigned j = 0; j < 8; j++) {
		const uint8_t *q = b + 16 + 32 * (j / 2);
		uint8_t sc, mn;

		ros_k4_unpack(b + 4, j, &sc, &mn);
		for (unsigned l = 0; l < 32; l++)
			y[32 * j + l] = (d * sc) * (float)(q[l] >> 4 * (j % 2) & 15) - dmin * mn;
	}
}

/* Q5_K, 176 bytes: as Q4_K with qh[32] @16 before the nibbles @48; bit j of qh[l] is the fifth bit
 * of element 32j + l. */
static void q5_k_block(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b), dmin = ros_get_f16(b + 2);

	for (unsigned j = 0; j < 8; j++) {
		const uint8_t *q = b + 48 + 32 * (j / 2);
		uint8_t sc, mn;

		ros_k4_unpack(b + 4, j, &sc, &mn);
		for (unsigned l = 0; l < 32; l++) {
			unsigned v = (q[l] >> 4 * (j % 2) & 15) | (b[16 + l] >> j & 1) << 4;

			y[32 * j + l] = (d * sc) * (float)v - dmin * mn;
		}
	}
}

/* Q6_K, 210 bytes: ql[128], qh[64] @128, 16 signed scales @192, d @208.
 *
 *   element 128h + 32g + l:   low nibble bits   ql[64h + 32(g%2) + l] >> 4(g/2)
 *                             high two bits     qh[32h + l] >> 2g            value - 32
 *   scale of an element: element / 16 */
static void q6_k_block(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b + 208);

	for (unsigned e = 0; e < 256; e++) {
		unsigned h = e / 128, g = e % 128 / 32, l = e % 32;
		int q = (b[64 * h + 32 * (g % 2) + l] >> 4 * (g / 2) & 15) | (b[128 + 32 * h + l] >> 2 * g & 3) << 4;

		y[e] = (d * (float)(int8_t)b[192 + e / 16]) * (float)(q - 32);
	}
}

/* Q8_K, 292 bytes: d as float32 @0, 256 signed bytes @4, 16 sums of 16 codes (i16) @260, unused here. */
static void q8_k_block(const uint8_t *b, float *y)
{
	const float d = ros_bits_f32(ros_le32(b));

	for (unsigned e = 0; e < 256; e++)
		y[e] = d * (float)(int8_t)b[4 + e];
}

void ros_q2_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 84, q2_k_block);
}

void ros_q3_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 110, q3_k_block);
}

void ros_q4_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 144, q4_k_block);
}

void ros_q5_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 176, q5_k_block);
}

void ros_q6_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 210, q6_k_block);
}

void ros_q8_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 292, q8_k_block);
}
