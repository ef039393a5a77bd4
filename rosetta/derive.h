/* The deriver sink: do the codes of a quantized model follow from the values that a plan makes of its
 * source? One pass over both files; each tile's source rows are made as float32 in the quantized model's layout,
 * its stored rows are decoded, and quant/consistent.h judges. Re-encoding, where it is asked for, is done on
 * the same tile. */
#ifndef ROS_ROSETTA_DERIVE_H
#define ROS_ROSETTA_DERIVE_H

#include "quant/consistent.h"
#include "quant/scale_fit.h"
#include "rosetta/rosetta.h"
#include "rosetta/tile.h"

enum ros_descent {
	ROS_DERIVED_IDENTICAL,          /* the same values as the source */
	ROS_DERIVED_REPRODUCED,         /* our encoder gives the same bytes */
	ROS_DERIVED_CONSISTENT,         /* every code is the nearest to its source weight under the file's scales */
	ROS_DERIVED_WITHIN_BOUND,       /* grid types: rows fit, and so do scales where ros_scales_say more than SILENT; single codes cannot be judged */
	ROS_NOT_DERIVED,
	ROS_DESCENT_COUNT
};

/* "identical", "reproduced", "consistent", "within_bound", "not_derived". Static storage. */
const char *ros_descent_name(enum ros_descent d);

struct ros_derived {
	const struct ros_step *step;            /* makes the source in the tensor's place; NULL: no source */
	const struct ros_tensor *stored;        /* the quantized model's tensor */
	const float *weights;                   /* imatrix, for re-encoding; NULL */
	/* filled: */
	enum ros_descent status;
	struct ros_consistency found;           /* quantized types */
	struct ros_scale_findings scales;       /* grid types, of a sample: see rosetta/derive_scales.h */
	bool encoded;                           /* re-encoding was done */
	uint64_t units, equal_units;            /* blocks (elements of plain types) re-encoded, and equal in bytes */
	uint64_t rivals;                        /* blocks that differ, and fit their source as well as ours do */
	uint64_t first_unequal;                 /* block or element that differs otherwise, ROS_NONE */
	uint64_t rounded;                       /* plain types: elements whose value is not the source's */
	bool through_f16;                       /* holds only if a float32 source was rounded to F16 on its way */
	const char *why;                        /* of not derived; static */
};

/* Within bound, and no more: not even its scales could be judged. */
bool ros_descent_is_weak(const struct ros_derived *d);

struct ros_derive_job {
	struct ros_derived *tensors;
	size_t count;
	const struct ros_model *source, *quantized;
	bool reproduce;                         /* re-encode all that can be */
	const struct ros_run_options *run;
	const struct ros_kernels *kernels;
	struct ros_arena *arena;
};

/* Fills every tensor. */
int ros_derive_run(struct ros_derive_job *job, struct ros_error *err);

#endif
