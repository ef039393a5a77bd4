/* CRC-32 by folding: V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using the PCLMULQDQ
 * Instruction", Intel 2009, bit-reflected form. The constants are x^n mod P(x) for the distances
 * folded over, bit-reflected and shifted left by one: n = 512 +- 32 (64 bytes), 128 +- 32 (16 bytes), 64;
 * then P itself and floor(x^64 / P) for Barrett's reduction. */
#include "formats/crc32.h"

#include <immintrin.h>

static inline __m128i fold(__m128i acc, __m128i next, __m128i k)
{
	return _mm_xor_si128(next, _mm_xor_si128(_mm_clmulepi64_si128(acc, k, 0x00), _mm_clmulepi64_si128(acc, k, 0x11)));
}

static inline __m128i load(const __m128i *p)
{
	return _mm_loadu_si128(p);
}

/* 128 bits down to the 32 of the CRC. */
static uint32_t reduce(__m128i x)
{
	const __m128i low32 = _mm_set_epi32(0, 0, 0, -1), k64 = _mm_set_epi64x(0, 0x163cd6124);
	const __m128i poly_mu = _mm_set_epi64x(0x1f7011641, 0x1db710641), k16 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
	__m128i t;

	x = _mm_xor_si128(_mm_srli_si128(x, 8), _mm_clmulepi64_si128(x, k16, 0x10));
	t = _mm_srli_si128(x, 4);
	x = _mm_xor_si128(t, _mm_clmulepi64_si128(_mm_and_si128(x, low32), k64, 0x00));
	t = _mm_and_si128(_mm_clmulepi64_si128(_mm_and_si128(x, low32), poly_mu, 0x10), low32);
	x = _mm_xor_si128(x, _mm_clmulepi64_si128(t, poly_mu, 0x00));
	return (uint32_t)_mm_extract_epi32(x, 1);
}

uint32_t ros_crc32_pclmul(uint32_t crc, const void *data, size_t len)
{
	const __m128i k64 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4), k16 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
	const __m128i *p = data;
	__m128i a = _mm_xor_si128(load(p), _mm_cvtsi32_si128((int)~crc)), b = load(p + 1), c = load(p + 2), d = load(p + 3);

	for (p += 4, len -= 64; len >= 64; p += 4, len -= 64) {
		a = fold(a, load(p), k64);
		b = fold(b, load(p + 1), k64);
		c = fold(c, load(p + 2), k64);
		d = fold(d, load(p + 3), k64);
	}
	a = fold(fold(fold(a, b, k16), c, k16), d, k16);
	for (; len >= 16; p++, len -= 16)
		a = fold(a, load(p), k16);
	return ~reduce(a);
}
