/* A growing text with a maximum; failures stick and are asked for once at the end. */
#ifndef ROS_ROSETTA_TEXT_H
#define ROS_ROSETTA_TEXT_H

#include "formats/types.h"

struct ros_text {
	char *ptr;              /* malloc'ed, NUL-terminated once something was put */
	size_t len, room;
	bool failed;            /* out of memory or over the maximum (1 GiB) */
};

/* printf at the end. */
void ros_text_put(struct ros_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Bytes of the character at AT in S that may be shown as it stands; 0 where it acts on a terminal or is not UTF-8. */
size_t ros_text_harmless(struct ros_str s, size_t at);
/* Text that came out of a file: control characters, escapes and bytes that are not UTF-8 are shown as \xNN. */
void ros_text_put_escaped(struct ros_text *t, struct ros_str s);
/* "1.5 GB": bytes for people, decimal units. */
void ros_text_put_bytes(struct ros_text *t, uint64_t bytes);
/* Spaces until the last line is COLUMN wide, at least one. */
void ros_text_pad(struct ros_text *t, size_t column);
/* The text, which the caller frees; NULL when it failed. T is empty afterwards. */
char *ros_text_take(struct ros_text *t);
void ros_text_release(struct ros_text *t);

#endif
