/* K-quant super-blocks (layouts: quant/k_decode.c) taken apart in bytes: 16 codes at a time as signed
 * bytes, with the scale and min of their sub-block. What differs between instruction sets is only how
 * 16 codes become 16 floats, and that comes in as PUT, inlined into the one caller. Q4_K, the commonest of all, is
 * taken apart by each set in its own way. */
#ifndef ROS_QUANT_X86_K_BLOCKS_H
#define ROS_QUANT_X86_K_BLOCKS_H

#include "quant/x86/scale.h"

#define ROS_X86_INLINE static inline __attribute__((always_inline))

/* y[i] = scale * q[i], and y[i] = scale * q[i] - min; 16 of them. */
typedef void ros_x86_put_fn(float *y, __m128i q, float scale);
typedef void ros_x86_put_min_fn(float *y, __m128i q, float scale, float min);

ROS_X86_INLINE __m128i ros_x86_load16(const uint8_t *p)
{
	return _mm_loadu_si128((const void *)p);
}

/* Bits BY .. BY + 7 of each byte, those in MASK. */
ROS_X86_INLINE __m128i ros_x86_bits(__m128i v, unsigned by, unsigned mask)
{
	return _mm_and_si128(_mm_srl_epi16(v, _mm_cvtsi32_si128((int)by)), _mm_set1_epi8((char)mask));
}

/* 16 products d * s of signed bytes. */
ROS_X86_INLINE void ros_x86_scales16(__m128i s, float d, float *out)
{
	const __m256 scale = _mm256_set1_ps(d);

	_mm256_storeu_ps(out, _mm256_mul_ps(scale, _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(s))));
	_mm256_storeu_ps(out + 8, _mm256_mul_ps(scale, _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(s, 8)))));
}

ROS_X86_INLINE void ros_x86_q2_k_block(const uint8_t *b, float *y, ros_x86_put_min_fn *put)
{
	float scale[16], min[16];

	ros_x86_scales16(ros_x86_bits(ros_x86_load16(b), 0, 15), ros_x86_get_f16(b + 80), scale);
	ros_x86_scales16(ros_x86_bits(ros_x86_load16(b), 4, 15), ros_x86_get_f16(b + 82), min);
	for (unsigned h = 0; h < 2; h++) {
		__m128i q0 = ros_x86_load16(b + 16 + 32 * h), q1 = ros_x86_load16(b + 32 + 32 * h);

		for (unsigned g = 0; g < 4; g++) {
			unsigned e = 8 * h + 2 * g;

			put(y + 16 * e, ros_x86_bits(q0, 2 * g, 3), scale[e], min[e]);
			put(y + 16 * e + 16, ros_x86_bits(q1, 2 * g, 3), scale[e + 1], min[e + 1]);
		}
	}
}

/* The 16 six-bit scales less 32: low nibbles of 8 bytes, then high pairs of 4 bytes. */
ROS_X86_INLINE __m128i ros_x86_q3_k_scales(const uint8_t *s)
{
	__m128i low = _mm_set_epi32(0, 0, (int)ros_le32(s + 4), (int)ros_le32(s));
	__m128i high = _mm_srlv_epi32(_mm_set1_epi32((int)ros_le32(s + 8)), _mm_set_epi32(6, 4, 2, 0));

	low = _mm_and_si128(_mm_unpacklo_epi64(low, _mm_srli_epi64(low, 4)), _mm_set1_epi8(15));
	high = _mm_slli_epi16(_mm_and_si128(high, _mm_set1_epi8(3)), 4);
	return _mm_sub_epi8(_mm_or_si128(low, high), _mm_set1_epi8(32));
}

/* The low pairs, less 4 where the bit of hmask is clear. */
ROS_X86_INLINE __m128i ros_x86_q3_k_codes(__m128i q, __m128i h, unsigned g, unsigned bit)
{
	__m128i clear = _mm_cmpeq_epi8(_mm_and_si128(h, _mm_set1_epi8((char)(1 << bit))), _mm_setzero_si128());

	return _mm_sub_epi8(ros_x86_bits(q, 2 * g, 3), _mm_and_si128(clear, _mm_set1_epi8(4)));
}

ROS_X86_INLINE void ros_x86_q3_k_block(const uint8_t *b, float *y, ros_x86_put_fn *put)
{
	const __m128i h0 = ros_x86_load16(b), h1 = ros_x86_load16(b + 16);
	float scale[16];

	ros_x86_scales16(ros_x86_q3_k_scales(b + 96), ros_x86_get_f16(b + 108), scale);
	for (unsigned h = 0; h < 2; h++) {
		__m128i q0 = ros_x86_load16(b + 32 + 32 * h), q1 = ros_x86_load16(b + 48 + 32 * h);

		for (unsigned g = 0; g < 4; g++) {
			unsigned e = 8 * h + 2 * g;

			put(y + 16 * e, ros_x86_q3_k_codes(q0, h0, g, 4 * h + g), scale[e]);
			put(y + 16 * e + 16, ros_x86_q3_k_codes(q1, h1, g, 4 * h + g), scale[e + 1]);
		}
	}
}

/* The scales and mins of the 8 sub-blocks of Q4_K and Q5_K, multiplied out (the 12 bytes: quant/k_blocks.h). */
ROS_X86_INLINE void ros_x86_k4_scales(const uint8_t *b, float *scale, float *min)
{
	const uint32_t s = ros_le32(b + 4), m = ros_le32(b + 8), high = ros_le32(b + 12);
	const __m128i scales = _mm_set_epi32(0, 0, (int)((high & 0x0f0f0f0f) | (s >> 2 & 0x30303030)), (int)(s & 0x3f3f3f3f));
	const __m128i mins = _mm_set_epi32(0, 0, (int)((high >> 4 & 0x0f0f0f0f) | (m >> 2 & 0x30303030)), (int)(m & 0x3f3f3f3f));
	const __m256 d = _mm256_set1_ps(ros_x86_get_f16(b)), dmin = _mm256_set1_ps(ros_x86_get_f16(b + 2));

	_mm256_storeu_ps(scale, _mm256_mul_ps(d, _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(scales))));
	_mm256_storeu_ps(min, _mm256_mul_ps(dmin, _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(mins))));
}

/* Bit J of each byte of H, moved to bit 4. */
ROS_X86_INLINE __m128i ros_x86_fifth_bit(__m128i h, unsigned j)
{
	__m128i set = _mm_cmpeq_epi8(_mm_and_si128(h, _mm_set1_epi8((char)(1 << j))), _mm_setzero_si128());

	return _mm_andnot_si128(set, _mm_set1_epi8(16));
}

ROS_X86_INLINE void ros_x86_q5_k_block(const uint8_t *b, float *y, ros_x86_put_min_fn *put)
{
	const __m128i h0 = ros_x86_load16(b + 16), h1 = ros_x86_load16(b + 32);
	float scale[8], min[8];

	ros_x86_k4_scales(b, scale, min);
	for (unsigned j = 0; j < 8; j++) {
		const uint8_t *qs = b + 48 + 32 * (j / 2);
		__m128i q0 = ros_x86_bits(ros_x86_load16(qs), 4 * (j % 2), 15);
		__m128i q1 = ros_x86_bits(ros_x86_load16(qs + 16), 4 * (j % 2), 15);

		put(y + 32 * j, _mm_or_si128(q0, ros_x86_fifth_bit(h0, j)), scale[j], min[j]);
		put(y + 32 * j + 16, _mm_or_si128(q1, ros_x86_fifth_bit(h1, j)), scale[j], min[j]);
	}
}

/* Elements 128H + 32G + 16K ..: a nibble and a pair, less 32. */
ROS_X86_INLINE __m128i ros_x86_q6_k_codes(const uint8_t *b, unsigned h, unsigned g, unsigned k)
{
	__m128i low = ros_x86_bits(ros_x86_load16(b + 64 * h + 32 * (g % 2) + 16 * k), 4 * (g / 2), 15);
	__m128i high = _mm_slli_epi16(ros_x86_bits(ros_x86_load16(b + 128 + 32 * h + 16 * k), 2 * g, 3), 4);

	return _mm_sub_epi8(_mm_or_si128(low, high), _mm_set1_epi8(32));
}

ROS_X86_INLINE void ros_x86_q6_k_block(const uint8_t *b, float *y, ros_x86_put_fn *put)
{
	float scale[16];

	ros_x86_scales16(ros_x86_load16(b + 192), ros_x86_get_f16(b + 208), scale);
	for (unsigned h = 0; h < 2; h++)
		for (unsigned g = 0; g < 4; g++) {
			unsigned e = 8 * h + 2 * g;

			put(y + 16 * e, ros_x86_q6_k_codes(b, h, g, 0), scale[e]);
			put(y + 16 * e + 16, ros_x86_q6_k_codes(b, h, g, 1), scale[e + 1]);
		}
}

#endif
