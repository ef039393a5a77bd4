/* Q4_1 and Q5_1, scale and offset (layouts: quant/legacy.c). */
#include "quant/blocks.h"
#include "quant/legacy.h"
#include "quant/x86/avx2.h"
#include "quant/x86/avx2_block32.h"

#include <float.h>

/* y = q * d + m. */
static inline void put32_offset(float *y, __m256i q, float d, float m)
{
	const __m128i part[2] = { _mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1) };
	const __m256 scale = _mm256_set1_ps(d), offset = _mm256_set1_ps(m);

	for (unsigned i = 0; i < 4; i++) {
		__m128i eight = i % 2 ? _mm_srli_si128(part[i / 2], 8) : part[i / 2];
		__m256 v = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(eight));

		_mm256_storeu_ps(y + 8 * i, _mm256_add_ps(_mm256_mul_ps(v, scale), offset));
	}
}

static inline void q4_1_decode(const uint8_t *b, float *y)
{
	put32_offset(y, unpack_nibbles(b + 4), ros_x86_get_f16(b), ros_x86_get_f16(b + 2));
}

static inline void q5_1_decode(const uint8_t *b, float *y)
{
	__m256i high = _mm256_and_si256(spread_bits(ros_le32(b + 4)), _mm256_set1_epi8(16));

	put32_offset(y, _mm256_or_si256(unpack_nibbles(b + 8), high), ros_x86_get_f16(b), ros_x86_get_f16(b + 2));
}

static inline float across_min(__m256 v)
{
	__m128 m = _mm_min_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));

	m = _mm_min_ps(m, _mm_movehl_ps(m, m));
	return _mm_cvtss_f32(_mm_min_ss(m, _mm_movehdup_ps(m)));
}

static inline float across_max(__m256 v)
{
	__m128 m = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));

	m = _mm_max_ps(m, _mm_movehl_ps(m, m));
	return _mm_cvtss_f32(_mm_max_ss(m, _mm_movehdup_ps(m)));
}

/* Smallest and largest; NaN as first operand leaves the second, as the reference's comparisons do. Of zeros
 * the reference keeps the first it meets, and the sign of a smallest that is zero is stored. */
static inline void min_max(const float *x, const __m256 *v, float *min, float *max)
{
	__m256 low = _mm256_set1_ps(FLT_MAX), high = _mm256_set1_ps(-FLT_MAX);
	unsigned zeros = 0;

	for (unsigned i = 0; i < 4; i++) {
		low = _mm256_min_ps(v[i], low);
		high = _mm256_max_ps(v[i], high);
	}
	*min = across_min(low);
	*max = across_max(high) + 0.0f;          /* no negative zero */
	if (*min == 0) {
		for (unsigned i = 0; i < 4; i++)
			zeros |= (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(v[i], _mm256_setzero_ps(), _CMP_EQ_OQ)) << 8 * i;
		*min = x[__builtin_ctz(zeros)];
	}
}

/* Truncated codes, their low bytes. Stores scale and offset. */
static inline __m256i encode_offset(const float *x, uint8_t *b, float steps)
{
	float min, max;
	__m256 v[4];
	__m256i q[4];

	load32(x, v);
	min_max(x, v, &min, &max);
	const float d = (max - min) / steps, id = d != 0 ? 1 / d : 0;
	const __m256 scale = _mm256_set1_ps(id), offset = _mm256_set1_ps(min), half = _mm256_set1_ps(0.5f);

	for (unsigned i = 0; i < 4; i++)
		q[i] = _mm256_cvttps_epi32(_mm256_add_ps(_mm256_mul_ps(_mm256_sub_ps(v[i], offset), scale), half));
	ros_x86_put_f16(b, d);
	ros_x86_put_f16(b + 2, min);
	return low_bytes(q);
}

static inline void q4_1_encode(const float *x, uint8_t *b, const float *w)
{
	(void)w;
	_mm_storeu_si128((void *)(b + 4), pack_nibbles(_mm256_min_epi8(encode_offset(x, b, 15), _mm256_set1_epi8(15))));
}

static inline void q5_1_encode(const float *x, uint8_t *b, const float *w)
{
	__m256i codes = encode_offset(x, b, 31);

	(void)w;
	ros_put_le32(b + 4, fifth_bits(codes));
	_mm_storeu_si128((void *)(b + 8), pack_nibbles(_mm256_and_si256(codes, _mm256_set1_epi8(15))));
}

void ros_avx2_q4_1_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 20, q4_1_decode);
}

void ros_avx2_q5_1_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 24, q5_1_decode);
}

void ros_avx2_q4_1_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	if (weights)
		ros_q4_1_encode_weighted(src, dst, rows, cols, weights);
	else
		ros_encode_blocks(src, dst, rows, cols, NULL, 32, 20, q4_1_encode);
}

void ros_avx2_q5_1_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	if (weights)
		ros_q5_1_encode_weighted(src, dst, rows, cols, weights);
	else
		ros_encode_blocks(src, dst, rows, cols, NULL, 32, 24, q5_1_encode);
}
