/* F32, F16 and BF16: no blocks, every element alone. */
#include "quant/half.h"
#include "quant/reference.h"

void ros_f32_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	for (size_t i = 0, n = rows * cols; i < n; i++)
		dst[i] = ros_bits_f32(ros_le32(src + 4 * i));
}

void ros_f16_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	for (size_t i = 0, n = rows * cols; i < n; i++)
		dst[i] = ros_get_f16(src + 2 * i);
}

void ros_bf16_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	for (size_t i = 0, n = rows * cols; i < n; i++)
		dst[i] = ros_bf16_to_f32(ros_le16(src + 2 * i));
}

void ros_f32_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	(void)weights;
	for (size_t i = 0, n = rows * cols; i < n; i++)
		ros_put_le32(dst + 4 * i, ros_f32_bits(src[i]));
}

void ros_f16_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	(void)weights;
	for (size_t i = 0, n = rows * cols; i < n; i++)
		ros_put_f16(dst + 2 * i, src[i]);
}

void ros_bf16_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	(void)weights;
	for (size_t i = 0, n = rows * cols; i < n; i++)
		ros_put_le16(dst + 2 * i, ros_f32_to_bf16(src[i]));
}
