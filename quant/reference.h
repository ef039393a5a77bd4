/* The reference codecs, one function per type and direction; quant/codec.h says what they
 * do, each file what its blocks look like. Reached through ros_codecs[]. */
#ifndef ROS_QUANT_REFERENCE_H
#define ROS_QUANT_REFERENCE_H

#include "quant/codec.h"

/* floats.c */
ros_decode_fn ros_f32_decode, ros_f16_decode, ros_bf16_decode;
ros_encode_fn ros_f32_encode, ros_f16_encode, ros_bf16_encode;

/* small_floats.c */
ros_decode_fn ros_f8_e4m3_decode, ros_f8_e5m2_decode, ros_f8_e4m3fnuz_decode, ros_f8_e5m2fnuz_decode, ros_f8_e8m0_decode;
ros_decode_fn ros_f6_e2m3_decode, ros_f6_e3m2_decode, ros_f4_decode;
ros_encode_fn ros_f8_e4m3_encode, ros_f8_e5m2_encode, ros_f8_e4m3fnuz_encode, ros_f8_e5m2fnuz_encode, ros_f8_e8m0_encode;
ros_encode_fn ros_f6_e2m3_encode, ros_f6_e3m2_encode, ros_f4_encode;

/* legacy.c */
ros_decode_fn ros_q4_0_decode, ros_q4_1_decode, ros_q5_0_decode, ros_q5_1_decode, ros_q8_0_decode, ros_q8_1_decode;
ros_encode_fn ros_q4_0_encode, ros_q4_1_encode, ros_q5_0_encode, ros_q5_1_encode, ros_q8_0_encode, ros_q8_1_encode;

/* k_decode.c */
ros_decode_fn ros_q2_k_decode, ros_q3_k_decode, ros_q4_k_decode, ros_q5_k_decode, ros_q6_k_decode, ros_q8_k_decode;

/* k_encode_offset.c, k_encode_signed.c, iq4_encode.c */
ros_encode_fn ros_q2_k_encode, ros_q4_k_encode, ros_q5_k_encode;
ros_encode_fn ros_q3_k_encode, ros_q6_k_encode, ros_q8_k_encode;
ros_encode_fn ros_iq4_nl_encode, ros_iq4_xs_encode;

/* iq_decode.c */
ros_decode_fn ros_iq2_xxs_decode, ros_iq2_xs_decode, ros_iq2_s_decode, ros_iq3_xxs_decode, ros_iq3_s_decode;
ros_decode_fn ros_iq1_s_decode, ros_iq1_m_decode, ros_iq4_nl_decode, ros_iq4_xs_decode;

/* ternary.c, fp4.c */
ros_decode_fn ros_q1_0_decode, ros_q2_0_decode, ros_tq1_0_decode, ros_tq2_0_decode, ros_mxfp4_decode, ros_nvfp4_decode;
ros_encode_fn ros_q1_0_encode, ros_q2_0_encode, ros_tq1_0_encode, ros_tq2_0_encode, ros_mxfp4_encode, ros_nvfp4_encode;

/* apr_native.c */
ros_decode_fn ros_apr_q4_decode, ros_apr_q8_decode;
ros_encode_fn ros_apr_q4_encode, ros_apr_q8_encode;

/* iq_encode.c */
ros_encode_fn ros_iq2_xxs_encode, ros_iq2_xs_encode, ros_iq2_s_encode, ros_iq3_xxs_encode, ros_iq3_s_encode;
ros_encode_fn ros_iq1_s_encode, ros_iq1_m_encode;

#endif
