/* The four lanes of a 512-bit register are the four accumulators of crc32_pclmul.c; four registers hide the latency. */
#include "formats/x86/crc32_fold.h"

static inline __m512i load(const uint8_t *p)
{
	return _mm512_loadu_si512(p);
}

static inline __m512i fold(__m512i acc, __m512i next, __m512i k)
{
	return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(acc, k, 0x00), _mm512_clmulepi64_epi128(acc, k, 0x11), next, 0x96);
}

uint32_t ros_crc32_vpclmul(uint32_t crc, const void *data, size_t len)
{
	const __m512i k256 = _mm512_broadcast_i32x4(_mm_set_epi64x(ROS_CRC_FOLD_256)), k64 = _mm512_broadcast_i32x4(_mm_set_epi64x(ROS_CRC_FOLD_64));
	const uint8_t *p = data;
	__m512i a = _mm512_xor_si512(load(p), _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)~crc)));
	__m512i b = load(p + 64), c = load(p + 128), d = load(p + 192);

	for (p += 256, len -= 256; len >= 256; p += 256, len -= 256) {
		a = fold(a, load(p), k256);
		b = fold(b, load(p + 64), k256);
		c = fold(c, load(p + 128), k256);
		d = fold(d, load(p + 192), k256);
	}
	a = fold(fold(fold(a, b, k64), c, k64), d, k64);
	for (; len >= 64; p += 64, len -= 64)
		a = fold(a, load(p), k64);
	return ros_crc_finish(_mm512_extracti32x4_epi32(a, 0), _mm512_extracti32x4_epi32(a, 1), _mm512_extracti32x4_epi32(a, 2),
			      _mm512_extracti32x4_epi32(a, 3), (const __m128i *)p, len);
}
