/* F16 scales of blocks through F16C; what the x86 kernels share. NaN never reaches ros_x86_put_f16. */
#ifndef ROS_QUANT_X86_SCALE_H
#define ROS_QUANT_X86_SCALE_H

#include "formats/bytes.h"

#include <immintrin.h>

static inline float ros_x86_get_f16(const uint8_t *p)
{
	return _cvtsh_ss(ros_le16(p));
}

static inline void ros_x86_put_f16(uint8_t *p, float f)
{
	ros_put_le16(p, _cvtss_sh(f, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

#endif
