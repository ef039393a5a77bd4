/* A vocabulary from tokenizer.model, as convert_hf_to_gguf.py's _create_vocab_sentencepiece reads it: the pieces, then
 * added_tokens.json, then tokenizer_config.json's added_tokens_decoder written over them. */
#include "contracts/tokens.h"

#include "contracts/vocab_slots.h"

#include <string.h>

/* The reference asks IsUnknown, IsControl, IsUnused and IsByte; user-defined pieces so become normal ones. */
static int32_t type_of(int32_t piece_type)
{
	return piece_type == ROS_PIECE_USER || piece_type < ROS_PIECE_NORMAL || piece_type > ROS_PIECE_BYTE ? ROS_PIECE_NORMAL : piece_type;
}

static void take_pieces(struct ros_vocab *v, const struct ros_spm *spm, struct ros_findings *f)
{
	size_t n = spm->count < v->count ? spm->count : v->count;

	if (spm->count > v->count)
		ros_findings_add(f, "vocab.larger-than-embedding", ROS_STR("tokenizer.model"),
				 "%zu pieces, but the embedding has %zu rows: the rest is left out", spm->count, v->count);
	for (size_t i = 0; i < n; i++) {
		v->tokens[i] = spm->pieces[i].text;
		v->scores[i] = spm->pieces[i].score;
		v->types[i] = type_of(spm->pieces[i].type);
	}
}

/* added_tokens.json: {text: id}. */
static int take_added_json(struct ros_vocab *v, struct ros_str text, struct ros_arena *arena, struct ros_findings *f, struct ros_error *err)
{
	const struct ros_json *root = text.len ? ros_json_parse(text, arena, err) : NULL;
	uint64_t id;

	if (root && root->type == ROS_JSON_OBJECT)
		for (const struct ros_json *t = root->first; t; t = t->next)
			if (ros_json_u64(t, &id))
				ros_vocab_put_added(v, id, t->key, false, "added_tokens.json", f);
	return err->code ? ros_error_in_file(err, "added_tokens.json") : 0;
}

/* tokenizer.json's added tokens fill only places that nothing else has filled. */
static int take_tokenizer_json(struct ros_vocab *v, struct ros_str text, struct ros_arena *arena, struct ros_findings *f, struct ros_error *err)
{
	struct ros_json_members top;
	const struct ros_json *list;
	uint64_t id;

	if (!text.len)
		return 0;
	if (ros_json_members(&top, text, arena, err))
		return ros_error_in_file(err, "tokenizer.json");
	list = ros_json_member(&top, "added_tokens", arena, err);
	if (list && list->type == ROS_JSON_ARRAY)
		for (const struct ros_json *t = list->first; t; t = t->next)
			if (ros_json_u64(ros_json_get(t, "id"), &id) && id < v->count && v->types[id] == ROS_PIECE_UNUSED)
				ros_vocab_put_added_token(v, id, t, "tokenizer.json", f);
	return err->code ? ros_error_in_file(err, "tokenizer.json") : 0;
}

int ros_vocab_read_spm(struct ros_vocab *v, const struct ros_side_file *files, size_t count, uint64_t vocab_size,
		       struct ros_arena *arena, struct ros_findings *f, struct ros_error *err)
{
	struct ros_str file = ros_side_file_text(files, count, "tokenizer.model");
	struct ros_spm spm;

	if (ros_spm_read(&spm, (struct ros_bytes){ (const uint8_t *)file.ptr, file.len }, arena, err))
		return ros_error_in_file(err, "tokenizer.model");
	v->kind = ROS_VOCAB_SPM;
	v->model = ROS_STR("llama");
	v->pre = ROS_STR("default");
	if (ros_vocab_make_slots(v, vocab_size ? vocab_size : spm.count, true, arena, err))
		return err->code;
	take_pieces(v, &spm, f);
	if (take_added_json(v, ros_side_file_text(files, count, "added_tokens.json"), arena, f, err) ||
	    ros_vocab_put_added_decoder(v, ros_side_file_text(files, count, "tokenizer_config.json"), arena, f, err) ||
	    take_tokenizer_json(v, ros_side_file_text(files, count, "tokenizer.json"), arena, f, err))
		return err->code;
	/* the reference says so for the families whose normaliser has it so: here the normaliser is asked */
	if (!spm.add_dummy_prefix)
		v->add_space_prefix = ROS_FALSE;
	return 0;
}
