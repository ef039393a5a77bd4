/* Looking for NaN and infinity in stored floats, 64 bytes at a time (patterns: quant/nonfinite.h). */
#include "quant/nonfinite.h"
#include "quant/x86/avx512.h"

#include <immintrin.h>

/* One bit per element of WIDTH bytes: all bits under MASK equal WANT. */
static inline __attribute__((always_inline)) uint64_t matches(__m512i v, const struct ros_nonfinite *p)
{
	switch (p->width) {
	case 4:
		return _mm512_cmpeq_epi32_mask(_mm512_and_si512(v, _mm512_set1_epi32((int)p->mask)), _mm512_set1_epi32((int)p->want));
	case 2:
		return _mm512_cmpeq_epi16_mask(_mm512_and_si512(v, _mm512_set1_epi16((short)p->mask)), _mm512_set1_epi16((short)p->want));
	}
	return _mm512_cmpeq_epi8_mask(_mm512_and_si512(v, _mm512_set1_epi8((char)p->mask)), _mm512_set1_epi8((char)p->want));
}

static inline __attribute__((always_inline)) size_t scan(struct ros_nonfinite p, const uint8_t *src, size_t n)
{
	const size_t step = 64 / p.width;
	size_t i = 0;

	for (; i + step <= n; i += step) {
		uint64_t at = matches(_mm512_loadu_si512(src + i * p.width), &p);

		if (at)
			return i + (size_t)__builtin_ctzll(at);
	}
	return i + ros_pattern_first_nonfinite(&p, src + i * p.width, n - i);
}

#define NONFINITE(name, ...) \
	size_t ros_avx512_##name##_first_nonfinite(const uint8_t *src, size_t n) \
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
