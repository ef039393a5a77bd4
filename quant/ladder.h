/* What values a stored block can express: for each run of elements that share a scale, the
 * ladder of values its codes stand for. This is what a derivation check looks at: given the
 * file's own scales, is every code the one nearest to the source weight?
 *
 * Layer: quant. Reads scales only; the codes are read by the decoders. */
#ifndef ROS_QUANT_LADDER_H
#define ROS_QUANT_LADDER_H

#include "formats/dtype.h"

#define ROS_MAX_LADDERS 16      /* Q2_K, Q3_K, Q6_K: sixteen runs of sixteen */

enum ros_ladder_kind {
	ROS_LADDER_EVEN,        /* lo, lo + step ... hi */
	ROS_LADDER_LEVELS,      /* levels[0..15] * unit */
	ROS_LADDER_LATTICE,     /* points of a lattice in 4 or 8 dimensions: codes are not one per element */
};

struct ros_ladder {
	enum ros_ladder_kind kind;
	uint16_t first, count;  /* elements of the block it covers */
	float lo, hi;           /* least and largest value, lo <= hi */
	float step;             /* even: distance of neighbours, >= 0; others: the widest gap */
	float unit;
	const int8_t *levels;
	/* The encoder chose codes under the scale before it was rounded to 16 bits, so a value
	 * this far past the midpoint between two rungs may still have gone to the farther one. */
	float slack;
	float coarse;           /* how far the scale's own coding can move step: 0 where each run has its own 16-bit scale */
};

/* The ladders of one block of TYPE, in element order; returns how many, 0 for types without
 * blocks. Scales that are NaN or infinite give ladders with NaN bounds, which fit nothing. */
unsigned ros_block_ladders(enum ros_dtype type, const uint8_t *block, struct ros_ladder *out);

#endif
