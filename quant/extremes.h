/* Largest magnitudes, as the quantisers look for them. Finite values leave no choice; what differs is NaN. */
#ifndef ROS_QUANT_EXTREMES_H
#define ROS_QUANT_EXTREMES_H

#include <math.h>
#include <stddef.h>

/* By "larger than the largest so far": NaN never is. */
static inline float ros_max_magnitude(const float *x, size_t n)
{
	float amax = 0;

	for (size_t i = 0; i < n; i++)
		if (fabsf(x[i]) > amax)
			amax = fabsf(x[i]);
	return amax;
}

/* By "the largest so far if larger, else this one" (ggml's MAX, in Q8_0, Q8_1 and the ternary types): the search
 * starts again behind a NaN, and a NaN at the end stays. */
static inline float ros_max_magnitude_restarting(const float *x, size_t n)
{
	float amax = 0;

	for (size_t i = 0; i < n; i++)
		amax = amax > fabsf(x[i]) ? amax : fabsf(x[i]);
	return amax;
}

/* The element of largest magnitude, with its sign: the first of equals, never NaN. */
static inline float ros_signed_max(const float *x, size_t n)
{
	float amax = 0, max = 0;

	for (size_t i = 0; i < n; i++)
		if (fabsf(x[i]) > amax) {
			amax = fabsf(x[i]);
			max = x[i];
		}
	return max;
}

#endif
