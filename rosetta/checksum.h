/* The checksums that cover a model's payload: what opening, which reads headers only, leaves for later. */
#ifndef ROS_ROSETTA_CHECKSUM_H
#define ROS_ROSETTA_CHECKSUM_H

#include "formats/model.h"
#include "rosetta/rosetta.h"

/* Reads every byte that a checksum of M covers, by RUN's threads (NULL: as many as processors): the footer of an APR file. ROS_EFORMAT
 * where it does not match. Paddings of that file that are not zero become warnings of M. Other formats have no such
 * checksum: nothing is read. */
int ros_checksum_check(struct ros_model *m, const struct ros_run_options *run, struct ros_error *err);

#endif
