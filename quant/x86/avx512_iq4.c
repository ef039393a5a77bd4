/* IQ4_NL and IQ4_XS from floats in AVX-512: quant/lanes/ with sixteen lanes. */
#include "quant/lanes/avx512.h"
#include "quant/lanes/iq4_encode.h"
#include "quant/x86/avx512.h"

void ros_avx512_iq4_nl_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	if (cols % 32)
		ros_iq4_nl_encode(src, dst, rows, cols, weights);
	else
		iq4_encode(src, dst, rows * (cols / 32), 32, 18, weights, cols);
}

void ros_avx512_iq4_xs_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	if (cols % 256)
		ros_iq4_xs_encode(src, dst, rows, cols, weights);
	else
		iq4_encode(src, dst, rows * (cols / 256), 256, 136, weights, cols);
}
