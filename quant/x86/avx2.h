/* The AVX2 kernels: twins of the reference codecs, bit for bit. One file per subject
 * beside this one; avx2.c is the table that quant/kernels.c dispatches to. */
#ifndef ROS_QUANT_X86_AVX2_H
#define ROS_QUANT_X86_AVX2_H

#include "quant/kernels.h"

extern const struct ros_kernels ros_kernels_avx2;

#endif
