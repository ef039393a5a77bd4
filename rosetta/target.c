/* Where a conversion goes, and that it is not where it comes from. */
#include "rosetta/convert.h"

#include <string.h>
#include <sys/stat.h>

static bool has_suffix(const char *path, const char *suffix)
{
	size_t n = strlen(path), m = strlen(suffix);

	return n >= m && !strcmp(path + n - m, suffix);
}

int ros_target_choose(struct ros_target *t, const char *to, const char *dst, bool dry_run, struct ros_error *err)
{
	struct stat st;

	if (!dst || !*dst) {
		/* A plan can be made without one. */
		if (!dry_run || !to)
			return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "no target was named");
		dst = "(no target)";
	}
	*t = (struct ros_target){ .path = dst };
	t->format = to ? ros_format_by_name(ros_str_of(to)) : ros_format_by_suffix(ros_str_of(dst));
	if (to && t->format == ROS_FORMAT_COUNT)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "'%s' is no format: safetensors, gguf, apr", to);
	if (t->format == ROS_FORMAT_COUNT)
		t->format = ROS_FORMAT_SAFETENSORS;
	t->folder = t->format == ROS_FORMAT_SAFETENSORS && (!has_suffix(dst, ".safetensors") || (!stat(dst, &st) && S_ISDIR(st.st_mode)));
	return 0;
}

int ros_target_is_not_source(const struct ros_target *t, const struct ros_model *m, struct ros_error *err)
{
	struct stat st;

	if (stat(t->path, &st))
		return 0;
	for (size_t i = 0; i < m->part_count; i++)
		if (m->parts[i].map.dev == st.st_dev && m->parts[i].map.ino == st.st_ino)
			return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "%s is the source itself", t->path);
	return 0;
}
