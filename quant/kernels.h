/* Fast twins of the codecs, chosen once. One file and one const struct per instruction
 * set (quant/x86/avx2_*.c, quant/x86/avx512_*.c, quant/arm/neon_*.c), each compiled with
 * its own flags and nothing else compiled with them. A NULL entry means: use the reference.
 * Every entry equals its reference bit for bit; tests/kernels loops over all that this CPU has. */
#ifndef ROS_QUANT_KERNELS_H
#define ROS_QUANT_KERNELS_H

#include "quant/codec.h"
#include "quant/run_look.h"

/* Index of the first NaN or Inf among N stored elements of a plain float type, N where all are finite. */
typedef size_t ros_scan_fn(const uint8_t *src, size_t n);

/* Copies N floats, whole lines, to DST at the start of a line (64 bytes, ROS_STREAM_LINE floats) with stores that go around
 * the caches; SRC stands at the start of a line too. Others see them in order only after the set's stream_end. */
#define ROS_STREAM_LINE 16
typedef void ros_stream_fn(float *dst, const float *src, size_t n);

struct ros_kernels {
	const char *name;                         /* "ref", "avx2", "avx512", "neon" */
	ros_decode_fn *decode[ROS_DTYPE_COUNT];
	ros_encode_fn *encode[ROS_DTYPE_COUNT];
	ros_scan_fn *first_nonfinite[ROS_DTYPE_COUNT];   /* F32, F16, BF16, F8_*; NULL for all other types */
	ros_run_look_fn *run_look;
	/* Around the caches; ros_decode_to_memory (quant/to_memory.h) calls these. NULL where the set has no such stores. */
	ros_decode_fn *send[ROS_DTYPE_COUNT];     /* decode of whole blocks and lines to the start of a line; NULL: piecewise, by stream */
	ros_stream_fn *stream;
	void (*stream_end)(void);
};

/* The sets built into this library that this CPU can run, reference first; *COUNT of them.
 * Static storage. */
const struct ros_kernels *const *ros_kernels_available(size_t *count);

/* The best available set, or the one that the environment variable ROSETTA_KERNELS names
 * (ref, avx2, avx512, neon); NULL if that names one this CPU or build lacks. Thread-safe;
 * every entry of the returned set that can exist is filled (reference where no twin exists). */
const struct ros_kernels *ros_kernels_best(void);

#endif
