/* Q8_0 and Q4_0 (layouts: quant/legacy.c), a block of 32 in four registers. */
#include "quant/blocks.h"
#include "quant/legacy.h"
#include "quant/reference.h"
#include "quant/x86/avx2.h"
#include "quant/x86/scale.h"

/* 16 signed bytes times D. */
static inline void put16(float *y, __m128i q, __m256 d)
{
	_mm256_storeu_ps(y, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(q)), d));
	_mm256_storeu_ps(y + 8, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(q, 8))), d));
}

static inline void q8_0_decode(const uint8_t *b, float *y)
{
	const __m256 d = _mm256_set1_ps(ros_x86_get_f16(b));

	put16(y, _mm_loadu_si128((const void *)(b + 2)), d);
	put16(y + 16, _mm_loadu_si128((const void *)(b + 18)), d);
}

static inline void q4_0_decode(const uint8_t *b, float *y)
{
	const __m256 d = _mm256_set1_ps(ros_x86_get_f16(b));
	const __m128i nibble = _mm_set1_epi8(15), center = _mm_set1_epi8(8);
	__m128i q = _mm_loadu_si128((const void *)(b + 2));

	put16(y, _mm_sub_epi8(_mm_and_si128(q, nibble), center), d);
	put16(y + 16, _mm_sub_epi8(_mm_and_si128(_mm_srli_epi16(q, 4), nibble), center), d);
}

static inline __m256 magnitude(__m256 x)
{
	return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
}

/* Largest magnitude of four registers; NaN as first operand of the maximum leaves the second, as the
 * reference's comparison does. */
static inline float largest(const __m256 *x)
{
	__m256 a = _mm256_setzero_ps();

	for (unsigned i = 0; i < 4; i++)
		a = _mm256_max_ps(magnitude(x[i]), a);
	__m128 m = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));

	m = _mm_max_ps(m, _mm_movehl_ps(m, m));
	return _mm_cvtss_f32(_mm_max_ss(m, _mm_movehdup_ps(m)));
}

/* The low bytes of 32 integers in four registers, in order. */
static inline __m256i low_bytes(const __m256i *q)
{
	const __m256i low = _mm256_set1_epi32(0xff), order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
	__m256i ab = _mm256_packus_epi32(_mm256_and_si256(q[0], low), _mm256_and_si256(q[1], low));
	__m256i cd = _mm256_packus_epi32(_mm256_and_si256(q[2], low), _mm256_and_si256(q[3], low));

	return _mm256_permutevar8x32_epi32(_mm256_packus_epi16(ab, cd), order);
}

static inline void load32(const float *x, __m256 *v)
{
	for (unsigned i = 0; i < 4; i++)
		v[i] = _mm256_loadu_ps(x + 8 * i);
}

/* roundf, half away from zero: adding the float before 0.5 and cutting off is exact for all |v| < 2^23. */
static inline __m256i round_away(__m256 v)
{
	__m256 bias = _mm256_or_ps(_mm256_set1_ps(0x1.fffffep-2f), _mm256_and_ps(v, _mm256_set1_ps(-0.0f)));

	return _mm256_cvttps_epi32(_mm256_add_ps(v, bias));
}

static inline bool has_nan(const __m256 *v)
{
	__m256 a = _mm256_cmp_ps(v[0], v[1], _CMP_UNORD_Q), b = _mm256_cmp_ps(v[2], v[3], _CMP_UNORD_Q);

	return _mm256_movemask_ps(_mm256_or_ps(a, b)) != 0;
}

/* A NaN changes what the reference's search finds: such a block is left to it. */
static inline void q8_0_encode(const float *x, uint8_t *b, const float *w)
{
	__m256 v[4];
	__m256i q[4];

	(void)w;
	load32(x, v);
	if (has_nan(v)) {
		ros_q8_0_encode(x, b, 1, 32, NULL);
		return;
	}
	const float d = largest(v) / 127, id = d != 0 ? 1 / d : 0;

	for (unsigned i = 0; i < 4; i++)
		q[i] = round_away(_mm256_mul_ps(v[i], _mm256_set1_ps(id)));
	ros_x86_put_f16(b, d);
	_mm256_storeu_si256((void *)(b + 2), low_bytes(q));
}

/* The first element of magnitude AMAX. */
static inline float first_of(const float *x, const __m256 *v, float amax)
{
	unsigned at = 0;

	for (unsigned i = 0; i < 4; i++)
		at |= (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(magnitude(v[i]), _mm256_set1_ps(amax), _CMP_EQ_OQ)) << 8 * i;
	return x[__builtin_ctz(at)];
}

static inline void q4_0_encode(const float *x, uint8_t *b, const float *w)
{
	__m256 v[4];
	__m256i q[4];

	(void)w;
	load32(x, v);
	const float amax = largest(v), max = amax > 0 ? first_of(x, v, amax) : 0;
	const float d = max / -8, id = d != 0 ? 1 / d : 0;

	for (unsigned i = 0; i < 4; i++)
		q[i] = _mm256_cvttps_epi32(_mm256_add_ps(_mm256_mul_ps(v[i], _mm256_set1_ps(id)), _mm256_set1_ps(8.5f)));
	__m256i codes = _mm256_min_epi8(low_bytes(q), _mm256_set1_epi8(15));
	__m128i high = _mm_slli_epi16(_mm256_extracti128_si256(codes, 1), 4);

	high = _mm_and_si128(high, _mm_set1_epi8((char)0xf0));
	ros_x86_put_f16(b, d);
	_mm_storeu_si128((void *)(b + 2), _mm_or_si128(_mm256_castsi256_si128(codes), high));
}

void ros_avx2_q8_0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 34, q8_0_decode);
}

void ros_avx2_q4_0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 18, q4_0_decode);
}

void ros_avx2_q8_0_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 32, 34, q8_0_encode);
}

void ros_avx2_q4_0_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	if (weights)
		ros_q4_0_encode_weighted(src, dst, rows, cols, weights);
	else
		ros_encode_blocks(src, dst, rows, cols, NULL, 32, 18, q4_0_encode);
}
