/* Moves the pieces of a step into a tile, in one of two forms: stored bytes that are not looked
 * at, or float32. Everything about rows and columns is here; nothing about types but their size. */
#ifndef ROS_ROSETTA_GATHER_H
#define ROS_ROSETTA_GATHER_H

#include "quant/kernels.h"
#include "rosetta/plan.h"

struct ros_gather {
	const struct ros_step *step;
	const struct ros_kernels *kernels;
	bool values;            /* float32 instead of stored bytes */
	uint64_t row, rows;     /* the tile */
	uint8_t *out;
	float *scratch;         /* ROS_GATHER_SCRATCH floats */
	uint64_t *lossy;        /* counts what value maps do not give back; NULL: not counted */
};

/* Lines that are transposed together: one cache line of float32. */
#define ROS_GATHER_LINES 16
#define ROS_GATHER_SPAN 256     /* elements of each taken at a time */
#define ROS_GATHER_SCRATCH (1024 + ROS_GATHER_LINES * ROS_GATHER_SPAN * 2)   /* floats; elements have up to 8 bytes */

/* Fills the rows of OUT that the struct asks for; no allocation, any thread. */
void ros_gather(const struct ros_gather *g);

/* The destination's value of a stored V: source's map undone, destination's done, in float32. */
float ros_map_value(float v, enum ros_value_map from, enum ros_value_map to);

#endif
