#include "quant/codec.h"

#include "quant/reference.h"

/* The importance column: what an importance matrix does to the encoder. */
#define NONE  .uses_weights = false
#define USES  .uses_weights = true
#define NEEDS .uses_weights = true, .needs_weights = true

const struct ros_codec ros_codecs[ROS_DTYPE_COUNT] = {
	/*                     decode                 encode                 importance */
	[ROS_F32]         = { ros_f32_decode,         ros_f32_encode,        NONE },
	[ROS_F16]         = { ros_f16_decode,         ros_f16_encode,        NONE },
	[ROS_BF16]        = { ros_bf16_decode,        ros_bf16_encode,       NONE },
	[ROS_F8_E4M3]     = { ros_f8_e4m3_decode,     ros_f8_e4m3_encode,    NONE },
	[ROS_F8_E5M2]     = { ros_f8_e5m2_decode,     ros_f8_e5m2_encode,    NONE },
	[ROS_F8_E8M0]     = { ros_f8_e8m0_decode,     ros_f8_e8m0_encode,    NONE },
	[ROS_F8_E4M3FNUZ] = { ros_f8_e4m3fnuz_decode, ros_f8_e4m3fnuz_encode, NONE },
	[ROS_F8_E5M2FNUZ] = { ros_f8_e5m2fnuz_decode, ros_f8_e5m2fnuz_encode, NONE },
	[ROS_F4]          = { ros_f4_decode,          ros_f4_encode,         NONE },
	[ROS_F6_E2M3]     = { ros_f6_e2m3_decode,     ros_f6_e2m3_encode,    NONE },
	[ROS_F6_E3M2]     = { ros_f6_e3m2_decode,     ros_f6_e3m2_encode,    NONE },

	[ROS_Q4_0]        = { ros_q4_0_decode,        ros_q4_0_encode,       USES },
	[ROS_Q4_1]        = { ros_q4_1_decode,        ros_q4_1_encode,       USES },
	[ROS_Q5_0]        = { ros_q5_0_decode,        ros_q5_0_encode,       USES },
	[ROS_Q5_1]        = { ros_q5_1_decode,        ros_q5_1_encode,       USES },
	[ROS_Q8_0]        = { ros_q8_0_decode,        ros_q8_0_encode,       NONE },
	[ROS_Q8_1]        = { ros_q8_1_decode,        ros_q8_1_encode,       NONE },

	[ROS_Q2_K]        = { ros_q2_k_decode,        ros_q2_k_encode,      USES },
	[ROS_Q3_K]        = { ros_q3_k_decode,        ros_q3_k_encode,      USES },
	[ROS_Q4_K]        = { ros_q4_k_decode,        ros_q4_k_encode,      USES },
	[ROS_Q5_K]        = { ros_q5_k_decode,        ros_q5_k_encode,      USES },
	[ROS_Q6_K]        = { ros_q6_k_decode,        ros_q6_k_encode,      USES },
	[ROS_IQ4_NL]      = { ros_iq4_nl_decode,      ros_iq4_nl_encode,    USES },
	[ROS_IQ4_XS]      = { ros_iq4_xs_decode,      ros_iq4_xs_encode,    USES },
	[ROS_Q8_K]        = { ros_q8_k_decode,        ros_q8_k_encode,      NONE },

	[ROS_IQ2_XXS]     = { ros_iq2_xxs_decode,     ros_iq2_xxs_encode,   NEEDS },
	[ROS_IQ2_XS]      = { ros_iq2_xs_decode,      ros_iq2_xs_encode,    NEEDS },
	[ROS_IQ2_S]       = { ros_iq2_s_decode,       ros_iq2_s_encode,     USES },
	[ROS_IQ3_XXS]     = { ros_iq3_xxs_decode,     ros_iq3_xxs_encode,   USES },
	[ROS_IQ3_S]       = { ros_iq3_s_decode,       ros_iq3_s_encode,     USES },
	[ROS_IQ1_S]       = { ros_iq1_s_decode,       ros_iq1_s_encode,     NEEDS },
	[ROS_IQ1_M]       = { ros_iq1_m_decode,       ros_iq1_m_encode,     USES },

	[ROS_TQ1_0]       = { ros_tq1_0_decode,       ros_tq1_0_encode,      NONE },
	[ROS_TQ2_0]       = { ros_tq2_0_decode,       ros_tq2_0_encode,      NONE },
	[ROS_MXFP4]       = { ros_mxfp4_decode,       ros_mxfp4_encode,      NONE },
	[ROS_NVFP4]       = { ros_nvfp4_decode,       ros_nvfp4_encode,      NONE },
	[ROS_Q1_0]        = { ros_q1_0_decode,        ros_q1_0_encode,       NONE },
	[ROS_Q2_0]        = { ros_q2_0_decode,        ros_q2_0_encode,       NONE },

	[ROS_APR_Q4]      = { ros_apr_q4_decode,      ros_apr_q4_encode,     NONE },
	[ROS_APR_Q8]      = { ros_apr_q8_decode,      ros_apr_q8_encode,     NONE, .whole_tensor = true },
};

size_t ros_row_bytes(enum ros_dtype type, size_t cols)
{
	const struct ros_dtype_info *row = &ros_dtypes[type];
	size_t blocks = cols / row->block_len + (cols % row->block_len != 0);

	if (row->sizing == ROS_SIZE_APR_Q8)
		return cols ? cols + 4 : 0;
	return blocks * row->block_bytes;
}
