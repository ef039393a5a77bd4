/* Q8_0, Q4_0 and Q5_0 (layouts: quant/legacy.c). */
#include "quant/blocks.h"
#include "quant/legacy.h"
#include "quant/reference.h"
#include "quant/x86/avx2.h"
#include "quant/x86/avx2_put.h"
#include "quant/x86/ahead.h"
#include "quant/x86/avx2_block32.h"

static inline void q8_0_decode(const uint8_t *b, float *y)
{
	const __m256 d = _mm256_set1_ps(ros_x86_get_f16(b));

	put16(y, _mm_loadu_si128((const void *)(b + 2)), d);
	put16(y + 16, _mm_loadu_si128((const void *)(b + 18)), d);
}

static inline void q8_0_send(const uint8_t *b, float *y)
{
	const __m256 d = _mm256_set1_ps(ros_x86_get_f16(b));

	ros_x86_ask_ahead(b, 34);
	for (unsigned h = 0; h < 4; h++) {
		__m256i q = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)(b + 2 + 8 * h)));

		ros_avx2_send(y + 8 * h, _mm256_mul_ps(_mm256_cvtepi32_ps(q), d));
	}
}

/* Codes less 8, times d. */
static inline void q4_0_decode(const uint8_t *b, float *y)
{
	const __m256 d = _mm256_set1_ps(ros_x86_get_f16(b));
	__m256i q = _mm256_sub_epi8(unpack_nibbles(b + 2), _mm256_set1_epi8(8));

	put16(y, _mm256_castsi256_si128(q), d);
	put16(y + 16, _mm256_extracti128_si256(q, 1), d);
}

/* A nibble without its fifth bit is 16 less: as a signed byte, its upper half set. */
static inline void q5_0_decode(const uint8_t *b, float *y)
{
	const __m256 d = _mm256_set1_ps(ros_x86_get_f16(b));
	__m256i less = _mm256_andnot_si256(spread_bits(ros_le32(b + 2)), _mm256_set1_epi8((char)0xf0));
	__m256i q = _mm256_or_si256(unpack_nibbles(b + 6), less);

	put16(y, _mm256_castsi256_si128(q), d);
	put16(y + 16, _mm256_extracti128_si256(q, 1), d);
}

/* roundf, half away from zero: adding the float before 0.5 and cutting off is exact for all |v| < 2^23. */
static inline __m256i round_away(__m256 v)
{
	__m256 bias = _mm256_or_ps(_mm256_set1_ps(0x1.fffffep-2f), _mm256_and_ps(v, _mm256_set1_ps(-0.0f)));

	return _mm256_cvttps_epi32(_mm256_add_ps(v, bias));
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

/* Codes 0 .. 2 * HALF - 1; the extreme element gets 0. Stores the scale. */
static inline __m256i encode_signed(const float *x, uint8_t *b, float half)
{
	__m256 v[4];
	__m256i q[4];

	load32(x, v);
	const float amax = largest(v), max = amax > 0 ? first_of(x, v, amax) : 0;
	const float d = max / -half, id = d != 0 ? 1 / d : 0;
	const __m256 scale = _mm256_set1_ps(id), middle = _mm256_set1_ps(half + 0.5f);

	for (unsigned i = 0; i < 4; i++)
		q[i] = _mm256_cvttps_epi32(_mm256_add_ps(_mm256_mul_ps(v[i], scale), middle));
	ros_x86_put_f16(b, d);
	return _mm256_min_epi8(low_bytes(q), _mm256_set1_epi8((char)(2 * half - 1)));
}

static inline void q4_0_encode(const float *x, uint8_t *b, const float *w)
{
	(void)w;
	_mm_storeu_si128((void *)(b + 2), pack_nibbles(encode_signed(x, b, 8)));
}

static inline void q5_0_encode(const float *x, uint8_t *b, const float *w)
{
	__m256i codes = encode_signed(x, b, 16);

	(void)w;
	ros_put_le32(b + 2, fifth_bits(codes));
	_mm_storeu_si128((void *)(b + 6), pack_nibbles(_mm256_and_si256(codes, _mm256_set1_epi8(15))));
}

void ros_avx2_q8_0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 34, q8_0_decode);
}

void ros_avx2_q8_0_send(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 34, q8_0_send);
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

void ros_avx2_q5_0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 22, q5_0_decode);
}

void ros_avx2_q5_0_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	if (weights)
		ros_q5_0_encode_weighted(src, dst, rows, cols, weights);
	else
		ros_encode_blocks(src, dst, rows, cols, NULL, 32, 22, q5_0_encode);
}
