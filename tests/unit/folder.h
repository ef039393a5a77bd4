/* A scratch folder of one test, removed with the plain files in it. */
#ifndef ROS_TESTS_FOLDER_H
#define ROS_TESTS_FOLDER_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
	char path[256];
};

static inline struct folder folder_new(void)
{
	const char *base = getenv("TMPDIR");
	struct folder f;

	snprintf(f.path, sizeof f.path, "%s/ros-test-XXXXXX", base && *base ? base : "/tmp");
	if (!mkdtemp(f.path))
		abort();
	return f;
}

/* FOLDER/NAME, in the caller's TEXT[512]. */
static inline const char *folder_path(const struct folder *f, const char *name, char *text)
{
	snprintf(text, 512, "%s/%s", f->path, name);
	return text;
}

static inline size_t folder_count(const struct folder *f)
{
	DIR *d = opendir(f->path);
	size_t n = 0;

	for (struct dirent *e; d && (e = readdir(d)); )
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static inline void folder_remove(const struct folder *f)
{
	DIR *d = opendir(f->path);
	char path[512];

	for (struct dirent *e; d && (e = readdir(d)); )
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			unlink(folder_path(f, e->d_name, path));
	if (d)
		closedir(d);
	rmdir(f->path);
}

#endif
