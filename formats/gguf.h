/* GGUF versions 2 and 3, little endian. */
#ifndef ROS_FORMATS_GGUF_H
#define ROS_FORMATS_GGUF_H

#include "formats/format.h"

/* The rows of the registry; formats/format.h says what each does. */
int ros_gguf_bid(struct ros_bytes head, uint64_t file_size);
int ros_gguf_read(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err);
int ros_gguf_lay_out(const struct ros_model *m, const struct ros_write_options *opt, struct ros_output *out,
		     struct ros_error *err);

#endif
