/* Q3_K and Q6_K from floats in AVX2: quant/lanes/ with eight lanes. */
#include "quant/lanes/avx2.h"
#include "quant/lanes/q3_encode.h"
#include "quant/lanes/q3_weighted.h"
#include "quant/lanes/q6_encode.h"
#include "quant/x86/avx2.h"

void ros_avx2_q6_k_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	q6_encode(src, dst, rows, cols, weights);
}

void ros_avx2_q3_k_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	if (cols % 256)
		ros_q3_k_encode(src, dst, rows, cols, weights);
	else if (weights)
		q3_encode_weighted(src, dst, rows * (cols / 256), cols, weights);
	else
		q3_encode(src, dst, rows * (cols / 256));
}
