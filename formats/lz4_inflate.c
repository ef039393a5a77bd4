#include "formats/lz4_block.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW ((size_t)64 << 10)       /* a match reaches 65535 bytes back */
#define ROOM ((size_t)1 << 20)

struct reading {
	struct ros_bytes in;
	size_t pos;
	uint8_t *room;          /* ROOM bytes, the latest output at FILL */
	size_t fill, given;     /* up to GIVEN it was taken */
	ros_lz4_take take;
	void *context;
	bool wanted;
	struct ros_error *err;
};

static int bad(struct reading *r, const char *what)
{
	return ros_fail(r->err, ROS_EFORMAT, r->pos, "%s", what);
}

/* Gives what is there and makes room: the window stays. */
static void give(struct reading *r)
{
	r->wanted = r->wanted && r->take(r->context, r->room + r->given, r->fill - r->given, r->pos);
	if (r->fill > WINDOW) {
		memmove(r->room, r->room + r->fill - WINDOW, WINDOW);
		r->fill = WINDOW;
	}
	r->given = r->fill;
}

/* Adds bytes to LEN, the 15 of a token, until one says that it is the last. */
static size_t long_length(struct reading *r, size_t len)
{
	uint8_t more = 255;

	while (more == 255 && !r->err->code) {
		if (r->pos == r->in.len || len > UINT32_MAX)
			return bad(r, "a length without end"), 0;
		more = r->in.ptr[r->pos++];
		len += more;
	}
	return len;
}

static void literals(struct reading *r, size_t len)
{
	if (len > r->in.len - r->pos) {
		bad(r, "literals run past the end");
		return;
	}
	while (len && r->wanted) {
		size_t n = len < ROOM - r->fill ? len : ROOM - r->fill;

		memcpy(r->room + r->fill, r->in.ptr + r->pos, n);
		r->pos += n;
		r->fill += n;
		len -= n;
		if (r->fill == ROOM)
			give(r);
	}
}

/* What repeats with a period of OFFSET repeats with each multiple of it: every copy may be as long as all that was copied. */
static void match(struct reading *r, size_t offset, size_t len)
{
	while (len && r->wanted) {
		size_t from = r->fill - offset;

		while (len && r->fill < ROOM) {
			size_t n = r->fill - from < len ? r->fill - from : len;

			n = n < ROOM - r->fill ? n : ROOM - r->fill;
			memcpy(r->room + r->fill, r->room + from, n);
			r->fill += n;
			len -= n;
		}
		if (r->fill == ROOM)
			give(r);
	}
}

/* One sequence; false after the last. */
static bool sequence(struct reading *r)
{
	uint8_t token = r->in.ptr[r->pos++];
	size_t offset, len = token & 15;

	literals(r, token >> 4 == 15 ? long_length(r, 15) : token >> 4);
	if (r->err->code || !r->wanted || r->pos == r->in.len)
		return false;
	if (r->in.len - r->pos < 2)
		return bad(r, "a match without its offset"), false;
	offset = r->in.ptr[r->pos] | (size_t)r->in.ptr[r->pos + 1] << 8;
	r->pos += 2;
	if (!offset || offset > r->fill)
		return bad(r, "a match before the beginning"), false;
	match(r, offset, 4 + (len == 15 ? long_length(r, len) : len));
	if (!r->err->code && r->wanted && r->pos == r->in.len)
		bad(r, "the last sequence is not literals: cut short");
	return !r->err->code && r->wanted;
}

int ros_lz4_inflate(struct ros_bytes block, ros_lz4_take take, void *context, struct ros_error *err)
{
	struct reading r = { .in = block, .room = malloc(ROOM), .take = take, .context = context, .wanted = true, .err = err };

	if (!r.room)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for a window");
	if (!block.len)
		bad(&r, "an empty block");
	while (!err->code && sequence(&r))
		;
	if (!err->code)
		give(&r);
	free(r.room);
	return err->code;
}
