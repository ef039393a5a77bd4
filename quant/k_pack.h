/* Codes into blocks: the last step of every K-quant encoder, here for the reference and for
 * the vector kernels alike. One super-block is 256 elements; block layouts: k_decode.c. */
#ifndef ROS_QUANT_K_PACK_H
#define ROS_QUANT_K_PACK_H

#include <stdint.h>

/* 2-bit codes, Q2_K and the low bits of Q3_K: element 128h + 32g + t at bits 2g of byte 32h + t. */
static inline void ros_pack_2bit(const uint8_t *l, uint8_t *qs)
{
	for (unsigned h = 0; h < 2; h++, l += 128, qs += 32)
		for (unsigned t = 0; t < 32; t++)
			qs[t] = (uint8_t)((l[t] & 3) | (l[t + 32] & 3) << 2 | (l[t + 64] & 3) << 4 | (l[t + 96] & 3) << 6);
}

/* Bit 2 of Q3_K's codes: element 32j + t at bit j of byte t. */
static inline void ros_pack_high3(const uint8_t *l, uint8_t *hmask)
{
	for (unsigned t = 0; t < 32; t++) {
		unsigned bits = 0;

		for (unsigned j = 0; j < 8; j++)
			bits |= (unsigned)(l[32 * j + t] >> 2 & 1) << j;
		hmask[t] = (uint8_t)bits;
	}
}

/* Nibbles of Q4_K and Q5_K: elements 64c + t and 64c + 32 + t in byte 32c + t. */
static inline void ros_pack_4bit(const uint8_t *l, uint8_t *qs)
{
	for (unsigned c = 0; c < 4; c++, l += 64, qs += 32)
		for (unsigned t = 0; t < 32; t++)
			qs[t] = (uint8_t)((l[t] & 15) | (l[t + 32] & 15) << 4);
}

/* Bit 4 of Q5_K's codes: element 32j + t at bit j of byte t. */
static inline void ros_pack_high5(const uint8_t *l, uint8_t *qh)
{
	for (unsigned t = 0; t < 32; t++) {
		unsigned bits = 0;

		for (unsigned j = 0; j < 8; j++)
			bits |= (unsigned)(l[32 * j + t] >> 4 & 1) << j;
		qh[t] = (uint8_t)bits;
	}
}

/* Q6_K: per 128 elements 64 bytes of low nibbles and 32 bytes of high pairs. */
static inline void ros_pack_6bit(const uint8_t *l, uint8_t *ql, uint8_t *qh)
{
	for (unsigned h = 0; h < 2; h++, l += 128, ql += 64, qh += 32)
		for (unsigned t = 0; t < 32; t++) {
			ql[t] = (uint8_t)((l[t] & 15) | (l[t + 64] & 15) << 4);
			ql[t + 32] = (uint8_t)((l[t + 32] & 15) | (l[t + 96] & 15) << 4);
			qh[t] = (uint8_t)((l[t] >> 4) | (l[t + 32] >> 4) << 2 | (l[t + 64] >> 4) << 4 | (l[t + 96] >> 4) << 6);
		}
}

/* Q3_K's 16 scales of 6 bits (0..63) in 12 bytes. */
static inline void ros_pack_q3_scales(const uint8_t *s, uint8_t *out)
{
	for (unsigned j = 0; j < 8; j++)
		out[j] = (uint8_t)((s[j] & 15) | (s[j + 8] & 15) << 4);
	for (unsigned j = 0; j < 4; j++)
		out[8 + j] = (uint8_t)(s[j] >> 4 | s[j + 4] >> 4 << 2 | s[j + 8] >> 4 << 4 | s[j + 12] >> 4 << 6);
}

#endif
