#include "formats/hf_folder.h"

int ros_hf_folder_read(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err)
{
	(void)m, (void)opt;
	return ros_fail(err, ROS_EUNSUPPORTED, ROS_NO_OFFSET, "folders are not read yet");
}
