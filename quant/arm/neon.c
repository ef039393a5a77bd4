#include "quant/arm/neon.h"

const struct ros_kernels ros_kernels_neon = {
	.name = "neon",
	.decode = {
		[ROS_F16] = ros_neon_f16_decode,
		[ROS_BF16] = ros_neon_bf16_decode,
		[ROS_Q4_0] = ros_neon_q4_0_decode,
		[ROS_Q8_0] = ros_neon_q8_0_decode,
		[ROS_Q4_K] = ros_neon_q4_k_decode,
	},
	.encode = {
		[ROS_F16] = ros_neon_f16_encode,
		[ROS_BF16] = ros_neon_bf16_encode,
		[ROS_Q8_0] = ros_neon_q8_0_encode,
	},
};
