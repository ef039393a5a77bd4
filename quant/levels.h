/* The two tables of 16 levels that 4-bit codes index.
 * Source: ggml-common.h, kvalues_iq4nl and kvalues_fp4. */
#ifndef ROS_QUANT_LEVELS_H
#define ROS_QUANT_LEVELS_H

#include <stdint.h>

/* IQ4_NL, IQ4_XS: finer near zero. */
static const int8_t ros_levels_iq4[16] = { -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113 };

/* MXFP4, NVFP4: the E2M1 values doubled, so that they are whole; sign in bit 3, and no negative zero. */
static const int8_t ros_levels_fp4[16] = { 0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12 };

#endif
