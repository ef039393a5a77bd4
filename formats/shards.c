#include "formats/shards.h"

int ros_shards_read_index(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err)
{
	(void)m, (void)opt;
	return ros_fail(err, ROS_EUNSUPPORTED, ROS_NO_OFFSET, "sharded sets are not read yet");
}
