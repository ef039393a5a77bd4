#include "quant/arm/neon.h"

const struct ros_kernels ros_kernels_neon = {
	.name = "neon",
	.decode = {
		[ROS_F32] = NULL,
	},
	.encode = {
		[ROS_F32] = NULL,
	},
};
