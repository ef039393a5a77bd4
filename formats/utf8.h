/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef ROS_FORMATS_UTF8_H
#define ROS_FORMATS_UTF8_H

#include "formats/types.h"

/* Bytes of the character at P, of which LEFT bytes may be read; 0 where it is not UTF-8. */
static inline unsigned ros_utf8_char(const char *text, size_t left)
{
	const uint8_t *p = (const uint8_t *)text;
	unsigned n;

	if (!left)
		return 0;
	if (p[0] < 0x80)
		return 1;
	n = p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;
	if (!n || n > left)
		return 0;
	for (unsigned i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0) ||   /* overlong; surrogate */
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90))     /* overlong; above U+10FFFF */
		return 0;
	return n;
}

/* The code point of the N bytes that ros_utf8_char found at TEXT. */
uint32_t ros_utf8_code(const char *text, unsigned n);

/* Whether the character CODE acts on a terminal or reorders or hides what stands beside it (CWE-150): control characters,
 * C1, marks of direction, what has no width. */
bool ros_utf8_acts(uint32_t code);

/* Offset of the first byte that is not UTF-8; TEXT.len where all is. */
size_t ros_utf8_check(struct ros_str text);

/* Writes the character CODE (not a surrogate, at most 0x10ffff) to OUT[4]; returns its bytes. */
unsigned ros_utf8_put(uint32_t code, char *out);

#endif
