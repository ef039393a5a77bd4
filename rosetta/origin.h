/* The origin's digests inside what is written: rosetta.json is laid out with placeholders of the right length, the files
 * are hashed while tensors are converted, and the digests are written over the placeholders at the end. */
#ifndef ROS_ROSETTA_ORIGIN_H
#define ROS_ROSETTA_ORIGIN_H

#include "formats/writer.h"
#include "rosetta/convert.h"

/* Adds rosetta.json to the hub when the model changes its format for the first time, or SafeTensors are made of SafeTensors and
 * differ in more than order; its digests are placeholders then. */
int ros_origin_prepare(struct ros_conversion *c, struct ros_error *err);

/* Starts hashing, if placeholders were laid out. */
int ros_origin_start(struct ros_conversion *c, struct ros_error *err);

/* Waits for the digests and writes them: into the headers of FILES (and a footer's checksum), into side files in memory. */
int ros_origin_finish(struct ros_conversion *c, struct ros_writer *files, struct ros_error *err);

/* Gives up hashing that is still under way. */
void ros_origin_release(struct ros_conversion *c);

#endif
