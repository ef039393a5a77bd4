/* Streaming stores and loads that miss share the first-level cache's few line buffers, and the hardware's own prefetch
 * stops at the end of a page: asking for the stored bytes some lines before they are decoded made F16 a tenth
 * faster, Q8_0 and Q4_K more. */
#ifndef ROS_QUANT_X86_AHEAD_H
#define ROS_QUANT_X86_AHEAD_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define ROS_X86_AHEAD 2048   /* bytes; 1 to 8 KiB measured alike */

/* For the BYTES at P, which are decoded now: asks for as many, further on. A hint; past the end it does nothing. */
static inline __attribute__((always_inline)) void ros_x86_ask_ahead(const uint8_t *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 64)
		_mm_prefetch((const char *)p + ROS_X86_AHEAD + i, _MM_HINT_T0);
}

#endif
