#include "quant/narrow.h"

#include "formats/bytes.h"

#include <math.h>
#include <string.h>

#define CHUNK 2048   /* elements: both ways stay in the first-level cache */

static void count_changed(const float *was, const float *is, size_t n, struct ros_narrowing *sum)
{
	for (size_t i = 0; i < n; i++) {
		if (ros_f32_bits(was[i]) == ros_f32_bits(is[i]) || (isnan(was[i]) && isnan(is[i])))
			continue;
		sum->inexact++;
		if (isfinite(was[i]) && !isfinite(is[i])) {
			sum->overflow++;
			if (fabsf(was[i]) > sum->largest)
				sum->largest = fabsf(was[i]);
		}
		if (was[i] != 0 && is[i] == 0)
			sum->underflow++;
	}
}

void ros_narrow(const struct ros_kernels *k, enum ros_dtype to, const float *src, uint8_t *dst, size_t n,
	struct ros_narrowing *sum)
{
	uint8_t narrow[CHUNK * sizeof(float)];
	float wide[CHUNK];

	sum->values += n;
	while (n) {
		size_t len = n < CHUNK ? n : CHUNK;

		k->encode[to](src, narrow, 1, len, NULL);
		k->decode[to](narrow, wide, 1, len);
		if (memcmp(src, wide, len * sizeof *src))
			count_changed(src, wide, len, sum);
		if (dst) {
			memcpy(dst, narrow, len * ros_dtypes[to].block_bytes);
			dst += len * ros_dtypes[to].block_bytes;
		}
		src += len;
		n -= len;
	}
}
