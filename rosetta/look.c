#include "rosetta/look.h"

#include <errno.h>
#include <unistd.h>

static int read_at(int fd, uint8_t *p, size_t len, uint64_t offset, struct ros_error *err)
{
	while (len) {
		ssize_t n = pread(fd, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? ros_fail_errno(err, errno, "cannot read") : ros_fail(err, ROS_EIO, offset, "the file ends early");
		p += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

const uint8_t *ros_look(const struct ros_model *m, const struct ros_tensor *t, uint64_t offset, size_t len, void *buffer,
			struct ros_error *err)
{
	if (t->part >= m->part_count)
		return t->data.ptr + offset;
	return ros_look_part(&m->parts[t->part], t->offset + offset, len, buffer, err);
}

const uint8_t *ros_look_part(const struct ros_part *part, uint64_t offset, size_t len, void *buffer, struct ros_error *err)
{
	if (part->map.fd < 0)
		return part->map.bytes.ptr + offset;
	if (!read_at(part->map.fd, buffer, len, offset, err))
		return buffer;
	ros_error_in_file(err, part->path.ptr);
	return NULL;
}
