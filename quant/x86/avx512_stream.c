/* Lines written around the caches. */
#include "quant/x86/avx512.h"

#include <immintrin.h>

void ros_avx512_stream(float *dst, const float *src, size_t n)
{
	for (size_t i = 0; i < n; i += 16)
		_mm512_stream_ps(dst + i, _mm512_load_ps(src + i));
}

void ros_avx512_stream_end(void)
{
	_mm_sfence();
}
