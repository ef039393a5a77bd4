#include "rosetta/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)1 << 30)

static bool reserve(struct ros_text *t, size_t more)
{
	size_t room = t->room ? t->room : 256;
	char *ptr;

	if (t->failed)
		return false;
	while (room - t->len <= more && room < TEXT_MAX)
		room *= 2;
	if (room == t->room)
		return true;
	ptr = room - t->len > more ? realloc(t->ptr, room) : NULL;
	if (!ptr) {
		t->failed = true;
		return false;
	}
	t->ptr = ptr;
	t->room = room;
	return true;
}

void ros_text_put(struct ros_text *t, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		t->failed = true;
	else if (reserve(t, (size_t)n + 1))
		t->len += (size_t)vsnprintf(t->ptr + t->len, t->room - t->len, fmt, again);
	va_end(again);
	va_end(ap);
}

/* Bytes of the well-formed UTF-8 sequence at P, 0 where there is none (overlong forms and surrogates included). */
static size_t utf8_len(const uint8_t *p, size_t left)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;

	if (!n || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

/* The code point of the N bytes of valid UTF-8 at P. */
static uint32_t code_point(const uint8_t *p, size_t n)
{
	uint32_t code = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));

	for (size_t i = 1; i < n; i++)
		code = code << 6 | (p[i] & 0x3f);
	return code;
}

/* Control characters, C1, and what reorders or hides text (CWE-150). */
static bool harmful(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f)
		|| (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe0fff);
}

void ros_text_put_escaped(struct ros_text *t, struct ros_str s)
{
	for (size_t i = 0; i < s.len;) {
		const uint8_t *p = (const uint8_t *)s.ptr + i;
		size_t n = utf8_len(p, s.len - i);

		if (n && !harmful(code_point(p, n))) {
			ros_text_put(t, "%.*s", (int)n, (const char *)p);
			i += n;
			continue;
		}
		for (size_t end = i + (n ? n : 1); i < end; i++)
			ros_text_put(t, "\\x%02x", s.ptr[i] & 0xff);
	}
}

void ros_text_put_bytes(struct ros_text *t, uint64_t bytes)
{
	static const char *const unit[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	double v = (double)bytes;
	size_t u = 0;

	while (v >= 1000 && u + 1 < sizeof unit / sizeof *unit) {
		v /= 1000;
		u++;
	}
	if (u)
		ros_text_put(t, "%.*f %s", v < 10 ? 2 : v < 100 ? 1 : 0, v, unit[u]);
	else
		ros_text_put(t, "%" PRIu64 " B", bytes);
}

void ros_text_pad(struct ros_text *t, size_t column)
{
	size_t line = t->len, width;

	if (t->failed || !t->ptr)
		return;
	while (line && t->ptr[line - 1] != '\n')
		line--;
	width = t->len - line;
	ros_text_put(t, "%*s", (int)(width < column ? column - width : 1), "");
}

char *ros_text_take(struct ros_text *t)
{
	char *ptr;

	ros_text_put(t, "%s", "");
	ptr = t->failed ? NULL : t->ptr;
	if (!ptr)
		free(t->ptr);
	*t = (struct ros_text){ 0 };
	return ptr;
}

void ros_text_release(struct ros_text *t)
{
	free(t->ptr);
	*t = (struct ros_text){ 0 };
}
