#include "rosetta/model_digest.h"

#include <stdlib.h>
#include <string.h>

struct named {
	struct ros_str name;
	const struct ros_digest *digest;
};

static int by_name(const void *a, const void *b)
{
	return ros_str_compare(((const struct named *)a)->name, ((const struct named *)b)->name);
}

struct ros_digest ros_digest_of_names(enum ros_digest_kind kind, const struct ros_str *names, const struct ros_digest *digests,
				      size_t count, struct ros_error *err)
{
	struct named *list = malloc((count + 1) * sizeof *list);
	struct ros_hasher *h = ros_hasher_new(kind);
	struct ros_digest d = { 0 };
	char hex[2 * ROS_DIGEST_MAX + 1];

	if (!list || !h) {
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "%zu digests", count);
		goto out;
	}
	for (size_t i = 0; i < count; i++)
		list[i] = (struct named){ names[i], &digests[i] };
	qsort(list, count, sizeof *list, by_name);
	for (size_t i = 0; i < count; i++) {
		ros_digest_hex(list[i].digest, hex);
		ros_hasher_update(h, hex, strlen(hex));
		ros_hasher_update(h, "  ", 2);
		ros_hasher_update(h, list[i].name.ptr, list[i].name.len);
		ros_hasher_update(h, "\n", 1);
	}
	d = ros_hasher_finish(h);
out:
	ros_hasher_free(h);
	free(list);
	return d;
}
