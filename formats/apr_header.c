#include "formats/apr.h"

#include "formats/bytes.h"
#include "formats/digest.h"

#define CHECKSUM_AT 40
#define RESERVED_AT 44

struct ros_apr_header ros_apr_header_get(const uint8_t *b)
{
	struct ros_apr_header h = {
		.major = b[4], .minor = b[5], .flags = ros_le16(b + 6), .tensor_count = ros_le32(b + 8),
		.metadata_offset = ros_le64(b + 12), .metadata_size = ros_le32(b + 20),
		.index_offset = ros_le64(b + 24), .data_offset = ros_le64(b + 32),
		.checksum = ros_le32(b + CHECKSUM_AT), .reserved_zero = true,
	};

	for (int i = RESERVED_AT; i < ROS_APR_HEADER; i++)
		h.reserved_zero = h.reserved_zero && !b[i];
	return h;
}

uint32_t ros_apr_header_crc(const uint8_t *b)
{
	return ros_crc32(ros_crc32(0, b, CHECKSUM_AT), b + RESERVED_AT, ROS_APR_HEADER - RESERVED_AT);
}

void ros_apr_header_put(const struct ros_apr_header *h, uint8_t *b)
{
	memset(b, 0, ROS_APR_HEADER);
	memcpy(b, "APR", 4);
	b[4] = h->major;
	b[5] = h->minor;
	ros_put_le16(b + 6, h->flags);
	ros_put_le32(b + 8, h->tensor_count);
	ros_put_le64(b + 12, h->metadata_offset);
	ros_put_le32(b + 20, h->metadata_size);
	ros_put_le64(b + 24, h->index_offset);
	ros_put_le64(b + 32, h->data_offset);
	ros_put_le32(b + CHECKSUM_AT, ros_apr_header_crc(b));
}
