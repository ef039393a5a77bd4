/* The scales of grid types (IQ1, IQ2, IQ3) against the source: the part of a derivation that stands in for their
 * codes, which cannot be judged one by one. See quant/scale_fit.h. */
#ifndef ROS_ROSETTA_DERIVE_SCALES_H
#define ROS_ROSETTA_DERIVE_SCALES_H

#include "rosetta/derive.h"

/* Judges the scales of every tensor of JOB that is within bound, on a sample: of at most four matrices of a stack, up to 2,048 rows in runs
 * of eight, and up to sixteen runs of 256 columns, all evenly spaced. Fills found_scales and makes not_derived what has scales that
 * do not belong to the source. SECOND: only tensors that are held to have passed through F16. */
int ros_derive_scales(struct ros_derive_job *job, bool second, struct ros_error *err);

/* What the source of D may have been rounded by on its way through an F16 file, relative. */
double ros_rounding_through_f16(const struct ros_derived *d);

#endif
