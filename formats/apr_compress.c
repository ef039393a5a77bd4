#include "formats/apr.h"

#include "formats/bytes.h"
#include "formats/digest.h"
#include "formats/lz4_block.h"

#include <errno.h>
#include <inttypes.h>
#include <lz4.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <zstd.h>

#define PIECE ((size_t)4 << 20)

/* A compressed file is its header, with the flag and a new checksum, and one stream of the rest. The
 * rest ends in a footer over header and body, which the new header changes: its last four bytes are made anew. */
struct job {
	struct ros_mapping src;
	struct ros_writer w;
	uint8_t header[ROS_APR_HEADER];
	struct ros_bytes body;          /* after the header, without the footer */
	size_t done;                    /* of the body: its pages are given back */
	uint32_t crc;                   /* of the new header and as much of the body as went through */
	int level;
	struct ros_error *err;
};

static int start(struct job *j, const char *src, int kind)
{
	struct ros_apr_header h;
	struct ros_model m;
	size_t len;

	if (ros_mapping_open(&j->src, src, j->err))
		return j->err->code;
	/* Read in full first: what is compressed must be a sound plain file with a footer. */
	ros_model_init(&m, ROS_FORMAT_APR);
	m.parts = ros_arena_alloc(&m.arena, 1, sizeof *m.parts, j->err);
	if (m.parts) {
		m.parts[0] = (struct ros_part){ .path = ros_str_of(src), .map = j->src };
		ros_apr_read(&m, NULL, j->err);
		j->src = m.parts[0].map;
	}
	len = j->src.bytes.len;
	if (!j->err->code && (j->src.image || m.file_bytes != len || len % ROS_APR_ALIGN != 4))
		ros_fail(j->err, ROS_EUSAGE, ROS_NO_OFFSET, "a plain APR with its footer wanted");
	ros_arena_release(&m.arena);
	if (j->err->code)
		return ros_error_in_file(j->err, src);
	if (len > ROS_MAX_INFLATED)     /* what the reader would refuse */
		return ros_fail(j->err, ROS_ELIMIT, ROS_NO_OFFSET, "%zu bytes, the cap of a compressed APR is %llu", len, ROS_MAX_INFLATED);
	h = ros_apr_header_get(j->src.bytes.ptr);
	h.flags = (uint16_t)((h.flags & ~(ROS_APR_LZ4 | ROS_APR_ZSTD)) | (kind == ROS_COMPRESS_LZ4 ? ROS_APR_LZ4 : ROS_APR_ZSTD));
	ros_apr_header_put(&h, j->header);
	j->body = (struct ros_bytes){ j->src.bytes.ptr + ROS_APR_HEADER, len - ROS_APR_HEADER - 4 };
	j->crc = ros_crc32(0, j->header, ROS_APR_HEADER);
	return 0;
}

/* Feeds one piece to zstd and writes what comes out; the pages are given back. */
static int feed(struct job *j, ZSTD_CCtx *z, struct ros_bytes piece, ZSTD_EndDirective end, uint8_t *room)
{
	ZSTD_inBuffer in = { piece.ptr, piece.len, 0 };
	size_t left = 1;

	while (!j->err->code && (in.pos < in.size || (end == ZSTD_e_end && left))) {
		ZSTD_outBuffer out = { room, PIECE, 0 };

		left = ZSTD_compressStream2(z, &out, &in, end);
		if (ZSTD_isError(left))
			return ros_fail(j->err, ROS_ENOMEM, ROS_NO_OFFSET, "zstd: %s", ZSTD_getErrorName(left));
		ros_writer_put(&j->w, room, out.pos);
	}
	return j->err->code;
}

static int zstd_body(struct job *j)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();
	uint8_t *room = malloc(PIECE), footer[4];
	size_t at = 0;

	if (!z || !room)
		ros_fail(j->err, ROS_ENOMEM, ROS_NO_OFFSET, "zstd: no memory");
	else if (ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, j->level)))
		ros_fail(j->err, ROS_EUSAGE, ROS_NO_OFFSET, "zstd: no level %d", j->level);
	else
		ZSTD_CCtx_setPledgedSrcSize(z, j->body.len + sizeof footer);
	for (; at < j->body.len && !j->err->code; at += PIECE) {
		struct ros_bytes piece = { j->body.ptr + at, j->body.len - at < PIECE ? j->body.len - at : PIECE };

		j->crc = ros_crc32(j->crc, piece.ptr, piece.len);
		feed(j, z, piece, ZSTD_e_continue, room);
		ros_mapping_forget(piece);
	}
	ros_put_le32(footer, j->crc);
	if (!j->err->code)
		feed(j, z, (struct ros_bytes){ footer, sizeof footer }, ZSTD_e_end, room);
	ZSTD_freeCCtx(z);
	free(room);
	return j->err->code;
}

static void sum_body(struct job *j)
{
	for (size_t at = 0, n; at < j->body.len; at += n) {
		n = j->body.len - at < PIECE ? j->body.len - at : PIECE;
		j->crc = ros_crc32(j->crc, j->body.ptr + at, n);
		ros_mapping_forget((struct ros_bytes){ j->body.ptr + at, n });
	}
}

/* What was read is forgotten, and what is literally in the source as well. */
static bool take_lz4(void *context, const uint8_t *bytes, size_t len, size_t in)
{
	struct job *j = context;

	ros_writer_put(&j->w, bytes, len);
	if (len && bytes >= j->body.ptr && bytes < j->body.ptr + j->body.len)
		ros_mapping_forget((struct ros_bytes){ bytes, len });
	if (in - j->done >= PIECE)
		ros_mapping_forget((struct ros_bytes){ j->body.ptr + j->done, in - j->done });
	j->done = in - j->done >= PIECE ? in : j->done;
	return !j->err->code;
}

static int lz4_body(struct job *j)
{
	size_t len = j->body.len + 4;
	uint8_t footer[4], size[4];

	if (len > LZ4_MAX_INPUT_SIZE)
		return ros_fail(j->err, ROS_ELIMIT, ROS_NO_OFFSET, "LZ4: a body of %zu bytes, one block holds at most %d: take zstd", len, LZ4_MAX_INPUT_SIZE);
	sum_body(j);
	ros_put_le32(footer, j->crc);
	ros_put_le32(size, (uint32_t)len);
	ros_writer_put(&j->w, size, sizeof size);
	return ros_lz4_deflate(j->body, (struct ros_bytes){ footer, sizeof footer }, j->level, take_lz4, j, j->err);
}

/* What was written, and has no name yet, is inflated again and must be what went in: that was read before, and is a sound file. */
static int read_back(struct job *j)
{
	struct ros_mapping back = ROS_MAPPING_INIT;
	uint64_t whole = j->src.bytes.len;
	struct ros_error odd = { 0 };
	uint8_t footer[4];
	uint32_t crc = 0;
	void *p;

	if (ros_writer_flush(&j->w) || ros_apr_check_inflated(j->w.pos, ros_apr_header_get(j->header).data_offset, whole, j->err))
		return j->err->code;
	p = mmap(NULL, j->w.pos, PROT_READ, MAP_PRIVATE, j->w.fd, 0);
	if (p == MAP_FAILED)
		return ros_fail_errno(j->err, errno, "cannot map %" PRIu64 " bytes", j->w.pos);
	back.bytes = (struct ros_bytes){ p, j->w.pos };
	ros_apr_inflated_crc(&back, whole, &crc, &odd);
	ros_mapping_release(&back);
	ros_put_le32(footer, j->crc);
	if (!odd.code && crc != ros_crc32(j->crc, footer, sizeof footer))
		ros_fail(&odd, ROS_EFORMAT, ROS_NO_OFFSET, "CRC-32 %08" PRIx32 " came out, %08" PRIx32 " went in", crc, ros_crc32(j->crc, footer, sizeof footer));
	if (odd.code)
		ros_fail(j->err, odd.code, odd.offset, "the compressed file does not hold what was compressed: %s", odd.text);
	return j->err->code;
}

int ros_apr_compress_file(const char *src, const char *dst, int kind, int level, bool force, struct ros_error *err)
{
	struct job j = { .src = ROS_MAPPING_INIT, .w = ROS_WRITER_INIT, .level = level, .err = err };

	if (kind != ROS_COMPRESS_LZ4 && kind != ROS_COMPRESS_ZSTD)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "lz4 or zstd wanted");
	if (start(&j, src, kind) || ros_writer_open(&j.w, dst, 0, force, err))
		goto out;
	ros_writer_put(&j.w, j.header, sizeof j.header);
	if (!(kind == ROS_COMPRESS_LZ4 ? lz4_body : zstd_body)(&j) && !read_back(&j))
		ros_writer_commit(&j.w);
out:
	ros_writer_release(&j.w);
	ros_mapping_release(&j.src);
	return err->code;
}
