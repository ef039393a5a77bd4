#include "quant/x86/avx512.h"

const struct ros_kernels ros_kernels_avx512 = {
	.name = "avx512",
	.decode = {
		[ROS_F16] = ros_avx512_f16_decode,
		[ROS_BF16] = ros_avx512_bf16_decode,
		[ROS_Q4_0] = ros_avx512_q4_0_decode,
		[ROS_Q8_0] = ros_avx512_q8_0_decode,
		[ROS_Q2_K] = ros_avx512_q2_k_decode,
		[ROS_Q3_K] = ros_avx512_q3_k_decode,
		[ROS_Q4_K] = ros_avx512_q4_k_decode,
		[ROS_Q5_K] = ros_avx512_q5_k_decode,
		[ROS_Q6_K] = ros_avx512_q6_k_decode,
	},
	.encode = {
		[ROS_F16] = ros_avx512_f16_encode,
		[ROS_BF16] = ros_avx512_bf16_encode,
		[ROS_Q4_0] = ros_avx512_q4_0_encode,
		[ROS_Q8_0] = ros_avx512_q8_0_encode,
		[ROS_Q2_K] = ros_avx512_q2_k_encode,
		[ROS_Q3_K] = ros_avx512_q3_k_encode,
		[ROS_Q4_K] = ros_avx512_q4_k_encode,
		[ROS_Q5_K] = ros_avx512_q5_k_encode,
		[ROS_Q6_K] = ros_avx512_q6_k_encode,
		[ROS_IQ4_NL] = ros_avx512_iq4_nl_encode,
		[ROS_IQ4_XS] = ros_avx512_iq4_xs_encode,
	},
	.first_nonfinite = {
		[ROS_F32] = ros_avx512_f32_first_nonfinite,
		[ROS_F16] = ros_avx512_f16_first_nonfinite,
		[ROS_BF16] = ros_avx512_bf16_first_nonfinite,
		[ROS_F8_E4M3] = ros_avx512_f8_e4m3_first_nonfinite,
		[ROS_F8_E5M2] = ros_avx512_f8_e5m2_first_nonfinite,
		[ROS_F8_E8M0] = ros_avx512_f8_e8m0_first_nonfinite,
		[ROS_F8_E4M3FNUZ] = ros_avx512_f8_fnuz_first_nonfinite,
		[ROS_F8_E5M2FNUZ] = ros_avx512_f8_fnuz_first_nonfinite,
	},
};
