/* How fast this machine's memory takes floats, in the ways that a decoder could write them. Each function fills
 * FLOATS floats (a multiple of 16) at DST, which stands at the start of a cache line; SRC is read by one of them only. */
#ifndef ROS_BENCH_BANDWIDTH_H
#define ROS_BENCH_BANDWIDTH_H

#include <stddef.h>
#include <stdint.h>

typedef void bandwidth_fn(const uint8_t *src, float *dst, size_t floats, size_t step);

/* memset, which libraries write by string instructions, by ordinary or by streaming stores, depending on size and age. */
bandwidth_fn bandwidth_memset;

/* Ordinary stores of a constant, the compiler's own: each line is read before it is owned. */
bandwidth_fn bandwidth_store;

/* Streaming stores of a constant, 64 or 32 bytes wide. Ordinary stores where the CPU is not x86-64 with AVX2. */
bandwidth_fn bandwidth_stream;

/* The same stores, of what is read: STEP bytes of SRC for each 16 floats, without any arithmetic. For STEP = 32 this
 * reads 2 bytes and writes 4. No decoder of such a type can be faster, however little it computes. SRC: 32 bytes
 * longer than the floats take. */
bandwidth_fn bandwidth_read_write;

#endif
