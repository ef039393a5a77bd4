/* The two 16-bit floats, in integer arithmetic: the same bits on every CPU.
 *
 *   binary16   s eeeee mmmmmmmmmm          bias 15
 *   bfloat16   s eeeeeeee mmmmmmm          the upper half of a float32
 *   float32    s eeeeeeee mmmmmmmmmmmmmmmmmmmmmmm   bias 127
 *
 * Rounding is to nearest, ties to even; values past the range become infinity,
 * subnormals are kept. NaNs: widening keeps the payload, and sets the quiet bit for F16
 * (as F16C does), not for BF16 (a plain shift); narrowing gives sign | 0x7e00 for F16 and the upper half with the
 * quiet bit set for BF16 (as ggml's ggml_fp32_to_fp16 / ggml_fp32_to_bf16 do). */
#ifndef ROS_QUANT_HALF_H
#define ROS_QUANT_HALF_H

#include "formats/bytes.h"

/* Exact. */
static inline float ros_f16_to_f32(uint16_t h)
{
	uint32_t sign = (uint32_t)(h & 0x8000) << 16, e = h >> 10 & 31, m = h & 0x3ff;

	if (e == 31)
		return ros_bits_f32(sign | 0x7f800000 | m << 13 | (m ? 0x400000 : 0));
	if (e == 0)                                        /* zero or m * 2^-24, exact */
		return ros_bits_f32(sign | ros_f32_bits((float)m * 0x1p-24f));
	return ros_bits_f32(sign | (e + 112) << 23 | m << 13);
}

/* Rounded as said above. */
static inline uint16_t ros_f32_to_f16(float f)
{
	uint32_t bits = ros_f32_bits(f), sign = bits >> 16 & 0x8000, a = bits & 0x7fffffff;

	if (a > 0x7f800000)
		return (uint16_t)(sign | 0x7e00);
	if (a >= 0x477ff000)                               /* 65520 and up round to infinity */
		return (uint16_t)(sign | 0x7c00);
	if (a < 0x38800000)                                /* below 2^-14: one unit of 0.5f is 2^-24 */
		return (uint16_t)(sign | (ros_f32_bits(ros_bits_f32(a) + 0.5f) - 0x3f000000));
	return (uint16_t)(sign | (a - (112u << 23) + 0xfff + (a >> 13 & 1)) >> 13);
}

/* Exact. */
static inline float ros_bf16_to_f32(uint16_t h)
{
	return ros_bits_f32((uint32_t)h << 16);
}

/* Rounded as said above. */
static inline uint16_t ros_f32_to_bf16(float f)
{
	uint32_t bits = ros_f32_bits(f);

	if ((bits & 0x7fffffff) > 0x7f800000)
		return (uint16_t)(bits >> 16 | 0x40);
	return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* The most by which rounding to F16 moves a value that becomes D: half the distance of neighbours there. */
static inline float ros_f16_rounding(float d)
{
	uint32_t e = ros_f32_bits(d) >> 23 & 255;

	return ros_bits_f32((e < 113 ? 102 : e - 11) << 23);     /* 2^(e - 127 - 11); subnormals are 2^-24 apart */
}

/* Scales inside blocks are little-endian F16. */
static inline float ros_get_f16(const uint8_t *p)
{
	return ros_f16_to_f32(ros_le16(p));
}

/* Stores F rounded to F16 at P. */
static inline void ros_put_f16(uint8_t *p, float f)
{
	ros_put_le16(p, ros_f32_to_f16(f));
}

#endif
