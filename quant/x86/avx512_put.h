/* Where a register of floats goes: a decoder is written once over one of these and inlined for each. */
#ifndef ROS_QUANT_X86_AVX512_PUT_H
#define ROS_QUANT_X86_AVX512_PUT_H

#include <immintrin.h>

typedef void ros_avx512_put_fn(float *y, __m512 v);

/* By an ordinary store, to any address. */
static inline void ros_avx512_keep(float *y, __m512 v)
{
	_mm512_storeu_ps(y, v);
}

/* Around the caches, to the start of a line. */
static inline void ros_avx512_send(float *y, __m512 v)
{
	_mm512_stream_ps(y, v);
}

#endif
