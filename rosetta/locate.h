/* From a step's destination back to the bytes it came from. */
#ifndef ROS_ROSETTA_LOCATE_H
#define ROS_ROSETTA_LOCATE_H

#include "rosetta/plan.h"

/* The source tensor that holds the value which S puts at ELEMENT of its destination, and *AT, which element of the source it is.
 * NULL where S is made of nothing, or ELEMENT is beyond its end. */
const struct ros_tensor *ros_step_source(const struct ros_step *s, uint64_t element, uint64_t *at);

#endif
