/* Float to integer as the reference quantisers do it on x86-64, in defined C. */
#ifndef ROS_QUANT_ROUND_H
#define ROS_QUANT_ROUND_H

#include "formats/bytes.h"

/* Truncation; NaN and what does not fit give INT32_MIN, as cvttss2si does (a C cast would be
 * undefined). Narrow the result through uint8_t where the reference casts to a byte. */
static inline int32_t ros_trunc_i32(float f)
{
	return f >= -2147483648.0f && f < 2147483648.0f ? (int32_t)f : INT32_MIN;
}

#endif
