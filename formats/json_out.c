/* Writing JSON text. */
#include "formats/json.h"

#include "formats/limits.h"
#include "formats/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVELS (sizeof ((struct ros_json_out *)0)->comma)

void ros_json_out_init(struct ros_json_out *o, int indent)
{
	*o = (struct ros_json_out){ .max = ROS_MAX_JSON, .indent = indent };
}

void ros_json_out_release(struct ros_json_out *o)
{
	free(o->text);
	ros_json_out_init(o, o->indent);
}

/* Room for LEN more bytes and a NUL; NULL once anything has failed. */
static char *room_for(struct ros_json_out *o, size_t len)
{
	size_t room = o->room ? o->room : 256;
	char *text;

	if (o->failed || len >= o->max - o->len) {
		o->failed = true;
		return NULL;
	}
	if (o->len + len < o->room)
		return o->text + o->len;
	while (room <= o->len + len)
		room *= 2;
	text = realloc(o->text, room);
	if (!text) {
		o->failed = true;
		return NULL;
	}
	o->text = text;
	o->room = room;
	return text + o->len;
}

static void put(struct ros_json_out *o, const char *text, size_t len)
{
	char *at = room_for(o, len);

	if (!at)
		return;
	memcpy(at, text, len);
	at[len] = 0;
	o->len += len;
}

static void put_newline(struct ros_json_out *o)
{
	if (!o->indent)
		return;
	put(o, "\n", 1);
	for (int i = 0; i < o->indent * o->depth; i++)
		put(o, " ", 1);
}

static void put_unit(struct ros_json_out *o, uint32_t unit)
{
	char code[8];

	snprintf(code, sizeof code, "\\u%04x", (unsigned)unit & 0xffff);
	put(o, code, 6);
}

/* CODE as one or two units of UTF-16. */
static void put_code(struct ros_json_out *o, uint32_t code)
{
	if (code < 0x10000) {
		put_unit(o, code);
		return;
	}
	put_unit(o, 0xd800 + ((code - 0x10000) >> 10));
	put_unit(o, 0xdc00 + ((code - 0x10000) & 0x3ff));
}

/* One character of a string that cannot stand as it is; returns the bytes of TEXT it stands for. */
static size_t put_escape(struct ros_json_out *o, const char *text, size_t left)
{
	static const char shorts[] = { ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\' };
	unsigned char c = (unsigned char)*text;
	unsigned n;

	if (c < sizeof shorts && shorts[c]) {
		put(o, (char[]){ '\\', shorts[c] }, 2);
		return 1;
	}
	n = ros_utf8_char(text, left);
	if (n && (c < 0x20 || (o->shown && ros_utf8_acts(ros_utf8_code(text, n)))))
		put_code(o, ros_utf8_code(text, n));
	else if (n)
		put(o, text, n);
	else
		put(o, "\xef\xbf\xbd", 3);   /* JSON is UTF-8: a byte that is not becomes U+FFFD */
	return n ? n : 1;
}

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x7f && c != '"' && c != '\\';
}

static void put_quoted(struct ros_json_out *o, struct ros_str s)
{
	size_t i = 0;

	put(o, "\"", 1);
	while (i < s.len) {
		size_t run = i;

		while (run < s.len && is_plain(s.ptr[run]))
			run++;
		if (run > i)
			put(o, s.ptr + i, run - i);
		i = run;
		if (i < s.len)
			i += put_escape(o, s.ptr + i, s.len - i);
	}
	put(o, "\"", 1);
}

static void begin_item(struct ros_json_out *o, struct ros_str key)
{
	if (o->depth < 0 || (size_t)o->depth >= LEVELS) {
		o->failed = true;
		return;
	}
	if (o->comma[o->depth])
		put(o, ",", 1);
	o->comma[o->depth] = true;
	if (o->depth)
		put_newline(o);
	if (!key.ptr)
		return;
	put_quoted(o, key);
	put(o, ": ", o->indent ? 2 : 1);
}

static void open_level(struct ros_json_out *o, struct ros_str key, const char *bracket)
{
	begin_item(o, key);
	put(o, bracket, 1);
	if ((size_t)++o->depth >= LEVELS)
		o->failed = true;
	else
		o->comma[o->depth] = false;
}

static void close_level(struct ros_json_out *o, const char *bracket)
{
	bool any = o->depth > 0 && (size_t)o->depth < LEVELS && o->comma[o->depth];

	if (o->depth <= 0)
		o->failed = true;
	else
		o->depth--;
	if (any)
		put_newline(o);
	put(o, bracket, 1);
}

void ros_json_open_object(struct ros_json_out *o, const char *key)
{
	open_level(o, ros_str_of(key), "{");
}

void ros_json_open_objectk(struct ros_json_out *o, struct ros_str key)
{
	open_level(o, key, "{");
}

void ros_json_close_object(struct ros_json_out *o)
{
	close_level(o, "}");
}

void ros_json_open_array(struct ros_json_out *o, const char *key)
{
	open_level(o, ros_str_of(key), "[");
}

void ros_json_close_array(struct ros_json_out *o)
{
	close_level(o, "]");
}

void ros_json_put_strk(struct ros_json_out *o, struct ros_str key, struct ros_str value)
{
	begin_item(o, key);
	put_quoted(o, value);
}

void ros_json_put_str(struct ros_json_out *o, const char *key, struct ros_str value)
{
	ros_json_put_strk(o, ros_str_of(key), value);
}

static void put_plain(struct ros_json_out *o, struct ros_str key, const char *text)
{
	begin_item(o, key);
	put(o, text, strlen(text));
}

void ros_json_put_u64k(struct ros_json_out *o, struct ros_str key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, value);
	put_plain(o, key, text);
}

void ros_json_put_u64(struct ros_json_out *o, const char *key, uint64_t value)
{
	ros_json_put_u64k(o, ros_str_of(key), value);
}

void ros_json_put_i64(struct ros_json_out *o, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, value);
	put_plain(o, ros_str_of(key), text);
}

void ros_json_put_bool(struct ros_json_out *o, const char *key, bool value)
{
	put_plain(o, ros_str_of(key), value ? "true" : "false");
}

void ros_json_put_null(struct ros_json_out *o, const char *key)
{
	put_plain(o, ros_str_of(key), "null");
}

/* DIGITS is "d.ddde[+-]xx" as %e prints it (any one-byte decimal point); OUT becomes plain between 1e-4 and 1e16,
 * scientific outside, and always keeps a '.' or an 'e', as Python and JavaScript tools print reals. */
static void lay_out_real(const char *digits, char *out)
{
	const char *e = strchr(digits, 'e');
	int exponent = atoi(e + 1), n = 0;
	char d[24];

	if (*digits == '-')
		*out++ = *digits++;
	for (const char *p = digits; p < e; p++)
		if (*p >= '0' && *p <= '9')
			d[n++] = *p;
	while (n > 1 && d[n - 1] == '0')
		n--;
	if (exponent < -4 || exponent >= 16) {
		*out++ = d[0];
		if (n > 1)
			*out++ = '.';
		memcpy(out, d + 1, (size_t)n - 1);
		sprintf(out + n - 1, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
		return;
	}
	if (exponent < 0) {
		*out++ = '0';
		*out++ = '.';
		for (int i = -1; i > exponent; i--)
			*out++ = '0';
	}
	for (int i = 0; i < n || i <= exponent; i++) {
		if (exponent >= 0 && i == exponent + 1)
			*out++ = '.';
		*out++ = i < n ? d[i] : '0';
	}
	if (exponent >= n - 1) {
		*out++ = '.';
		*out++ = '0';
	}
	*out = 0;
}

void ros_json_put_f64(struct ros_json_out *o, const char *key, double value)
{
	char digits[40], text[48];

	if (!isfinite(value)) {
		ros_json_put_null(o, key);
		return;
	}
	for (int p = 0; p <= 16; p++) {
		snprintf(digits, sizeof digits, "%.*e", p, value);
		if (strtod(digits, NULL) == value)
			break;
	}
	lay_out_real(digits, text);
	put_plain(o, ros_str_of(key), text);
}

void ros_json_put_f32(struct ros_json_out *o, const char *key, float value)
{
	char digits[40], text[48];

	if (!isfinite(value)) {
		ros_json_put_null(o, key);
		return;
	}
	for (int p = 0; p <= 8; p++) {
		snprintf(digits, sizeof digits, "%.*e", p, (double)value);
		if (strtof(digits, NULL) == value)
			break;
	}
	lay_out_real(digits, text);
	put_plain(o, ros_str_of(key), text);
}

static void put_tree(struct ros_json_out *o, struct ros_str key, const struct ros_json *v)
{
	switch (v->type) {
	case ROS_JSON_NULL:
		put_plain(o, key, "null");
		break;
	case ROS_JSON_BOOL:
		put_plain(o, key, v->boolean ? "true" : "false");
		break;
	case ROS_JSON_INT:
	case ROS_JSON_REAL:
		begin_item(o, key);
		put(o, v->text.ptr, v->text.len);
		break;
	case ROS_JSON_STRING:
		ros_json_put_strk(o, key, v->text);
		break;
	case ROS_JSON_ARRAY:
	case ROS_JSON_OBJECT:
		open_level(o, key, v->type == ROS_JSON_OBJECT ? "{" : "[");
		for (const struct ros_json *c = v->first; c && !o->failed; c = c->next)
			put_tree(o, c->key, c);
		close_level(o, v->type == ROS_JSON_OBJECT ? "}" : "]");
		break;
	}
}

void ros_json_put_value(struct ros_json_out *o, const char *key, const struct ros_json *value)
{
	put_tree(o, ros_str_of(key), value);
}
