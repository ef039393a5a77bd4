/* The other files of a folder's vocabulary: tokenizer.model, tokenizer_config.json, special_tokens_map.json. */
#include "contracts/tokens.h"

#include "formats/nameset.h"

#include <stdio.h>
#include <string.h>

/* ---- tokenizer.model ---- */

static int32_t id_or_none(const struct ros_vocab *v, enum ros_token_role role)
{
	return v->id[role] == ROS_NO_TOKEN ? -1 : (int32_t)v->id[role];
}

/* SentencePiece wants exactly one unknown piece and no text twice; files from the reference converter have <unk> as a
 * control token. */
static int settle_pieces(struct ros_spm *spm, const struct ros_vocab *v, struct ros_arena *arena, struct ros_findings *f, struct ros_error *err)
{
	struct ros_nameset seen;
	uint32_t found, unknown = v->id[ROS_ROLE_UNK];

	ros_nameset_init(&seen);
	for (size_t i = 0; i < spm->count && !err->code; i++) {
		struct ros_spm_piece *p = &spm->pieces[i];

		if (p->type == ROS_PIECE_UNKNOWN && unknown == ROS_NO_TOKEN)
			unknown = (uint32_t)i;
		if (p->type == ROS_PIECE_UNKNOWN && unknown != i)
			p->type = ROS_PIECE_CONTROL;
		spm->byte_fallback = spm->byte_fallback || p->type == ROS_PIECE_BYTE;
		if (!ros_nameset_add(&seen, p->text, (uint32_t)i, &found, err) && (found != ROS_NAMESET_NONE || !p->text.len)) {
			ros_findings_add(f, "vocab.duplicate", p->text, "tokenizer.model cannot hold an empty text or one twice: entry %zu is renamed", i);
			p->text = ros_arena_printf(arena, err, "[DUPLICATE%zu]", i);
			p->type = ROS_PIECE_UNUSED;
		}
	}
	ros_nameset_release(&seen);
	if (unknown == ROS_NO_TOKEN)
		unknown = 0;
	if (unknown < spm->count)
		spm->pieces[unknown].type = ROS_PIECE_UNKNOWN;
	spm->unk_id = (int32_t)unknown;
	return err->code;
}

int ros_vocab_write_spm(const struct ros_vocab *v, struct ros_arena *arena, struct ros_bytes *file,
			struct ros_findings *f, struct ros_error *err)
{
	struct ros_spm spm = { .kind = ROS_SPM_BPE, .count = v->count, .bos_id = id_or_none(v, ROS_ROLE_BOS), .eos_id = id_or_none(v, ROS_ROLE_EOS),
			       .pad_id = id_or_none(v, ROS_ROLE_PAD), .add_dummy_prefix = v->add_space_prefix != ROS_FALSE };

	*file = (struct ros_bytes){ NULL, 0 };
	if (v->kind != ROS_VOCAB_SPM || !v->scores)
		return 0;
	spm.pieces = ros_arena_alloc(arena, v->count, sizeof *spm.pieces, err);
	if (!spm.pieces)
		return err->code;
	for (size_t i = 0; i < v->count; i++)
		spm.pieces[i] = (struct ros_spm_piece){ v->tokens[i], v->scores[i], v->types ? v->types[i] : ROS_PIECE_NORMAL };
	if (settle_pieces(&spm, v, arena, f, err))
		return err->code;
	return ros_spm_write(&spm, arena, file, err);
}

/* ---- tokenizer_config.json ---- */

static void put_token(struct ros_json_out *o, const struct ros_vocab *v, size_t id)
{
	char key[24];

	snprintf(key, sizeof key, "%zu", id);
	ros_json_open_object(o, key);
	ros_json_put_str(o, "content", v->tokens[id]);
	ros_json_put_bool(o, "lstrip", false);
	ros_json_put_bool(o, "normalized", false);
	ros_json_put_bool(o, "rstrip", false);
	ros_json_put_bool(o, "single_word", false);
	ros_json_put_bool(o, "special", v->types[id] != ROS_PIECE_USER);
	ros_json_close_object(o);
}

static void put_added_decoder(struct ros_json_out *o, const struct ros_vocab *v)
{
	ros_json_open_object(o, "added_tokens_decoder");
	for (size_t i = 0; v->types && i < v->count; i++)
		if (v->tokens[i].len && (v->types[i] == ROS_PIECE_CONTROL || v->types[i] == ROS_PIECE_USER || v->types[i] == ROS_PIECE_UNKNOWN))
			put_token(o, v, i);
	ros_json_close_object(o);
}

static void put_roles(struct ros_json_out *o, const struct ros_vocab *v)
{
	char key[32];

	for (unsigned i = 0; i <= ROS_ROLE_MASK; i++) {
		if (v->id[i] == ROS_NO_TOKEN)
			continue;
		snprintf(key, sizeof key, "%s_token", ros_token_roles[i].hf);
		ros_json_put_str(o, key, v->tokens[v->id[i]]);
	}
}

static void put_switches(struct ros_json_out *o, const struct ros_vocab *v)
{
	char key[32];

	for (unsigned i = 0; i <= ROS_ROLE_SEP; i++) {
		if (v->add[i] == ROS_UNSET || !ros_token_roles[i].gguf_add)
			continue;
		snprintf(key, sizeof key, "add_%s_token", ros_token_roles[i].hf);
		ros_json_put_bool(o, key, v->add[i] == ROS_TRUE);
	}
	if (v->add_space_prefix != ROS_UNSET)
		ros_json_put_bool(o, "add_prefix_space", v->add_space_prefix == ROS_TRUE);
}

static void put_chat(struct ros_json_out *o, const struct ros_vocab *v)
{
	if (!v->template_count)
		return;
	if (v->template_count == 1 && !v->templates[0].name.len) {
		ros_json_put_str(o, "chat_template", v->templates[0].text);
		return;
	}
	ros_json_open_array(o, "chat_template");
	for (size_t i = 0; i < v->template_count; i++) {
		ros_json_open_object(o, NULL);
		ros_json_put_str(o, "name", v->templates[i].name.len ? v->templates[i].name : ROS_STR("default"));
		ros_json_put_str(o, "template", v->templates[i].text);
		ros_json_close_object(o);
	}
	ros_json_close_array(o);
}

int ros_vocab_write_config(const struct ros_vocab *v, struct ros_arena *arena, struct ros_str *text, struct ros_error *err)
{
	struct ros_json_out o;

	ros_json_out_init(&o, 2);
	ros_json_open_object(&o, NULL);
	put_switches(&o, v);
	put_added_decoder(&o, v);
	put_roles(&o, v);
	put_chat(&o, v);
	ros_json_put_bool(&o, "clean_up_tokenization_spaces", false);
	/* tokenizer.json says everything: a class with rules of its own would say it again, differently */
	ros_json_put_str(&o, "tokenizer_class", ROS_STR("PreTrainedTokenizerFast"));
	ros_json_close_object(&o);
	return ros_json_to_arena(&o, arena, text, err);
}

int ros_vocab_write_special_map(const struct ros_vocab *v, struct ros_arena *arena, struct ros_str *text, struct ros_error *err)
{
	struct ros_json_out o;

	ros_json_out_init(&o, 2);
	ros_json_open_object(&o, NULL);
	put_roles(&o, v);
	ros_json_close_object(&o);
	return ros_json_to_arena(&o, arena, text, err);
}

/* ---- all ---- */

static void take(struct ros_side_file *files, size_t *count, struct ros_str name, const void *data, size_t len)
{
	if (len)
		files[(*count)++] = (struct ros_side_file){ name, { data, len } };
}

int ros_vocab_to_files(const struct ros_vocab *v, struct ros_side_file files[4], size_t *count,
		       struct ros_arena *arena, struct ros_findings *f, struct ros_error *err)
{
	struct ros_str json, config, map;
	struct ros_bytes spm;

	*count = 0;
	if (v->kind == ROS_VOCAB_OTHER)
		ros_findings_add(f, "vocab.unknown-model", v->model, "this kind of vocabulary is not translated: the folder has no tokenizer.json");
	if (v->kind == ROS_VOCAB_NONE)
		return 0;
	if (ros_vocab_write_json(v, arena, &json, f, err) || ros_vocab_write_spm(v, arena, &spm, f, err) ||
	    ros_vocab_write_config(v, arena, &config, err) || ros_vocab_write_special_map(v, arena, &map, err))
		return err->code;
	take(files, count, ROS_STR("tokenizer.json"), json.ptr, json.len);
	take(files, count, ROS_STR("tokenizer.model"), spm.ptr, spm.len);
	take(files, count, ROS_STR("tokenizer_config.json"), config.ptr, config.len);
	take(files, count, ROS_STR("special_tokens_map.json"), map.ptr, map.len);
	return 0;
}
