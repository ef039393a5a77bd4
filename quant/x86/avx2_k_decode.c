/* K-quants to floats; quant/x86/k_blocks.h takes the blocks apart. */
#include "quant/blocks.h"
#include "quant/x86/avx2.h"
#include "quant/x86/avx2_put.h"
#include "quant/x86/ahead.h"
#include "quant/x86/k_blocks.h"

static inline __m256 times8(__m128i q, float scale)
{
	return _mm256_mul_ps(_mm256_set1_ps(scale), _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(q)));
}

static inline void put(float *y, __m128i q, float scale)
{
	_mm256_storeu_ps(y, times8(q, scale));
	_mm256_storeu_ps(y + 8, times8(_mm_srli_si128(q, 8), scale));
}

static inline void put_min(float *y, __m128i q, float scale, float min)
{
	_mm256_storeu_ps(y, _mm256_sub_ps(times8(q, scale), _mm256_set1_ps(min)));
	_mm256_storeu_ps(y + 8, _mm256_sub_ps(times8(_mm_srli_si128(q, 8), scale), _mm256_set1_ps(min)));
}

static inline void q2_k_block(const uint8_t *b, float *y)
{
	ros_x86_q2_k_block(b, y, put_min);
}

static inline void q3_k_block(const uint8_t *b, float *y)
{
	ros_x86_q3_k_block(b, y, put);
}

static inline __m256 q4_k_floats(__m256i q, float scale, float min)
{
	return _mm256_sub_ps(_mm256_mul_ps(_mm256_set1_ps(scale), _mm256_cvtepi32_ps(q)), _mm256_set1_ps(min));
}

/* 8 bytes become 8 words at once, and both nibbles are taken from them there. Lines are finished in order, which
 * suits streaming stores. */
ROS_X86_INLINE void q4_k_each(const uint8_t *b, float *y, ros_avx2_put_fn *store)
{
	float scale[8], min[8];

	ros_x86_k4_scales(b, scale, min);
	for (unsigned j = 0; j < 8; j += 2) {
		__m256i q[4];

		for (unsigned i = 0; i < 4; i++)
			q[i] = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)(b + 16 + 16 * j + 8 * i)));
		for (unsigned i = 0; i < 4; i++)
			store(y + 32 * j + 8 * i, q4_k_floats(_mm256_and_si256(q[i], _mm256_set1_epi32(15)), scale[j], min[j]));
		for (unsigned i = 0; i < 4; i++)
			store(y + 32 * j + 32 + 8 * i, q4_k_floats(_mm256_srli_epi32(q[i], 4), scale[j + 1], min[j + 1]));
	}
}

static inline void q4_k_block(const uint8_t *b, float *y)
{
	q4_k_each(b, y, ros_avx2_keep);
}

static inline void q4_k_send(const uint8_t *b, float *y)
{
	ros_x86_ask_ahead(b, 144);
	q4_k_each(b, y, ros_avx2_send);
}

static inline void q5_k_block(const uint8_t *b, float *y)
{
	ros_x86_q5_k_block(b, y, put_min);
}

static inline void q6_k_block(const uint8_t *b, float *y)
{
	ros_x86_q6_k_block(b, y, put);
}

void ros_avx2_q2_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 84, q2_k_block);
}

void ros_avx2_q3_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 110, q3_k_block);
}

void ros_avx2_q4_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 144, q4_k_block);
}

void ros_avx2_q4_k_send(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 144, q4_k_send);
}

void ros_avx2_q5_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 176, q5_k_block);
}

void ros_avx2_q6_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 210, q6_k_block);
}
