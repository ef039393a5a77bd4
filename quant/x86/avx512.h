/* The AVX512 kernels: twins of the reference codecs, bit for bit. One file per subject
 * beside this one; avx512.c is the table that quant/kernels.c dispatches to. */
#ifndef ROS_QUANT_X86_AVX512_H
#define ROS_QUANT_X86_AVX512_H

#include "quant/kernels.h"

extern const struct ros_kernels ros_kernels_avx512;

#endif
