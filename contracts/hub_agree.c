#include "contracts/hub_agree.h"

#include "contracts/hub_vocabulary.h"
#include "contracts/pre_tokenizers.h"
#include "contracts/tokens.h"

#include <string.h>

#define SHOWN 40        /* bytes of each text that a message shows */

/* Which container, and what is compared of it. */
struct sides {
	const char *container;
	struct ros_arena *arena;
	struct ros_error *err;
};

static bool is_template(struct ros_str key)
{
	return ros_str_equal(key, ROS_STR("chat_template")) || ros_str_begins(key, "tokenizer.chat_template");
}

static bool is_of_vocabulary(struct ros_str key)
{
	return ros_str_begins(key, "tokenizer.") || is_template(key);
}

/* ---- messages ---- */

/* The part of S from AT on that a message shows, cut at characters. */
static struct ros_str shown(struct ros_str s, size_t at)
{
	size_t end;

	if (at >= s.len)
		return (struct ros_str){ "", 0 };
	while (at && ((unsigned char)s.ptr[at] & 0xc0) == 0x80)
		at--;
	end = s.len - at > SHOWN ? at + SHOWN : s.len;
	while (end > at && end < s.len && ((unsigned char)s.ptr[end] & 0xc0) == 0x80)
		end--;
	return (struct ros_str){ s.ptr + at, end - at };
}

static int differ(const struct sides *d, struct ros_str where, struct ros_str files, struct ros_str own)
{
	return ros_fail(d->err, ROS_ECONTRACT, ROS_NO_OFFSET, "%.*s: the carried files say '%.*s', the %s's own metadata '%.*s'" ROS_HUB_WAY_OUT, (int)where.len,
			where.ptr, (int)files.len, files.ptr, d->container, (int)own.len, own.ptr);
}

/* Texts that may be long: from the first byte that differs on. */
static int texts_differ(const struct sides *d, struct ros_str where, struct ros_str files, struct ros_str own)
{
	size_t at = 0;

	while (at < files.len && at < own.len && files.ptr[at] == own.ptr[at])
		at++;
	if (files.len > SHOWN || own.len > SHOWN)
		where = ros_arena_printf(d->arena, d->err, "%.*s, byte %zu", (int)where.len, where.ptr, at);
	else
		at = 0;
	return d->err->code ? (int)d->err->code : differ(d, where, shown(files, at), shown(own, at));
}

static struct ros_str element(const struct sides *d, struct ros_str key, uint64_t i)
{
	return ros_arena_printf(d->arena, d->err, "%.*s[%llu]", (int)key.len, key.ptr, (unsigned long long)i);
}

static int lengths_differ(const struct sides *d, struct ros_str key, uint64_t files, uint64_t own)
{
	return ros_fail(d->err, ROS_ECONTRACT, ROS_NO_OFFSET, "%.*s: the carried files make %llu elements of it, the %s's own metadata has %llu" ROS_HUB_WAY_OUT,
			(int)key.len, key.ptr, (unsigned long long)files, d->container, (unsigned long long)own);
}

static int only_one(const struct sides *d, struct ros_str key, bool files)
{
	return ros_fail(d->err, ROS_ECONTRACT, ROS_NO_OFFSET, files ? "%.*s: the carried files say it, the %s's own metadata does not" ROS_HUB_WAY_OUT
			: "%.*s: the carried files do not say it, the %s's own metadata does" ROS_HUB_WAY_OUT, (int)(key.len < 100 ? key.len : 100), key.ptr, d->container);
}

/* ---- a GGUF's keys ---- */

static struct ros_str number_text(const struct sides *d, const struct ros_meta_value *v)
{
	double f;

	if (v->type == ROS_META_BOOL)
		return v->u ? ROS_STR("true") : ROS_STR("false");
	if (ros_meta_as_f64(v, &f))
		return ros_arena_printf(d->arena, d->err, "%.9g", f);
	return ros_str_of(ros_meta_types[v->type].name);
}

static int compare_arrays(const struct sides *d, struct ros_str key, const struct ros_meta_array *files, const struct ros_meta_array *own)
{
	uint64_t i = 0, n = files->count < own->count ? files->count : own->count;

	if (files->type != own->type)
		return differ(d, key, ros_str_of(ros_meta_types[files->type].name), ros_str_of(ros_meta_types[own->type].name));
	if (files->type == ROS_META_STRING) {
		while (i < n && ros_str_equal(files->strings[i], own->strings[i]))
			i++;
		if (i < n)
			return texts_differ(d, element(d, key, i), files->strings[i], own->strings[i]);
	} else {
		struct ros_meta_value a, b;

		for (; i < n; i++) {
			a = ros_meta_element(files, i);
			b = ros_meta_element(own, i);
			if (!ros_meta_equal(&a, &b))
				return differ(d, element(d, key, i), number_text(d, &a), number_text(d, &b));
		}
	}
	return files->count == own->count ? 0 : lengths_differ(d, key, files->count, own->count);
}

static int compare_values(const struct sides *d, struct ros_str key, const struct ros_meta_value *files, const struct ros_meta_value *own)
{
	uint64_t a, b;

	if (ros_meta_equal(files, own) || (ros_meta_as_u64(files, &a) && ros_meta_as_u64(own, &b) && a == b))
		return 0;
	if (files->type == ROS_META_STRING && own->type == ROS_META_STRING) {
		if (ros_str_equal(key, ROS_STR("tokenizer.ggml.pre")) && ros_pre_same(files->str, own->str))
			return 0;
		return texts_differ(d, key, files->str, own->str);
	}
	if (files->type == ROS_META_ARRAY && own->type == ROS_META_ARRAY && files->array.type != ROS_META_ARRAY && own->array.type != ROS_META_ARRAY)
		return compare_arrays(d, key, &files->array, &own->array);
	return differ(d, key, number_text(d, files), number_text(d, own));
}

static int agree_gguf(const struct sides *d, const struct ros_vocab *v, const struct ros_meta *own)
{
	struct ros_meta files;

	ros_meta_init(&files, d->arena);
	if (ros_vocab_to_gguf(v, &files, d->err))
		return d->err->code;
	for (size_t i = 0; i < files.count && !d->err->code; i++) {
		const struct ros_meta_value *value = ros_meta_get(own, files.entries[i].key);

		if (!value)
			only_one(d, files.entries[i].key, true);
		else
			compare_values(d, files.entries[i].key, &files.entries[i].value, value);
	}
	for (size_t i = 0; i < own->count && !d->err->code; i++) {
		const struct ros_meta_entry *e = &own->entries[i];

		if (is_of_vocabulary(e->key) && (e->value.type == ROS_META_ARRAY || is_template(e->key)) && !ros_meta_get(&files, e->key))
			only_one(d, e->key, false);
	}
	return d->err->code;
}

/* ---- an APR's members ---- */

static bool same_json(const struct ros_json *a, const struct ros_json *b)
{
	double x, y;

	if (ros_json_f64(a, &x) && ros_json_f64(b, &y))
		return x == y;
	if (a->type != b->type)
		return false;
	return a->type == ROS_JSON_STRING ? ros_str_equal(a->text, b->text) : a->type == ROS_JSON_BOOL ? a->boolean == b->boolean : true;
}

static struct ros_str json_text(const struct ros_json *v)
{
	static const char *const words[] = { "null", "a truth value", "a number", "a number", "a text", "an array", "an object" };

	return v->type == ROS_JSON_BOOL ? v->boolean ? ROS_STR("true") : ROS_STR("false") : v->text.ptr ? v->text : ros_str_of(words[v->type]);
}

static int compare_members(const struct sides *d, const struct ros_json *files, const struct ros_json *own)
{
	const struct ros_json *a = files->first, *b = own->first;
	uint64_t i = 0;

	if (files->type != ROS_JSON_ARRAY || own->type != ROS_JSON_ARRAY)
		return same_json(files, own) ? 0 : texts_differ(d, files->key, json_text(files), json_text(own));
	for (; a && b; a = a->next, b = b->next, i++)
		if (!same_json(a, b))
			return texts_differ(d, element(d, files->key, i), json_text(a), json_text(b));
	return files->count == own->count ? 0 : lengths_differ(d, files->key, files->count, own->count);
}

/* The members that a writer would make of V. */
static const struct ros_json *members_of(const struct sides *d, const struct ros_vocab *v)
{
	struct ros_json_out o;
	struct ros_str text;

	ros_json_out_init(&o, 0);
	ros_json_open_object(&o, NULL);
	if (ros_vocab_template(v).ptr)
		ros_json_put_str(&o, "chat_template", ros_vocab_template(v));
	ros_vocab_to_apr(v, (struct ros_str){ NULL, 0 }, &o);
	ros_json_close_object(&o);
	return ros_json_to_arena(&o, d->arena, &text, d->err) ? NULL : ros_json_parse(text, d->arena, d->err);
}

static int agree_apr(const struct sides *d, const struct ros_vocab *v, const struct ros_json *own)
{
	const struct ros_json *files = members_of(d, v), *same;

	if (!files)
		return d->err->code;
	for (const struct ros_json *e = files->first; e && !d->err->code; e = e->next) {
		same = ros_json_getk(own, e->key);
		if (!same)
			only_one(d, e->key, true);
		else
			compare_members(d, e, same);
	}
	for (const struct ros_json *e = own->first; e && !d->err->code; e = e->next)
		if (is_of_vocabulary(e->key) && (e->type == ROS_JSON_ARRAY || (is_template(e->key) && e->type == ROS_JSON_STRING)) && !ros_json_getk(files, e->key))
			only_one(d, e->key, false);
	return d->err->code;
}

int ros_hub_agree(const struct ros_hub *hub, const struct ros_hub_source *s, struct ros_error *err)
{
	struct sides d = { s->gguf ? "GGUF" : "APR", hub->arena, err };
	struct ros_findings dropped;    /* whoever writes the target says them again */
	struct ros_vocab v;

	if (!hub->file_count || !(s->gguf || (s->apr && s->apr->type == ROS_JSON_OBJECT)))
		return 0;
	ros_findings_init(&dropped, hub->arena);
	if (ros_hub_vocabulary(hub, &v, hub->arena, &dropped, err))
		return err->code;
	return s->gguf ? agree_gguf(&d, &v, s->gguf) : agree_apr(&d, &v, s->apr);
}
