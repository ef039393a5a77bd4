/* F16 and BF16 in steps of 16 elements; the last step of a run is masked. */
#include "quant/x86/avx512.h"
#include "quant/x86/avx512_put.h"
#include "quant/x86/ahead.h"

#include <immintrin.h>

static __mmask16 lanes(size_t left)
{
	return left >= 16 ? 0xffff : (__mmask16)((1u << left) - 1);
}

static __m512 widen_f16(__m256i h)
{
	return _mm512_cvtph_ps(h);
}

static __m512 widen_bf16(__m256i h)
{
	return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(h), 16));
}

/* The whole steps of N elements; returns how many elements they are. */
static inline __attribute__((always_inline)) size_t widen(const uint8_t *src, float *dst, size_t n, __m512 (*one)(__m256i),
	ros_avx512_put_fn *put)
{
	size_t i = 0;

	for (; i + 16 <= n; i += 16)
		put(dst + i, one(_mm256_loadu_si256((const void *)(src + 2 * i))));
	return i;
}

/* N elements, whole lines. */
static inline __attribute__((always_inline)) void send(const uint8_t *src, float *dst, size_t n, __m512 (*one)(__m256i))
{
	for (size_t i = 0; i < n; i += 16) {
		ros_x86_ask_ahead(src + 2 * i, 32);
		widen(src + 2 * i, dst + i, 16, one, ros_avx512_send);
	}
}

void ros_avx512_f16_send(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	send(src, dst, rows * cols, widen_f16);
}

void ros_avx512_bf16_send(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	send(src, dst, rows * cols, widen_bf16);
}

void ros_avx512_f16_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	size_t n = rows * cols, i = widen(src, dst, n, widen_f16, ros_avx512_keep);

	if (i < n) {
		__mmask16 m = lanes(n - i);

		_mm512_mask_storeu_ps(dst + i, m, widen_f16(_mm256_maskz_loadu_epi16(m, src + 2 * i)));
	}
}

void ros_avx512_bf16_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	size_t n = rows * cols, i = widen(src, dst, n, widen_bf16, ros_avx512_keep);

	if (i < n) {
		__mmask16 m = lanes(n - i);

		_mm512_mask_storeu_ps(dst + i, m, widen_bf16(_mm256_maskz_loadu_epi16(m, src + 2 * i)));
	}
}

/* The instruction would keep a NaN's payload; the reference gives sign | 0x7e00, which is what
 * a NaN of payload 0x400000 becomes. */
static __m256i narrow_f16(__m512 x)
{
	const __m512i sign = _mm512_set1_epi32(INT32_MIN), nan = _mm512_set1_epi32(0x7fc00000);
	__m512i bits = _mm512_castps_si512(x);
	__mmask16 is_nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);

	bits = _mm512_mask_or_epi32(bits, is_nan, _mm512_and_si512(bits, sign), nan);
	return _mm512_cvtps_ph(_mm512_castsi512_ps(bits), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

void ros_avx512_f16_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	size_t i = 0, n = rows * cols;

	(void)weights;
	for (; i + 16 <= n; i += 16)
		_mm256_storeu_si256((void *)(dst + 2 * i), narrow_f16(_mm512_loadu_ps(src + i)));
	if (i < n) {
		__mmask16 m = lanes(n - i);

		_mm256_mask_storeu_epi16(dst + 2 * i, m, narrow_f16(_mm512_maskz_loadu_ps(m, src + i)));
	}
}

/* bits + 0x7fff + lowest kept bit, upper half; NaN: upper half with the quiet bit. */
static __m256i narrow_bf16(__m512 x)
{
	__m512i bits = _mm512_castps_si512(x), upper = _mm512_srli_epi32(bits, 16);
	__mmask16 is_nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
	__m512i odd = _mm512_and_si512(upper, _mm512_set1_epi32(1));
	__m512i rounded = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd);

	rounded = _mm512_srli_epi32(rounded, 16);
	rounded = _mm512_mask_or_epi32(rounded, is_nan, upper, _mm512_set1_epi32(0x40));
	return _mm512_cvtepi32_epi16(rounded);
}

void ros_avx512_bf16_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	size_t i = 0, n = rows * cols;

	(void)weights;
	for (; i + 16 <= n; i += 16)
		_mm256_storeu_si256((void *)(dst + 2 * i), narrow_bf16(_mm512_loadu_ps(src + i)));
	if (i < n) {
		__mmask16 m = lanes(n - i);

		_mm256_mask_storeu_epi16(dst + 2 * i, m, narrow_bf16(_mm512_maskz_loadu_ps(m, src + i)));
	}
}
