/* What two sets of metadata disagree about, as text: for tests that lay our output beside a reference's. */
#ifndef ROS_TESTS_META_COMPARE_H
#define ROS_TESTS_META_COMPARE_H

#include "formats/meta.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

/* May KEY differ? ALLOWED is a NULL-terminated list of patterns as fnmatch(3) knows them, or NULL. */
static inline bool meta_allowed(struct ros_str key, const char *const *allowed)
{
	char text[256];

	snprintf(text, sizeof text, "%.*s", (int)key.len, key.ptr);
	for (; allowed && *allowed; allowed++)
		if (!fnmatch(*allowed, text, 0))
			return true;
	return false;
}

static inline bool meta_under(struct ros_str key, const char *prefix)
{
	return key.len >= strlen(prefix) && !memcmp(key.ptr, prefix, strlen(prefix));
}

/* Appends a line to TEXT[SIZE] for every key under PREFIX that only one side has or whose type or value differs. Returns
 * the number of such keys. */
static inline unsigned meta_differences(const struct ros_meta *ours, const struct ros_meta *theirs, const char *prefix,
					const char *const *allowed, char *text, size_t size)
{
	unsigned n = 0;
	size_t len = strlen(text);

	for (int side = 0; side < 2; side++) {
		const struct ros_meta *a = side ? theirs : ours, *b = side ? ours : theirs;

		for (size_t i = 0; i < a->count; i++) {
			const struct ros_meta_entry *e = &a->entries[i];
			const struct ros_meta_value *other = ros_meta_get(b, e->key);

			if (!meta_under(e->key, prefix) || meta_allowed(e->key, allowed) ||
			    (other && (side || ros_meta_equal(&e->value, other))))
				continue;
			n++;
			if (len < size)
				len += (size_t)snprintf(text + len, size - len, "%.*s %s; ", (int)e->key.len, e->key.ptr,
							other ? "differs" : side ? "is missing" : "is extra");
		}
	}
	return n;
}

#endif
