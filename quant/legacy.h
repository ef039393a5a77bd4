/* What the plain and the weighted encoders of the first block formats share. */
#ifndef ROS_QUANT_LEGACY_H
#define ROS_QUANT_LEGACY_H

#include "quant/codec.h"

/* 32 codes to 16 bytes, element j low and j + 16 high in byte j. Bits above the low nibble of the first
 * 16 codes spill into their byte, as in the reference (only blocks that are not finite have any). */
void ros_put_nibbles(const uint8_t q[static 32], uint8_t *qs);

/* The same for 5-bit codes: the fifth bits go to QH, 4 bytes. */
void ros_put_five_bits(const uint8_t q[static 32], uint8_t *qh, uint8_t *qs);

/* With an importance matrix (WEIGHTS is not NULL); legacy_weighted.c. */
ros_encode_fn ros_q4_0_encode_weighted, ros_q4_1_encode_weighted, ros_q5_0_encode_weighted, ros_q5_1_encode_weighted;

#endif
