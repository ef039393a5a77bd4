/* The AVX2 kernels: twins of the reference codecs, bit for bit. One file per subject
 * beside this one; avx2.c is the table that quant/kernels.c dispatches to. */
#ifndef ROS_QUANT_X86_AVX2_H
#define ROS_QUANT_X86_AVX2_H

#include "quant/kernels.h"

extern const struct ros_kernels ros_kernels_avx2;

/* avx2_floats.c, avx2_legacy.c, avx2_k_decode.c */
ros_decode_fn ros_avx2_f16_decode, ros_avx2_bf16_decode, ros_avx2_q8_0_decode, ros_avx2_q4_0_decode;
ros_decode_fn ros_avx2_q2_k_decode, ros_avx2_q3_k_decode, ros_avx2_q4_k_decode, ros_avx2_q5_k_decode, ros_avx2_q6_k_decode;
ros_encode_fn ros_avx2_f16_encode, ros_avx2_bf16_encode, ros_avx2_q8_0_encode, ros_avx2_q4_0_encode;

/* avx2_k_offset.c, avx2_k_signed.c, avx2_iq4.c */
ros_encode_fn ros_avx2_q2_k_encode, ros_avx2_q4_k_encode, ros_avx2_q5_k_encode;
ros_encode_fn ros_avx2_q3_k_encode, ros_avx2_q6_k_encode;
ros_encode_fn ros_avx2_iq4_nl_encode, ros_avx2_iq4_xs_encode;

/* avx2_legacy.c, avx2_offset.c, avx2_levels.c */
ros_decode_fn ros_avx2_q5_0_decode, ros_avx2_q4_1_decode, ros_avx2_q5_1_decode;
ros_encode_fn ros_avx2_q5_0_encode, ros_avx2_q4_1_encode, ros_avx2_q5_1_encode;
ros_decode_fn ros_avx2_iq4_nl_decode, ros_avx2_iq4_xs_decode, ros_avx2_mxfp4_decode;
ros_encode_fn ros_avx2_mxfp4_encode;

/* avx2_iq.c */
ros_encode_fn ros_avx2_iq2_xxs_encode, ros_avx2_iq2_xs_encode, ros_avx2_iq2_s_encode, ros_avx2_iq3_xxs_encode;
ros_encode_fn ros_avx2_iq3_s_encode, ros_avx2_iq1_s_encode, ros_avx2_iq1_m_encode;

/* avx2_nonfinite.c */
ros_scan_fn ros_avx2_f32_first_nonfinite, ros_avx2_f16_first_nonfinite, ros_avx2_bf16_first_nonfinite;
ros_scan_fn ros_avx2_f8_e4m3_first_nonfinite, ros_avx2_f8_e5m2_first_nonfinite;
ros_scan_fn ros_avx2_f8_e8m0_first_nonfinite, ros_avx2_f8_fnuz_first_nonfinite;

/* avx2_run_look.c */
ros_run_look_fn ros_avx2_run_look;

/* Around the caches: avx2_floats.c, avx2_legacy.c, avx2_k_decode.c, avx2_stream.c */
ros_decode_fn ros_avx2_f16_send, ros_avx2_bf16_send, ros_avx2_q8_0_send, ros_avx2_q4_k_send;
ros_stream_fn ros_avx2_stream;
void ros_avx2_stream_end(void);

#endif
