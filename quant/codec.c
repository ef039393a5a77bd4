#include "quant/codec.h"

#include "quant/reference.h"

/* The importance column: what an importance matrix does to the encoder. */
#define NONE  .uses_weights = false
#define USES  .uses_weights = true
#define NEEDS .uses_weights = true, .needs_weights = true

const struct ros_codec ros_codecs[ROS_DTYPE_COUNT] = {
	/*                     decode                  encode                importance */
	[ROS_F32]         = { ros_f32_decode,         ros_f32_encode,       NONE },
	[ROS_F16]         = { ros_f16_decode,         ros_f16_encode,       NONE },
	[ROS_BF16]        = { ros_bf16_decode,        ros_bf16_encode,      NONE },

	[ROS_Q2_K]        = { ros_q2_k_decode,        ros_q2_k_encode,      USES },
	[ROS_Q3_K]        = { ros_q3_k_decode,        ros_q3_k_encode,      USES },
	[ROS_Q4_K]        = { ros_q4_k_decode,        ros_q4_k_encode,      USES },
	[ROS_Q5_K]        = { ros_q5_k_decode,        ros_q5_k_encode,      USES },
	[ROS_Q6_K]        = { ros_q6_k_decode,        ros_q6_k_encode,      USES },
	[ROS_IQ4_NL]      = { ros_iq4_nl_decode,      ros_iq4_nl_encode,    USES },
	[ROS_IQ4_XS]      = { ros_iq4_xs_decode,      ros_iq4_xs_encode,    USES },
	[ROS_Q8_K]        = { ros_q8_k_decode,        ros_q8_k_encode,      NONE },

	[ROS_IQ2_XXS]     = { ros_iq2_xxs_decode,     NULL,                 NEEDS },
	[ROS_IQ2_XS]      = { ros_iq2_xs_decode,      NULL,                 NEEDS },
	[ROS_IQ2_S]       = { ros_iq2_s_decode,       NULL,                 USES },
	[ROS_IQ3_XXS]     = { ros_iq3_xxs_decode,     NULL,                 USES },
	[ROS_IQ3_S]       = { ros_iq3_s_decode,       NULL,                 USES },
	[ROS_IQ1_S]       = { ros_iq1_s_decode,       NULL,                 NEEDS },
	[ROS_IQ1_M]       = { ros_iq1_m_decode,       NULL,                 USES },
};

size_t ros_row_bytes(enum ros_dtype type, size_t cols)
{
	const struct ros_dtype_info *row = &ros_dtypes[type];
	size_t blocks = cols / row->block_len + (cols % row->block_len != 0);

	if (row->sizing == ROS_SIZE_APR_Q8)
		return cols ? cols + 4 : 0;
	return blocks * row->block_bytes;
}
