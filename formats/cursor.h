/* A bounded reader over bytes. Each getter names the field it reads; the first
 * failure is kept in *err with its offset, and every later read returns 0, so a
 * record is read straight through and checked once.
 *     "tensor_count: 8 bytes wanted, 1 left: the file is cut short", offset 8
 * The last words only where the bytes are a whole file, from its offset 0 on. */
#ifndef ROS_FORMATS_CURSOR_H
#define ROS_FORMATS_CURSOR_H

#include "formats/error.h"

struct ros_cursor {
	struct ros_bytes in;
	size_t pos;
	uint64_t base;            /* offset of in.ptr[0] in the file, for messages */
	struct ros_error *err;
};

/* A cursor at the start of IN (borrowed), found at offset BASE of its file; failures go to ERR. */
struct ros_cursor ros_cursor_over(struct ros_bytes in, uint64_t base, struct ros_error *err);

/* Bytes not read yet; 0 after a failure. */
size_t ros_cursor_left(const struct ros_cursor *c);
/* Offset in the file of the next byte. */
uint64_t ros_cursor_offset(const struct ros_cursor *c);

/* The next little-endian number; 0 and ROS_EFORMAT naming FIELD where too few bytes are left. */
uint8_t ros_cursor_u8(struct ros_cursor *c, const char *field);
uint16_t ros_cursor_u16(struct ros_cursor *c, const char *field);
uint32_t ros_cursor_u32(struct ros_cursor *c, const char *field);
uint64_t ros_cursor_u64(struct ros_cursor *c, const char *field);

/* LEN bytes as a view into the input; {NULL, 0} on failure. */
struct ros_bytes ros_cursor_bytes(struct ros_cursor *c, uint64_t len, const char *field);

/* Advances; ROS_EFORMAT where fewer are left. */
void ros_cursor_skip(struct ros_cursor *c, uint64_t len, const char *field);

/* Checks a count read elsewhere: each item takes at least MIN_BYTES of what is left
 * (ROS_EFORMAT otherwise) and there may be at most CAP (ROS_ELIMIT). Returns COUNT, or 0. */
uint64_t ros_cursor_check_count(struct ros_cursor *c, uint64_t count, uint64_t min_bytes, uint64_t cap, const char *field);

#endif
