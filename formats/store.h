/* Stores a model as it is: its own tensors, types and metadata in the layout of a format, payload bytes
 * copied unchanged. Tests and fixtures use it, and a rewrite that changes nothing; conversions
 * go through a plan instead. */
#ifndef ROS_FORMATS_STORE_H
#define ROS_FORMATS_STORE_H

#include "formats/format.h"

/* Writes M, whose tensors all carry data of the size that their type and shape give, as FORMAT to PATH (its
 * shards beside it where OPT asks for several). Every file appears whole or not at all, one after the other. OPT NULL:
 * one file, nothing replaced. ROS_EUSAGE where a tensor's bytes are not there or not as many
 * as the layout has room for; ROS_EUNSUPPORTED where FORMAT cannot say the model. */
int ros_model_store(const struct ros_model *m, enum ros_format_id format, const char *path,
		    const struct ros_write_options *opt, struct ros_error *err);

#endif
