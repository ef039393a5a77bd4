/* Where a conversion goes, and that it is neither where it comes from nor where it would be read as another model. */
#include "rosetta/convert.h"

#include "formats/nameset.h"
#include "formats/shards.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool has_suffix(const char *path, const char *suffix)
{
	size_t n = strlen(path), m = strlen(suffix);

	return n >= m && !strcmp(path + n - m, suffix);
}

/* The suffix of PATH where it is one word, as of a file: "bin", but not "5B-Instruct" of a folder's name. NULL: none. */
static const char *file_suffix(const char *path)
{
	const char *dot = strrchr(path, '.');
	size_t n = 0;

	while (dot && ((dot[n + 1] >= 'a' && dot[n + 1] <= 'z') || (dot[n + 1] >= 'A' && dot[n + 1] <= 'Z')))
		n++;
	return n && !dot[n + 1] && dot != path && dot[-1] != '/' ? dot + 1 : NULL;
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
	if (t->format == ROS_FORMAT_COUNT && file_suffix(dst) && (stat(dst, &st) || !S_ISDIR(st.st_mode)))
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "%s: '.%s' is the suffix of no format (.gguf, .apr, .safetensors); name one with --to, "
				"which is safetensors for a folder", dst, file_suffix(dst));
	if (t->format == ROS_FORMAT_COUNT)
		t->format = ROS_FORMAT_SAFETENSORS;
	t->folder = t->format == ROS_FORMAT_SAFETENSORS && (!has_suffix(dst, ".safetensors") || (!stat(dst, &st) && S_ISDIR(st.st_mode)));
	return 0;
}

struct ros_str ros_target_stem(const struct ros_target *t)
{
	struct ros_str name = ros_path_name(ros_str_of(t->path));
	size_t suffix = strlen(ros_formats[t->format].suffix);

	if (has_suffix(t->path, ros_formats[t->format].suffix) && name.len > suffix)
		name.len -= suffix;
	return name;
}

static bool is_source(const struct stat *st, const struct ros_model *m)
{
	for (size_t i = 0; i < m->part_count; i++) {
		const struct ros_part *part = &m->parts[i];

		if (part->map.dev == st->st_dev && part->map.ino == st->st_ino)
			return true;
	}
	return false;
}

/* One of the names under which a folder's reader looks for weights. */
static bool is_weights(const char *name)
{
	struct ros_shard_number n;

	return !strcmp(name, "model.safetensors") || !strcmp(name, "model.safetensors.index.json")
		|| (ros_shards_number(ros_str_of(name), &n) && ros_str_equal(n.prefix, ROS_STR("model-")) && has_suffix(name, ".safetensors"));
}

static bool is_written(const struct ros_output *out, const char *name)
{
	for (size_t i = 0; i < out->file_count; i++)
		if (ros_str_equal(out->files[i].name, ros_str_of(name)))
			return true;
	for (size_t i = 0; i < out->side_count; i++)
		if (ros_str_equal(out->side[i].name, ros_str_of(name)))
			return true;
	return false;
}

/* The folder DIR as it stands: nothing in it may be the source's, or be taken for what will be written. */
static int look_around(const char *dir, const struct ros_output *out, const struct ros_model *m, struct ros_error *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	struct stat st;

	while (d && !err->code && (e = readdir(d))) {
		if (is_written(out, e->d_name) && !fstatat(dirfd(d), e->d_name, &st, 0) && is_source(&st, m))
			ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "%s/%s is the source itself", dir, e->d_name);
		else if (!is_written(out, e->d_name) && is_weights(e->d_name))
			ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "%s holds %s, which readers would take for a part of the new model; remove it, or choose another folder",
				 dir, e->d_name);
	}
	if (d)
		closedir(d);
	return err->code;
}

/* Two files under one name would be one, or none and half a model. */
static int are_distinct(const struct ros_output *out, struct ros_error *err)
{
	struct ros_nameset seen;
	uint32_t found;

	ros_nameset_init(&seen);
	for (size_t i = 0; i < out->file_count + out->side_count && !err->code; i++) {
		struct ros_str name = i < out->file_count ? out->files[i].name : out->side[i - out->file_count].name;

		if (!ros_nameset_add(&seen, name, 0, &found, err) && found != ROS_NAMESET_NONE)
			ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "two files of the target would be called '%.*s'", (int)(name.len < 200 ? name.len : 200), name.ptr);
	}
	ros_nameset_release(&seen);
	return err->code;
}

int ros_target_is_free(const struct ros_target *t, const struct ros_output *out, const struct ros_model *m, struct ros_error *err)
{
	const char *slash = strrchr(t->path, '/');
	size_t dir = slash ? (size_t)(slash + 1 - t->path) : 0;
	char path[PATH_MAX];
	struct stat st;

	if (are_distinct(out, err))
		return err->code;
	if (t->folder)
		return look_around(t->path, out, m, err);
	for (size_t i = 0; i < out->file_count; i++) {
		struct ros_str name = out->files[i].name;
		int n = out->file_count == 1 ? snprintf(path, sizeof path, "%s", t->path)
					     : snprintf(path, sizeof path, "%.*s%.*s", (int)dir, t->path, (int)name.len, name.ptr);

		if (n < (int)sizeof path && !stat(path, &st) && is_source(&st, m))
			return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "%s is the source itself", path);
	}
	return 0;
}
