/* tokenizer.* keys of an APR's metadata from a vocabulary, and back. */
#include "config.h"

#include "contracts/tokens.h"

#include "contracts/vocab_slots.h"
#include "formats/limits.h"

#include <string.h>

/* ---- writing ---- */

static void put_strings(struct ros_json_out *o, const char *key, const struct ros_str *list, size_t count)
{
	ros_json_open_array(o, key);
	for (size_t i = 0; i < count; i++)
		ros_json_put_str(o, NULL, list[i]);
	ros_json_close_array(o);
}

static void put_id(struct ros_json_out *o, const char *key, uint32_t id)
{
	if (id != ROS_NO_TOKEN)
		ros_json_put_u64(o, key, id);
}

static void put_switch(struct ros_json_out *o, const char *key, int8_t on)
{
	if (on != ROS_UNSET)
		ros_json_put_bool(o, key, on == ROS_TRUE);
}

static void put_lists(const struct ros_vocab *v, struct ros_json_out *o)
{
	put_strings(o, "tokenizer.vocabulary", v->tokens, v->count);
	if (v->merge_count && v->kind != ROS_VOCAB_SPM)
		put_strings(o, "tokenizer.merges", v->merges, v->merge_count);
	if (v->scores) {
		ros_json_open_array(o, "tokenizer.scores");
		for (size_t i = 0; i < v->count; i++)
			ros_json_put_f32(o, NULL, v->scores[i]);
		ros_json_close_array(o);
	}
	if (v->types) {
		ros_json_open_array(o, "tokenizer.token_type");
		for (size_t i = 0; i < v->count; i++)
			ros_json_put_i64(o, NULL, v->types[i]);
		ros_json_close_array(o);
	}
}

void ros_vocab_to_apr(const struct ros_vocab *v, struct ros_str architecture, struct ros_json_out *o)
{
	if (v->kind == ROS_VOCAB_NONE)
		return;
	ros_json_put_str(o, "tokenizer.model", v->model);
	if (v->kind == ROS_VOCAB_BPE)
		ros_json_put_str(o, "tokenizer.model_type", ROS_STR("BPE"));
	if (v->pre.len)
		ros_json_put_str(o, "tokenizer.pre_type", v->pre);
	if (architecture.len)
		ros_json_put_str(o, "tokenizer.architecture", architecture);
	ros_json_put_u64(o, "tokenizer.vocab_size", v->count);
	put_id(o, "tokenizer.bos_token_id", v->id[ROS_ROLE_BOS]);
	put_id(o, "tokenizer.eos_token_id", v->id[ROS_ROLE_EOS]);
	put_id(o, "tokenizer.unknown_token_id", v->id[ROS_ROLE_UNK]);
	put_id(o, "tokenizer.padding_token_id", v->id[ROS_ROLE_PAD]);
	put_switch(o, "tokenizer.add_bos_token", v->add[ROS_ROLE_BOS]);
	put_switch(o, "tokenizer.add_eos_token", v->add[ROS_ROLE_EOS]);
	put_switch(o, "tokenizer.add_space_prefix", v->add_space_prefix);
	put_lists(v, o);
}

/* ---- reading ---- */

/* An array member; NULL (and a finding) where it is none or, with COUNT, not so long. */
static const struct ros_json *get_array(const struct ros_json *root, const char *key, size_t count, struct ros_findings *f)
{
	const struct ros_json *v = ros_json_get(root, key);

	if (!v || v->type == ROS_JSON_NULL)
		return NULL;
	if (v->type != ROS_JSON_ARRAY || v->count > ROS_MAX_ARRAY) {
		ros_findings_add(f, "vocab.array-type", ros_str_of(key), "not an array: left out");
		return NULL;
	}
	if (count && v->count != count) {
		ros_findings_add(f, "vocab.array-length", ros_str_of(key), "%zu elements, but there are %zu tokens: left out", v->count, count);
		return NULL;
	}
	return v;
}

static struct ros_str *take_strings(const struct ros_json *list, size_t *count, struct ros_arena *arena, struct ros_findings *f, struct ros_error *err)
{
	struct ros_str *strings = list ? ros_arena_alloc(arena, list->count, sizeof *strings, err) : NULL;

	*count = 0;
	for (const struct ros_json *e = strings ? list->first : NULL; e; e = e->next) {
		if (e->type != ROS_JSON_STRING)
			ros_findings_add(f, "vocab.array-type", (struct ros_str){ NULL, 0 }, "entry %zu is no string: it counts as empty", *count);
		strings[(*count)++] = e->type == ROS_JSON_STRING ? e->text : (struct ros_str){ "", 0 };
	}
	return strings;
}

static void take_numbers(struct ros_vocab *v, const struct ros_json *root, struct ros_arena *arena, struct ros_findings *f, struct ros_error *err)
{
	const struct ros_json *scores = get_array(root, "tokenizer.scores", v->count, f);
	const struct ros_json *types = get_array(root, "tokenizer.token_type", v->count, f);
	uint64_t u;
	double d;
	size_t i = 0;

	v->types = ros_arena_alloc(arena, v->count, sizeof *v->types, err);
	v->scores = scores ? ros_arena_alloc(arena, v->count, sizeof *v->scores, err) : NULL;
	for (const struct ros_json *e = v->scores ? scores->first : NULL; e; e = e->next)
		v->scores[i++] = ros_json_f64(e, &d) ? (float)d : 0;
	if (!v->types)
		return;
	i = 0;
	for (const struct ros_json *e = types ? types->first : NULL; e; e = e->next)
		v->types[i++] = ros_json_u64(e, &u) && u <= ROS_PIECE_BYTE ? (int32_t)u : ROS_PIECE_NORMAL;
	for (i = 0; !types && i < v->count; i++)
		v->types[i] = ros_token_is_byte(v->tokens[i]) ? ROS_PIECE_BYTE : ros_str_equal(v->tokens[i], ROS_STR("<unk>")) ? ROS_PIECE_UNKNOWN :
			      ros_token_looks_special(v->tokens[i]) ? ROS_PIECE_CONTROL : ROS_PIECE_NORMAL;
}

static void take_special(struct ros_vocab *v, const struct ros_json *root)
{
	static const struct { const char *key; enum ros_token_role role; } ids[] = {
		{ "tokenizer.bos_token_id", ROS_ROLE_BOS }, { "tokenizer.eos_token_id", ROS_ROLE_EOS },
		{ "tokenizer.unknown_token_id", ROS_ROLE_UNK }, { "tokenizer.padding_token_id", ROS_ROLE_PAD },
	};
	static const struct { const char *key; enum ros_token_role role; } adds[] = {
		{ "tokenizer.add_bos_token", ROS_ROLE_BOS }, { "tokenizer.add_eos_token", ROS_ROLE_EOS },
	};
	uint64_t id;

	for (unsigned i = 0; i < sizeof ids / sizeof *ids; i++)
		if (ros_json_u64(ros_json_get(root, ids[i].key), &id) && id < ROS_NO_TOKEN)     /* 4294967295: the reference's "none" */
			ros_vocab_set_id(v, ids[i].role, (uint32_t)id);
	for (unsigned i = 0; i < sizeof adds / sizeof *adds; i++) {
		const struct ros_json *b = ros_json_get(root, adds[i].key);

		if (b && b->type == ROS_JSON_BOOL)
			ros_vocab_set_add(v, adds[i].role, b->boolean);
	}
}

/* Files without tokenizer.model say by their texts which kind they are: U+2581 is SentencePiece's blank, U+0120 the byte alphabet's. */
static bool has_spm_blank(const struct ros_vocab *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (memmem(v->tokens[i].ptr, v->tokens[i].len, "\xe2\x96\x81", 3))
			return true;
	return false;
}

static int settle_kind(struct ros_vocab *v, const struct ros_json *root, struct ros_arena *arena, struct ros_error *err)
{
	v->model = ros_json_str(ros_json_get(root, "tokenizer.model"));
	v->pre = ros_json_str(ros_json_get(root, "tokenizer.pre_type"));
	if (!v->model.len)
		v->model = v->scores || has_spm_blank(v) ? ROS_STR("llama") : ROS_STR("gpt2");
	v->kind = ros_str_equal(v->model, ROS_STR("llama")) ? ROS_VOCAB_SPM : ros_str_equal(v->model, ROS_STR("gpt2")) ? ROS_VOCAB_BPE : ROS_VOCAB_OTHER;
	if (v->kind != ROS_VOCAB_SPM || v->scores || !v->merge_count)
		return 0;
	v->scores = ros_arena_alloc(arena, v->count, sizeof *v->scores, err);
	return v->scores ? ros_scores_from_merges(v, err) : (int)err->code;
}

int ros_vocab_from_apr(struct ros_vocab *v, const struct ros_json *root, struct ros_arena *arena,
		       struct ros_findings *f, struct ros_error *err)
{
	const struct ros_json *prefix = ros_json_get(root, "tokenizer.add_space_prefix"), *chat = ros_json_get(root, "chat_template");

	ros_vocab_init(v);
	v->tokens = take_strings(get_array(root, "tokenizer.vocabulary", 0, f), &v->count, arena, f, err);
	if (!v->count || err->code)
		return err->code;
	v->merges = take_strings(get_array(root, "tokenizer.merges", 0, f), &v->merge_count, arena, f, err);
	take_numbers(v, root, arena, f, err);
	if (err->code || settle_kind(v, root, arena, err))
		return err->code;
	if (prefix && prefix->type == ROS_JSON_BOOL)
		v->add_space_prefix = prefix->boolean;
	if (!chat || chat->type != ROS_JSON_STRING)
		chat = ros_json_get(root, "tokenizer.chat_template");
	if (chat && chat->type == ROS_JSON_STRING) {
		v->templates = ros_arena_alloc(arena, 1, sizeof *v->templates, err);
		if (!v->templates)
			return err->code;
		v->templates[v->template_count++] = (struct ros_chat_template){ { "", 0 }, chat->text };
	}
	take_special(v, root);
	return ros_vocab_check(v, f, err);
}
