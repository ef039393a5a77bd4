#include "formats/cursor.h"

#include "formats/bytes.h"

#include <inttypes.h>

struct ros_cursor ros_cursor_over(struct ros_bytes in, uint64_t base, struct ros_error *err)
{
	return (struct ros_cursor){ .in = in, .base = base, .err = err };
}

size_t ros_cursor_left(const struct ros_cursor *c)
{
	return c->err->code ? 0 : c->in.len - c->pos;
}

uint64_t ros_cursor_offset(const struct ros_cursor *c)
{
	return c->base + c->pos;
}

/* What it means that too few bytes are left: of a section, that it or a number in it is wrong. */
static const char *meaning(const struct ros_cursor *c)
{
	return c->base ? "" : ": the file is cut short";
}

/* The next LEN bytes, or NULL with the failure recorded. */
static const uint8_t *take(struct ros_cursor *c, uint64_t len, const char *field)
{
	const uint8_t *p;

	if (c->err->code)
		return NULL;
	if (len > c->in.len - c->pos) {
		ros_fail(c->err, ROS_EFORMAT, ros_cursor_offset(c), "%s: %" PRIu64 " bytes wanted, %zu left%s",
			 field, len, c->in.len - c->pos, meaning(c));
		return NULL;
	}
	p = c->in.ptr + c->pos;
	c->pos += len;
	return p;
}

uint8_t ros_cursor_u8(struct ros_cursor *c, const char *field)
{
	const uint8_t *p = take(c, 1, field);

	return p ? *p : 0;
}

uint16_t ros_cursor_u16(struct ros_cursor *c, const char *field)
{
	const uint8_t *p = take(c, 2, field);

	return p ? ros_le16(p) : 0;
}

uint32_t ros_cursor_u32(struct ros_cursor *c, const char *field)
{
	const uint8_t *p = take(c, 4, field);

	return p ? ros_le32(p) : 0;
}

uint64_t ros_cursor_u64(struct ros_cursor *c, const char *field)
{
	const uint8_t *p = take(c, 8, field);

	return p ? ros_le64(p) : 0;
}

struct ros_bytes ros_cursor_bytes(struct ros_cursor *c, uint64_t len, const char *field)
{
	const uint8_t *p = take(c, len, field);

	return p ? (struct ros_bytes){ p, len } : (struct ros_bytes){ NULL, 0 };
}

void ros_cursor_skip(struct ros_cursor *c, uint64_t len, const char *field)
{
	take(c, len, field);
}

uint64_t ros_cursor_check_count(struct ros_cursor *c, uint64_t count, uint64_t min_bytes, uint64_t cap, const char *field)
{
	if (c->err->code)
		return 0;
	if (min_bytes && count > (c->in.len - c->pos) / min_bytes) {
		ros_fail(c->err, ROS_EFORMAT, ros_cursor_offset(c),
			 "%s: %" PRIu64 " items of at least %" PRIu64 " bytes wanted, %zu bytes left%s",
			 field, count, min_bytes, c->in.len - c->pos, meaning(c));
		return 0;
	}
	if (count > cap) {
		ros_fail(c->err, ROS_ELIMIT, ros_cursor_offset(c), "%s: %" PRIu64 ", the cap is %" PRIu64, field, count, cap);
		return 0;
	}
	return count;
}
