#include "contracts/base64.h"

#include <limits.h>
#include <openssl/evp.h>

struct ros_str ros_base64(struct ros_bytes data, struct ros_arena *arena, struct ros_error *err)
{
	unsigned char *text = NULL;

	if (data.len > INT_MAX / 2)
		ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "base64: %zu bytes are too many", data.len);
	else
		text = ros_arena_alloc(arena, (data.len + 2) / 3 * 4 + 1, 1, err);
	if (!text)
		return (struct ros_str){ NULL, 0 };
	if (data.len)
		EVP_EncodeBlock(text, data.ptr, (int)data.len);
	return (struct ros_str){ (const char *)text, (data.len + 2) / 3 * 4 };
}

int ros_unbase64(struct ros_str text, struct ros_arena *arena, struct ros_bytes *data, struct ros_error *err)
{
	uint8_t *bytes;
	int len = 0;

	if (text.len % 4 || text.len > INT_MAX)
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "base64: %zu characters, not whole groups of four", text.len);
	bytes = ros_arena_alloc(arena, text.len / 4 * 3, 1, err);
	if (!bytes)
		return err->code;
	if (text.len)
		len = EVP_DecodeBlock(bytes, (const unsigned char *)text.ptr, (int)text.len);
	if (len < 0)
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "base64: a character that does not belong");
	for (size_t i = text.len; i > 0 && len && text.ptr[i - 1] == '='; i--)
		len--;
	*data = (struct ros_bytes){ bytes, (size_t)len };
	return 0;
}
