#include "quant/x86/avx512.h"

const struct ros_kernels ros_kernels_avx512 = {
	.name = "avx512",
	.decode = {
		[ROS_F32] = NULL,
	},
	.encode = {
		[ROS_F32] = NULL,
	},
};
