/* K-quants to floats; quant/x86/k_blocks.h takes the blocks apart. */
#include "quant/blocks.h"
#include "quant/x86/avx512.h"
#include "quant/x86/avx512_put.h"
#include "quant/x86/ahead.h"
#include "quant/x86/k_blocks.h"

static inline void put(float *y, __m128i q, float scale)
{
	_mm512_storeu_ps(y, _mm512_mul_ps(_mm512_set1_ps(scale), _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(q))));
}

static inline void put_min(float *y, __m128i q, float scale, float min)
{
	__m512 v = _mm512_mul_ps(_mm512_set1_ps(scale), _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(q)));

	_mm512_storeu_ps(y, _mm512_sub_ps(v, _mm512_set1_ps(min)));
}

static inline void q2_k_block(const uint8_t *b, float *y)
{
	ros_x86_q2_k_block(b, y, put_min);
}

static inline void q3_k_block(const uint8_t *b, float *y)
{
	ros_x86_q3_k_block(b, y, put);
}

/* The 16 values that a nibble can have in a sub-block, made once and looked up. */
static inline __m512 q4_k_values(float scale, float min)
{
	const __m512 level = _mm512_set_ps(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);

	return _mm512_sub_ps(_mm512_mul_ps(_mm512_set1_ps(scale), level), _mm512_set1_ps(min));
}

ROS_X86_INLINE void q4_k_floats(const uint8_t *b, float *y, ros_avx512_put_fn *store)
{
	float scale[8], min[8];

	ros_x86_k4_scales(b, scale, min);
	for (unsigned j = 0; j < 8; j += 2) {
		const __m512 low = q4_k_values(scale[j], min[j]), high = q4_k_values(scale[j + 1], min[j + 1]);

		const __m512i q0 = _mm512_cvtepu8_epi32(ros_x86_load16(b + 16 + 16 * j));
		const __m512i q1 = _mm512_cvtepu8_epi32(ros_x86_load16(b + 32 + 16 * j));

		store(y + 32 * j, _mm512_permutexvar_ps(q0, low));   /* looks at the low 4 bits only */
		store(y + 32 * j + 16, _mm512_permutexvar_ps(q1, low));
		store(y + 32 * j + 32, _mm512_permutexvar_ps(_mm512_srli_epi32(q0, 4), high));
		store(y + 32 * j + 48, _mm512_permutexvar_ps(_mm512_srli_epi32(q1, 4), high));
	}
}

static inline void q4_k_block(const uint8_t *b, float *y)
{
	q4_k_floats(b, y, ros_avx512_keep);
}

static inline void q4_k_send(const uint8_t *b, float *y)
{
	ros_x86_ask_ahead(b, 144);
	q4_k_floats(b, y, ros_avx512_send);
}

static inline void q5_k_block(const uint8_t *b, float *y)
{
	ros_x86_q5_k_block(b, y, put_min);
}

static inline void q6_k_block(const uint8_t *b, float *y)
{
	ros_x86_q6_k_block(b, y, put);
}

void ros_avx512_q2_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 84, q2_k_block);
}

void ros_avx512_q3_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 110, q3_k_block);
}

void ros_avx512_q4_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 144, q4_k_block);
}

void ros_avx512_q4_k_send(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 144, q4_k_send);
}

void ros_avx512_q5_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 176, q5_k_block);
}

void ros_avx512_q6_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 210, q6_k_block);
}
