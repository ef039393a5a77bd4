/* APR files built by the book, without the writer's help. */
#ifndef ROS_TESTS_APR_FILE_H
#define ROS_TESTS_APR_FILE_H

#include "formats/apr.h"
#include "formats/digest.h"
#include "rosetta/checksum.h"
#include "tests/unit/blob.h"

#define META "{\"model_type\":\"test\",\"total_size\":0,\"param_count\":0}"

struct spec { const char *name; uint8_t type, ndim; uint64_t dim[ROS_MAX_DIMS], size; };

/* Puts the two checksums right. */
static inline void seal(struct blob *o)
{
	ros_put_le32(o->b + 40, ros_apr_header_crc(o->b));
	ros_put_le32(o->b + o->len - 4, ros_crc32(0, o->b, o->len - 4));
}

static inline void build(struct blob *o, const char *meta, uint16_t flags, const struct spec *t, uint32_t count)
{
	uint64_t at = 0;

	blob_put(o, "APR\0\2\0", 6);
	blob_u16(o, flags);
	blob_u32(o, count);
	blob_u64(o, 64);
	blob_u32(o, (uint32_t)strlen(meta));
	while (o->len < 64)
		blob_u8(o, 0);
	blob_put(o, meta, strlen(meta));
	blob_align(o, 64);
	ros_put_le64(o->b + 24, o->len);
	for (uint32_t i = 0; i < count; i++) {
		blob_u16(o, (uint16_t)strlen(t[i].name));
		blob_put(o, t[i].name, strlen(t[i].name));
		blob_u8(o, t[i].type);
		blob_u8(o, t[i].ndim);
		for (int d = 0; d < t[i].ndim; d++)
			blob_u64(o, t[i].dim[d]);
		blob_u64(o, at);
		blob_u64(o, t[i].size);
		at += (t[i].size + 63) / 64 * 64;
	}
	blob_align(o, 64);
	ros_put_le64(o->b + 32, o->len);
	for (uint32_t i = 0; i < count; i++) {
		blob_fill(o, t[i].size);
		blob_align(o, 64);
	}
	blob_u32(o, 0);
	seal(o);
}

static const struct spec three[] = { { "a", 0, 1, { 5 }, 20 }, { "b", 0, 2, { 3, 7 }, 84 }, { "c", 0, 1, { 6 }, 24 } };
#define INDEX_AT 128                    /* META is 53 bytes */
#define ENTRY_B (INDEX_AT + 29)         /* a's entry: 2 + 1 + 1 + 1 + 8 + 16 */
#define DATA_AT 256

static inline void base(struct blob *o)
{
	build(o, META, ROS_APR_ROW_MAJOR, three, 3);
}

static inline int read_whole(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err)
{
	return ros_apr_read(m, opt, err) ? (int)err->code : ros_checksum_check(m, NULL, err);
}

#endif
