/* Metadata of two models: what A's would be in B's format, against what B has. */
#include "rosetta/comparison.h"

#include "contracts/pre_tokenizers.h"
#include "contracts/tokens.h"
#include "rosetta/compare_keys.h"
#include "rosetta/meta_text.h"
#include "rosetta/reading.h"

#include <string.h>

#define SHOWN 4         /* elements of an array */
#define SHOWN_KEY 200   /* bytes of a key */
#define SHOWN_TEXT 160  /* of a value, from where the two begin to differ */
#define SHOWN_TOLD 300  /* of its text with all escapes */

/* One way of looking: FROM's metadata as TO's format has it, against TO's. */
struct way {
	struct ros_comparison *c;
	const struct ros_source *from, *to;
	enum ros_format_id format;              /* the keys' */
	bool raw;                               /* one is as a file spells it: what it leaves out may be a default */
	struct ros_reading ours, theirs;
	struct ros_reading own;                 /* where FROM's file has the same format: what it says, of keys that no conversion carries */
	bool read;                              /* these two are filled: */
	struct ros_reading our_reading, their_reading;
};

static bool grow(struct ros_comparison *c, struct ros_error *err)
{
	size_t room = c->key_room ? 2 * c->key_room : 32;
	struct ros_key_difference *keys = c->key_count < c->key_room ? c->keys : ros_arena_alloc(&c->a.arena, room, sizeof *keys, err);

	if (!keys || keys == c->keys)
		return keys;
	if (c->key_count)
		memcpy(keys, c->keys, c->key_count * sizeof *keys);
	c->keys = keys;
	c->key_room = room;
	return true;
}

/* Where two texts begin to differ, or a little before that, at a character's first byte: what comes earlier need not be shown. */
static size_t first_byte(struct ros_str a, struct ros_str b)
{
	size_t i = 0;

	while (i < a.len && i < b.len && a.ptr[i] == b.ptr[i])
		i++;
	if (i < SHOWN_TEXT / 2)
		return 0;
	i -= SHOWN_TEXT / 4;
	while (i && (a.ptr[i] & 0xc0) == 0x80)
		i--;
	return i;
}

/* S for people, from byte FIRST on, as much as fits; {NULL, 0} stays so. */
static struct ros_str trimmed(struct ros_comparison *c, struct ros_str s, size_t first, struct ros_error *err)
{
	struct ros_text t = { 0 };
	size_t n = s.len - first < SHOWN_TEXT ? s.len - first : SHOWN_TEXT;

	if (!s.ptr)
		return s;
	if (first)
		ros_text_put(&t, "from byte %zu on: ", first);
	ros_text_put_escaped(&t, (struct ros_str){ s.ptr + first, n });
	ros_text_put(&t, n < s.len - first ? "..." : "");
	s = ros_arena_str(&c->a.arena, (struct ros_str){ t.ptr ? t.ptr : "", t.len }, err);
	ros_text_release(&t);
	return s;
}

int ros_comparison_key(struct ros_comparison *c, bool fatal, struct ros_str key, struct ros_str a, struct ros_str b, struct ros_verdict *v,
		       struct ros_error *err)
{
	size_t first = a.len > SHOWN_TEXT || b.len > SHOWN_TEXT ? first_byte(a, b) : 0;
	struct ros_str absent = ROS_STR("absent"), x, y;
	const struct ros_meta_value *told;

	if (!c->told.arena)
		ros_meta_init(&c->told, &c->a.arena);
	told = ros_meta_get(&c->told, key);
	if ((told && (told->u || !fatal)) || !grow(c, err))
		return err->code;
	key = ros_arena_str(&c->a.arena, key, err);
	x = trimmed(c, a, first, err);
	y = trimmed(c, b, first, err);
	if (err->code || ros_meta_set(&c->told, key, ros_meta_bool(fatal), err))
		return err->code;
	c->keys[c->key_count++] = (struct ros_key_difference){ key, x, y };
	x = x.ptr ? x : absent;
	y = y.ptr ? y : absent;
	ros_verdict_add(v, fatal, "compare.metadata", ROS_STR(""), "%.*s: %.*s in A, %.*s in B", (int)(key.len < SHOWN_KEY ? key.len : SHOWN_KEY),
			key.ptr, (int)(x.len < SHOWN_TOLD ? x.len : SHOWN_TOLD), x.ptr, (int)(y.len < SHOWN_TOLD ? y.len : SHOWN_TOLD), y.ptr);
	return 0;
}

/* Where both array values begin to differ, so that it can be shown; 0 for others. */
static uint64_t first_element(const struct ros_meta_value *a, const struct ros_meta_value *b)
{
	uint64_t i = 0;

	if (!a || !b || a->type != ROS_META_ARRAY || b->type != ROS_META_ARRAY || a->array.type != b->array.type || a->array.type == ROS_META_ARRAY)
		return 0;
	for (; i < a->array.count && i < b->array.count; i++) {
		struct ros_meta_value x, y;

		if (a->array.type == ROS_META_STRING) {
			if (!ros_str_equal(a->array.strings[i], b->array.strings[i]))
				return i;
			continue;
		}
		x = ros_meta_element(&a->array, i);
		y = ros_meta_element(&b->array, i);
		if (!ros_meta_equal(&x, &y))
			return i;
	}
	return i;
}

/* VALUE for people, an array from element FIRST on, a text whole. */
static struct ros_str shown(const struct way *w, const struct ros_meta_value *value, uint64_t first, struct ros_text *t)
{
	struct ros_meta_value part;

	if (!value)
		return (struct ros_str){ NULL, 0 };
	if (w->format == ROS_FORMAT_APR && value->type == ROS_META_STRING)
		return value->str;      /* JSON already */
	if (value->type == ROS_META_STRING) {
		ros_text_put(t, "\"");
		ros_text_put_escaped(t, value->str);
		ros_text_put(t, "\"");
		return (struct ros_str){ t->ptr ? t->ptr : "", t->len };
	}
	if (first) {
		ros_text_put(t, "from element %llu on: ", (unsigned long long)first);
		part = *value;
		part.array.count -= first;
		if (part.array.type == ROS_META_STRING)
			part.array.strings += first;
		else
			part.array.raw.ptr += first * ros_meta_types[part.array.type].bytes;
		value = &part;
	}
	ros_meta_put_text(t, value, SHOWN);
	return (struct ros_str){ t->ptr ? t->ptr : "", t->len };
}

/* The two models as readers without our files take them, made when first wanted. */
static int read_both(struct way *w, struct ros_error *err)
{
	if (w->read)
		return 0;
	w->read = true;
	if (ros_reading_of_hub(&w->our_reading, &w->from->hub, w->format, &w->to->model, w->to->hub.rows_hf, false, err))
		return err->code;
	if (w->to->model.format == w->format)
		return ros_reading_of_keys(&w->their_reading, &w->to->model, err);
	return ros_reading_of_hub(&w->their_reading, &w->to->hub, w->format, &w->to->model, w->to->hub.rows_hf, false, err);
}

/* KEY is in one of both only. For "how do they differ" that is a difference. For "is B what A converts to" converters leave out and
 * add many: it is one where it decides the computation or the tokens, and what readers take in its place is not the same. */
static bool lone_matters(struct way *w, struct ros_str key, struct ros_error *err)
{
	const struct ros_meta_value *x, *y;
	bool number = ros_key_is_number(w->from->hub.contract, w->format, key);

	if (w->c->keys_alike || ros_key_is_template(key))
		return true;
	if (!number && !ros_key_decides_tokens(key))
		return false;
	if (!w->raw)
		return true;
	if (read_both(w, err))
		return false;
	x = ros_meta_get(&w->our_reading.keys, key);
	y = ros_meta_get(&w->their_reading.keys, key);
	return (x || y) && !(x && y && ros_meta_equal(x, y));
}

static int differs(struct way *w, struct ros_str key, const struct ros_meta_value *ours, const struct ros_meta_value *theirs,
		   struct ros_verdict *v, struct ros_error *err)
{
	bool fatal = !ros_key_describes(key) && ((ours && theirs) || lone_matters(w, key, err));
	uint64_t first = first_element(ours, theirs);
	struct ros_text t = { 0 }, u = { 0 };
	struct ros_str x = shown(w, ours, first, &t), y = shown(w, theirs, first, &u);

	if (!err->code && w->from == &w->c->a)
		ros_comparison_key(w->c, fatal, key, x, y, v, err);
	else if (!err->code)
		ros_comparison_key(w->c, fatal, key, y, x, v, err);
	ros_text_release(&t);
	ros_text_release(&u);
	return err->code;
}

static bool same_behaviour(struct ros_str key, const struct ros_meta_value *a, const struct ros_meta_value *b)
{
	return ros_str_equal(key, ROS_STR("tokenizer.ggml.pre")) && a->type == ROS_META_STRING && b->type == ROS_META_STRING && ros_pre_same(a->str, b->str);
}

/* A model of an unknown family may name no architecture; what a GGUF has in its place is no name. */
static bool names_none(struct ros_str key, const struct ros_meta_value *a, const struct ros_meta_value *b)
{
	const struct ros_str none = ROS_STR(ROS_HUB_NO_ARCHITECTURE);

	return ros_str_equal(key, ROS_STR("general.architecture")) && (ros_str_equal(a->str, none) || ros_str_equal(b->str, none));
}

/* Does V under KEY say the same as OTHER does in THEIRS, or its absence there (NULL)? */
static bool says_the_same(const struct ros_meta *theirs, struct ros_str key, const struct ros_meta_value *v, const struct ros_meta_value *other)
{
	if (!other)
		return ros_vocab_key_is_default(theirs, key, v);
	return ros_meta_equal(v, other) || same_behaviour(key, v, other) || names_none(key, v, other);
}

static int compare_keys(struct way *w, struct ros_verdict *v, struct ros_error *err)
{
	const struct ros_meta *ours = &w->ours.keys, *theirs = &w->theirs.keys;

	for (size_t i = 0; i < ours->count && !err->code; i++) {
		struct ros_str key = ours->entries[i].key;
		const struct ros_meta_value *other = ros_meta_get(theirs, key), *own = ros_meta_get(&w->own.keys, key);

		/* both files say it in the same words, or neither does, whatever a conversion would make of them */
		if (other ? own && ros_meta_equal(own, other) : w->own.keys.count && !own)
			continue;
		if (!ros_key_is_incidental(key) && !says_the_same(theirs, key, &ours->entries[i].value, other))
			differs(w, key, &ours->entries[i].value, other, v, err);
	}
	for (size_t i = 0; i < theirs->count && !err->code; i++) {
		struct ros_str key = theirs->entries[i].key;
		const struct ros_meta_value *own = ros_meta_get(&w->own.keys, key);

		if (!ros_key_is_incidental(key) && !ros_meta_get(ours, key) && !(own && ros_meta_equal(own, &theirs->entries[i].value)) &&
		    !ros_vocab_key_is_default(ours, key, &theirs->entries[i].value))
			differs(w, key, own, &theirs->entries[i].value, v, err);
	}
	return err->code;
}

static void release(struct way *w)
{
	ros_reading_release(&w->ours);
	ros_reading_release(&w->theirs);
	ros_reading_release(&w->own);
	ros_reading_release(&w->our_reading);
	ros_reading_release(&w->their_reading);
}

/* TO's file, key by key, against what a conversion of FROM would have written. */
static int compare_file(struct ros_comparison *c, const struct ros_source *from, const struct ros_source *to, struct ros_verdict *v,
			struct ros_error *err)
{
	struct way w = { .c = c, .from = from, .to = to, .format = to->model.format, .raw = true };

	if (!ros_reading_of_hub(&w.ours, &from->hub, w.format, &to->model, to->hub.rows_hf, true, err) && !ros_reading_of_file(&w.theirs, &to->model, err) &&
	    (from->model.format != w.format || !ros_reading_of_file(&w.own, &from->model, err)))
		compare_keys(&w, v, err);
	release(&w);
	return err->code;
}

/* What both say beside the weights, by its meaning: GGUF's keys are the one form that all can be brought to. EXACT: by the record of
 * a foreign GGUF's own keys where one has it, else by its side files. */
static int compare_hubs(struct ros_comparison *c, const struct ros_source *from, bool exact_from, const struct ros_source *to, bool exact_to,
			struct ros_verdict *v, struct ros_error *err)
{
	struct way w = { .c = c, .from = from, .to = to, .format = ROS_FORMAT_GGUF, .raw = exact_from != exact_to };

	if (!ros_reading_of_hub(&w.ours, &from->hub, w.format, &to->model, to->hub.rows_hf, exact_from, err) &&
	    !ros_reading_of_hub(&w.theirs, &to->hub, w.format, &to->model, to->hub.rows_hf, exact_to, err))
		compare_keys(&w, v, err);
	release(&w);
	return err->code;
}

static int compare_way(struct ros_comparison *c, const struct ros_source *from, const struct ros_source *to, struct ros_verdict *v,
		       struct ros_error *err)
{
	if (to->model.format != ROS_FORMAT_SAFETENSORS && compare_file(c, from, to, v, err))
		return err->code;
	if (to->model.format == ROS_FORMAT_GGUF && ros_hub_is_derived(&to->hub))
		return 0;       /* an APR's own keys do not say everything */
	if (!ros_hub_file(&to->hub, ROS_HUB_GGUF))
		return compare_hubs(c, from, from->model.format == ROS_FORMAT_GGUF, to, false, v, err);
	/* a record and files that somebody may have changed since: either may be read */
	if (compare_hubs(c, from, true, to, true, v, err))
		return err->code;
	return compare_hubs(c, from, false, to, false, v, err);
}

int ros_comparison_metadata(struct ros_comparison *c, struct ros_verdict *v, struct ros_error *err)
{
	if (c->opt.no_metadata)
		return 0;
	if (c->a.known != c->b.known) {
		ros_verdict_add(v, true, "compare.family", ROS_STR(""), "A is of family %s, B of family %s: their metadata cannot be compared",
				c->a.known ? ros_source_family(&c->a) : "unknown", c->b.known ? ros_source_family(&c->b) : "unknown");
		return 0;
	}
	if (compare_way(c, &c->a, &c->b, v, err) || (c->keys_alike && compare_way(c, &c->b, &c->a, v, err)))
		return err->code;
	if (ros_comparison_numbers(c, v, err))
		return err->code;
	return ros_comparison_files(c, v, err);
}
