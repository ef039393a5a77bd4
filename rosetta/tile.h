/* Tiles: any range of a step's destination rows, made alone, by any thread, from the mapped
 * source. Rows as in rosetta/placement.h: a tensor of one dimension is one row. Where that would be a tile as large as a file
 * cares to make it, and elements need not stay together, ros_step_narrow gives the step's tiles shorter rows; the last of
 * them may then be shorter still. */
#ifndef ROS_ROSETTA_TILE_H
#define ROS_ROSETTA_TILE_H

#include "quant/kernels.h"
#include "rosetta/plan.h"

#define ROS_NONE UINT64_MAX

/* What was seen while making a tile. Element numbers count through the whole destination tensor. */
struct ros_tile_notes {
	uint64_t nonfinite;     /* first element that is NaN or Inf, ROS_NONE when all are finite */
	uint64_t overflow;      /* first finite element that the narrower type made NaN or Inf (of a block: its first), ROS_NONE */
	uint64_t lossy;         /* elements that a value map (w + 1) does not give back */
	uint64_t rounded;       /* elements that a narrower plain float type changed */
	/* where the step is measured, of decode(encode(w)) against w: */
	uint64_t measured;      /* elements */
	double error2, value2;  /* sums of (w' - w)^2 and w^2 */
	float largest_error;    /* |w' - w| */
};

#define ROS_TILE_NOTES_INIT { ROS_NONE, ROS_NONE, 0, 0, 0, 0, 0, 0 }

/* Gives the tiles of S (of both A and B, B may be NULL, or of none) rows of a fixed width where its own are longer and it takes its
 * source as it stands. Whoever asks for it counts rows by ros_tile_all and elements by ros_tile_elements. */
void ros_step_narrow(struct ros_step *a, struct ros_step *b);

/* All rows of S's tiles, and the elements of ROWS of them from ROW on; those before them number ros_tile_elements(s, 0, ROW). */
uint64_t ros_tile_all(const struct ros_step *s);
uint64_t ros_tile_elements(const struct ros_step *s, uint64_t row, uint64_t rows);

/* Rows of one tile of S when a tile shall have about ELEMENTS elements: at least one row, whole blocks where a type's
 * blocks cross rows, all rows where a type's scale spans the tensor. */
uint64_t ros_tile_rows(const struct ros_step *s, uint64_t elements);
/* Bytes of ROWS rows from ROW on in the destination's stored form, and where they begin in its payload. */
uint64_t ros_tile_bytes(const struct ros_step *s, uint64_t row, uint64_t rows);
uint64_t ros_tile_offset(const struct ros_step *s, uint64_t row);
/* Bytes of scratch that making ROWS rows needs, in either form. */
size_t ros_tile_scratch(const struct ros_step *s, uint64_t rows);

/* Stored bytes of rows [ROW, ROW + ROWS) into OUT. Not for COPY steps that need no tile (it works, by a copy).
 * SCRATCH is 64-byte aligned. NOTES are added to (start from ROS_TILE_NOTES_INIT); NULL: nothing is looked for. */
void ros_tile_make(const struct ros_step *s, const struct ros_kernels *k, uint64_t row, uint64_t rows, uint8_t *out,
		   void *scratch, struct ros_tile_notes *notes);

/* The same rows as float32, before any encoding: what the destination would hold if it were F32. For types of class
 * FLOAT only. */
void ros_tile_values(const struct ros_step *s, const struct ros_kernels *k, uint64_t row, uint64_t rows, float *out,
		     void *scratch, struct ros_tile_notes *notes);

/* True when S's type is a float: it has values. */
bool ros_step_is_float(const struct ros_step *s);

/* The tensor whose stored elements are, in their order and but for their type, those of S; NULL where S is made of nothing,
 * takes its sources apart or maps their values. */
const struct ros_tensor *ros_step_whole(const struct ros_step *s);

#endif
