/* Q8_0, Q4_0 and Q4_K (layouts: quant/legacy.c, quant/k_decode.c), 16 codes at a time. */
#include "quant/arm/neon.h"
#include "quant/blocks.h"
#include "quant/half.h"
#include "quant/k_blocks.h"
#include "quant/reference.h"

#include <arm_neon.h>

/* y[i] = scale * q[i] - min; 16 signed bytes. */
static inline void put16(float *y, int8x16_t q, float scale, float min)
{
	const int16x8_t half[2] = { vmovl_s8(vget_low_s8(q)), vmovl_s8(vget_high_s8(q)) };
	const float32x4_t s = vdupq_n_f32(scale), m = vdupq_n_f32(min);

	for (unsigned i = 0; i < 2; i++) {
		float32x4_t a = vcvtq_f32_s32(vmovl_s16(vget_low_s16(half[i]))), b = vcvtq_f32_s32(vmovl_s16(vget_high_s16(half[i])));

		vst1q_f32(y + 8 * i, vsubq_f32(vmulq_f32(s, a), m));
		vst1q_f32(y + 8 * i + 4, vsubq_f32(vmulq_f32(s, b), m));
	}
}

static inline void q8_0_decode(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);

	put16(y, vreinterpretq_s8_u8(vld1q_u8(b + 2)), d, 0);
	put16(y + 16, vreinterpretq_s8_u8(vld1q_u8(b + 18)), d, 0);
}

static inline int8x16_t low_nibbles(uint8x16_t q)
{
	return vreinterpretq_s8_u8(vandq_u8(q, vdupq_n_u8(15)));
}

static inline int8x16_t high_nibbles(uint8x16_t q)
{
	return vreinterpretq_s8_u8(vshrq_n_u8(q, 4));
}

static inline void q4_0_decode(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b);
	const uint8x16_t q = vld1q_u8(b + 2);

	put16(y, vsubq_s8(low_nibbles(q), vdupq_n_s8(8)), d, 0);
	put16(y + 16, vsubq_s8(high_nibbles(q), vdupq_n_s8(8)), d, 0);
}

static inline void q4_k_block(const uint8_t *b, float *y)
{
	const float d = ros_get_f16(b), dmin = ros_get_f16(b + 2);

	for (unsigned c = 0; c < 4; c++) {
		const uint8x16_t q0 = vld1q_u8(b + 16 + 32 * c), q1 = vld1q_u8(b + 32 + 32 * c);
		uint8_t sc, mn;

		ros_k4_unpack(b + 4, 2 * c, &sc, &mn);
		put16(y + 64 * c, low_nibbles(q0), d * sc, dmin * mn);
		put16(y + 64 * c + 16, low_nibbles(q1), d * sc, dmin * mn);
		ros_k4_unpack(b + 4, 2 * c + 1, &sc, &mn);
		put16(y + 64 * c + 32, high_nibbles(q0), d * sc, dmin * mn);
		put16(y + 64 * c + 48, high_nibbles(q1), d * sc, dmin * mn);
	}
}

/* Blocks with values that are not finite are left to the reference, whose comparisons and casts
 * mean something else there. Rounding half away from zero is an instruction here. */
static inline void q8_0_encode(const float *x, uint8_t *b, const float *w)
{
	float32x4_t amax = vdupq_n_f32(0);

	(void)w;
	for (unsigned i = 0; i < 32; i += 4)
		amax = vmaxq_f32(amax, vabsq_f32(vld1q_f32(x + i)));   /* NaN wins here */
	const float d = vmaxvq_f32(amax) / 127, id = d != 0 ? 1 / d : 0;

	if (!(id <= 0x1p127f) || !(d <= 0x1p127f)) {
		ros_q8_0_encode(x, b, 1, 32, NULL);
		return;
	}
	ros_put_f16(b, d);
	for (unsigned i = 0; i < 32; i += 8) {
		int32x4_t p = vcvtaq_s32_f32(vmulq_n_f32(vld1q_f32(x + i), id)), q = vcvtaq_s32_f32(vmulq_n_f32(vld1q_f32(x + i + 4), id));

		vst1_s8((int8_t *)(b + 2 + i), vmovn_s16(vcombine_s16(vmovn_s32(p), vmovn_s32(q))));
	}
}

void ros_neon_q8_0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 34, q8_0_decode);
}

void ros_neon_q4_0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 32, 18, q4_0_decode);
}

void ros_neon_q4_k_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	ros_decode_blocks(src, dst, rows, cols, 256, 144, q4_k_block);
}

void ros_neon_q8_0_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	ros_encode_blocks(src, dst, rows, cols, weights, 32, 34, q8_0_encode);
}
