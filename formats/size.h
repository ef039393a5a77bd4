/* Checked size arithmetic: every product or sum that a file can influence goes through here. */
#ifndef ROS_FORMATS_SIZE_H
#define ROS_FORMATS_SIZE_H

#include <stdbool.h>
#include <stdint.h>

/* Each returns false, leaving *OUT alone, where the exact result does not fit 64 bits. A + B. */
static inline bool ros_add_u64(uint64_t a, uint64_t b, uint64_t *out)
{
	uint64_t r;

	if (__builtin_add_overflow(a, b, &r))
		return false;
	*out = r;
	return true;
}

/* A * B. */
static inline bool ros_mul_u64(uint64_t a, uint64_t b, uint64_t *out)
{
	uint64_t r;

	if (__builtin_mul_overflow(a, b, &r))
		return false;
	*out = r;
	return true;
}

/* Rounds N up to a multiple of ALIGN (not 0; any value, not only powers of two). */
static inline bool ros_align_u64(uint64_t n, uint64_t align, uint64_t *out)
{
	uint64_t rest = n % align;

	return ros_add_u64(n, rest ? align - rest : 0, out);
}

/* The larger of two. */
static inline uint64_t ros_larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The smaller of two. */
static inline uint64_t ros_smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

#endif
