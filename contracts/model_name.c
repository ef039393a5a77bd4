#include "contracts/model_name.h"

#include <ctype.h>
#include <string.h>

static struct ros_str after_last_slash(struct ros_str s)
{
	for (size_t i = s.len; i > 0; i--)
		if (s.ptr[i - 1] == '/')
			return (struct ros_str){ s.ptr + i, s.len - i };
	return s;
}

/* Without the last component; empty when there is none. */
static struct ros_str parent(struct ros_str s)
{
	struct ros_str last = after_last_slash(s);

	s.len = last.len < s.len ? s.len - last.len - 1 : 0;
	return s;
}

/* "model.safetensors", "model-00001-of-00002.safetensors" and the index say nothing: the folder is asked. */
static struct ros_str from_path(struct ros_str path)
{
	static const char *const suffixes[] = { ".safetensors", ".gguf", ".apr" };
	struct ros_str name;

	while (path.len && path.ptr[path.len - 1] == '/')
		path.len--;
	name = after_last_slash(path);
	if (ros_str_begins(name, "model") && (ros_str_ends(name, ".safetensors") || ros_str_ends(name, ".safetensors.index.json")))
		name = after_last_slash(parent(path));
	for (unsigned i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		if (ros_str_ends(name, suffixes[i]))
			name.len -= strlen(suffixes[i]);
	return name;
}

/* A word that is a version or a number ("v2.1", "7b") stays as it is, and so does one with capitals. */
static bool is_plain_word(const char *w, size_t len)
{
	bool letter = false;

	if (isdigit((unsigned char)w[0]) || (len > 1 && w[0] == 'v' && isdigit((unsigned char)w[1]) && strspn(w + 1, "0123456789.") >= len - 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (isupper((unsigned char)w[i]))
			return false;
		letter = letter || islower((unsigned char)w[i]);
	}
	return letter;
}

static struct ros_str title(struct ros_str id, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_str copy = ros_arena_str(arena, id, err);
	char *text = (char *)(uintptr_t)copy.ptr;
	size_t out = 0;

	for (size_t i = 0; text && i < id.len; ) {
		size_t start = i, word = out;

		while (i < id.len && (id.ptr[i] == '-' || id.ptr[i] == ' '))
			start = ++i;
		while (i < id.len && id.ptr[i] != '-' && id.ptr[i] != ' ')
			i++;
		if (i == start)
			break;
		if (out)
			text[out++] = ' ', word = out;
		memmove(text + out, id.ptr + start, i - start);
		out += i - start;
		if (is_plain_word(text + word, out - word))
			for (size_t k = word; k < out; k++)
				if (islower((unsigned char)text[k]) && (k == word || !isalpha((unsigned char)text[k - 1])))
					text[k] = (char)toupper((unsigned char)text[k]);
	}
	if (text)
		text[out] = 0;
	return (struct ros_str){ out ? text : NULL, out };
}

struct ros_str ros_model_name(const struct ros_json *config, struct ros_str path, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_str id = ros_json_str(ros_json_get(config, "_name_or_path")), rest = parent(id);

	if (id.len && id.ptr[0] != '.' && id.ptr[0] != '/' && !memchr(rest.ptr, '/', rest.len))
		id = after_last_slash(id);
	else
		id = from_path(path);
	if (!id.len || id.ptr[0] == '.')
		return (struct ros_str){ NULL, 0 };
	return title(id, arena, err);
}
