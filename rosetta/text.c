#include "rosetta/text.h"

#include "formats/utf8.h"

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

size_t ros_text_harmless(struct ros_str s, size_t at)
{
	unsigned n = ros_utf8_char(s.ptr + at, s.len - at);

	return n && !ros_utf8_acts(ros_utf8_code(s.ptr + at, n)) ? n : 0;
}

void ros_text_put_escaped(struct ros_text *t, struct ros_str s)
{
	for (size_t i = 0, n; i < s.len; i += n ? n : 1) {
		n = ros_text_harmless(s, i);
		if (n)
			ros_text_put(t, "%.*s", (int)n, s.ptr + i);
		else
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
