/* The NEON kernels (aarch64): twins of the reference codecs, bit for bit. One file per subject
 * beside this one; neon.c is the table that quant/kernels.c dispatches to. */
#ifndef ROS_QUANT_ARM_NEON_H
#define ROS_QUANT_ARM_NEON_H

#include "quant/kernels.h"

extern const struct ros_kernels ros_kernels_neon;

/* neon_floats.c, neon_blocks.c */
ros_decode_fn ros_neon_f16_decode, ros_neon_bf16_decode, ros_neon_q8_0_decode, ros_neon_q4_0_decode, ros_neon_q4_k_decode;
ros_encode_fn ros_neon_f16_encode, ros_neon_bf16_encode, ros_neon_q8_0_encode;

#endif
