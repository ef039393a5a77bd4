/* The grid encoders, each with the searches of one instruction set. The table's reference
 * entries (quant/reference.h) take ros_iq_ref; all give the same bytes. */
#ifndef ROS_QUANT_IQ_ENCODE_H
#define ROS_QUANT_IQ_ENCODE_H

#include "quant/iq_search.h"

#include <stddef.h>

/* As ros_encode_fn of quant/codec.h, with OPS. */
typedef void ros_iq_encode_fn(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights,
	const struct ros_iq_ops *ops);

/* iq2_encode.c, iq3_encode.c, iq1_encode.c. Those that ggml refuses without weights (IQ2_XXS, IQ2_XS,
 * IQ1_S) take x * x then, as their neighbours do. */
ros_iq_encode_fn ros_iq2_xxs_encode_with, ros_iq2_xs_encode_with, ros_iq2_s_encode_with;
ros_iq_encode_fn ros_iq3_xxs_encode_with, ros_iq3_s_encode_with;
ros_iq_encode_fn ros_iq1_s_encode_with, ros_iq1_m_encode_with;

#endif
