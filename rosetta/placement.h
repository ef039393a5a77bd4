/* Where the rows of an atom stand in a tensor: the arithmetic of contracts/layout.h, both ways.
 *
 * A tensor is seen as a matrix [rows, cols]: all dimensions but the last flattened; one
 * dimension is one row. A vector's atom is rows x 1, so in a tensor of one dimension it lies transposed. */
#ifndef ROS_ROSETTA_PLACEMENT_H
#define ROS_ROSETTA_PLACEMENT_H

#include "contracts/layout.h"

/* P for a tensor of NDIM dimensions: a vector in one dimension is marked transposed. */
struct ros_placement ros_placement_in(const struct ros_placement *p, unsigned ndim);

/* The tensor row (transposed: column) of atom row I. */
uint64_t ros_placement_row(const struct ros_placement *p, uint64_t i);

/* The atom row at tensor row (transposed: column) R; false where R belongs to another part. */
bool ros_placement_atom_row(const struct ros_placement *p, uint64_t r, uint64_t *i);

/* How many atom rows from I on (at most MAX) lie at consecutive places in both A and B. At least 1. */
uint64_t ros_placement_run(const struct ros_placement *a, const struct ros_placement *b, uint64_t i, uint64_t max);

/* False where P would reach outside T, or its numbers contradict each other: no file may make us read there. */
bool ros_placement_fits(const struct ros_placement *p, const struct ros_tensor *t);

/* Same place: a tensor laid out by A holds the atom as one laid out by B does, values included. */
bool ros_placement_equal(const struct ros_placement *a, const struct ros_placement *b);

#endif
