#include "rosetta/compress.h"

#include "formats/apr.h"
#include "formats/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int kind_of(const char *name, struct ros_error *err)
{
	static const char *const names[] = { [ROS_COMPRESS_NONE] = "none", [ROS_COMPRESS_LZ4] = "lz4", [ROS_COMPRESS_ZSTD] = "zstd" };

	for (int k = 0; name && k <= ROS_COMPRESS_ZSTD; k++)
		if (!strcmp(name, names[k]))
			return k;
	if (name)
		ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "'%s' is no compression: none, lz4, zstd", name);
	return ROS_COMPRESS_NONE;
}

/* The plain file, under a temporary name beside the target that signal handlers know. */
struct plain {
	int dirfd;
	char *dir, *name, *path;        /* PATH is DIR and NAME */
};

static int plain_create(struct plain *p, const char *target, struct ros_error *err)
{
	const char *slash = strrchr(target, '/');
	int fd = -1;

	*p = (struct plain){ .dir = slash ? strndup(target, (size_t)(slash + 1 - target)) : strdup("./") };
	p->dirfd = p->dir ? open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (p->dirfd < 0)
		return ros_fail_errno(err, p->dir ? errno : ENOMEM, "cannot open the target's folder");
	p->name = ros_temporary_create(p->dirfd, slash ? slash + 1 : target, &fd, err);
	if (fd >= 0)
		close(fd);
	if (p->name && asprintf(&p->path, "%s%s", p->dir, p->name) < 0) {
		p->path = NULL;
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "a path");
	}
	return err->code;
}

static void plain_remove(struct plain *p)
{
	if (p->name) {
		unlinkat(p->dirfd, p->name, 0);
		ros_temporary_forget(p->dirfd, p->name);
	}
	if (p->dirfd >= 0)
		close(p->dirfd);
	free(p->dir);
	free(p->name);
	free(p->path);
}

static int compress(struct ros_conversion *c, int kind, int (*write)(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err),
		    struct ros_verdict *v, struct ros_error *err)
{
	const char *path = c->target.path;
	bool force = c->opt.force;
	struct plain plain;
	struct stat st;

	if (!plain_create(&plain, path, err)) {
		c->target.path = plain.path;
		c->opt.force = true;
		write(c, v, err);
		c->target.path = path;
		c->opt.force = force;
		if (!err->code && !v->fatal)
			ros_apr_compress_file(plain.path, path, kind, c->opt.compress_level, force, err);
		if (!err->code && !v->fatal && !stat(path, &st))
			c->written = (uint64_t)st.st_size;
	}
	plain_remove(&plain);
	return ros_error_in_file(err, path);
}

int ros_conversion_compress(struct ros_conversion *c, int (*write)(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err),
			    struct ros_verdict *v, struct ros_error *err)
{
	int kind = kind_of(c->opt.compress, err);

	if (err->code)
		return err->code;
	if (kind == ROS_COMPRESS_NONE)
		return write(c, v, err);
	if (c->target.format != ROS_FORMAT_APR)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "only APR files are compressed");
	if (!c->opt.force && !access(c->target.path, F_OK))
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "%s: the target exists; --force replaces it", c->target.path);
	return compress(c, kind, write, v, err);
}
