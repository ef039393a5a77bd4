/* Narrowing that keeps the books: encoding float32 to a smaller plain float while counting what that
 * costs. A conversion may refuse overflow; a restoration is lossless exactly where nothing was inexact. */
#ifndef ROS_QUANT_NARROW_H
#define ROS_QUANT_NARROW_H

#include "quant/kernels.h"

/* Sums over any number of calls; start from zeros. */
struct ros_narrowing {
	uint64_t values;      /* seen */
	uint64_t inexact;     /* widened again they differ from what they were; overflow and underflow included.
	                         -0 and +0 differ; NaN that stays NaN is exact, whatever its payload */
	uint64_t overflow;    /* finite, and became infinite or NaN */
	uint64_t underflow;   /* not zero, and became zero */
	float largest;        /* largest finite magnitude that overflowed, 0 for none */
};

/* Encodes N floats of SRC to TO, a plain float type (F16, BF16, F8_*, F32), with the kernels of K, into DST
 * (N elements, may not overlap SRC; NULL: count only), and adds to *SUM. The bytes are those of k->encode. */
void ros_narrow(const struct ros_kernels *k, enum ros_dtype to, const float *src, uint8_t *dst, size_t n,
	struct ros_narrowing *sum);

#endif
