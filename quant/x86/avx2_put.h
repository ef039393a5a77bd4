/* Where a register of floats goes: a decoder is written once over one of these and inlined for each. */
#ifndef ROS_QUANT_X86_AVX2_PUT_H
#define ROS_QUANT_X86_AVX2_PUT_H

#include <immintrin.h>

typedef void ros_avx2_put_fn(float *y, __m256 v);

/* By an ordinary store, to any address. */
static inline void ros_avx2_keep(float *y, __m256 v)
{
	_mm256_storeu_ps(y, v);
}

/* Around the caches, to an address that 32 divides; whole lines are wanted. */
static inline void ros_avx2_send(float *y, __m256 v)
{
	_mm256_stream_ps(y, v);
}

#endif
