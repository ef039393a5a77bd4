/* What the carry-less ways of CRC-32 share: V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using the PCLMULQDQ
 * Instruction", Intel 2009, bit-reflected form. The constants are x^n mod P(x) for the distances folded over, bit-reflected and shifted
 * left by one: n = 2048 +- 32 (256 bytes), 512 +- 32 (64 bytes), 128 +- 32 (16 bytes), 64; then P itself and floor(x^64 / P) for
 * Barrett's reduction. */
#ifndef ROS_FORMATS_X86_CRC32_FOLD_H
#define ROS_FORMATS_X86_CRC32_FOLD_H

#include "formats/crc32.h"

#include <immintrin.h>

#define ROS_CRC_FOLD_256 0x1322d1430, 0x11542778a       /* minus, plus: the order of _mm_set_epi64x */
#define ROS_CRC_FOLD_64 0x1c6e41596, 0x154442bd4
#define ROS_CRC_FOLD_16 0x0ccaa009e, 0x1751997d0

/* ACC moved on by the distance that K is for, and NEXT added. */
static inline __m128i ros_crc_fold(__m128i acc, __m128i next, __m128i k)
{
	return _mm_xor_si128(next, _mm_xor_si128(_mm_clmulepi64_si128(acc, k, 0x00), _mm_clmulepi64_si128(acc, k, 0x11)));
}

/* 128 bits down to the 32 of the CRC. */
static inline uint32_t ros_crc_reduce(__m128i x)
{
	const __m128i low32 = _mm_set_epi32(0, 0, 0, -1), k64 = _mm_set_epi64x(0, 0x163cd6124);
	const __m128i poly_mu = _mm_set_epi64x(0x1f7011641, 0x1db710641), k16 = _mm_set_epi64x(ROS_CRC_FOLD_16);
	__m128i t;

	x = _mm_xor_si128(_mm_srli_si128(x, 8), _mm_clmulepi64_si128(x, k16, 0x10));
	t = _mm_srli_si128(x, 4);
	x = _mm_xor_si128(t, _mm_clmulepi64_si128(_mm_and_si128(x, low32), k64, 0x00));
	t = _mm_and_si128(_mm_clmulepi64_si128(_mm_and_si128(x, low32), poly_mu, 0x10), low32);
	x = _mm_xor_si128(x, _mm_clmulepi64_si128(t, poly_mu, 0x00));
	return (uint32_t)_mm_extract_epi32(x, 1);
}

/* The CRC of what stands in A, B, C, D, 64 bytes in this order, and LEN more at P, a multiple of 16. */
static inline uint32_t ros_crc_finish(__m128i a, __m128i b, __m128i c, __m128i d, const __m128i *p, size_t len)
{
	const __m128i k16 = _mm_set_epi64x(ROS_CRC_FOLD_16);

	a = ros_crc_fold(ros_crc_fold(ros_crc_fold(a, b, k16), c, k16), d, k16);
	for (; len >= 16; p++, len -= 16)
		a = ros_crc_fold(a, _mm_loadu_si128(p), k16);
	return ~ros_crc_reduce(a);
}

#endif
