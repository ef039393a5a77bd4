/* The second witness: cJSON, the parser that many a loader uses, reads the document too, and what
 * the two read differently is refused. A configuration that two programs understand differently
 * is how a checked model and a loaded model come apart. */
#ifndef ROS_FORMATS_JSON_WITNESS_H
#define ROS_FORMATS_JSON_WITNESS_H

#include "formats/json.h"

/* Documents above this are not read twice: vocabularies and indexes carry no settings. */
#define ROS_JSON_WITNESS_MAX (256u << 10)

/* Compares what cJSON makes of TEXT with OURS, shape, keys, strings and numbers (as doubles: cJSON has
 * no others). ROS_EFORMAT with the offset where they part; ROS_ENOMEM. Documents above the size above and those with
 * a number of 63 characters or more (over cJSON's buffer) pass unread. */
int ros_json_witness(struct ros_str text, const struct ros_json *ours, struct ros_error *err);

#endif
