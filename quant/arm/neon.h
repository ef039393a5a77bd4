/* The NEON kernels: twins of the reference codecs, bit for bit. One file per subject
 * beside this one; neon.c is the table that quant/kernels.c dispatches to. */
#ifndef ROS_QUANT_ARM_NEON_H
#define ROS_QUANT_ARM_NEON_H

#include "quant/kernels.h"

extern const struct ros_kernels ros_kernels_neon;

#endif
