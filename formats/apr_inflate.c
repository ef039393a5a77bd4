#include "formats/apr.h"

#include "formats/bytes.h"
#include "formats/digest.h"
#include "formats/lz4_block.h"
#include "formats/temporary.h"

#include <errno.h>
#include <inttypes.h>
#include <lz4.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#define PIECE ((size_t)1 << 20)
#define FORGET ((size_t)8 << 20)

bool ros_apr_body_is_plain(struct ros_bytes file)
{
	uint8_t after;

	if (file.len < ROS_APR_HEADER + 2 || file.ptr[ROS_APR_HEADER] != '{')
		return false;
	after = file.ptr[ROS_APR_HEADER + 1];
	return after == '"' || after == '}' || after == ' ' || after == '\n' || after == '\r' || after == '\t';
}

/* One way through the stream, from its beginning. */
struct inflation {
	const struct ros_mapping *from;
	bool lz4;
	int fd;                 /* the image; -1: only its CRC-32 is wanted */
	uint32_t crc;
	const char *folder;     /* where it lies */
	uint64_t made;          /* bytes of it that were written, the header with them */
	uint64_t end;           /* where it ends, or where it is enough */
	bool whole;             /* then nothing may follow; else what does is left out */
	size_t forgotten;       /* of the compressed bytes: their pages are given back */
	struct ros_error *err;
};

static struct ros_bytes body_of(const struct ros_mapping *file)
{
	return (struct ros_bytes){ file->bytes.ptr + ROS_APR_HEADER, file->bytes.len - ROS_APR_HEADER };
}

static int put(struct inflation *z, const uint8_t *bytes, size_t len)
{
	if (z->fd < 0) {
		z->crc = ros_crc32(z->crc, bytes, len);
		z->made += len;
		return z->err->code;
	}
	while (len && !z->err->code) {
		ssize_t n = pwrite(z->fd, bytes, len, (off_t)z->made);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ros_fail_errno(z->err, n ? errno : ENOSPC, "cannot write the inflated image to a temporary file");
		bytes += n;
		len -= (size_t)n;
		z->made += (uint64_t)n;
	}
	return z->err->code;
}

/* Takes LEN bytes of the image, made from the first IN of the stream; false where no more is wanted. */
static bool take(void *context, const uint8_t *bytes, size_t len, size_t in)
{
	struct inflation *z = context;
	uint64_t room = z->end > z->made ? z->end - z->made : 0;

	if (!z->whole && len > room)
		len = (size_t)room;
	else if (len > room)
		ros_fail(z->err, ROS_EFORMAT, ROS_APR_HEADER + in, "%s body: inflates to more than the %" PRIu64 " bytes that its index speaks of",
			 z->lz4 ? "LZ4" : "zstd", z->end);
	if (put(z, bytes, len))
		return false;
	if (in - z->forgotten >= FORGET) {
		ros_mapping_forget_at(z->from, ROS_APR_HEADER + z->forgotten, in - z->forgotten);
		z->forgotten = in;
	}
	return z->whole || z->made < z->end;
}

static int inflate_lz4(struct inflation *z, struct ros_bytes body)
{
	struct ros_error bad = { 0 };
	uint32_t size;

	if (body.len < 4)
		return ros_fail(z->err, ROS_EFORMAT, ROS_APR_HEADER, "LZ4 body: a 4-byte size wanted, %zu bytes left", body.len);
	size = ros_le32(body.ptr);
	if (size > (body.len - 4) * (uint64_t)ROS_LZ4_MAX_RATIO)
		return ros_fail(z->err, ROS_EFORMAT, ROS_APR_HEADER, "LZ4 body: %" PRIu32 " bytes declared, a block of %zu cannot hold as many",
				size, body.len - 4);
	if (size > LZ4_MAX_INPUT_SIZE || body.len - 4 > INT32_MAX)
		return ros_fail(z->err, ROS_ELIMIT, ROS_APR_HEADER, "LZ4 body: %" PRIu32 " bytes, one LZ4 block holds at most %d", size, LZ4_MAX_INPUT_SIZE);
	if (ros_lz4_inflate((struct ros_bytes){ body.ptr + 4, body.len - 4 }, take, z, &bad) && !z->err->code)
		return ros_fail(z->err, bad.code, bad.offset == ROS_NO_OFFSET ? bad.offset : ROS_APR_HEADER + 4 + bad.offset, "LZ4 body: %s", bad.text);
	if (!z->err->code && z->whole && z->made - ROS_APR_HEADER != size)
		ros_fail(z->err, ROS_EFORMAT, ROS_APR_HEADER, "LZ4 body: %" PRIu64 " bytes came out, %" PRIu32 " declared", z->made - ROS_APR_HEADER, size);
	return z->err->code;
}

/* The frame at BODY; *AT is how much of it was read, *LEFT 0 at its end. */
static void inflate_frame(struct inflation *z, ZSTD_DCtx *d, uint8_t *room, struct ros_bytes body, size_t *at, size_t *left)
{
	bool more = true;

	while (more && *left && !z->err->code) {
		ZSTD_inBuffer in = { body.ptr + *at, body.len - *at < PIECE ? body.len - *at : PIECE, 0 };
		ZSTD_outBuffer out = { room, PIECE, 0 };

		*left = ZSTD_decompressStream(d, &out, &in);
		*at += in.pos;
		if (ZSTD_isError(*left))
			ros_fail(z->err, ROS_EFORMAT, ROS_APR_HEADER + *at, "zstd body: %s", ZSTD_getErrorName(*left));
		else if (*left && !in.pos && !out.pos)
			ros_fail(z->err, ROS_EFORMAT, ROS_APR_HEADER + *at, "zstd body: cut short");
		else
			more = take(z, room, out.pos, *at);
	}
}

static int inflate_zstd(struct inflation *z, struct ros_bytes body)
{
	ZSTD_DCtx *d = ZSTD_createDCtx();
	uint8_t *room = malloc(PIECE);
	size_t at = 0, left = 1;

	if (!d || !room)
		ros_fail(z->err, ROS_ENOMEM, ROS_NO_OFFSET, "zstd body: no memory");
	else
		inflate_frame(z, d, room, body, &at, &left);
	if (!z->err->code && !left && at < body.len)
		ros_fail(z->err, ROS_EFORMAT, ROS_APR_HEADER + at, "zstd body: %zu bytes after its frame", body.len - at);
	ZSTD_freeDCtx(d);
	free(room);
	return z->err->code;
}

/* Makes the image anew: all of it, which must end by Z->end, or enough to reach there. */
static int inflate(struct inflation *z, bool whole)
{
	z->made = z->forgotten = 0;
	z->whole = whole;
	if (!put(z, z->from->bytes.ptr, ROS_APR_HEADER))
		(z->lz4 ? inflate_lz4 : inflate_zstd)(z, body_of(z->from));
	return z->err->code;
}

/* Where the image whose first LEN bytes lie in FD may end at most: after a footer behind the last tensor. */
static int find_end(const struct ros_apr_header *h, int fd, size_t len, uint64_t *end, struct ros_error *err)
{
	void *p = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
	struct ros_bytes image = { p, len };
	struct ros_model m;

	if (p == MAP_FAILED)
		return ros_fail_errno(err, errno, "cannot map %zu bytes", len);
	ros_model_init(&m, ROS_FORMAT_APR);
	if (!ros_apr_check_sections(h, image, err))
		ros_apr_read_index(&m, h, image, true, end, err);
	ros_model_release(&m);
	munmap(p, len);
	*end += 4;
	return err->code;
}

/* What a file of N bytes may inflate to. */
static uint64_t cap_of(uint64_t n)
{
	return n < (ROS_MAX_INFLATED - ROS_MAX_INFLATED_ANYWAY) / ROS_MAX_INFLATE_RATIO ?
		ROS_MAX_INFLATED_ANYWAY + ROS_MAX_INFLATE_RATIO * n : ROS_MAX_INFLATED;
}

int ros_apr_check_inflated(uint64_t file_bytes, uint64_t data_offset, uint64_t end, struct ros_error *err)
{
	uint64_t cap = cap_of(file_bytes);

	if (data_offset > ROS_MAX_INFLATED_HEADER)
		return ros_fail(err, ROS_ELIMIT, 32, "data_offset: %" PRIu64 ", the cap of a compressed file is %llu", data_offset, ROS_MAX_INFLATED_HEADER);
	if (end <= cap)
		return 0;
	return ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "inflates to %" PRIu64 " bytes, the cap of a compressed file of %" PRIu64 " is %" PRIu64,
			end, file_bytes, cap);
}

/* There is room for what the image up to Z->end has more than is there of it. */
static int check_room(const struct inflation *z)
{
	uint64_t wanted = z->end > z->made ? z->end - z->made : 0, free_bytes;

	if (!ros_temporary_lacks(z->fd, wanted, &free_bytes))
		return 0;
	return ros_fail(z->err, ROS_EIO, ROS_NO_OFFSET, "%" PRIu64 " bytes needed for the inflated image, %" PRIu64 " free in '%s'; set TMPDIR",
			wanted, free_bytes, z->folder);
}

int ros_apr_inflate(struct ros_mapping *map, const struct ros_apr_header *h, const char *path, bool head_only, struct ros_error *err)
{
	struct inflation z = { .from = map, .lz4 = h->flags & ROS_APR_LZ4, .end = h->data_offset, .err = err };

	if (ros_apr_check_inflated(map->bytes.len, h->data_offset, h->data_offset, err))
		return err->code;
	z.fd = ros_temporary_scratch(&z.folder, err);
	if (z.fd < 0)
		return err->code;
	if (!check_room(&z) && !inflate(&z, false) && !find_end(h, z.fd, z.made, &z.end, err)
	    && !ros_apr_check_inflated(map->bytes.len, h->data_offset, z.end, err) && (head_only || (!check_room(&z) && !inflate(&z, true))))
		return ros_mapping_replace(map, z.fd, path, err);
	close(z.fd);
	return err->code;
}

int ros_apr_inflated_crc(const struct ros_mapping *file, uint64_t len, uint32_t *crc, struct ros_error *err)
{
	struct inflation z = { .from = file, .lz4 = ros_apr_header_get(file->bytes.ptr).flags & ROS_APR_LZ4, .fd = -1, .end = len, .err = err };

	if (!inflate(&z, true) && z.made != len)
		ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "inflates to %" PRIu64 " bytes, not %" PRIu64, z.made, len);
	*crc = z.crc;
	return err->code;
}
