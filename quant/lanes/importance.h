/* Weights of elements where columns have importance: q * sqrtf(sigma2 + x * x), sigma2 a multiple
 * of the super-block's mean square. */
#ifndef ROS_QUANT_LANES_IMPORTANCE_H
#define ROS_QUANT_LANES_IMPORTANCE_H

#define INLINE static inline __attribute__((always_inline))

/* sum x*x of COUNT super-blocks, each from its first value to its last; together they hide the time
 * that one addition waits for another. */
INLINE void block_squares(const float *x, unsigned count, float *sum)
{
	for (unsigned b = 0; b < count; b++)
		sum[b] = 0;
	for (unsigned i = 0; i < 256; i++) {
#pragma GCC unroll 8
		for (unsigned b = 0; b < count; b++)
			sum[b] += x[256 * b + i] * x[256 * b + i];
	}
}

INLINE vf importance(vf q, vf sigma2, vf x)
{
	return v_mul(q, v_sqrt(v_add(sigma2, v_mul(x, x))));
}

/* Importance of the columns of super-block AT of a tensor whose rows are COLS wide. */
INLINE const float *columns_of(const float *weights, size_t cols, size_t at)
{
	return weights + at % (cols / 256) * 256;
}

#endif
