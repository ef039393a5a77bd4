/* One look at a run (quant/run_look.h), eight lanes; the tail is the reference's. */
#include "quant/run_look.h"
#include "quant/x86/avx2.h"

#include <immintrin.h>
#include <math.h>

static inline float largest(__m256 v)
{
	__m128 m = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));

	m = _mm_max_ps(m, _mm_movehl_ps(m, m));
	return _mm_cvtss_f32(_mm_max_ss(m, _mm_movehdup_ps(m)));
}

/* Bits of |e|: as integers they are in the order of the values, with NaN above infinity, so a NaN stays. */
static inline float largest_magnitude(__m256i bits)
{
	__m128i m = _mm_max_epi32(_mm256_castsi256_si128(bits), _mm256_extracti128_si256(bits, 1));
	float f;

	m = _mm_max_epi32(m, _mm_unpackhi_epi64(m, m));
	m = _mm_max_epi32(m, _mm_shuffle_epi32(m, 1));
	f = _mm_cvtss_f32(_mm_castsi128_ps(m));
	return f == f ? f : INFINITY;
}

static void join(struct ros_run_look *l, struct ros_run_look tail)
{
	l->distance = tail.distance > l->distance ? tail.distance : l->distance;
	l->least = tail.least < l->least ? tail.least : l->least;
	l->most = tail.most > l->most ? tail.most : l->most;
	l->far |= tail.far;
}

struct ros_run_look ros_avx2_run_look(const float *w, const float *v, size_t n, struct ros_run_ruler r)
{
	const __m256 sign = _mm256_set1_ps(-0.0f), half = _mm256_set1_ps(r.half);
	const __m256 lo = _mm256_set1_ps(r.lo), hi = _mm256_set1_ps(r.hi);
	__m256 least = _mm256_setzero_ps(), most = least, good = _mm256_cmp_ps(least, least, _CMP_EQ_OQ);
	__m256i distance = _mm256_setzero_si256();
	struct ros_run_look l;
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		__m256 x = _mm256_loadu_ps(w + i), y = _mm256_loadu_ps(v + i), e = _mm256_andnot_ps(sign, _mm256_sub_ps(x, y));
		__m256 above = _mm256_and_ps(_mm256_cmp_ps(x, hi, _CMP_GE_OQ), _mm256_cmp_ps(y, hi, _CMP_EQ_OQ));
		__m256 below = _mm256_and_ps(_mm256_cmp_ps(x, lo, _CMP_LE_OQ), _mm256_cmp_ps(y, lo, _CMP_EQ_OQ));

		distance = _mm256_max_epi32(distance, _mm256_castps_si256(e));
		least = _mm256_min_ps(x, least);        /* the second where X is NaN */
		most = _mm256_max_ps(x, most);
		good = _mm256_and_ps(good, _mm256_or_ps(_mm256_cmp_ps(e, half, _CMP_LE_OQ), _mm256_or_ps(above, below)));
	}
	l.distance = largest_magnitude(distance);
	l.least = -largest(_mm256_xor_ps(least, sign));
	l.most = largest(most);
	l.far = _mm256_movemask_ps(good) != 255;
	if (i < n)
		join(&l, ros_run_look(w + i, v + i, n - i, r));
	return l;
}
