/* What rosetta.json, carried along by every conversion, tells about the files a model first came from. */
#ifndef ROS_ROSETTA_PROVENANCE_H
#define ROS_ROSETTA_PROVENANCE_H

#include "contracts/hub.h"

/* The type that tensor NAME (Hugging Face name) had in the SafeTensors origin; false when not told. */
bool ros_provenance_dtype(const struct ros_hub *hub, struct ros_str name, enum ros_dtype *type);

/* The origin had an output matrix of its own although it repeats the embedding. */
bool ros_provenance_output_present(const struct ros_hub *hub);

#endif
