/* F16 and BF16 in steps of 4 and 8 elements; what is left goes through the scalar forms, which agree. */
#include "quant/arm/neon.h"
#include "quant/half.h"

#include <arm_neon.h>

static inline uint16x4_t load_halves(const uint8_t *p)
{
	return vreinterpret_u16_u8(vld1_u8(p));
}

void ros_neon_f16_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	size_t i = 0, n = rows * cols;

	for (; i + 4 <= n; i += 4)
		vst1q_f32(dst + i, vcvt_f32_f16(vreinterpret_f16_u16(load_halves(src + 2 * i))));
	for (; i < n; i++)
		dst[i] = ros_get_f16(src + 2 * i);
}

void ros_neon_bf16_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	size_t i = 0, n = rows * cols;

	for (; i + 4 <= n; i += 4)
		vst1q_f32(dst + i, vreinterpretq_f32_u32(vshll_n_u16(load_halves(src + 2 * i), 16)));
	for (; i < n; i++)
		dst[i] = ros_bf16_to_f32(ros_le16(src + 2 * i));
}

/* All ones where X is NaN. */
static inline uint32x4_t is_nan(float32x4_t x)
{
	return vmvnq_u32(vceqq_f32(x, x));
}

/* The instruction would keep a NaN's payload; the reference gives sign | 0x7e00, which is what
 * a NaN of payload 0x400000 becomes. */
static inline float16x4_t narrow_f16(float32x4_t x)
{
	uint32x4_t bits = vreinterpretq_u32_f32(x), sign = vandq_u32(bits, vdupq_n_u32(0x80000000));

	bits = vbslq_u32(is_nan(x), vorrq_u32(sign, vdupq_n_u32(0x7fc00000)), bits);
	return vcvt_f16_f32(vreinterpretq_f32_u32(bits));
}

void ros_neon_f16_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	size_t i = 0, n = rows * cols;

	(void)weights;
	for (; i + 4 <= n; i += 4)
		vst1_u8(dst + 2 * i, vreinterpret_u8_f16(narrow_f16(vld1q_f32(src + i))));
	for (; i < n; i++)
		ros_put_f16(dst + 2 * i, src[i]);
}

void ros_neon_bf16_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	size_t i = 0, n = rows * cols;

	(void)weights;
	for (; i + 4 <= n; i += 4) {
		float32x4_t x = vld1q_f32(src + i);
		uint32x4_t bits = vreinterpretq_u32_f32(x), upper = vshrq_n_u32(bits, 16);
		uint32x4_t rounded = vaddq_u32(vaddq_u32(bits, vdupq_n_u32(0x7fff)), vandq_u32(upper, vdupq_n_u32(1)));

		rounded = vbslq_u32(is_nan(x), vorrq_u32(upper, vdupq_n_u32(0x40)), vshrq_n_u32(rounded, 16));
		vst1_u8(dst + 2 * i, vreinterpret_u8_u16(vmovn_u32(rounded)));
	}
	for (; i < n; i++)
		ros_put_le16(dst + 2 * i, ros_f32_to_bf16(src[i]));
}
