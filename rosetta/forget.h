/* Keeps resident memory bounded: source bytes that a tile has used up leave our address space. */
#ifndef ROS_ROSETTA_FORGET_H
#define ROS_ROSETTA_FORGET_H

#include "rosetta/plan.h"

/* Forgets what rows [ROW, ROW + ROWS) of S were made from, where that is a range of its own; sources that every
 * tile reads (transposed ones) are forgotten with the last tile. Harmless while others still read: they fault the pages in again. */
void ros_forget_rows(const struct ros_step *s, const struct ros_model *src, uint64_t row, uint64_t rows);

/* Forgets LEN bytes at OFFSET of T's payload. */
void ros_forget_payload(const struct ros_tensor *t, const struct ros_model *src, uint64_t offset, uint64_t len);

#endif
