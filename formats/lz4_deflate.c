#include "formats/lz4_block.h"

#include <lz4.h>
#include <lz4hc.h>
#include <stdlib.h>
#include <string.h>

#define PIECE ((size_t)4 << 20)

struct writing {
	LZ4_stream_t *fast;
	LZ4_streamHC_t *slow;           /* one of the two */
	uint8_t *block;                 /* a piece as the library encodes it, LZ4_COMPRESSBOUND(PIECE) bytes */
	const uint8_t *pending;         /* the literals that no token stands for yet: they end where the next piece begins */
	size_t pending_len;
	size_t done;                    /* of the body */
	ros_lz4_take take;
	void *context;
	bool wanted;
};

static void put(struct writing *w, const uint8_t *bytes, size_t len)
{
	w->wanted = w->wanted && w->take(w->context, bytes, len, w->done);
}

/* A token for LITERALS literals, MATCH its lower half, and the length's further bytes. */
static void put_token(struct writing *w, size_t literals, uint8_t match)
{
	uint8_t bytes[256];
	size_t n = 0, left = literals;

	bytes[n++] = (uint8_t)((literals < 15 ? literals : 15) << 4 | match);
	if (literals >= 15) {
		for (left -= 15; left >= 255; left -= 255) {
			bytes[n++] = 255;
			if (n == sizeof bytes) {
				put(w, bytes, n);
				n = 0;
			}
		}
		bytes[n++] = (uint8_t)left;
	}
	put(w, bytes, n);
}

/* Literals in the source, by pieces. */
static void put_pending(struct writing *w)
{
	while (w->pending_len && w->wanted) {
		size_t n = w->pending_len < PIECE ? w->pending_len : PIECE;

		put(w, w->pending, n);
		w->pending += n;
		w->pending_len -= n;
	}
}

/* The length whose first part, 4 bits of a token, is LEN; *P goes past its further bytes. The library made them. */
static size_t length_at(const uint8_t **p, size_t len)
{
	uint8_t more = 255;

	while (len >= 15 && more == 255) {
		more = *(*p)++;
		len += more;
	}
	return len;
}

/* Writes all of the LEN bytes at w->block but the last sequence, whose literals become pending. SRC_END: of its source. */
static void stitch(struct writing *w, size_t len, const uint8_t *src_end)
{
	const uint8_t *p = w->block, *end = p + len, *from = NULL, *token;
	size_t literals, first = 0;
	uint8_t first_match = 0;

	for (;;) {
		token = p++;
		literals = length_at(&p, *token >> 4);
		p += literals;
		if (p == end)
			break;
		if (!from) {
			from = p;
			first = literals;
			first_match = *token & 15;
		}
		p += 2;
		length_at(&p, *token & 15);
	}
	if (from) {
		w->pending_len += first;
		put_token(w, w->pending_len, first_match);
		put_pending(w);
		put(w, from, (size_t)(token - from));
		w->pending = src_end - literals;
	}
	w->pending_len += literals;
}

static size_t encode(struct writing *w, const uint8_t *src, size_t len)
{
	int bound = LZ4_COMPRESSBOUND(PIECE), made = w->slow ?
		LZ4_compress_HC_continue(w->slow, (const char *)src, (char *)w->block, (int)len, bound) :
		LZ4_compress_fast_continue(w->fast, (const char *)src, (char *)w->block, (int)len, bound, 1);

	return made > 0 ? (size_t)made : 0;
}

int ros_lz4_deflate(struct ros_bytes body, struct ros_bytes tail, int level, ros_lz4_take take, void *context, struct ros_error *err)
{
	struct writing w = { .pending = body.ptr, .take = take, .context = context, .wanted = true };

	if (level > 1)
		w.slow = LZ4_createStreamHC();
	else
		w.fast = LZ4_createStream();
	w.block = malloc(LZ4_COMPRESSBOUND(PIECE));
	if (!w.block || (!w.slow && !w.fast))
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "LZ4: no memory");
	else if (w.slow)
		LZ4_resetStreamHC_fast(w.slow, level);
	for (size_t at = 0, n; at < body.len && !err->code && w.wanted; at += n) {
		size_t made;

		n = body.len - at < PIECE ? body.len - at : PIECE;
		made = encode(&w, body.ptr + at, n);
		w.done = at + n;
		put(&w, NULL, 0);
		if (!made)
			ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "LZ4: a piece could not be encoded");
		else
			stitch(&w, made, body.ptr + at + n);
	}
	if (!err->code) {
		put_token(&w, w.pending_len + tail.len, 0);
		put_pending(&w);
		put(&w, tail.ptr, tail.len);
	}
	free(w.block);
	LZ4_freeStream(w.fast);
	LZ4_freeStreamHC(w.slow);
	return err->code;
}
