/* Q8_0 and Q4_0 (layouts: quant/legacy.c), a block of 32 in two registers. */
#include "quant/blocks.h"
#include "quant/legacy.h"
#include "quant/reference.h"
#include "quant/x86/avx512.h"
#include "quant/x86/avx512_put.h"
#include "quant/x86/ahead.h"
#include "quant/x86/scale.h"

static inline __attribute__((always_inline)) void q8_0_floats(const uint8_t *b, float *y, ros_avx512_put_fn *put)
{
	const __m512 d = _mm512_set1_ps(ros_x86_get_f16(b));

	for (unsigned h = 0; h < 2; h++) {
		__m512i q = _mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)(b + 2 + 16 * h)));

		put(y + 16 * h, _mm512_mul_ps(_mm512_cvtepi32_ps(q), d));
	}
}

static inline void q8_0_decode(const uint8_t *b, float *y)
{
	q8_0_floats(b, y, ros_avx512_keep);
}

static inline void q8_0_send(const uint8_t *b, float *y)
{
	ros_x86_ask_ahead(b, 34);
	q8_0_floats(b, y, ros_avx512_send);
}

/* The 16 values that a nibble can have, looked up. */
static inline void q4_0_decode(const uint8_t *b, float *y)
{
	const __m512 level = _mm512_set_ps(7, 6, 5, 4, 3, 2, 1, 0, -1, -2, -3, -4, -5, -6, -7, -8);
	const __m512 value = _mm512_mul_ps(level, _mm512_set1_ps(ros_x86_get_f16(b)));
	__m512i q = _mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)(b + 2)));

	_mm512_storeu_ps(y, _mm512_permutexvar_ps(q, value));   /* looks at the low 4 bits only */
	_mm512_storeu_ps(y + 16, _mm512_permutexvar_ps(_mm512_srli_epi32(q, 4), value));
}

/* The larger magnitude; NaN in X leaves ACC, as the reference's comparison does. */
static inline __m512 larger(__m512 x, __m512 acc)
{
	return _mm512_max_ps(_mm512_abs_ps(x), acc);
}

/* roundf, half away from zero: adding the float before 0.5 and cutting off is exact for all |v| < 2^23. */
static inline __m128i round_to_bytes(__m512 v)
{
	const __m512 half = _mm512_set1_ps(0x1.fffffep-2f), sign = _mm512_set1_ps(-0.0f);
	__m512 bias = _mm512_or_ps(half, _mm512_and_ps(v, sign));

	return _mm512_cvtepi32_epi8(_mm512_cvttps_epi32(_mm512_add_ps(v, bias)));
}

/* A NaN changes what the reference's search finds: such a block is left to it. */
static inline void q8_0_encode(const float *x, uint8_t *b, const float *w)
{
	__m512 x0 = _mm512_loadu_ps(x), x1 = _mm512_loadu_ps(x + 16);

	(void)w;
	if (_mm512_cmp_ps_mask(x0, x1, _CMP_UNORD_Q)) {
		ros_q8_0_encode(x, b, 1, 32, NULL);
		return;
	}
	float amax = _mm512_reduce_max_ps(larger(x1, larger(x0, _mm512_setzero_ps())));
	const float d = amax / 127, id = d != 0 ? 1 / d : 0;
	const __m512 scale = _mm512_set1_ps(id);

	ros_x86_put_f16(b, d);
	_mm_storeu_si128((void *)(b + 2), round_to_bytes(_mm512_mul_ps(x0, scale)));
	_mm_storeu_si128((void *)(b + 18), round_to_bytes(_mm512_mul_ps(x1, scale)));
}

/* min(15, the low byte of the truncated integer as signed). */
static inline __m128i q4_0_codes(__m512 x, __m512 id)
{
	__m512 v = _mm512_add_ps(_mm512_mul_ps(x, id), _mm512_set1_ps(8.5f));

	return _mm_min_epi8(_mm512_cvtepi32_epi8(_mm512_cvttps_epi32(v)), _mm_set1_epi8(15));
}

static inline void q4_0_encode(const float *x, uint8_t *b, const float *w)
{
	__m512 x0 = _mm512_loadu_ps(x), x1 = _mm512_loadu_ps(x + 16);
	float amax = _mm512_reduce_max_ps(larger(x1, larger(x0, _mm512_setzero_ps()))), max = 0;

	(void)w;
	if (amax > 0) {
		const __m512 a = _mm512_set1_ps(amax);
		unsigned at = _mm512_cmp_ps_mask(_mm512_abs_ps(x0), a, _CMP_EQ_OQ)
			| (unsigned)_mm512_cmp_ps_mask(_mm512_abs_ps(x1), a, _CMP_EQ_OQ) << 16;

		max = x[__builtin_ctz(at)];
	}
	const float d = max / -8, id = d != 0 ? 1 / d : 0;
	__m128i low = q4_0_codes(x0, _mm512_set1_ps(id)), high = q4_0_codes(x1, _mm512_set1_ps(id));

	high = _mm_and_si128(_mm_slli_epi16(high, 4), _mm_set1_epi8((char)0xf0));
	ros_x86_put_f16(b, d);
	_mm_storeu_si128((void *)(b + 2), _mm_or_si128(low, high));
}

void ros_avx512_q8_0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 34, q8_0_decode);
}

void ros_avx512_q8_0_send(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 34, q8_0_send);
}

void ros_avx512_q4_0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 18, q4_0_decode);
}

void ros_avx512_q8_0_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 32, 34, q8_0_encode);
}

void ros_avx512_q4_0_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	if (weights)
		ros_q4_0_encode_weighted(src, dst, rows, cols, weights);
	else
		ros_encode_blocks(src, dst, rows, cols, NULL, 32, 18, q4_0_encode);
}
