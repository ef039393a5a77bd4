/* The encoder's view of a grid (quant/grids.h): which point stands for any tuple of digits.
 *
 * A digit c is the odd number 2c + 1 of a value's magnitude. A tuple that is a point maps to
 * itself; every other one has a list of candidates: the points at the smallest, second smallest ...
 * distance (sum of squared digit differences), whole shells, ordered by distance and then by index.
 * How many shells differs by format. The candidate with the least weighted error is taken, the
 * first of equals. Source: ggml-quants.c, iq2xs_init_impl, iq3xs_init_impl, iq2_find_best_neighbour,
 * iq3_find_best_neighbour, iq1_find_best_neighbour2. */
#ifndef ROS_QUANT_LATTICE_H
#define ROS_QUANT_LATTICE_H

#include "quant/grids.h"

#include <stdbool.h>

enum ros_lattice_id {
	ROS_LATTICE_IQ2_XXS, ROS_LATTICE_IQ2_XS, ROS_LATTICE_IQ2_S,
	ROS_LATTICE_IQ3_XXS, ROS_LATTICE_IQ3_S, ROS_LATTICE_IQ1,
	ROS_LATTICE_COUNT
};

struct ros_lattice {
	const struct ros_grid *grid;
	const int32_t *at;          /* by code: the point's index, or, off the grid, ~start of its list in near */
	const uint16_t *near;       /* lists: a length, then that many codes of points */
};

/* Built at first use, some ten milliseconds; thread-safe; static storage. */
const struct ros_lattice *ros_lattice_get(enum ros_lattice_id id);

/* The code among CODES[0..N) whose point reproduces X best: the least sum, place 0 first, of
 * w * (scale * level[digit] - x)^2; the first of equals; CODES[0] if no sum is below FLT_MAX. DIGITS: 8 (of 2 bits) or
 * 4 (of 3 bits) places. LEVEL: 8 values, of which the first 3 count for 2-bit digits. One function
 * per instruction set, equal results; it may read up to ROS_NEAR_SLACK codes past CODES[N]. */
typedef uint16_t ros_near_fn(const uint16_t *codes, unsigned n, unsigned digits, const float *x, const float *w, float scale,
	const float *level);
#define ROS_NEAR_SLACK 16
ros_near_fn ros_near_ref;

/* Moves the digits L of one point onto the grid if they are off it, choosing the candidate that
 * reproduces X best: weights W, a digit c worth SCALE * LEVEL[c]. True where they were on it. *INDEX, unless
 * NULL, receives the point's index. */
bool ros_lattice_snap(const struct ros_lattice *lat, ros_near_fn *near, const float *x, const float *w, float scale,
	const float *level, int8_t *l, unsigned *index);

/* Index of the point with digits L, which are on the grid. */
unsigned ros_lattice_index(const struct ros_lattice *lat, const int8_t *l);

#endif
