#include "formats/utf8.h"

#include <string.h>

size_t ros_utf8_check(struct ros_str text)
{
	size_t i = 0;

	while (i < text.len) {
		uint64_t eight;
		unsigned n;

		while (i + 8 <= text.len) {
			memcpy(&eight, text.ptr + i, 8);
			if (eight & 0x8080808080808080u)
				break;
			i += 8;
		}
		if (i == text.len)
			break;
		n = ros_utf8_char(text.ptr + i, text.len - i);
		if (!n)
			return i;
		i += n;
	}
	return text.len;
}

uint32_t ros_utf8_code(const char *text, unsigned n)
{
	const uint8_t *p = (const uint8_t *)text;
	uint32_t code = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));

	for (unsigned i = 1; i < n; i++)
		code = code << 6 | (p[i] & 0x3f);
	return code;
}

bool ros_utf8_acts(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f)
		|| (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe0fff);
}

unsigned ros_utf8_put(uint32_t code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}
