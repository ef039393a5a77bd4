/* The scale byte of MXFP4, which the reference and the kernels share. */
#ifndef ROS_QUANT_FP4_H
#define ROS_QUANT_FP4_H

#include "formats/bytes.h"

/* Half of what E8M0 says, since the levels are doubled: 2^(e - 128); the two smallest are subnormal. */
static inline float ros_e8m0_half(uint8_t e)
{
	return ros_bits_f32(e < 2 ? 0x00200000u << e : (uint32_t)(e - 1) << 23);
}

/* The byte for a block of largest magnitude AMAX: floor(log2f(amax)) - 2 + 127, kept to 8 bits as the reference
 * does: it wraps below 2^-125. 0 for 0 and infinity. log2f, rounded to float, reaches k for some floats just
 * below 2^k; rounding the double logarithm gives the same floor for every float, on every CPU. */
uint8_t ros_mxfp4_exponent(float amax);

#endif
