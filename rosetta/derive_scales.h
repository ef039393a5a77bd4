/* The scales of grid types (IQ1, IQ2, IQ3) against the source: the part of a derivation that stands in for their
 * codes, which cannot be judged one by one; and those of Q4_0, Q4_1, Q5_0 and Q5_1 made with an importance matrix, whose codes
 * are excused where their own scale does not give them. See quant/scale_fit.h. */
#ifndef ROS_ROSETTA_DERIVE_SCALES_H
#define ROS_ROSETTA_DERIVE_SCALES_H

#include "rosetta/derive.h"

/* Judges the scales of such tensors of JOB that are within bound or consistent, on a sample: of at most four matrices of a stack, up to 2,048 rows
 * in runs of eight, and up to sixteen blocks side by side, all evenly spaced. Fills scales and makes not_derived what has scales that
 * do not belong to the source. SECOND: only tensors that are held to have passed through F16. */
int ros_derive_scales(struct ros_derive_job *job, bool second, struct ros_error *err);

/* What the source of D may have been rounded by, relative: 0, or SECOND: by what it lost on its way through an F16 file. */
double ros_source_rounding(const struct ros_derived *d, bool second);

#endif
