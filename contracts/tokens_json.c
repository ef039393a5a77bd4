/* tokenizer.json written from a vocabulary: what the tokenizers library needs to cut text as the GGUF's or APR's reader does.
 *
 * Every token stands in the model's vocabulary, added ones too: the library gives an added token that it knows from there the
 * id that stands there, and any other the next free one, so only so are ids certain. Entries "[PAD<id>]" of type unused are holes
 * and are left out. */
#include "contracts/tokens.h"

#include "contracts/pre_tokenizers.h"

#include <stdlib.h>
#include <string.h>

static int32_t type_of(const struct ros_vocab *v, size_t i)
{
	return v->types ? v->types[i] : ROS_PIECE_NORMAL;
}

static bool is_hole(const struct ros_vocab *v, size_t i)
{
	return type_of(v, i) == ROS_PIECE_UNUSED && v->tokens[i].len > 5 && !memcmp(v->tokens[i].ptr, "[PAD", 4);
}

/* Control and user-defined tokens, and the unknown one, are matched whole before anything else. */
static bool is_added(const struct ros_vocab *v, size_t i)
{
	int32_t type = type_of(v, i);

	return v->tokens[i].len && (type == ROS_PIECE_CONTROL || type == ROS_PIECE_USER || type == ROS_PIECE_UNKNOWN);
}

static void put_type(struct ros_json_out *o, const char *key, const char *type)
{
	ros_json_open_object(o, key);
	ros_json_put_str(o, "type", ros_str_of(type));
}

static void put_added(const struct ros_vocab *v, struct ros_json_out *o)
{
	ros_json_open_array(o, "added_tokens");
	for (size_t i = 0; i < v->count; i++) {
		if (!is_added(v, i))
			continue;
		ros_json_open_object(o, NULL);
		ros_json_put_u64(o, "id", i);
		ros_json_put_str(o, "content", v->tokens[i]);
		ros_json_put_bool(o, "single_word", false);
		ros_json_put_bool(o, "lstrip", false);
		ros_json_put_bool(o, "rstrip", false);
		ros_json_put_bool(o, "normalized", false);
		ros_json_put_bool(o, "special", type_of(v, i) != ROS_PIECE_USER);
		ros_json_close_object(o);
	}
	ros_json_close_array(o);
}

/* ---- the parts before and after the model ---- */

static void put_replace(struct ros_json_out *o, const char *key, const char *from, const char *to)
{
	put_type(o, key, "Replace");
	ros_json_open_object(o, "pattern");
	ros_json_put_str(o, "String", ros_str_of(from));
	ros_json_close_object(o);
	ros_json_put_str(o, "content", ros_str_of(to));
	ros_json_close_object(o);
}

static void put_bytes(struct ros_json_out *o, const char *key)
{
	put_type(o, key, "ByteLevel");
	ros_json_put_bool(o, "add_prefix_space", false);
	ros_json_put_bool(o, "trim_offsets", false);
	ros_json_put_bool(o, "use_regex", true);
	ros_json_close_object(o);
}

#define BLANK "\xe2\x96\x81"            /* U+2581: SentencePiece's blank */

static bool prefixes(const struct ros_vocab *v)
{
	return v->add_space_prefix != ROS_FALSE;        /* llama.cpp's default too */
}

static void put_spm_normalizer(const struct ros_vocab *v, struct ros_json_out *o)
{
	if (prefixes(v)) {
		put_type(o, "normalizer", "Sequence");
		ros_json_open_array(o, "normalizers");
		put_type(o, NULL, "Prepend");
		ros_json_put_str(o, "prepend", ros_str_of(BLANK));
		ros_json_close_object(o);
		put_replace(o, NULL, " ", BLANK);
		ros_json_close_array(o);
		ros_json_close_object(o);
	} else {
		put_replace(o, "normalizer", " ", BLANK);
	}
	ros_json_put_null(o, "pre_tokenizer");
}

static void put_spm_decoder(const struct ros_vocab *v, struct ros_json_out *o)
{
	put_type(o, "decoder", "Sequence");
	ros_json_open_array(o, "decoders");
	put_replace(o, NULL, BLANK, " ");
	put_type(o, NULL, "ByteFallback");
	ros_json_close_object(o);
	put_type(o, NULL, "Fuse");
	ros_json_close_object(o);
	if (prefixes(v)) {
		put_type(o, NULL, "Strip");
		ros_json_put_str(o, "content", ROS_STR(" "));
		ros_json_put_u64(o, "start", 1);
		ros_json_put_u64(o, "stop", 0);
		ros_json_close_object(o);
	}
	ros_json_close_array(o);
	ros_json_close_object(o);
}

static void put_piece(struct ros_json_out *o, const char *kind, struct ros_str id, unsigned type_id)
{
	ros_json_open_object(o, NULL);
	ros_json_open_object(o, kind);
	ros_json_put_str(o, "id", id);
	ros_json_put_u64(o, "type_id", type_id);
	ros_json_close_object(o);
	ros_json_close_object(o);
}

/* One text: [bos] A [eos]. */
static void put_sequence(struct ros_json_out *o, const struct ros_str *bos, const struct ros_str *eos, const char *name, unsigned type_id)
{
	if (bos)
		put_piece(o, "SpecialToken", *bos, type_id);
	put_piece(o, "Sequence", ros_str_of(name), type_id);
	if (eos)
		put_piece(o, "SpecialToken", *eos, type_id);
}

static void put_special(struct ros_json_out *o, struct ros_str text, uint32_t id)
{
	ros_json_open_objectk(o, text);
	ros_json_put_str(o, "id", text);
	ros_json_open_array(o, "ids");
	ros_json_put_u64(o, NULL, id);
	ros_json_close_array(o);
	ros_json_open_array(o, "tokens");
	ros_json_put_str(o, NULL, text);
	ros_json_close_array(o);
	ros_json_close_object(o);
}

static void put_template(const struct ros_vocab *v, bool bos, bool eos, struct ros_json_out *o, const char *key)
{
	uint32_t b = v->id[ROS_ROLE_BOS], e = v->id[ROS_ROLE_EOS];
	const struct ros_str *first = bos ? &v->tokens[b] : NULL, *last = eos ? &v->tokens[e] : NULL;

	put_type(o, key, "TemplateProcessing");
	ros_json_open_array(o, "single");
	put_sequence(o, first, last, "A", 0);
	ros_json_close_array(o);
	ros_json_open_array(o, "pair");
	put_sequence(o, first, last, "A", 0);
	put_sequence(o, first, last, "B", 1);
	ros_json_close_array(o);
	ros_json_open_object(o, "special_tokens");
	if (first)
		put_special(o, *first, b);
	if (last && (!first || e != b))
		put_special(o, *last, e);
	ros_json_close_object(o);
	ros_json_close_object(o);
}

/* Does a text begin with the token of ROLE? */
static bool adds(const struct ros_vocab *v, enum ros_token_role role)
{
	if (v->id[role] == ROS_NO_TOKEN)
		return false;
	if (v->add[role] != ROS_UNSET)
		return v->add[role] == ROS_TRUE;
	return ros_vocab_adds_unsaid(v->model, v->pre, role);
}

static void put_post_processor(const struct ros_vocab *v, struct ros_json_out *o)
{
	bool bos = adds(v, ROS_ROLE_BOS), eos = adds(v, ROS_ROLE_EOS), bytes = v->kind == ROS_VOCAB_BPE;

	if (!bos && !eos && bytes) {
		put_bytes(o, "post_processor");
	} else if (bytes) {
		put_type(o, "post_processor", "Sequence");
		ros_json_open_array(o, "processors");
		put_bytes(o, NULL);
		put_template(v, bos, eos, o, NULL);
		ros_json_close_array(o);
		ros_json_close_object(o);
	} else {
		put_template(v, bos, eos, o, "post_processor");
	}
}

/* ---- the model ---- */

static void put_vocab(const struct ros_vocab *v, struct ros_json_out *o, struct ros_findings *f)
{
	ros_json_open_object(o, "vocab");
	for (size_t i = 0; i < v->count && !o->failed; i++) {
		if (is_hole(v, i))
			continue;
		ros_json_put_u64k(o, v->tokens[i].ptr ? v->tokens[i] : (struct ros_str){ "", 0 }, i);
	}
	ros_json_close_object(o);
	(void)f;
}

/* "left right" cut at its only blank: the pair form can hold parts with blanks, this one never has any. */
static void put_pair(struct ros_json_out *o, struct ros_str left, struct ros_str right)
{
	ros_json_open_array(o, NULL);
	ros_json_put_str(o, NULL, left);
	ros_json_put_str(o, NULL, right);
	ros_json_close_array(o);
}

static void put_merges(const struct ros_vocab *v, struct ros_json_out *o, struct ros_findings *f)
{
	ros_json_open_array(o, "merges");
	for (size_t i = 0; i < v->merge_count && !o->failed; i++) {
		struct ros_str m = v->merges[i];
		/* a left part may begin with a blank of its own in odd files: the cut is the first one after it */
		const char *blank = m.len > 1 ? memchr(m.ptr + 1, ' ', m.len - 1) : NULL;

		if (!blank)
			ros_findings_add(f, "vocab.merge-malformed", m, "merge %zu is no pair: left out", i);
		else
			put_pair(o, (struct ros_str){ m.ptr, (size_t)(blank - m.ptr) },
				 (struct ros_str){ blank + 1, m.len - (size_t)(blank - m.ptr) - 1 });
	}
	ros_json_close_array(o);
}

static int put_scored_merges(const struct ros_vocab *v, struct ros_json_out *o, struct ros_error *err)
{
	struct ros_merge_pair *pairs;
	size_t count;

	ros_json_open_array(o, "merges");
	if (!ros_merges_from_scores(v, &pairs, &count, err))
		for (size_t i = 0; i < count && !o->failed; i++)
			put_pair(o, v->tokens[pairs[i].left], v->tokens[pairs[i].right]);
	free(pairs);
	ros_json_close_array(o);
	return err->code;
}

static bool has_byte_pieces(const struct ros_vocab *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (type_of(v, i) == ROS_PIECE_BYTE)
			return true;
	return false;
}

static uint32_t unknown_id(const struct ros_vocab *v)
{
	if (v->id[ROS_ROLE_UNK] != ROS_NO_TOKEN)
		return v->id[ROS_ROLE_UNK];
	for (size_t i = 0; i < v->count; i++)
		if (type_of(v, i) == ROS_PIECE_UNKNOWN)
			return (uint32_t)i;
	return ROS_NO_TOKEN;
}

static int put_model(const struct ros_vocab *v, bool ignore_merges, struct ros_json_out *o, struct ros_findings *f, struct ros_error *err)
{
	bool spm = v->kind == ROS_VOCAB_SPM;
	uint32_t unk = spm ? unknown_id(v) : ROS_NO_TOKEN;

	put_type(o, "model", "BPE");
	ros_json_put_null(o, "dropout");
	if (unk == ROS_NO_TOKEN)
		ros_json_put_null(o, "unk_token");
	else
		ros_json_put_str(o, "unk_token", v->tokens[unk]);
	ros_json_put_null(o, "continuing_subword_prefix");
	ros_json_put_null(o, "end_of_word_suffix");
	ros_json_put_bool(o, "fuse_unk", spm);
	ros_json_put_bool(o, "byte_fallback", spm && (has_byte_pieces(v) || !v->types));
	ros_json_put_bool(o, "ignore_merges", ignore_merges);
	put_vocab(v, o, f);
	if (spm)
		put_scored_merges(v, o, err);
	else
		put_merges(v, o, f);
	ros_json_close_object(o);
	return err->code;
}

int ros_vocab_write_json(const struct ros_vocab *v, struct ros_arena *arena, struct ros_str *text,
			 struct ros_findings *f, struct ros_error *err)
{
	const struct ros_pre_tokenizer *row = v->kind == ROS_VOCAB_BPE ? ros_pre_by_name(v->pre) : NULL;
	struct ros_json_out o;

	*text = (struct ros_str){ NULL, 0 };
	if (v->kind != ROS_VOCAB_BPE && v->kind != ROS_VOCAB_SPM)
		return 0;
	if (v->kind == ROS_VOCAB_BPE && !row) {
		ros_findings_add(f, "vocab.unknown-pre-tokenizer", v->pre,
				 "this tokenizer.ggml.pre is not known: tokenizer.json cuts text as GPT-2 does, and may differ");
		row = ros_pre_row(0);
	}
	ros_json_out_init(&o, 2);
	ros_json_open_object(&o, NULL);
	ros_json_put_str(&o, "version", ROS_STR("1.0"));
	ros_json_put_null(&o, "truncation");
	ros_json_put_null(&o, "padding");
	put_added(v, &o);
	if (row)
		ros_pre_write(row, &o);
	else
		put_spm_normalizer(v, &o);
	put_post_processor(v, &o);
	if (row)
		put_bytes(&o, "decoder");
	else
		put_spm_decoder(v, &o);
	put_model(v, row && row->ignore_merges == 1, &o, f, err);
	ros_json_close_object(&o);
	if (err->code) {
		ros_json_out_release(&o);
		return err->code;
	}
	return ros_json_to_arena(&o, arena, text, err);
}
