#include "rosetta/compress.h"

#include "formats/apr.h"

#include <stdlib.h>
#include <string.h>
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

/* ".NAME.plain" in the target's folder, malloc'ed. */
static char *plain_path(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t dir = (size_t)(name - path), len = strlen(name);
	char *plain = malloc(dir + len + 8);

	if (!plain)
		return NULL;
	memcpy(plain, path, dir);
	plain[dir] = '.';
	memcpy(plain + dir + 1, name, len);
	memcpy(plain + dir + 1 + len, ".plain", 7);
	return plain;
}

static int compress(struct ros_conversion *c, int kind, int (*write)(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err),
		    struct ros_verdict *v, struct ros_error *err)
{
	const char *path = c->target.path;
	bool force = c->opt.force;
	char *plain = plain_path(path);

	if (!plain)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "a path");
	c->target.path = plain;
	c->opt.force = true;
	write(c, v, err);
	c->target.path = path;
	c->opt.force = force;
	if (!err->code && !v->fatal)
		ros_apr_compress_file(plain, path, kind, c->opt.compress_level, force, err);
	unlink(plain);
	free(plain);
	return err->code;
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
