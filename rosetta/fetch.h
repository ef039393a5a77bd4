/* Any range of a tensor's elements as float32, whatever its type and however its blocks fall. */
#ifndef ROS_ROSETTA_FETCH_H
#define ROS_ROSETTA_FETCH_H

#include "formats/model.h"
#include "quant/kernels.h"

/* Floats of scratch that ros_fetch needs beside its output. */
#define ROS_FETCH_SCRATCH 1024

/* Elements [FIRST, FIRST + N) of T, in stored order, to OUT[N]. T's type decodes (ros_codecs), and the range lies inside T.
 * SCRATCH: ROS_FETCH_SCRATCH floats. */
void ros_fetch(const struct ros_kernels *k, const struct ros_tensor *t, uint64_t first, size_t n, float *out, float *scratch);

/* Index of the first NaN or Inf among N floats, or N. */
size_t ros_first_nonfinite_f32(const float *v, size_t n);

/* Index of the first NaN or Inf among N stored elements of a plain float type (F64 and C64 among them) from P on, N where all are
 * finite. Types that are not plain floats have none. */
size_t ros_first_nonfinite(const struct ros_kernels *k, enum ros_dtype type, const uint8_t *p, size_t n);

/* LEN bytes at P are whole blocks of T's payload from OFFSET on: the number in T of the first element that is NaN or infinite, or
 * of the first whose block has such a scale; UINT64_MAX where there is none. */
uint64_t ros_first_nonfinite_stored(const struct ros_kernels *k, const struct ros_tensor *t, uint64_t offset, const uint8_t *p, size_t len);

#endif
