#include "config.h"

#include "formats/crc32.h"

#include "formats/bytes.h"
#include "formats/digest.h"

#include <pthread.h>

#define POLYNOMIAL 0xedb88320u   /* 0x04c11db7 reflected */

/* table[k][b]: the CRC of byte b followed by k zero bytes. Filled once, from the polynomial. */
static uint32_t table[16][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void fill_table(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t v = b;

		for (int bit = 0; bit < 8; bit++)
			v = v >> 1 ^ (v & 1 ? POLYNOMIAL : 0);
		table[0][b] = v;
	}
	for (int k = 1; k < 16; k++)
		for (int b = 0; b < 256; b++)
			table[k][b] = table[k - 1][b] >> 8 ^ table[0][table[k - 1][b] & 0xff];
}

static uint32_t word(uint32_t v, int k)
{
	return table[k + 3][v & 0xff] ^ table[k + 2][v >> 8 & 0xff] ^ table[k + 1][v >> 16 & 0xff] ^ table[k][v >> 24];
}

uint32_t ros_crc32_tables(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;

	pthread_once(&table_once, fill_table);
	crc = ~crc;
	for (; len >= 16; len -= 16, p += 16)
		crc = word(crc ^ ros_le32(p), 12) ^ word(ros_le32(p + 4), 8) ^ word(ros_le32(p + 8), 4) ^ word(ros_le32(p + 12), 0);
	for (; len; len--, p++)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return ~crc;
}

bool ros_crc32_has_pclmul(void)
{
#ifdef ROS_BUILD_PCLMUL
	return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
#else
	return false;
#endif
}

bool ros_crc32_has_vpclmul(void)
{
#ifdef ROS_BUILD_VPCLMUL
	return __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("avx512f") && ros_crc32_has_pclmul();
#else
	return false;
#endif
}

/* The part of LEN bytes whose length the fast ways take; 0: none. */
static size_t fast_part(uint32_t *crc, const void *data, size_t len)
{
	size_t whole = len / 16 * 16;

#ifdef ROS_BUILD_VPCLMUL
	if (len >= 256 && ros_crc32_has_vpclmul()) {
		*crc = ros_crc32_vpclmul(*crc, data, whole);
		return whole;
	}
#endif
#ifdef ROS_BUILD_PCLMUL
	if (len >= 64 && ros_crc32_has_pclmul()) {
		*crc = ros_crc32_pclmul(*crc, data, whole);
		return whole;
	}
#endif
	(void)crc, (void)data, (void)whole;
	return 0;
}

uint32_t ros_crc32(uint32_t crc, const void *data, size_t len)
{
	size_t done = fast_part(&crc, data, len);

	return done == len ? crc : ros_crc32_tables(crc, (const uint8_t *)data + done, len - done);
}

/* Product of two polynomials modulo the CRC's, reflected: bit 31 is x^0. */
static uint32_t multiply(uint32_t a, uint32_t b)
{
	uint32_t product = 0;

	for (uint32_t bit = 1u << 31; bit; bit >>= 1) {
		if (a & bit)
			product ^= b;
		b = b >> 1 ^ (b & 1 ? POLYNOMIAL : 0);
	}
	return product;
}

/* LEN zero bytes multiply by x^(8 LEN); the constants of start and end cancel out in a difference. */
uint32_t ros_crc32_shift(uint32_t difference, uint64_t len)
{
	for (uint32_t power = 1u << 23; len; len >>= 1, power = multiply(power, power))   /* x^8, x^16, x^32 ... */
		if (len & 1)
			difference = multiply(power, difference);
	return difference;
}
