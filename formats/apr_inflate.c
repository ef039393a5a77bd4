#include "formats/apr.h"

#include "formats/bytes.h"

#include <inttypes.h>
#include <lz4.h>
#include <stdlib.h>
#include <zstd.h>

#define LZ4_MAX_RATIO 255       /* a byte of an LZ4 block never stands for more (lz4_Block_format.md) */
#define FIRST_ROOM ((size_t)1 << 20)

bool ros_apr_body_is_plain(struct ros_bytes file)
{
	uint8_t after;

	if (file.len < ROS_APR_HEADER + 2 || file.ptr[ROS_APR_HEADER] != '{')
		return false;
	after = file.ptr[ROS_APR_HEADER + 1];
	return after == '"' || after == '}' || after == ' ' || after == '\n' || after == '\r' || after == '\t';
}

/* The most that BODY bytes may become. */
static uint64_t cap_of(size_t body)
{
	uint64_t cap = (uint64_t)body * ROS_MAX_INFLATE_RATIO;

	return cap < ROS_MAX_INFLATED ? cap : ROS_MAX_INFLATED;
}

static int inflate_lz4(struct ros_bytes body, uint8_t **image, size_t *len, struct ros_error *err)
{
	uint32_t size;
	int made;

	if (body.len < 4)
		return ros_fail(err, ROS_EFORMAT, ROS_APR_HEADER, "LZ4 body: a 4-byte size wanted, %zu bytes left", body.len);
	size = ros_le32(body.ptr);
	if (size > (body.len - 4) * (uint64_t)LZ4_MAX_RATIO)
		return ros_fail(err, ROS_EFORMAT, ROS_APR_HEADER, "LZ4 body: %" PRIu32 " bytes declared, a block of %zu cannot hold as many",
				size, body.len - 4);
	if (size > LZ4_MAX_INPUT_SIZE || body.len - 4 > INT32_MAX)
		return ros_fail(err, ROS_ELIMIT, ROS_APR_HEADER, "LZ4 body: %" PRIu32 " bytes, one LZ4 block holds at most %d", size, LZ4_MAX_INPUT_SIZE);
	*image = malloc(ROS_APR_HEADER + (size_t)size);
	if (!*image)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "LZ4 body: no memory for %" PRIu32 " bytes", size);
	made = LZ4_decompress_safe((const char *)body.ptr + 4, (char *)*image + ROS_APR_HEADER, (int)(body.len - 4), (int)size);
	if (made < 0 || (uint32_t)made != size)
		return ros_fail(err, ROS_EFORMAT, ROS_APR_HEADER, "LZ4 body: damaged, or not the %" PRIu32 " bytes that it declares", size);
	*len = ROS_APR_HEADER + (size_t)size;
	return 0;
}

/* Makes room for more; doubles up to CAP. */
static int grow(uint8_t **image, size_t *room, uint64_t cap, struct ros_error *err)
{
	size_t more = *room ? *room * 2 : FIRST_ROOM;
	uint8_t *p;

	if (*room >= cap + ROS_APR_HEADER)
		return ros_fail(err, ROS_ELIMIT, ROS_APR_HEADER, "zstd body: inflates to more than %" PRIu64 " bytes, the cap", cap);
	if (more > cap + ROS_APR_HEADER)
		more = cap + ROS_APR_HEADER;
	p = realloc(*image, more);
	if (!p)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "zstd body: no memory for %zu bytes", more);
	*image = p;
	*room = more;
	return 0;
}

static int inflate_zstd(struct ros_bytes body, uint8_t **image, size_t *len, struct ros_error *err)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	ZSTD_inBuffer in = { body.ptr, body.len, 0 };
	size_t room = 0, left = 1;

	*len = ROS_APR_HEADER;
	if (!z)
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "zstd body: no memory");
	while (!err->code && left) {
		ZSTD_outBuffer out;
		size_t before = in.pos;

		if (*len >= room && grow(image, &room, cap_of(body.len), err))
			break;
		out = (ZSTD_outBuffer){ *image, room, *len };
		left = ZSTD_decompressStream(z, &out, &in);
		if (ZSTD_isError(left))
			ros_fail(err, ROS_EFORMAT, ROS_APR_HEADER + in.pos, "zstd body: %s", ZSTD_getErrorName(left));
		else if (left && in.pos == before && out.pos == *len)
			ros_fail(err, ROS_EFORMAT, ROS_APR_HEADER + in.pos, "zstd body: cut short");
		*len = out.pos;
	}
	if (!err->code && in.pos < in.size)
		ros_fail(err, ROS_EFORMAT, ROS_APR_HEADER + in.pos, "zstd body: %zu bytes after its frame", in.size - in.pos);
	ZSTD_freeDCtx(z);
	return err->code;
}

int ros_apr_inflate(struct ros_bytes file, uint16_t flags, uint8_t **image, size_t *len, struct ros_error *err)
{
	struct ros_bytes body = { file.ptr + ROS_APR_HEADER, file.len - ROS_APR_HEADER };

	*image = NULL;
	if ((flags & ROS_APR_LZ4 ? inflate_lz4 : inflate_zstd)(body, image, len, err)) {
		free(*image);
		*image = NULL;
		return err->code;
	}
	memcpy(*image, file.ptr, ROS_APR_HEADER);
	return 0;
}
