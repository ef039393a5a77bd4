/* Little-endian loads and stores by shifts: no alignment, no aliasing, any host. */
#ifndef ROS_FORMATS_BYTES_H
#define ROS_FORMATS_BYTES_H

#include <stdint.h>
#include <string.h>

/* The little-endian number in the two bytes at P. */
static inline uint16_t ros_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/* In four bytes. */
static inline uint32_t ros_le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* In eight bytes. */
static inline uint64_t ros_le64(const uint8_t *p)
{
	return ros_le32(p) | (uint64_t)ros_le32(p + 4) << 32;
}

/* Stores V in the two bytes at P, low byte first. */
static inline void ros_put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

/* In four bytes. */
static inline void ros_put_le32(uint8_t *p, uint32_t v)
{
	ros_put_le16(p, (uint16_t)v);
	ros_put_le16(p + 2, (uint16_t)(v >> 16));
}

/* In eight bytes. */
static inline void ros_put_le64(uint8_t *p, uint64_t v)
{
	ros_put_le32(p, (uint32_t)v);
	ros_put_le32(p + 4, (uint32_t)(v >> 32));
}

/* The float32 with these bits. */
static inline float ros_bits_f32(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof f);
	return f;
}

/* The bits of a float32. */
static inline uint32_t ros_f32_bits(float f)
{
	uint32_t bits;

	memcpy(&bits, &f, sizeof bits);
	return bits;
}

#endif
