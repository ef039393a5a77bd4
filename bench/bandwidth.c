#include "bench/bandwidth.h"

#include <string.h>

/* Called through a volatile pointer, so that nothing is left out as dead. */
static void *(*volatile set)(void *, int, size_t) = memset;

void bandwidth_memset(const uint8_t *src, float *dst, size_t floats, size_t step)
{
	(void)src, (void)step;
	set(dst, 0x3c, floats * sizeof *dst);
}

void bandwidth_store(const uint8_t *src, float *dst, size_t floats, size_t step)
{
	(void)src, (void)step;
	for (size_t i = 0; i < floats; i += 16)
		for (size_t k = 0; k < 16; k++)
			dst[i + k] = 1.5f;
}

static void store_read(const uint8_t *src, float *dst, size_t floats, size_t step)
{
	for (size_t i = 0; i < floats; i += 16, src += step) {
		memcpy(dst + i, src, 32);
		memcpy(dst + i + 8, src, 32);
	}
}

#if defined(__x86_64__)
#include <immintrin.h>

#define WITH(isa) __attribute__((target(isa))) static
#define AHEAD 2048   /* without asking for lines early, decoders that do would pass the limit */

WITH("avx512f") void stream_512(float *dst, size_t floats)
{
	const __m512 v = _mm512_set1_ps(1.5f);

	for (size_t i = 0; i < floats; i += 16)
		_mm512_stream_ps(dst + i, v);
	_mm_sfence();
}

WITH("avx2") void stream_256(float *dst, size_t floats)
{
	const __m256 v = _mm256_set1_ps(1.5f);

	for (size_t i = 0; i < floats; i += 8)
		_mm256_stream_ps(dst + i, v);
	_mm_sfence();
}

WITH("avx512f") void stream_read_512(const uint8_t *src, float *dst, size_t floats, size_t step)
{
	for (size_t i = 0; i < floats; i += 16, src += step) {
		_mm_prefetch((const char *)src + AHEAD, _MM_HINT_T0);
		_mm512_stream_si512((void *)(dst + i), _mm512_broadcast_i64x4(_mm256_loadu_si256((const void *)src)));
	}
	_mm_sfence();
}

WITH("avx2") void stream_read_256(const uint8_t *src, float *dst, size_t floats, size_t step)
{
	for (size_t i = 0; i < floats; i += 16, src += step) {
		__m256i v = _mm256_loadu_si256((const void *)src);

		_mm_prefetch((const char *)src + AHEAD, _MM_HINT_T0);
		_mm256_stream_si256((void *)(dst + i), v);
		_mm256_stream_si256((void *)(dst + i + 8), v);
	}
	_mm_sfence();
}

void bandwidth_stream(const uint8_t *src, float *dst, size_t floats, size_t step)
{
	if (__builtin_cpu_supports("avx512f"))
		stream_512(dst, floats);
	else if (__builtin_cpu_supports("avx2"))
		stream_256(dst, floats);
	else
		bandwidth_store(src, dst, floats, step);
}

void bandwidth_read_write(const uint8_t *src, float *dst, size_t floats, size_t step)
{
	if (__builtin_cpu_supports("avx512f"))
		stream_read_512(src, dst, floats, step);
	else if (__builtin_cpu_supports("avx2"))
		stream_read_256(src, dst, floats, step);
	else
		store_read(src, dst, floats, step);
}
#else
void bandwidth_stream(const uint8_t *src, float *dst, size_t floats, size_t step)
{
	bandwidth_store(src, dst, floats, step);
}

void bandwidth_read_write(const uint8_t *src, float *dst, size_t floats, size_t step)
{
	store_read(src, dst, floats, step);
}
#endif
