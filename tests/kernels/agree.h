/* A kernel against its reference, and both against digests that were taken when the output had been
 * compared with ggml's, byte by byte. Free of any test library, so that it also runs where only a C
 * compiler and an emulator are at hand (neon.sh). */
#ifndef ROS_TESTS_AGREE_H
#define ROS_TESTS_AGREE_H

#include "quant/kernels.h"

#define AGREE_TEXT 256

/* Random bits, corner cases, odd sizes and ragged rows; equal bytes wanted and nothing written past the
 * end. False: TEXT[AGREE_TEXT] names the first difference. The entry of K must not be NULL. */
bool agree_decode(const struct ros_kernels *k, enum ros_dtype t, char *text);
bool agree_encode(const struct ros_kernels *k, enum ros_dtype t, char *text);
bool agree_scan(const struct ros_kernels *k, enum ros_dtype t, char *text);

/* Digests of what K makes of seeded, finite input and of seeded blocks (every NaN counted as the same). */
uint64_t agree_digest_encode(const struct ros_kernels *k, enum ros_dtype t, bool weighted);
uint64_t agree_digest_decode(const struct ros_kernels *k, enum ros_dtype t);

/* What they must be; 0 where the type has no such codec. */
struct agree_digests { uint64_t encode, weighted, decode; };
extern const struct agree_digests agree_digests[ROS_DTYPE_COUNT];

/* All of the above for every type of K, K not being the reference in the first three; failures go to
 * stdout. Returns their number, and in *DONE how many comparisons were made. */
unsigned agree_all(const struct ros_kernels *k, unsigned *done);

#endif
