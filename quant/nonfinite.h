/* Where a stored plain float is not finite: the bits under MASK all equal WANT. One row per type, shared
 * by the reference and by the kernels. */
#ifndef ROS_QUANT_NONFINITE_H
#define ROS_QUANT_NONFINITE_H

#include "quant/kernels.h"

struct ros_nonfinite {
	uint8_t width;         /* bytes of an element; 0: no such type, or one that has neither NaN nor infinity */
	uint32_t mask, want;
};

/* The patterns by type; constants that a kernel's scan can be compiled against. */
#define ROS_NONFINITE_F32      { 4, 0x7f800000, 0x7f800000 }
#define ROS_NONFINITE_F16      { 2, 0x7c00, 0x7c00 }
#define ROS_NONFINITE_BF16     { 2, 0x7f80, 0x7f80 }
#define ROS_NONFINITE_E4M3     { 1, 0x7f, 0x7f }
#define ROS_NONFINITE_E5M2     { 1, 0x7c, 0x7c }
#define ROS_NONFINITE_E8M0     { 1, 0xff, 0xff }
#define ROS_NONFINITE_FNUZ     { 1, 0xff, 0x80 }

extern const struct ros_nonfinite ros_nonfinites[ROS_DTYPE_COUNT];

/* The reference scans, one per pattern. */
ros_scan_fn ros_f32_first_nonfinite, ros_f16_first_nonfinite, ros_bf16_first_nonfinite;
ros_scan_fn ros_f8_e4m3_first_nonfinite, ros_f8_e5m2_first_nonfinite, ros_f8_e8m0_first_nonfinite, ros_f8_fnuz_first_nonfinite;

/* Index of the first of N elements at SRC under pattern P, N where there is none. */
size_t ros_pattern_first_nonfinite(const struct ros_nonfinite *p, const uint8_t *src, size_t n);

#endif
