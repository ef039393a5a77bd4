/* What --preserve promises is checked against what is laid out, not taken for granted. */
#ifndef ROS_ROSETTA_PRESERVE_H
#define ROS_ROSETTA_PRESERVE_H

#include "rosetta/convert.h"

/* Names in V, as notes, each way in which what C has laid out is not its source byte for byte; nothing without --preserve. Looks at
 * headers and at what lies between tensors, never at payload: that is copied or named as converted elsewhere. */
void ros_conversion_note_unpreserved(const struct ros_conversion *c, struct ros_verdict *v);

#endif
