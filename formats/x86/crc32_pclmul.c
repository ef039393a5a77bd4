#include "formats/x86/crc32_fold.h"

static inline __m128i load(const __m128i *p)
{
	return _mm_loadu_si128(p);
}

uint32_t ros_crc32_pclmul(uint32_t crc, const void *data, size_t len)
{
	const __m128i k64 = _mm_set_epi64x(ROS_CRC_FOLD_64);
	const __m128i *p = data;
	__m128i a = _mm_xor_si128(load(p), _mm_cvtsi32_si128((int)~crc)), b = load(p + 1), c = load(p + 2), d = load(p + 3);

	for (p += 4, len -= 64; len >= 64; p += 4, len -= 64) {
		a = ros_crc_fold(a, load(p), k64);
		b = ros_crc_fold(b, load(p + 1), k64);
		c = ros_crc_fold(c, load(p + 2), k64);
		d = ros_crc_fold(d, load(p + 3), k64);
	}
	return ros_crc_finish(a, b, c, d, p, len);
}
