#include "quant/nonfinite.h"

#include "formats/bytes.h"

const struct ros_nonfinite ros_nonfinites[ROS_DTYPE_COUNT] = {
	[ROS_F32] = ROS_NONFINITE_F32,
	[ROS_F16] = ROS_NONFINITE_F16,
	[ROS_BF16] = ROS_NONFINITE_BF16,
	[ROS_F8_E4M3] = ROS_NONFINITE_E4M3,
	[ROS_F8_E5M2] = ROS_NONFINITE_E5M2,
	[ROS_F8_E8M0] = ROS_NONFINITE_E8M0,
	[ROS_F8_E4M3FNUZ] = ROS_NONFINITE_FNUZ,
	[ROS_F8_E5M2FNUZ] = ROS_NONFINITE_FNUZ,
};

size_t ros_pattern_first_nonfinite(const struct ros_nonfinite *p, const uint8_t *src, size_t n)
{
	size_t i = 0;

	if (p->width == 4)
		while (i < n && (ros_le32(src + 4 * i) & p->mask) != p->want)
			i++;
	else if (p->width == 2)
		while (i < n && (ros_le16(src + 2 * i) & p->mask) != p->want)
			i++;
	else
		while (i < n && (src[i] & p->mask) != p->want)
			i++;
	return i;
}

#define NONFINITE(name, ...) \
	size_t ros_##name##_first_nonfinite(const uint8_t *src, size_t n) \
	{ \
		static const struct ros_nonfinite p = __VA_ARGS__; \
		return ros_pattern_first_nonfinite(&p, src, n); \
	}

NONFINITE(f32, ROS_NONFINITE_F32)
NONFINITE(f16, ROS_NONFINITE_F16)
NONFINITE(bf16, ROS_NONFINITE_BF16)
NONFINITE(f8_e4m3, ROS_NONFINITE_E4M3)
NONFINITE(f8_e5m2, ROS_NONFINITE_E5M2)
NONFINITE(f8_e8m0, ROS_NONFINITE_E8M0)
NONFINITE(f8_fnuz, ROS_NONFINITE_FNUZ)
