#include "config.h"

#include "contracts/vocab_slots.h"

#include "formats/limits.h"
#include "formats/nameset.h"

#include <string.h>

#define ADDED_SCORE (-1000.0f)
#define UNUSED_SCORE (-10000.0f)

int ros_vocab_make_slots(struct ros_vocab *v, uint64_t count, bool scores, struct ros_arena *arena, struct ros_error *err)
{
	if (count > ROS_MAX_VOCABULARY)
		return ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "vocabulary: %llu entries, at most %u are read",
				(unsigned long long)count, ROS_MAX_VOCABULARY);
	v->count = (size_t)count;
	v->tokens = ros_arena_alloc(arena, v->count, sizeof *v->tokens, err);
	v->types = ros_arena_alloc(arena, v->count, sizeof *v->types, err);
	v->scores = scores ? ros_arena_alloc(arena, v->count, sizeof *v->scores, err) : NULL;
	for (size_t i = 0; i < v->count && !err->code; i++) {
		v->types[i] = ROS_PIECE_UNUSED;
		if (v->scores)
			v->scores[i] = UNUSED_SCORE;
	}
	return err->code;
}

/* "▁" is how SentencePiece spells a blank; llama.cpp wants user-defined tokens as they are in text. Shortens in place
 * of a copy: the arena's text is the vocabulary's own. */
static struct ros_str plain_blanks(struct ros_str s, struct ros_arena *arena)
{
	struct ros_error err = { 0 };
	struct ros_str copy;
	char *out;

	if (!memmem(s.ptr, s.len, "\xe2\x96\x81", 3))
		return s;
	copy = ros_arena_str(arena, s, &err);
	if (!copy.ptr)
		return s;
	out = (char *)(uintptr_t)copy.ptr;
	for (size_t i = 0; i < s.len; )
		if (i + 3 <= s.len && !memcmp(s.ptr + i, "\xe2\x96\x81", 3)) {
			*out++ = ' ';
			i += 3;
		} else {
			*out++ = s.ptr[i++];
		}
	*out = 0;
	copy.len = (size_t)(out - copy.ptr);
	return copy;
}

void ros_vocab_put_added(struct ros_vocab *v, uint64_t id, struct ros_str text, bool special, const char *where, struct ros_findings *f)
{
	if (id >= v->count) {
		ros_findings_add(f, "vocab.id-out-of-range", text, "%s: id %llu, but the vocabulary has %zu entries: left out", where,
				 (unsigned long long)id, v->count);
		return;
	}
	special = special || ros_token_looks_special(text);
	v->types[id] = special ? ROS_PIECE_CONTROL : ROS_PIECE_USER;
	v->tokens[id] = special ? text : plain_blanks(text, f->arena);
	if (v->scores)
		v->scores[id] = ADDED_SCORE;
}

void ros_vocab_put_added_token(struct ros_vocab *v, uint64_t id, const struct ros_json *token, const char *where, struct ros_findings *f)
{
	const struct ros_json *content = ros_json_get(token, "content"), *special = ros_json_get(token, "special");

	if (!content || content->type != ROS_JSON_STRING) {
		ros_findings_add(f, "vocab.added-token-without-text", (struct ros_str){ NULL, 0 }, "%s: entry %llu has no content", where,
				 (unsigned long long)id);
		return;
	}
	ros_vocab_put_added(v, id, content->text, special && special->type == ROS_JSON_BOOL && special->boolean, where, f);
}

static bool parse_id(struct ros_str key, uint64_t *id)
{
	if (!key.len || key.len > 10)
		return false;
	*id = 0;
	for (size_t i = 0; i < key.len; i++) {
		if (key.ptr[i] < '0' || key.ptr[i] > '9')
			return false;
		*id = *id * 10 + (uint64_t)(key.ptr[i] - '0');
	}
	return true;
}

int ros_vocab_put_added_decoder(struct ros_vocab *v, struct ros_str config, struct ros_arena *arena, struct ros_findings *f, struct ros_error *err)
{
	const struct ros_json *root = config.len ? ros_json_parse(config, arena, err) : NULL;
	const struct ros_json *list = ros_json_get(root, "added_tokens_decoder");
	uint64_t id;

	if (err->code)
		return ros_error_in_file(err, "tokenizer_config.json");
	if (list && list->type == ROS_JSON_OBJECT)
		for (const struct ros_json *t = list->first; t; t = t->next) {
			if (parse_id(t->key, &id))
				ros_vocab_put_added_token(v, id, t, "tokenizer_config.json", f);
			else
				ros_findings_add(f, "vocab.id-out-of-range", t->key, "tokenizer_config.json: an id in added_tokens_decoder is no number");
		}
	return 0;
}

int ros_vocab_fill_pads(struct ros_vocab *v, struct ros_arena *arena, struct ros_error *err)
{
	for (size_t i = 0; i < v->count && !err->code; i++)
		if (!v->tokens[i].ptr)
			v->tokens[i] = ros_arena_printf(arena, err, "[PAD%zu]", i);
	return err->code;
}

/* Takes the ids out that point past the end. */
static void check_ids(struct ros_vocab *v, struct ros_findings *f)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < v->id_count; i++) {
		enum ros_token_role role = (enum ros_token_role)v->id_order[i];

		if (v->id[role] < v->count) {
			v->id_order[kept++] = (uint8_t)role;
			continue;
		}
		ros_findings_add(f, "vocab.special-out-of-range", ros_str_of(ros_token_roles[role].hf),
				 "%s_token_id is %u, but the vocabulary has %zu entries: left out", ros_token_roles[role].hf,
				 v->id[role], v->count);
		v->id[role] = ROS_NO_TOKEN;
	}
	v->id_count = (uint8_t)kept;
}

int ros_vocab_check(struct ros_vocab *v, struct ros_findings *f, struct ros_error *err)
{
	struct ros_nameset seen;
	uint32_t first;

	check_ids(v, f);
	ros_nameset_init(&seen);
	for (size_t i = 0; i < v->count && !err->code; i++)
		if (!ros_nameset_add(&seen, v->tokens[i], (uint32_t)i, &first, err) && first != ROS_NAMESET_NONE)
			ros_findings_add(f, "vocab.duplicate", v->tokens[i], "entries %u and %zu have the same text", first, i);
	ros_nameset_release(&seen);
	return err->code;
}
