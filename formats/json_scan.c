#include "formats/json_scan.h"

#include "formats/utf8.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EXPECT_VALUE, EXPECT_FIRST_KEY, EXPECT_KEY, EXPECT_FIRST_ELEMENT, EXPECT_REST, EXPECT_NOTHING };

static int fail(struct ros_json_scan *s, size_t at, const char *text)
{
	return ros_fail(s->err, ROS_EFORMAT, s->base + at, "JSON: %s", text);
}

void ros_json_scan_init(struct ros_json_scan *s, struct ros_str text, uint64_t base, struct ros_error *err)
{
	size_t bad;

	*s = (struct ros_json_scan){ .text = text, .base = base, .err = err };
	if (text.len > ROS_MAX_JSON) {
		ros_fail(err, ROS_ELIMIT, base, "JSON: %zu bytes, the cap is %u", text.len, ROS_MAX_JSON);
		return;
	}
	bad = ros_utf8_check(text);
	if (bad < text.len)
		fail(s, bad, "not UTF-8");
	else if (text.len >= 3 && !memcmp(text.ptr, "\xef\xbb\xbf", 3))
		fail(s, 0, "a byte order mark stands before the value");
}

/* The next byte that is not blank; 0 at the end (a NUL in the text is no JSON either). */
static char peek(struct ros_json_scan *s)
{
	while (s->pos < s->text.len) {
		char c = s->text.ptr[s->pos];

		if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
			return c;
		s->pos++;
	}
	return 0;
}

static int hex4(const char *p)
{
	int v = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];
		int d = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;

		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

/* The \u escape at P (after the backslash), LEFT bytes readable: its code point, its length in *USED;
 * -1 where it is malformed or half a surrogate pair. */
static int32_t unicode_escape(const char *p, size_t left, size_t *used)
{
	int hi = left >= 5 ? hex4(p + 1) : -1, lo;

	*used = 5;
	if (hi < 0xd800 || hi > 0xdfff)
		return hi;
	lo = left >= 11 && p[5] == '\\' && p[6] == 'u' ? hex4(p + 7) : -1;
	if (hi > 0xdbff || lo < 0xdc00 || lo > 0xdfff)
		return -1;
	*used = 11;
	return 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
}

/* Passes the escape whose backslash is at s->pos. */
static void scan_escape(struct ros_json_scan *s)
{
	const char *p = s->text.ptr + s->pos + 1;
	size_t left = s->text.len - s->pos - 1, used = 1;

	s->escaped = true;
	if (!left || !*p || !strchr("\"\\/bfnrtu", *p))
		fail(s, s->pos, "an escape that JSON does not have");
	else if (*p == 'u' && unicode_escape(p, left, &used) < 0)
		fail(s, s->pos, "a \\u escape needs four hex digits, and surrogates come in pairs");
	s->pos += 1 + used;
}

/* A string whose opening quote is at s->pos; the token is what stands between the quotes. */
static enum ros_json_event scan_string(struct ros_json_scan *s, enum ros_json_event ev)
{
	const char *text = s->text.ptr;
	size_t start = ++s->pos;

	s->escaped = false;
	while (!s->err->code && s->pos < s->text.len) {
		unsigned char c = (unsigned char)text[s->pos];

		if (c == '"') {
			s->token = (struct ros_str){ text + start, s->pos++ - start };
			return s->event = ev;
		}
		if (c < 0x20)
			fail(s, s->pos, "a raw control character inside a string");
		else if (c == '\\')
			scan_escape(s);
		else
			s->pos++;
	}
	fail(s, s->text.len, "the text ends inside a string");
	return s->event = ROS_JSON_END;
}

static size_t scan_digits(struct ros_json_scan *s)
{
	size_t start = s->pos;

	while (s->pos < s->text.len && s->text.ptr[s->pos] >= '0' && s->text.ptr[s->pos] <= '9')
		s->pos++;
	return s->pos - start;
}

static bool take(struct ros_json_scan *s, char a, char b)
{
	if (s->pos >= s->text.len || (s->text.ptr[s->pos] != a && s->text.ptr[s->pos] != b))
		return false;
	s->pos++;
	return true;
}

static enum ros_json_event scan_number(struct ros_json_scan *s)
{
	size_t start = s->pos, lead;
	bool exponent = false, good;

	take(s, '-', '-');
	lead = s->pos;
	good = scan_digits(s) > 0 && (s->text.ptr[lead] != '0' || s->pos == lead + 1);
	s->whole = true;
	if (good && take(s, '.', '.')) {
		s->whole = false;
		good = scan_digits(s) > 0;
	}
	if (good && take(s, 'e', 'E')) {
		s->whole = false;
		exponent = true;
		if (!take(s, '+', '-'))
			take(s, '+', '-');
		good = scan_digits(s) > 0;
	}
	s->token = (struct ros_str){ s->text.ptr + start, s->pos - start };
	if (!good)
		fail(s, start, "a malformed number");
	else if ((exponent || s->token.len > 300) && isinf(ros_json_to_double(s->token)))
		fail(s, start, "a number out of range");
	return s->event = s->err->code ? ROS_JSON_END : ROS_JSON_NUMBER;
}

static enum ros_json_event scan_word(struct ros_json_scan *s)
{
	static const struct { const char *word; size_t len; enum ros_json_event event; } words[] = {
		{ "true", 4, ROS_JSON_TRUE }, { "false", 5, ROS_JSON_FALSE }, { "null", 4, ROS_JSON_NIL },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (s->text.len - s->pos >= words[i].len && !memcmp(s->text.ptr + s->pos, words[i].word, words[i].len)) {
			s->token = (struct ros_str){ s->text.ptr + s->pos, words[i].len };
			s->pos += words[i].len;
			return s->event = words[i].event;
		}
	fail(s, s->pos, s->pos < s->text.len ? "a value wanted" : "the text ends where a value is wanted");
	return s->event = ROS_JSON_END;
}

static void set_level(struct ros_json_scan *s, bool object)
{
	uint64_t bit = 1ull << s->depth % 64;

	s->object[s->depth / 64] = object ? s->object[s->depth / 64] | bit : s->object[s->depth / 64] & ~bit;
}

static bool in_object(const struct ros_json_scan *s)
{
	return s->object[s->depth / 64] >> s->depth % 64 & 1;
}

static enum ros_json_event open_level(struct ros_json_scan *s, bool object)
{
	if (s->depth == ROS_MAX_JSON_DEPTH) {
		ros_fail(s->err, ROS_ELIMIT, s->base + s->pos, "JSON: nested deeper than %d levels", ROS_MAX_JSON_DEPTH);
		return s->event = ROS_JSON_END;
	}
	s->depth++;
	s->pos++;
	set_level(s, object);
	s->expect = object ? EXPECT_FIRST_KEY : EXPECT_FIRST_ELEMENT;
	return s->event = object ? ROS_JSON_OPEN_OBJECT : ROS_JSON_OPEN_ARRAY;
}

static enum ros_json_event close_level(struct ros_json_scan *s)
{
	bool object = in_object(s);

	s->depth--;
	s->pos++;
	s->expect = s->depth ? EXPECT_REST : EXPECT_NOTHING;
	return s->event = object ? ROS_JSON_CLOSE_OBJECT : ROS_JSON_CLOSE_ARRAY;
}

static enum ros_json_event scan_value(struct ros_json_scan *s, char c)
{
	if (c == '{' || c == '[')
		return open_level(s, c == '{');
	s->expect = s->depth ? EXPECT_REST : EXPECT_NOTHING;
	if (c == '"')
		return scan_string(s, ROS_JSON_TEXT);
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(s);
	return scan_word(s);
}

static enum ros_json_event scan_key(struct ros_json_scan *s, char c)
{
	if (c != '"') {
		fail(s, s->pos, "a quoted key wanted");
		return s->event = ROS_JSON_END;
	}
	scan_string(s, ROS_JSON_KEY);
	if (s->err->code)
		return s->event;
	if (peek(s) != ':') {
		fail(s, s->pos, "':' wanted after a key");
		return s->event = ROS_JSON_END;
	}
	s->pos++;
	s->expect = EXPECT_VALUE;
	return s->event;
}

/* After a value inside an array or object: ',' and the next, or the end of the level. */
static enum ros_json_event scan_rest(struct ros_json_scan *s, char c)
{
	bool object = in_object(s);

	if (c == (object ? '}' : ']'))
		return close_level(s);
	if (c != ',') {
		fail(s, s->pos, object ? "',' or '}' wanted" : "',' or ']' wanted");
		return s->event = ROS_JSON_END;
	}
	s->pos++;
	c = peek(s);
	s->start = s->pos;
	return object ? scan_key(s, c) : scan_value(s, c);
}

enum ros_json_event ros_json_scan_next(struct ros_json_scan *s)
{
	char c;

	if (s->err->code)
		return s->event = ROS_JSON_END;
	c = peek(s);
	s->start = s->pos;
	switch (s->expect) {
	case EXPECT_FIRST_KEY:
		return c == '}' ? close_level(s) : scan_key(s, c);
	case EXPECT_FIRST_ELEMENT:
		return c == ']' ? close_level(s) : scan_value(s, c);
	case EXPECT_REST:
		return scan_rest(s, c);
	case EXPECT_VALUE:
		return scan_value(s, c);
	default:
		if (s->pos < s->text.len)
			fail(s, s->pos, "something follows the value");
		return s->event = ROS_JSON_END;
	}
}

void ros_json_scan_skip(struct ros_json_scan *s)
{
	unsigned until = s->depth;

	if (s->event == ROS_JSON_OPEN_OBJECT || s->event == ROS_JSON_OPEN_ARRAY)
		until--;
	do {
		if (ros_json_scan_next(s) == ROS_JSON_END)
			return;
	} while (s->depth > until);
}

static char plain_escape(char c)
{
	switch (c) {
	case 'b': return '\b';
	case 'f': return '\f';
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	default: return c;
	}
}

struct ros_str ros_json_scan_str(struct ros_json_scan *s, struct ros_arena *arena)
{
	const char *p = s->token.ptr, *end = p + s->token.len;
	char *out, *o;

	if (!s->escaped)
		return s->token;
	o = out = ros_arena_alloc(arena, s->token.len + 1, 1, s->err);   /* decoding never lengthens */
	if (!out)
		return (struct ros_str){ NULL, 0 };
	while (p < end) {
		size_t used = 1;

		if (*p != '\\') {
			*o++ = *p++;
			continue;
		}
		p++;
		if (*p == 'u')
			o += ros_utf8_put((uint32_t)unicode_escape(p, (size_t)(end - p), &used), o);
		else
			*o++ = plain_escape(*p);
		p += used;
	}
	*o = 0;
	return (struct ros_str){ out, (size_t)(o - out) };
}

bool ros_json_scan_u64(const struct ros_json_scan *s, uint64_t *out)
{
	uint64_t v = 0;

	if (s->event != ROS_JSON_NUMBER || !s->whole || s->token.ptr[0] == '-')
		return false;
	for (size_t i = 0; i < s->token.len; i++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(s->token.ptr[i] - '0'), &v))
			return false;
	*out = v;
	return true;
}

int ros_json_scan_fail(struct ros_json_scan *s, const char *wanted)
{
	return ros_fail(s->err, ROS_EFORMAT, s->base + s->start, "%s", wanted);
}

double ros_json_to_double(struct ros_str text)
{
	char small[128], *copy = text.len < sizeof small ? small : malloc(text.len + 1), *point;
	double v = HUGE_VAL;

	if (!copy)
		return v;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = 0;
	point = strchr(copy, '.');
	if (point)
		*point = *localeconv()->decimal_point;   /* strtod wants the locale's; a one-byte one is assumed */
	v = strtod(copy, NULL);
	if (copy != small)
		free(copy);
	return v;
}
