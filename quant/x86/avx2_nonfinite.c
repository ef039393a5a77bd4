/* Looking for NaN and infinity in stored floats, 32 bytes at a time (patterns: quant/nonfinite.h). */
#include "quant/nonfinite.h"
#include "quant/x86/avx2.h"

#include <immintrin.h>

/* WIDTH bits per element of WIDTH bytes: all bits under MASK equal WANT. */
static inline __attribute__((always_inline)) unsigned matches(__m256i v, const struct ros_nonfinite *p)
{
	__m256i hit;

	switch (p->width) {
	case 4:
		hit = _mm256_cmpeq_epi32(_mm256_and_si256(v, _mm256_set1_epi32((int)p->mask)), _mm256_set1_epi32((int)p->want));
		break;
	case 2:
		hit = _mm256_cmpeq_epi16(_mm256_and_si256(v, _mm256_set1_epi16((short)p->mask)), _mm256_set1_epi16((short)p->want));
		break;
	default:
		hit = _mm256_cmpeq_epi8(_mm256_and_si256(v, _mm256_set1_epi8((char)p->mask)), _mm256_set1_epi8((char)p->want));
	}
	return (unsigned)_mm256_movemask_epi8(hit);
}

static inline __attribute__((always_inline)) size_t scan(struct ros_nonfinite p, const uint8_t *src, size_t n)
{
	const size_t step = 32 / p.width;
	size_t i = 0;

	for (; i + step <= n; i += step) {
		unsigned at = matches(_mm256_loadu_si256((const void *)(src + i * p.width)), &p);

		if (at)
			return i + (size_t)__builtin_ctz(at) / p.width;
	}
	return i + ros_pattern_first_nonfinite(&p, src + i * p.width, n - i);
}

#define NONFINITE(name, ...) \
	size_t ros_avx2_##name##_first_nonfinite(const uint8_t *src, size_t n) \
	{ \
		return scan((struct ros_nonfinite)__VA_ARGS__, src, n); \
	}

NONFINITE(f32, ROS_NONFINITE_F32)
NONFINITE(f16, ROS_NONFINITE_F16)
NONFINITE(bf16, ROS_NONFINITE_BF16)
NONFINITE(f8_e4m3, ROS_NONFINITE_E4M3)
NONFINITE(f8_e5m2, ROS_NONFINITE_E5M2)
NONFINITE(f8_e8m0, ROS_NONFINITE_E8M0)
NONFINITE(f8_fnuz, ROS_NONFINITE_FNUZ)
