/* APR version 2. */
#ifndef ROS_FORMATS_APR_H
#define ROS_FORMATS_APR_H

#include "formats/format.h"

/* The rows of the registry; formats/format.h says what each does. */
int ros_apr_bid(struct ros_bytes head, uint64_t file_size);
int ros_apr_read(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err);
int ros_apr_lay_out(const struct ros_model *m, const struct ros_write_options *opt, struct ros_output *out,
		    struct ros_error *err);

#endif
