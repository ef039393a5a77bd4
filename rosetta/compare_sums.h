/* Differences of two stretches of float32, summed in one fixed order: eight lanes, then lane by lane. */
#ifndef ROS_ROSETTA_COMPARE_SUMS_H
#define ROS_ROSETTA_COMPARE_SUMS_H

#include <stddef.h>
#include <stdint.h>

struct ros_difference {
	uint64_t different;             /* bits differ; two NaN are equal */
	uint64_t unequal_nan;           /* NaN on one side only */
	uint64_t first;                 /* index of the first that differs, UINT64_MAX when none does */
	double max_abs, sum_abs, sum_sq;
	double dot, norm_a, norm_b;     /* for the cosine */
};

/* Compares A[n] with B[n]. Elements that are NaN or infinite on either side count, and stay out of the sums. */
void ros_difference_of(const float *a, const float *b, size_t n, struct ros_difference *d);

/* Adds PART, which begins at element BASE of the whole, to SUM. */
void ros_difference_add(struct ros_difference *sum, const struct ros_difference *part, uint64_t base);

#endif
