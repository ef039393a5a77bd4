#include "quant/to_memory.h"

#include <stdalign.h>
#include <string.h>

#define LINE ROS_STREAM_LINE

/* Floats decoded before they leave. Short, so that the next piece is decoded while the stores of the last one
 * drain: pieces of 16 KiB were a fifth slower. */
#define PIECE 512

/* Stored bytes that are asked for before they are decoded. The hardware's own prefetch stops at the end of a page. */
#define AHEAD 2048

/* What is decoded and has not left. The piece stands in its lines as DST does in memory. */
struct outlet {
	const struct ros_kernels *set;
	float *dst;                         /* where piece[first] belongs */
	size_t first, end;                  /* piece[first, end) is filled; first < LINE */
	alignas(64) float piece[PIECE + LINE];
};

/* Writes the whole lines; what is left moves to the front. The first line of all may begin before DST: its part goes
 * by ordinary stores. */
static void write_lines(struct outlet *o)
{
	size_t whole = o->end / LINE * LINE, from = 0;

	if (o->first) {
		from = LINE;
		memcpy(o->dst, o->piece + o->first, (LINE - o->first) * sizeof *o->dst);
		o->dst += LINE - o->first;
		o->first = 0;
	}
	o->set->stream(o->dst, o->piece + from, whole - from);
	o->dst += whole - from;
	memcpy(o->piece, o->piece + whole, (o->end - whole) * sizeof *o->dst);
	o->end -= whole;
}

/* One row, a piece at a time; the row's end may lie inside a block. */
static void write_row(struct outlet *o, enum ros_dtype type, const uint8_t *src, size_t cols)
{
	for (size_t c = 0; c < cols; c += PIECE) {
		size_t n = cols - c < PIECE ? cols - c : PIECE, bytes = ros_row_bytes(type, n);

		for (size_t i = 0; i < bytes; i += 64)
			__builtin_prefetch(src + AHEAD + i);   /* past the end too: a hint cannot fault */
		if (o->end + n > PIECE + LINE)
			write_lines(o);
		o->set->decode[type](src, o->piece + o->end, 1, n);
		o->end += n;
		src += bytes;
	}
}

/* Rows that end with a block run into each other as one; APR_Q4's always do. */
static bool is_one_run(enum ros_dtype type, size_t cols)
{
	return ros_dtypes[type].sizing == ROS_SIZE_APR_Q4 || cols % ros_dtypes[type].block_len == 0;
}

/* Floats between the start of a line and DST. */
static size_t place_in_line(const float *dst)
{
	return (uintptr_t)dst % (LINE * sizeof *dst) / sizeof *dst;
}

static void write_rows(const struct ros_kernels *k, enum ros_dtype type, const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	const size_t row_bytes = ros_row_bytes(type, cols), place = place_in_line(dst);
	struct outlet o = { .set = k, .dst = dst, .first = place, .end = place };

	for (size_t r = 0; r < rows; r++)
		write_row(&o, type, src + r * row_bytes, cols);
	if (o.end >= LINE)
		write_lines(&o);
	memcpy(o.dst, o.piece + o.first, (o.end - o.first) * sizeof *dst);
}

/* N elements by the set's own streaming decoder, which begins at a line and ends with a line and a block: single elements
 * can be moved until it does, blocks that stand askew cannot (false, and nothing is done). */
static bool send_run(const struct ros_kernels *k, enum ros_dtype type, const uint8_t *src, float *dst, size_t n)
{
	const size_t len = ros_dtypes[type].block_len, unit = len > LINE ? len : LINE;
	size_t head = (LINE - place_in_line(dst)) % LINE, whole;

	if (!k->send[type] || (head && len > 1))
		return false;
	head = head < n ? head : n;
	whole = (n - head) / unit * unit;
	k->decode[type](src, dst, 1, head);
	src += ros_row_bytes(type, head);
	k->send[type](src, dst + head, 1, whole);
	k->decode[type](src + ros_row_bytes(type, whole), dst + head + whole, 1, n - head - whole);
	return true;
}

void ros_decode_to_memory(const struct ros_kernels *k, enum ros_dtype type, const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	if (!k->stream || ros_codecs[type].whole_tensor) {
		k->decode[type](src, dst, rows, cols);
		return;
	}
	if (is_one_run(type, cols)) {
		cols *= rows;
		rows = rows > 0;
	}
	if (rows != 1 || !send_run(k, type, src, dst, cols))
		write_rows(k, type, src, dst, rows, cols);
	k->stream_end();
}
