/* The ways to compute CRC-32/IEEE, for crc32.c and its test; callers use ros_crc32 (formats/digest.h). */
#ifndef ROS_FORMATS_CRC32_H
#define ROS_FORMATS_CRC32_H

#include "formats/types.h"

/* Sixteen bytes a step through tables, any CPU: the reference. CRC runs as in ros_crc32. */
uint32_t ros_crc32_tables(uint32_t crc, const void *data, size_t len);

/* Carry-less multiplication, 64 bytes a step; LEN a multiple of 16 and at least 64. x86-64 with PCLMULQDQ and
 * SSE4.1 only (formats/x86/). */
uint32_t ros_crc32_pclmul(uint32_t crc, const void *data, size_t len);

/* The same, 256 bytes a step; LEN a multiple of 16 and at least 256. With VPCLMULQDQ and AVX-512 (F) only. */
uint32_t ros_crc32_vpclmul(uint32_t crc, const void *data, size_t len);

/* True where this build has ros_crc32_pclmul and this CPU can run it. */
bool ros_crc32_has_pclmul(void);
/* The same for ros_crc32_vpclmul. */
bool ros_crc32_has_vpclmul(void);

#endif
