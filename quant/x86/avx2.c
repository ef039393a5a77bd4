#include "quant/x86/avx2.h"

const struct ros_kernels ros_kernels_avx2 = {
	.name = "avx2",
	.decode = {
		[ROS_F32] = NULL,
	},
	.encode = {
		[ROS_F32] = NULL,
	},
};
