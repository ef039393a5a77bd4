/* A block of 32 floats in four registers, and 32 codes in one: what the AVX2 codecs of the small blocks share. */
#ifndef ROS_QUANT_X86_AVX2_BLOCK32_H
#define ROS_QUANT_X86_AVX2_BLOCK32_H

#include "quant/x86/scale.h"

#include <stdbool.h>

/* 16 signed bytes times D. */
static inline void put16(float *y, __m128i q, __m256 d)
{
	_mm256_storeu_ps(y, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(q)), d));
	_mm256_storeu_ps(y + 8, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(q, 8))), d));
}

static inline __m256 magnitude(__m256 x)
{
	return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
}

/* Largest magnitude of four registers; NaN as first operand of the maximum leaves the second, as the
 * reference's comparison does. */
static inline float largest(const __m256 *x)
{
	__m256 a = _mm256_setzero_ps();

	for (unsigned i = 0; i < 4; i++)
		a = _mm256_max_ps(magnitude(x[i]), a);
	__m128 m = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));

	m = _mm_max_ps(m, _mm_movehl_ps(m, m));
	return _mm_cvtss_f32(_mm_max_ss(m, _mm_movehdup_ps(m)));
}

/* The low bytes of 32 integers in four registers, in order. */
static inline __m256i low_bytes(const __m256i *q)
{
	const __m256i low = _mm256_set1_epi32(0xff), order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
	__m256i ab = _mm256_packus_epi32(_mm256_and_si256(q[0], low), _mm256_and_si256(q[1], low));
	__m256i cd = _mm256_packus_epi32(_mm256_and_si256(q[2], low), _mm256_and_si256(q[3], low));

	return _mm256_permutevar8x32_epi32(_mm256_packus_epi16(ab, cd), order);
}

static inline void load32(const float *x, __m256 *v)
{
	for (unsigned i = 0; i < 4; i++)
		v[i] = _mm256_loadu_ps(x + 8 * i);
}

/* The first element of magnitude AMAX. */
static inline float first_of(const float *x, const __m256 *v, float amax)
{
	unsigned at = 0;

	for (unsigned i = 0; i < 4; i++)
		at |= (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(magnitude(v[i]), _mm256_set1_ps(amax), _CMP_EQ_OQ)) << 8 * i;
	return x[__builtin_ctz(at)];
}

static inline bool has_nan(const __m256 *v)
{
	__m256 a = _mm256_cmp_ps(v[0], v[1], _CMP_UNORD_Q), b = _mm256_cmp_ps(v[2], v[3], _CMP_UNORD_Q);

	return _mm256_movemask_ps(_mm256_or_ps(a, b)) != 0;
}

/* 32 codes below 16 to bytes | code j + 16 | code j |; higher bits of the first 16 spill as in ros_put_nibbles. */
static inline __m128i pack_nibbles(__m256i codes)
{
	__m128i high = _mm_slli_epi16(_mm256_extracti128_si256(codes, 1), 4);

	return _mm_or_si128(_mm256_castsi256_si128(codes), _mm_and_si128(high, _mm_set1_epi8((char)0xf0)));
}

/* Bytes of 0xff where the bit of the element is set in BITS, 0 elsewhere. */
static inline __m256i spread_bits(uint32_t bits)
{
	const __m256i byte_of = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
	const __m256i bit_of = _mm256_set1_epi64x((long long)0x8040201008040201u);
	__m256i v = _mm256_shuffle_epi8(_mm256_set1_epi32((int)bits), byte_of);

	return _mm256_cmpeq_epi8(_mm256_and_si256(v, bit_of), bit_of);
}

/* 16 bytes of nibbles to 32 codes in order. */
static inline __m256i unpack_nibbles(const uint8_t *qs)
{
	__m128i q = _mm_loadu_si128((const void *)qs);

	return _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16(q, 4), q), _mm256_set1_epi8(15));
}

/* Bit 4 of 32 codes. */
static inline uint32_t fifth_bits(__m256i codes)
{
	return (uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16(codes, 3));
}

#endif
