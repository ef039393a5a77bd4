/* k_pack.h with 32 bytes at a time, for both instruction sets. L: 256 codes of a super-block. */
#ifndef ROS_QUANT_LANES_PACK_H
#define ROS_QUANT_LANES_PACK_H

#include "formats/bytes.h"

#include <immintrin.h>

static inline __m256i load32(const uint8_t *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline void store32(uint8_t *p, __m256i v)
{
	_mm256_storeu_si256((__m256i *)(void *)p, v);
}

/* The bits of MASK in each byte of P[0..32), moved up by UP (down if negative). Moved bits must
 * stay in their byte. */
static inline __m256i bits32(const uint8_t *p, int mask, int up)
{
	__m256i v = _mm256_and_si256(load32(p), _mm256_set1_epi8((char)mask));

	return up >= 0 ? _mm256_slli_epi16(v, up) : _mm256_srli_epi16(v, -up);
}

static inline __m256i either(__m256i a, __m256i b)
{
	return _mm256_or_si256(a, b);
}

static inline void pack_2bit(const uint8_t *l, uint8_t *qs)
{
	for (unsigned h = 0; h < 2; h++, l += 128, qs += 32)
		store32(qs, either(either(bits32(l, 3, 0), bits32(l + 32, 3, 2)),
			either(bits32(l + 64, 3, 4), bits32(l + 96, 3, 6))));
}

static inline void pack_4bit(const uint8_t *l, uint8_t *qs)
{
	for (unsigned c = 0; c < 4; c++, l += 64, qs += 32)
		store32(qs, either(bits32(l, 15, 0), bits32(l + 32, 15, 4)));
}

/* Bit BIT (2..7) of element 32j + t at bit j of byte t. */
static inline __attribute__((always_inline)) void pack_high(const uint8_t *l, int bit, uint8_t *out)
{
	__m256i v = bits32(l, 1 << bit, -bit);

	for (int j = 1; j < 8; j++)
		v = either(v, bits32(l + 32 * j, 1 << bit, j - bit));
	store32(out, v);
}

static inline void pack_6bit(const uint8_t *l, uint8_t *ql, uint8_t *qh)
{
	for (unsigned h = 0; h < 2; h++, l += 128, ql += 64, qh += 32) {
		store32(ql, either(bits32(l, 15, 0), bits32(l + 64, 15, 4)));
		store32(ql + 32, either(bits32(l + 32, 15, 0), bits32(l + 96, 15, 4)));
		store32(qh, either(either(bits32(l, 48, -4), bits32(l + 32, 48, -2)),
			either(bits32(l + 64, 48, 0), bits32(l + 96, 48, 2))));
	}
}

/* Eight scales and mins of 6 bits in 12 bytes: k_blocks.h. */
static inline void pack_k4_scales(const uint8_t *ls, const uint8_t *lm, uint8_t *out)
{
	uint32_t s0 = ros_le32(ls), s1 = ros_le32(ls + 4), m0 = ros_le32(lm), m1 = ros_le32(lm + 4);

	ros_put_le32(out, s0 | (s1 & 0x30303030) << 2);
	ros_put_le32(out + 4, m0 | (m1 & 0x30303030) << 2);
	ros_put_le32(out + 8, (s1 & 0x0f0f0f0f) | (m1 & 0x0f0f0f0f) << 4);
}

/* Sixteen scales of 6 bits in 12 bytes: k_decode.c, Q3_K. */
static inline void pack_q3_scales(const uint8_t *s, uint8_t *out)
{
	uint32_t a = ros_le32(s), b = ros_le32(s + 4), c = ros_le32(s + 8), d = ros_le32(s + 12);

	ros_put_le32(out, (a & 0x0f0f0f0f) | (c & 0x0f0f0f0f) << 4);
	ros_put_le32(out + 4, (b & 0x0f0f0f0f) | (d & 0x0f0f0f0f) << 4);
	ros_put_le32(out + 8, (a & 0x30303030) >> 4 | (b & 0x30303030) >> 2 | (c & 0x30303030) | (d & 0x30303030) << 2);
}

#endif
