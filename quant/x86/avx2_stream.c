/* Lines written around the caches. */
#include "quant/x86/avx2.h"

#include <immintrin.h>

void ros_avx2_stream(float *dst, const float *src, size_t n)
{
	for (size_t i = 0; i < n; i += 8)
		_mm256_stream_ps(dst + i, _mm256_load_ps(src + i));
}

void ros_avx2_stream_end(void)
{
	_mm_sfence();
}
