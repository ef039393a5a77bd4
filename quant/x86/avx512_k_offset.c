/* Q2_K, Q4_K, Q5_K from floats in AVX-512: quant/lanes/ with sixteen lanes. */
#include "quant/lanes/avx512.h"
#include "quant/lanes/offset_encode.h"
#include "quant/reference.h"
#include "quant/x86/avx512.h"

void ros_avx512_q2_k_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	static const struct offset_kind kind = { { 16, 3, -0.5f, 0.1f, 15, true }, 84, 15, ros_q2_k_encode };

	offset_encode(kind, src, dst, rows, cols, weights);
}

void ros_avx512_q4_k_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	static const struct offset_kind kind = { { 32, 15, -1.0f, 0.1f, 20, false }, 144, 63, ros_q4_k_encode };

	offset_encode(kind, src, dst, rows, cols, weights);
}

void ros_avx512_q5_k_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	static const struct offset_kind kind = { { 32, 31, -0.5f, 0.1f, 15, false }, 176, 63, ros_q5_k_encode };

	offset_encode(kind, src, dst, rows, cols, weights);
}
