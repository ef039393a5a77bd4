/* Largest magnitudes, as every quantiser looks for them: strict comparisons from 0, so the first of
 * equals wins and NaN never does. */
#ifndef ROS_QUANT_EXTREMES_H
#define ROS_QUANT_EXTREMES_H

#include <math.h>
#include <stddef.h>

static inline float ros_max_magnitude(const float *x, size_t n)
{
	float amax = 0;

	for (size_t i = 0; i < n; i++)
		if (fabsf(x[i]) > amax)
			amax = fabsf(x[i]);
	return amax;
}

/* The element of largest magnitude, with its sign. */
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
