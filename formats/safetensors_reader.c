#include "formats/safetensors.h"

#include "formats/bytes.h"
#include "formats/hf_folder.h"
#include "formats/safetensors_header.h"
#include "formats/shards.h"

#include <stdlib.h>
#include <string.h>

/* No magic number exists: a plausible length and a brace where the header starts are all there is. */
int ros_safetensors_bid(struct ros_bytes head, uint64_t file_size)
{
	uint64_t len = head.len >= 8 ? ros_le64(head.ptr) : UINT64_MAX;
	bool brace = head.len > 8 && head.ptr[8] == '{', blank = head.len > 8 && head.ptr[8] && strchr(" \t\r\n", head.ptr[8]);
	bool fits = len && len <= ROS_MAX_SAFETENSORS_HEADER && len <= file_size - 8;

	if (brace)
		return fits ? 90 : 60;
	if (blank)
		return fits ? 80 : 40;
	return fits ? 10 : 0;
}

static int read_lone(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err)
{
	struct ros_tensor_array list = { 0 };
	char *dir;

	ros_safetensors_parse(m, 0, opt && opt->header_only, &list, err);
	if (ros_tensor_array_finish(&list, m, err))
		return err->code;
	dir = strndup(m->parts[0].path.ptr, m->parts[0].path.len - m->parts[0].name.len);
	if (!dir)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for a path");
	ros_hf_folder_side_files(m, *dir ? dir : ".", err);
	free(dir);
	return err->code;
}

int ros_safetensors_read(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err)
{
	bool set;

	m->format = ROS_FORMAT_SAFETENSORS;
	if (ros_shards_read_set_of(m, opt, &set, err) || set)
		return err->code;
	return read_lone(m, opt, err);
}
