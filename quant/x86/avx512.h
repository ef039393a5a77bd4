/* The AVX-512 kernels (F, BW, VL, DQ): twins of the reference codecs, bit for bit. One file per subject
 * beside this one; avx512.c is the table that quant/kernels.c dispatches to. */
#ifndef ROS_QUANT_X86_AVX512_H
#define ROS_QUANT_X86_AVX512_H

#include "quant/kernels.h"

extern const struct ros_kernels ros_kernels_avx512;

/* avx512_floats.c, avx512_legacy.c, avx512_k_decode.c */
ros_decode_fn ros_avx512_f16_decode, ros_avx512_bf16_decode, ros_avx512_q8_0_decode, ros_avx512_q4_0_decode;
ros_decode_fn ros_avx512_q2_k_decode, ros_avx512_q3_k_decode, ros_avx512_q4_k_decode, ros_avx512_q5_k_decode, ros_avx512_q6_k_decode;
ros_encode_fn ros_avx512_f16_encode, ros_avx512_bf16_encode, ros_avx512_q8_0_encode, ros_avx512_q4_0_encode;

/* avx512_k_offset.c, avx512_k_signed.c, avx512_iq4.c */
ros_encode_fn ros_avx512_q2_k_encode, ros_avx512_q4_k_encode, ros_avx512_q5_k_encode;
ros_encode_fn ros_avx512_q3_k_encode, ros_avx512_q6_k_encode;
ros_encode_fn ros_avx512_iq4_nl_encode, ros_avx512_iq4_xs_encode;

/* avx512_nonfinite.c */
ros_scan_fn ros_avx512_f32_first_nonfinite, ros_avx512_f16_first_nonfinite, ros_avx512_bf16_first_nonfinite;
ros_scan_fn ros_avx512_f8_e4m3_first_nonfinite, ros_avx512_f8_e5m2_first_nonfinite;
ros_scan_fn ros_avx512_f8_e8m0_first_nonfinite, ros_avx512_f8_fnuz_first_nonfinite;

/* Around the caches: avx512_floats.c, avx512_legacy.c, avx512_k_decode.c, avx512_stream.c */
ros_decode_fn ros_avx512_f16_send, ros_avx512_bf16_send, ros_avx512_q8_0_send, ros_avx512_q4_k_send;
ros_stream_fn ros_avx512_stream;
void ros_avx512_stream_end(void);

#endif
