/* The 6-bit scales that Q4_K and Q5_K share: 8 sub-blocks, a scale and a min each, in 12 bytes.
 *
 *   byte j      (j < 4):  bits 0-5 scale j       bits 6-7 high bits of scale j+4
 *   byte 4 + j  (j < 4):  bits 0-5 min j         bits 6-7 high bits of min j+4
 *   byte 8 + j  (j < 4):  low nibble of scale j+4 | low nibble of min j+4 << 4
 *
 * Source: ggml-quants.c, get_scale_min_k4. */
#ifndef ROS_QUANT_K_BLOCKS_H
#define ROS_QUANT_K_BLOCKS_H

#include <stdint.h>

/* The 6-bit scale and min of sub-block J (below 8) of S, the 12 bytes pictured above. */
static inline void ros_k4_unpack(const uint8_t *s, unsigned j, uint8_t *scale, uint8_t *min)
{
	if (j < 4) {
		*scale = s[j] & 63;
		*min = s[j + 4] & 63;
	} else {
		*scale = (uint8_t)((s[j + 4] & 15) | (s[j - 4] >> 6) << 4);
		*min = (uint8_t)((s[j + 4] >> 4) | (s[j] >> 6) << 4);
	}
}

/* Sets sub-block J; S starts as 12 zero bytes and SCALE, MIN are below 64. */
static inline void ros_k4_pack(uint8_t *s, unsigned j, uint8_t scale, uint8_t min)
{
	if (j < 4) {
		s[j] |= scale;
		s[j + 4] |= min;
	} else {
		s[j + 4] = (uint8_t)((scale & 15) | min << 4);
		s[j - 4] |= (uint8_t)(scale >> 4 << 6);
		s[j] |= (uint8_t)(min >> 4 << 6);
	}
}

#endif
