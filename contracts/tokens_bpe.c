/* A vocabulary from tokenizer.json (BPE), or from vocab.json and merges.txt.
 *
 * Two kinds look alike there: byte-level BPE (texts in the printable alphabet, GGUF "gpt2"), and SentencePiece's BPE
 * (byte_fallback, GGUF "llama", which wants scores instead of merges: minus the rank of the merge that makes a piece, so that
 * the best score is the earliest merge). */
#include "contracts/tokens.h"

#include "contracts/pre_tokenizers.h"
#include "contracts/vocab_slots.h"
#include "formats/limits.h"
#include "formats/nameset.h"

#include <stdio.h>
#include <string.h>

struct reader {
	struct ros_vocab *v;
	struct ros_arena *arena;
	struct ros_findings *f;
	struct ros_error *err;
	struct ros_nameset ids;         /* text -> id */
	const char *usual_pre;
};

/* ---- the vocabulary ---- */

/* Calls VISIT for each member of {text: id} TEXT. */
static int each_entry(struct reader *r, struct ros_str text, void (*visit)(struct reader *, struct ros_str, uint64_t))
{
	struct ros_json_scan s;
	struct ros_str key;
	uint64_t id;

	ros_json_scan_init(&s, text, 0, r->err);
	if (ros_json_scan_next(&s) != ROS_JSON_OPEN_OBJECT)
		return ros_json_scan_fail(&s, "vocab: an object {text: id}");
	while (ros_json_scan_next(&s) == ROS_JSON_KEY) {
		key = ros_json_scan_str(&s, r->arena);
		if (ros_json_scan_next(&s) != ROS_JSON_NUMBER || !ros_json_scan_u64(&s, &id) || id > UINT32_MAX)
			return ros_json_scan_fail(&s, "vocab: an id from 0 to 4294967295");
		visit(r, key, id);
		if (r->err->code)
			break;
	}
	return r->err->code;
}

static void widen(struct reader *r, struct ros_str text, uint64_t id)
{
	(void)text;
	if (id < ROS_MAX_ARRAY && id >= r->v->count)
		r->v->count = (size_t)id + 1;
}

static void place(struct reader *r, struct ros_str text, uint64_t id)
{
	uint32_t found;

	if (id >= r->v->count) {
		ros_findings_add(r->f, "vocab.larger-than-embedding", text, "id %llu, but the embedding has %zu rows: left out",
				 (unsigned long long)id, r->v->count);
		return;
	}
	if (ros_nameset_add(&r->ids, text, (uint32_t)id, &found, r->err))
		return;
	if (found != ROS_NAMESET_NONE) {
		ros_fail(r->err, ROS_EFORMAT, ROS_NO_OFFSET, "vocab: '%.*s' occurs twice", (int)(text.len < 100 ? text.len : 100), text.ptr);
		return;
	}
	if (r->v->tokens[id].ptr)
		ros_findings_add(r->f, "vocab.id-twice", text, "id %llu belongs to two texts: the last one is taken", (unsigned long long)id);
	r->v->tokens[id] = text;
	r->v->types[id] = ROS_PIECE_NORMAL;
}

/* Added tokens: one that the vocabulary knows keeps the vocabulary's id, as the tokenizers library has it. */
static void place_added(struct reader *r, const struct ros_json *token, uint64_t id, const char *where)
{
	struct ros_str text = ros_json_str(ros_json_get(token, "content"));
	uint32_t known = text.ptr ? ros_nameset_find(&r->ids, text) : ROS_NAMESET_NONE;
	uint32_t found;

	if (known != ROS_NAMESET_NONE && known != id) {
		ros_findings_add(r->f, "vocab.added-id-differs", text, "%s gives id %llu, the vocabulary %u: the vocabulary's is taken", where,
				 (unsigned long long)id, known);
		id = known;
	}
	ros_vocab_put_added_token(r->v, id, token, where, r->f);
	if (known == ROS_NAMESET_NONE && text.ptr && id < r->v->count)
		ros_nameset_add(&r->ids, text, (uint32_t)id, &found, r->err);
}

static void place_added_list(struct reader *r, const struct ros_json *list)
{
	uint64_t id;

	if (list && list->type == ROS_JSON_ARRAY)
		for (const struct ros_json *t = list->first; t && !r->err->code; t = t->next)
			if (ros_json_u64(ros_json_get(t, "id"), &id))
				place_added(r, t, id, "tokenizer.json");
}

/* A token that tokenizer_config.json gives a role ("eos_token", "additional_special_tokens") is a control token. */
static void mark_special(struct reader *r, const struct ros_json *token)
{
	const struct ros_json *content = token && token->type == ROS_JSON_OBJECT ? ros_json_get(token, "content") : token;
	struct ros_str text = ros_json_str(content);
	uint32_t id = text.ptr ? ros_nameset_find(&r->ids, text) : ROS_NAMESET_NONE;

	if (id != ROS_NAMESET_NONE && r->v->types[id] != ROS_PIECE_BYTE)
		r->v->types[id] = ROS_PIECE_CONTROL;
}

static void place_config(struct reader *r, struct ros_str text)
{
	const struct ros_json *root = text.len && !r->err->code ? ros_json_parse(text, r->arena, r->err) : NULL;
	const struct ros_json *list = ros_json_get(root, "additional_special_tokens");
	char key[24];

	if (!root || ros_vocab_put_added_decoder(r->v, text, r->arena, r->f, r->err))
		return;
	for (unsigned i = 0; i <= ROS_ROLE_MASK; i++) {
		snprintf(key, sizeof key, "%s_token", ros_token_roles[i].hf);
		mark_special(r, ros_json_get(root, key));
	}
	if (list && list->type == ROS_JSON_ARRAY)
		for (const struct ros_json *t = list->first; t; t = t->next)
			mark_special(r, t);
}

/* ---- merges ---- */

/* "left right"; blanks inside a part become U+0120, as the reference writes them (only the pair form can hold any). */
static struct ros_str join(struct reader *r, struct ros_str left, struct ros_str right)
{
	size_t room = 2 * (left.len + right.len) + 2;
	char *text = ros_arena_alloc(r->arena, room, 1, r->err), *p = text;

	if (!text)
		return (struct ros_str){ NULL, 0 };
	for (int part = 0; part < 2; part++) {
		struct ros_str s = part ? right : left;

		if (part)
			*p++ = ' ';
		for (size_t i = 0; i < s.len; i++) {
			if (s.ptr[i] == ' ')
				*p++ = '\xc4', *p++ = '\xa0';
			else
				*p++ = s.ptr[i];
		}
	}
	return (struct ros_str){ text, (size_t)(p - text) };
}

/* One element of the array: a string, or an array of two strings. */
static struct ros_str take_merge(struct reader *r, struct ros_json_scan *s, enum ros_json_event ev)
{
	struct ros_str left, right;

	if (ev == ROS_JSON_TEXT)
		return ros_json_scan_str(s, r->arena);
	if (ev == ROS_JSON_OPEN_ARRAY && ros_json_scan_next(s) == ROS_JSON_TEXT) {
		left = ros_json_scan_str(s, r->arena);
		if (ros_json_scan_next(s) == ROS_JSON_TEXT) {
			right = ros_json_scan_str(s, r->arena);
			if (ros_json_scan_next(s) == ROS_JSON_CLOSE_ARRAY)
				return join(r, left, right);
		}
	}
	if (!r->err->code)
		ros_json_scan_fail(s, "merges: \"left right\" or [\"left\", \"right\"]");
	return (struct ros_str){ NULL, 0 };
}

static int read_merges(struct reader *r, struct ros_str text)
{
	struct ros_json_scan s;
	enum ros_json_event ev;
	size_t n;

	if (!text.len || ros_json_count(text, &n, r->err))
		return r->err->code;
	r->v->merges = ros_arena_alloc(r->arena, n, sizeof *r->v->merges, r->err);
	if (!r->v->merges)
		return r->err->code;
	ros_json_scan_init(&s, text, 0, r->err);
	ros_json_scan_next(&s);
	while ((ev = ros_json_scan_next(&s)) != ROS_JSON_END && ev != ROS_JSON_CLOSE_ARRAY && r->v->merge_count < n) {
		struct ros_str merge = take_merge(r, &s, ev);

		if (!r->err->code && merge.ptr && !(merge.len >= 8 && !memcmp(merge.ptr, "#version", 8)))
			r->v->merges[r->v->merge_count++] = merge;
	}
	return r->err->code;
}

/* Readers pass such merges over, so text is cut as if they were not there. */
static void check_merges(struct reader *r)
{
	size_t odd = 0, first = 0;

	for (size_t i = 0; i < r->v->merge_count; i++) {
		struct ros_str m = r->v->merges[i];
		const char *blank = m.len > 1 ? memchr(m.ptr + 1, ' ', m.len - 1) : NULL;
		struct ros_str left = { m.ptr, blank ? (size_t)(blank - m.ptr) : 0 }, right = { blank ? blank + 1 : NULL, blank ? m.len - left.len - 1 : 0 };

		if (blank && (ros_nameset_find(&r->ids, left) == ROS_NAMESET_NONE || ros_nameset_find(&r->ids, right) == ROS_NAMESET_NONE) && !odd++)
			first = i;
	}
	if (odd)
		ros_findings_add(r->f, "vocab.merge-unknown", r->v->merges[first], "%zu of %zu merges join a text that is no token; the first is merge %zu", odd, r->v->merge_count, first);
}

/* merges.txt: a line each; the first may be a comment. */
static int read_merges_txt(struct reader *r, struct ros_str text)
{
	size_t lines = 1;

	for (size_t i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n';
	r->v->merges = ros_arena_alloc(r->arena, lines, sizeof *r->v->merges, r->err);
	for (size_t at = 0, line = 0; at < text.len && r->v->merges; line++) {
		const char *end = memchr(text.ptr + at, '\n', text.len - at);
		size_t len = end ? (size_t)(end - (text.ptr + at)) : text.len - at;
		struct ros_str merge = { text.ptr + at, len };

		at += len + 1;
		while (merge.len && (merge.ptr[merge.len - 1] == '\r' || merge.ptr[merge.len - 1] == ' '))
			merge.len--;
		if (!merge.len || (!line && merge.ptr[0] == '#'))
			continue;
		if (!memchr(merge.ptr, ' ', merge.len))
			ros_findings_add(r->f, "vocab.merge-malformed", merge, "merges.txt: line %zu is no pair: left out", line + 1);
		else
			r->v->merges[r->v->merge_count++] = merge;
	}
	return r->err->code;
}

/* ---- SentencePiece's kind ---- */

static bool has_type(const struct ros_json *v, const char *type)
{
	return ros_str_equal(ros_json_str(ros_json_get(v, "type")), ros_str_of(type));
}

/* Is a blank put before the text? Prepend among the normalisers, or Metaspace as pre-tokenizer, say so. */
static bool prepends_blank(const struct ros_json *normalizer, const struct ros_json *pre)
{
	const struct ros_json *list = ros_json_get(normalizer, "normalizers"), *legacy;
	struct ros_str scheme;

	if (has_type(normalizer, "Prepend"))
		return true;
	if (list && list->type == ROS_JSON_ARRAY)
		for (const struct ros_json *n = list->first; n; n = n->next)
			if (has_type(n, "Prepend"))
				return true;
	if (!has_type(pre, "Metaspace"))
		return false;
	scheme = ros_json_str(ros_json_get(pre, "prepend_scheme"));
	legacy = ros_json_get(pre, "add_prefix_space");
	return scheme.ptr ? !ros_str_equal(scheme, ROS_STR("never")) : !legacy || legacy->boolean;
}

static int become_spm(struct reader *r, const struct ros_json_members *top, const struct ros_json_members *model)
{
	struct ros_vocab *v = r->v;
	struct ros_str unk = ros_json_str(ros_json_member(model, "unk_token", r->arena, r->err));
	const struct ros_json *normalizer = ros_json_member(top, "normalizer", r->arena, r->err);
	const struct ros_json *pre = ros_json_member(top, "pre_tokenizer", r->arena, r->err);
	uint32_t id = unk.ptr ? ros_nameset_find(&r->ids, unk) : ROS_NAMESET_NONE;

	v->kind = ROS_VOCAB_SPM;
	v->model = ROS_STR("llama");
	v->pre = ROS_STR("default");
	v->add_space_prefix = prepends_blank(normalizer, pre);
	v->scores = ros_arena_alloc(r->arena, v->count, sizeof *v->scores, r->err);
	if (!v->scores || r->err->code)
		return r->err->code;
	for (size_t i = 0; i < v->count; i++)
		if (v->types[i] == ROS_PIECE_NORMAL && ros_token_is_byte(v->tokens[i]))
			v->types[i] = ROS_PIECE_BYTE;
	if (id != ROS_NAMESET_NONE)
		v->types[id] = ROS_PIECE_UNKNOWN;
	return ros_scores_from_merges(v, r->err);
}

/* ---- the whole ---- */

/* Without a tokenizer.json only the class name says how text is cut. */
static struct ros_str pre_of_class(struct ros_str config, struct ros_arena *arena, struct ros_error *err)
{
	static const struct { const char *class, *pre; } known[] = {
		{ "GPT2Tokenizer", "gpt-2" }, { "Qwen2Tokenizer", "qwen2" }, { "RobertaTokenizer", "roberta-bpe" },
	};
	const struct ros_json *root = config.len ? ros_json_parse(config, arena, err) : NULL;
	struct ros_str class = ros_json_str(ros_json_get(root, "tokenizer_class"));

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (ros_str_equal(class, ros_str_of(known[i].class)))
			return ros_str_of(known[i].pre);
	return (struct ros_str){ NULL, 0 };
}

static void name_pre(struct reader *r, const struct ros_json_members *top, struct ros_str config)
{
	const struct ros_json *pre = ros_json_member(top, "pre_tokenizer", r->arena, r->err);
	const struct ros_json *normalizer = ros_json_member(top, "normalizer", r->arena, r->err);
	const struct ros_pre_tokenizer *row = ros_pre_match(pre, normalizer, r->v->ignore_merges);

	r->v->pre = row ? ros_pre_name(row) : top->count ? (struct ros_str){ NULL, 0 } : pre_of_class(config, r->arena, r->err);
	if (r->v->pre.len)
		return;
	row = r->usual_pre ? ros_pre_by_name(ros_str_of(r->usual_pre)) : NULL;
	r->v->pre = ros_str_of(row ? r->usual_pre : "default");
	ros_findings_add(r->f, "vocab.unknown-pre-tokenizer", (struct ros_str){ NULL, 0 },
			 "the pre-tokenizer's expressions are none that GGUF has a name for: %s\"%s\" is written, and llama.cpp may cut text differently",
			 row ? "the family's usual " : "", r->v->pre.ptr);
}

static int read_all(struct reader *r, const struct ros_side_file *files, size_t count, uint64_t vocab_size)
{
	struct ros_str json = ros_side_file_text(files, count, "tokenizer.json"), vocab = ros_side_file_text(files, count, "vocab.json");
	struct ros_str config = ros_side_file_text(files, count, "tokenizer_config.json");
	struct ros_json_members top = { .count = 0 }, model = { .count = 0 };
	const struct ros_json *list, *flag;
	uint64_t id;

	if (json.len) {
		if (ros_json_members(&top, json, r->arena, r->err) || ros_json_members(&model, ros_json_member_text(&top, "model"), r->arena, r->err))
			return ros_error_in_file(r->err, "tokenizer.json");
		vocab = ros_json_member_text(&model, "vocab");
		if (!vocab.len || vocab.ptr[0] != '{' || !ros_json_member_text(&model, "merges").len) {
			ros_findings_add(r->f, "vocab.unknown-model", ros_json_str(ros_json_member(&model, "type", r->arena, r->err)),
					 "tokenizer.json: only BPE models are translated; the file itself is carried");
			return r->err->code;
		}
	}
	list = ros_json_member(&top, "added_tokens", r->arena, r->err);
	r->v->count = 0;
	if (!vocab_size) {
		if (each_entry(r, vocab, widen))
			return r->err->code;
		for (const struct ros_json *t = list ? list->first : NULL; t; t = t->next)
			if (ros_json_u64(ros_json_get(t, "id"), &id))
				widen(r, t->key, id);
		vocab_size = r->v->count;
	}
	if (ros_vocab_make_slots(r->v, vocab_size, false, r->arena, r->err) || each_entry(r, vocab, place))
		return r->err->code;
	place_added_list(r, list);
	place_config(r, config);
	flag = ros_json_member(&model, "ignore_merges", r->arena, r->err);
	r->v->ignore_merges = flag && flag->boolean;
	if (json.len ? read_merges(r, ros_json_member_text(&model, "merges")) : read_merges_txt(r, ros_side_file_text(files, count, "merges.txt")))
		return r->err->code;
	flag = ros_json_member(&model, "byte_fallback", r->arena, r->err);
	if (flag && flag->boolean)
		return become_spm(r, &top, &model);
	r->v->kind = ROS_VOCAB_BPE;
	r->v->model = ROS_STR("gpt2");
	check_merges(r);
	name_pre(r, &top, config);
	return r->err->code;
}

int ros_vocab_read_json(struct ros_vocab *v, const struct ros_side_file *files, size_t count, uint64_t vocab_size, const char *usual_pre,
			struct ros_arena *arena, struct ros_findings *f, struct ros_error *err)
{
	struct reader r = { .v = v, .usual_pre = usual_pre, .arena = arena, .f = f, .err = err };

	ros_nameset_init(&r.ids);
	read_all(&r, files, count, vocab_size);
	ros_nameset_release(&r.ids);
	return err->code;
}
