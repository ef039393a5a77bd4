#include "contracts/hub.h"

#include <string.h>

const struct ros_side_file *ros_hub_file(const struct ros_hub *hub, const char *name)
{
	for (size_t i = 0; i < hub->file_count; i++)
		if (ros_str_equal(hub->files[i].name, ros_str_of(name)))
			return &hub->files[i];
	return NULL;
}

int ros_hub_add_file(struct ros_hub *hub, struct ros_str name, struct ros_bytes data, struct ros_error *err)
{
	struct ros_side_file *files;
	size_t at = 0;

	while (at < hub->file_count && ros_str_compare(hub->files[at].name, name) < 0)
		at++;
	if (at < hub->file_count && ros_str_equal(hub->files[at].name, name)) {
		hub->files[at].data = data;
		return 0;
	}
	files = ros_arena_alloc(hub->arena, hub->file_count + 1, sizeof *files, err);
	if (!files)
		return err->code;
	if (at)
		memcpy(files, hub->files, at * sizeof *files);
	files[at] = (struct ros_side_file){ name, data };
	if (at < hub->file_count)
		memcpy(files + at + 1, hub->files + at, (hub->file_count - at) * sizeof *files);
	hub->files = files;
	hub->file_count++;
	return 0;
}

bool ros_hub_is_derived(const struct ros_hub *hub)
{
	return ros_hub_file(hub, ROS_HUB_GGUF) || ros_hub_file(hub, ROS_HUB_APR);
}
