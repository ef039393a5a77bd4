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

/* The first of the nearest levels, as integers. The two signs mirror each other: a level of the other sign is never
 * nearer than 0, so the eight magnitudes are enough, and 8 is added below zero (to all but level 0). */
static inline __m256i nearest_levels(__m256 x, const __m256 *level)
{
	__m256 a = magnitude(x), best = magnitude(_mm256_sub_ps(level[0], a));
	__m256i index = _mm256_setzero_si256(), negative = _mm256_srai_epi32(_mm256_castps_si256(x), 31);

	for (int i = 1; i < 8; i++) {
		__m256 err = magnitude(_mm256_sub_ps(level[i], a)), less = _mm256_cmp_ps(err, best, _CMP_LT_OQ);

		best = _mm256_min_ps(err, best);          /* NaN leaves the second */
		index = _mm256_max_epi32(index, _mm256_and_si256(_mm256_castps_si256(less), _mm256_set1_epi32(i)));
	}
	negative = _mm256_and_si256(negative, _mm256_cmpgt_epi32(index, _mm256_setzero_si256()));
	return _mm256_or_si256(index, _mm256_and_si256(negative, _mm256_set1_epi32(8)));
}

static inline void mxfp4_encode(const float *x, uint8_t *b, const float *w)
{
	__m256 v[4], level[8];
	__m256i q[4];

	(void)w;
	load32(x, v);
	b[0] = ros_mxfp4_exponent(largest(v));
	for (unsigned i = 0; i < 8; i++)
		level[i] = _mm256_set1_ps((float)ros_levels_fp4[i] * ros_e8m0_half(b[0]));
	for (unsigned i = 0; i < 4; i++)
		q[i] = nearest_levels(v[i], level);
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
