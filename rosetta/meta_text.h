/* Metadata values for people and for JSON. */
#ifndef ROS_ROSETTA_META_TEXT_H
#define ROS_ROSETTA_META_TEXT_H

#include "formats/json.h"
#include "formats/meta.h"
#include "rosetta/text.h"

/* One line, escaped; at most MAX elements of an array and 200 bytes of a string are shown. */
void ros_meta_put_text(struct ros_text *t, const struct ros_meta_value *v, size_t max);

/* A number, string, bool, or array; arrays longer than MAX become {"array": TYPE, "count": N, "first": [...]}. */
void ros_meta_put_json(struct ros_json_out *o, struct ros_str key, const struct ros_meta_value *v, size_t max);

#endif
