/* F16 and BF16 in steps of 8 elements; what is left goes through the scalar forms, which agree. */
#include "quant/half.h"
#include "quant/x86/avx2.h"
#include "quant/x86/avx2_put.h"
#include "quant/x86/ahead.h"

#include <immintrin.h>

static inline __m256 widen_f16(__m128i h)
{
	return _mm256_cvtph_ps(h);
}

static inline __m256 widen_bf16(__m128i h)
{
	return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(h), 16));
}

/* The whole steps of N elements; returns how many elements they are. */
static inline __attribute__((always_inline)) size_t widen(const uint8_t *src, float *dst, size_t n, __m256 (*one)(__m128i),
	ros_avx2_put_fn *put)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8)
		put(dst + i, one(_mm_loadu_si128((const void *)(src + 2 * i))));
	return i;
}

/* N elements, whole lines. */
static inline __attribute__((always_inline)) void send(const uint8_t *src, float *dst, size_t n, __m256 (*one)(__m128i))
{
	for (size_t i = 0; i < n; i += 16) {
		ros_x86_ask_ahead(src + 2 * i, 32);
		widen(src + 2 * i, dst + i, 16, one, ros_avx2_send);
	}
}

void ros_avx2_f16_send(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	send(src, dst, rows * cols, widen_f16);
}

void ros_avx2_bf16_send(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	send(src, dst, rows * cols, widen_bf16);
}

void ros_avx2_f16_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	size_t n = rows * cols, i = widen(src, dst, n, widen_f16, ros_avx2_keep);

	for (; i < n; i++)
		dst[i] = ros_get_f16(src + 2 * i);
}

void ros_avx2_bf16_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	size_t n = rows * cols, i = widen(src, dst, n, widen_bf16, ros_avx2_keep);

	for (; i < n; i++)
		dst[i] = ros_bf16_to_f32(ros_le16(src + 2 * i));
}

/* The instruction would keep a NaN's payload; the reference gives sign | 0x7e00, which is what
 * a NaN of payload 0x400000 becomes. */
static inline __m128i narrow_f16(__m256 x)
{
	const __m256 sign = _mm256_set1_ps(-0.0f), nan = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fc00000));
	__m256 plain = _mm256_or_ps(_mm256_and_ps(x, sign), nan);

	x = _mm256_blendv_ps(x, plain, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
	return _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

void ros_avx2_f16_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	size_t i = 0, n = rows * cols;

	(void)weights;
	for (; i + 8 <= n; i += 8)
		_mm_storeu_si128((void *)(dst + 2 * i), narrow_f16(_mm256_loadu_ps(src + i)));
	for (; i < n; i++)
		ros_put_f16(dst + 2 * i, src[i]);
}

/* Upper halves in the low 16 bits of each lane: bits + 0x7fff + lowest kept bit; NaN with the quiet bit. */
static inline __m256i narrow_bf16(__m256 x)
{
	__m256i bits = _mm256_castps_si256(x), upper = _mm256_srli_epi32(bits, 16);
	__m256i odd = _mm256_and_si256(upper, _mm256_set1_epi32(1));
	__m256i rounded = _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), odd);
	__m256i quiet = _mm256_or_si256(upper, _mm256_set1_epi32(0x40));
	__m256i is_nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));

	return _mm256_blendv_epi8(_mm256_srli_epi32(rounded, 16), quiet, is_nan);
}

void ros_avx2_bf16_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	size_t i = 0, n = rows * cols;

	(void)weights;
	for (; i + 16 <= n; i += 16) {
		__m256i a = narrow_bf16(_mm256_loadu_ps(src + i)), b = narrow_bf16(_mm256_loadu_ps(src + i + 8));
		__m256i both = _mm256_permute4x64_epi64(_mm256_packus_epi32(a, b), 0xd8);

		_mm256_storeu_si256((void *)(dst + 2 * i), both);
	}
	for (; i < n; i++)
		ros_put_le16(dst + 2 * i, ros_f32_to_bf16(src[i]));
}
