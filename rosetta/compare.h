/* The comparer sink: two plans side by side, tile by tile.
 *
 * First bytes: what is equal byte for byte needs no arithmetic. Only tensors that differ are
 * gone through again as float32 numbers, with sums in one fixed order, so that the figures do
 * not depend on the number of threads. */
#ifndef ROS_ROSETTA_COMPARE_H
#define ROS_ROSETTA_COMPARE_H

#include "rosetta/rosetta.h"
#include "rosetta/tile.h"

enum ros_status {
	ROS_IDENTICAL,          /* the same bytes */
	ROS_EQUAL,              /* other type, the same values */
	ROS_ROUNDED,            /* what the conversion gives, bit for bit, but the conversion itself lost something */
	ROS_WITHIN_TOLERANCE,
	ROS_DIFFERENT,
	ROS_MISSING,            /* in A, not in B */
	ROS_EXTRA,              /* in B, not in A */
	ROS_STATUS_COUNT
};

/* "identical", "equal", "rounded", "within_tolerance", "different", "missing", "extra". Static storage. */
const char *ros_status_name(enum ros_status status);
/* True for those that are as good as equal. */
bool ros_status_passes(enum ros_status status);

struct ros_pair {
	struct ros_step *a, *b;         /* NULL on one side: missing or extra; their tiles may get rows of another width */
	/* filled: */
	enum ros_status status;
	const char *why;                /* "shape", "type", "values"; static */
	uint64_t elements, different;   /* float types: values that differ; others: elements that do */
	const struct ros_tensor *stored;        /* B's tensor that holds the first value that differs; NULL: none, or made of nothing */
	uint64_t first_offset;          /* of that value's first byte (or block) in STORED's payload; ROS_NONE */
	uint64_t first_element;         /* counted in b->dst */
	uint64_t overflow;              /* first element that is finite in A, and that B's type made Inf or NaN; ROS_NONE */
	double max_abs, mean_abs, rmse, cosine;
	uint64_t lossy, rounded;        /* values that the conversion A -> B cannot give back */
	uint64_t unequal_nan;           /* NaN on one side only */
};

struct ros_compare {
	struct ros_pair *pairs;
	size_t count;
	const struct ros_model *a, *b;  /* whose mappings the steps read */
	double tolerance;               /* largest |a - b| that passes */
	const struct ros_run_options *run;
	const struct ros_kernels *kernels;
	struct ros_arena *arena;
};

/* Fills every pair that has both sides. */
int ros_compare_run(struct ros_compare *c, struct ros_error *err);

#endif
