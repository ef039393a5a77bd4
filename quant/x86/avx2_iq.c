/* The grid encoders with their search for candidates eight at a time: each lane sums the errors of
 * one candidate, place by place as the reference does; a place's error is looked up by digit in a register. */
#include "quant/iq_encode.h"
#include "quant/x86/avx2.h"

#include <float.h>
#include <immintrin.h>

/* Lane c: the error of digit c at one place. */
static inline __m256 terms(const float *level, float scale, float x, float w)
{
	__m256 diff = _mm256_sub_ps(_mm256_mul_ps(_mm256_set1_ps(scale), _mm256_loadu_ps(level)), _mm256_set1_ps(x));

	return _mm256_mul_ps(_mm256_mul_ps(_mm256_set1_ps(w), diff), diff);
}

/* The least of the lanes' BEST; of equals the one found at the smallest place AT. */
static unsigned first_least(__m256 best, __m256i at)
{
	float b[8];
	int32_t a[8];
	unsigned least = 0;

	_mm256_storeu_ps(b, best);
	_mm256_storeu_si256((__m256i *)a, at);
	for (unsigned i = 1; i < 8; i++)
		if (b[i] < b[least] || (b[i] == b[least] && a[i] < a[least]))
			least = i;
	return (unsigned)a[least];
}

/* PLACES and BITS are constants where this is inlined. */
static inline __attribute__((always_inline)) uint16_t near(const uint16_t *codes, unsigned n, const unsigned places, const int bits,
	const float *x, const float *w, float scale, const float *level)
{
	const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
	__m256 term[8], best = _mm256_set1_ps(FLT_MAX);
	__m256i at = _mm256_setzero_si256();

	for (unsigned i = 0; i < places; i++) {
		term[i] = terms(level, scale, x[i], w[i]);
		if (bits == 2)                             /* looked up within halves */
			term[i] = _mm256_permute2f128_ps(term[i], term[i], 0);
	}
	for (unsigned k = 0; k < n; k += 8) {
		__m256i code = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(codes + k)));
		__m256i place = _mm256_add_epi32(lane, _mm256_set1_epi32((int)k));
		__m256 error = _mm256_setzero_ps(), less;

		for (unsigned i = 0; i < places; i++) {
			error = _mm256_add_ps(error, bits == 2 ? _mm256_permutevar_ps(term[i], code) : _mm256_permutevar8x32_ps(term[i], code));
			code = _mm256_srli_epi32(code, bits);
		}
		less = _mm256_and_ps(_mm256_cmp_ps(error, best, _CMP_LT_OQ),
			_mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), place)));
		best = _mm256_blendv_ps(best, error, less);
		at = _mm256_blendv_epi8(at, place, _mm256_castps_si256(less));
	}
	return codes[first_least(best, at)];
}

static uint16_t near_avx2(const uint16_t *codes, unsigned n, unsigned digits, const float *x, const float *w, float scale,
	const float *level)
{
	return digits == 8 ? near(codes, n, 8, 2, x, w, scale, level) : near(codes, n, 4, 3, x, w, scale, level);
}

#define ENCODE(type)                                                                                                  \
	void ros_avx2_##type##_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights) \
	{                                                                                                             \
		ros_##type##_encode_with(src, dst, rows, cols, weights, near_avx2);                                   \
	}

ENCODE(iq2_xxs)
ENCODE(iq2_xs)
ENCODE(iq2_s)
ENCODE(iq3_xxs)
ENCODE(iq3_s)
ENCODE(iq1_s)
ENCODE(iq1_m)
