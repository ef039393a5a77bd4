#include "contracts/json_members.h"

#include <string.h>

/* Scans the value that comes next and sets *VALUE to its text. */
static void take_value(struct ros_json_scan *s, struct ros_str *value)
{
	enum ros_json_event ev = ros_json_scan_next(s);
	size_t start = s->start;

	if (ev == ROS_JSON_OPEN_OBJECT || ev == ROS_JSON_OPEN_ARRAY)
		ros_json_scan_skip(s);
	*value = (struct ros_str){ s->text.ptr + start, s->pos - start };
}

int ros_json_members(struct ros_json_members *m, struct ros_str text, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_json_scan s;

	m->count = 0;
	ros_json_scan_init(&s, text, 0, err);
	if (ros_json_scan_next(&s) != ROS_JSON_OPEN_OBJECT)
		return ros_json_scan_fail(&s, "an object");
	while (ros_json_scan_next(&s) == ROS_JSON_KEY) {
		struct ros_str key = ros_json_scan_str(&s, arena);

		for (size_t i = 0; i < m->count; i++)
			if (ros_str_equal(m->at[i].key, key))
				return ros_json_scan_fail(&s, "a key that occurs once");
		if (m->count == ROS_JSON_MEMBERS)
			return ros_fail(err, ROS_ELIMIT, s.start, "JSON: more than %d members", ROS_JSON_MEMBERS);
		m->at[m->count].key = key;
		take_value(&s, &m->at[m->count++].value);
	}
	return err->code;
}

struct ros_str ros_json_member_text(const struct ros_json_members *m, const char *key)
{
	for (size_t i = 0; i < m->count; i++)
		if (ros_str_equal(m->at[i].key, ros_str_of(key)))
			return m->at[i].value;
	return (struct ros_str){ NULL, 0 };
}

const struct ros_json *ros_json_member(const struct ros_json_members *m, const char *key, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_str text = ros_json_member_text(m, key);

	return text.len && !err->code ? ros_json_parse(text, arena, err) : NULL;
}

int ros_json_count(struct ros_str text, size_t *count, struct ros_error *err)
{
	struct ros_json_scan s;
	enum ros_json_event ev;

	*count = 0;
	ros_json_scan_init(&s, text, 0, err);
	ev = ros_json_scan_next(&s);
	if (ev != ROS_JSON_OPEN_OBJECT && ev != ROS_JSON_OPEN_ARRAY)
		return ros_json_scan_fail(&s, "an object or array");
	while ((ev = ros_json_scan_next(&s)) != ROS_JSON_END && s.depth) {
		if (ev == ROS_JSON_KEY)
			continue;
		if (ev == ROS_JSON_OPEN_OBJECT || ev == ROS_JSON_OPEN_ARRAY)
			ros_json_scan_skip(&s);
		++*count;
	}
	return err->code;
}

/* A copy of TEXT in which Infinity and NaN are null and "", of the same length: offsets in messages stay right. */
static struct ros_str without_python_numbers(struct ros_str text, struct ros_arena *arena, struct ros_error *err)
{
	static const struct { const char *word, *instead; } rows[] = {
		{ "-Infinity", "null     " }, { "Infinity", "null    " }, { "NaN", "\"\" " },
	};
	struct ros_str copy = ros_arena_str(arena, text, err);
	char *at = (char *)(uintptr_t)copy.ptr;
	bool quoted = false;

	for (size_t i = 0; i < copy.len; i++) {
		if (quoted && at[i] == '\\')
			i++;
		else if (at[i] == '"')
			quoted = !quoted;
		for (size_t k = 0; !quoted && i < copy.len && k < sizeof rows / sizeof *rows; k++) {
			size_t n = strlen(rows[k].word);

			if (copy.len - i >= n && !memcmp(at + i, rows[k].word, n))
				memcpy(at + i, rows[k].instead, n);
		}
	}
	return copy;
}

struct ros_json *ros_json_parse_python(struct ros_str text, struct ros_arena *arena, struct ros_error *err)
{
	if (memmem(text.ptr, text.len, "Infinity", 8) || memmem(text.ptr, text.len, "NaN", 3))
		text = without_python_numbers(text, arena, err);
	return err->code ? NULL : ros_json_parse(text, arena, err);
}
