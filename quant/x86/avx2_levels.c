/* Codes that index a table of 16 levels: IQ4_NL, IQ4_XS (layouts: quant/iq_decode.c) and MXFP4 (quant/fp4.c).
 * Decoding looks all bytes of a block up at once; MXFP4's search measures eight elements against a level at a time. */
#include "quant/blocks.h"
#include "quant/fp4.h"
#include "quant/levels.h"
#include "quant/x86/avx2.h"
#include "quant/x86/avx2_block32.h"

static inline void put32_levels(float *y, const uint8_t *qs, const int8_t *levels, float d)
{
	const __m256i table = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)levels));
	__m256i q = _mm256_shuffle_epi8(table, unpack_nibbles(qs));

	put16(y, _mm256_castsi256_si128(q), _mm256_set1_ps(d));
	put16(y + 16, _mm256_extracti128_si256(q, 1), _mm256_set1_ps(d));
}

static inline void iq4_nl_decode(const uint8_t *b, float *y)
{
	put32_levels(y, b + 2, ros_levels_iq4, ros_x86_get_f16(b));
}

static inline void iq4_xs_decode(const uint8_t *b, float *y)
{
	const float d = ros_x86_get_f16(b);

	for (unsigned g = 0; g < 8; g++) {
		int s = (b[4 + g / 2] >> 4 * (g % 2) & 15) | (ros_le16(b + 2) >> 2 * g & 3) << 4;

		put32_levels(y + 32 * g, b + 8 + 16 * g, ros_levels_iq4, d * (float)(s - 32));
	}
}

static inline void mxfp4_decode(const uint8_t *b, float *y)
{
	put32_levels(y, b + 1, ros_levels_fp4, ros_e8m0_half(b[0]));
}

/* The first of the nearest levels, as integers. */
static inline __m256i nearest_levels(__m256 x, float d)
{
	__m256 best = magnitude(_mm256_sub_ps(_mm256_set1_ps((float)ros_levels_fp4[0] * d), x));
	__m256i index = _mm256_setzero_si256();

	for (int i = 1; i < 16; i++) {
		__m256 err = magnitude(_mm256_sub_ps(_mm256_set1_ps((float)ros_levels_fp4[i] * d), x));
		__m256 less = _mm256_cmp_ps(err, best, _CMP_LT_OQ);

		best = _mm256_blendv_ps(best, err, less);
		index = _mm256_blendv_epi8(index, _mm256_set1_epi32(i), _mm256_castps_si256(less));
	}
	return index;
}

static inline void mxfp4_encode(const float *x, uint8_t *b, const float *w)
{
	__m256 v[4];
	__m256i q[4];

	(void)w;
	load32(x, v);
	b[0] = ros_mxfp4_exponent(largest(v));
	for (unsigned i = 0; i < 4; i++)
		q[i] = nearest_levels(v[i], ros_e8m0_half(b[0]));
	_mm_storeu_si128((void *)(b + 1), pack_nibbles(low_bytes(q)));
}

void ros_avx2_iq4_nl_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 18, iq4_nl_decode);
}

void ros_avx2_iq4_xs_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 136, iq4_xs_decode);
}

void ros_avx2_mxfp4_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 17, mxfp4_decode);
}

void ros_avx2_mxfp4_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 32, 17, mxfp4_encode);
}
