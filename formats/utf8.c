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
