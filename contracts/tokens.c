#include "contracts/tokens.h"

#include "contracts/pre_tokenizers.h"
#include "contracts/vocab_slots.h"

#include <string.h>

/* GGUF's "seperator" is spelled so. cls has no key in the reference's writer. */
const struct ros_token_role_info ros_token_roles[ROS_ROLE_COUNT] = {
	[ROS_ROLE_BOS] = { "bos", "tokenizer.ggml.bos_token_id", "tokenizer.ggml.add_bos_token" },
	[ROS_ROLE_EOS] = { "eos", "tokenizer.ggml.eos_token_id", "tokenizer.ggml.add_eos_token" },
	[ROS_ROLE_UNK] = { "unk", "tokenizer.ggml.unknown_token_id", NULL },
	[ROS_ROLE_SEP] = { "sep", "tokenizer.ggml.seperator_token_id", "tokenizer.ggml.add_sep_token" },
	[ROS_ROLE_PAD] = { "pad", "tokenizer.ggml.padding_token_id", NULL },
	[ROS_ROLE_CLS] = { "cls", NULL, NULL },
	[ROS_ROLE_MASK] = { "mask", "tokenizer.ggml.mask_token_id", NULL },
	[ROS_ROLE_EOT] = { "eot", "tokenizer.ggml.eot_token_id", NULL },
	[ROS_ROLE_EOM] = { "eom", "tokenizer.ggml.eom_token_id", NULL },
	[ROS_ROLE_PREFIX] = { "prefix", "tokenizer.ggml.prefix_token_id", NULL },
	[ROS_ROLE_SUFFIX] = { "suffix", "tokenizer.ggml.suffix_token_id", NULL },
	[ROS_ROLE_MIDDLE] = { "middle", "tokenizer.ggml.middle_token_id", NULL },
};

void ros_vocab_init(struct ros_vocab *v)
{
	*v = (struct ros_vocab){ .add_space_prefix = ROS_UNSET };
	for (unsigned i = 0; i < ROS_ROLE_COUNT; i++) {
		v->id[i] = ROS_NO_TOKEN;
		v->add[i] = ROS_UNSET;
	}
}

void ros_vocab_set_id(struct ros_vocab *v, enum ros_token_role role, uint32_t id)
{
	if (v->id[role] != ROS_NO_TOKEN)
		return;
	v->id[role] = id;
	v->id_order[v->id_count++] = (uint8_t)role;
}

void ros_vocab_set_add(struct ros_vocab *v, enum ros_token_role role, bool add)
{
	if (v->add[role] != ROS_UNSET)
		return;
	v->add[role] = add;
	v->add_order[v->add_count++] = (uint8_t)role;
}

bool ros_vocab_adds_unsaid(struct ros_str model, struct ros_str pre, enum ros_token_role role)
{
	const struct ros_pre_tokenizer *row = ros_pre_by_name(pre);

	return role == ROS_ROLE_BOS && (ros_str_equal(model, ROS_STR("llama")) || (row && row == ros_pre_by_name(ROS_STR("llama-bpe"))) ||
					(row && row == ros_pre_by_name(ROS_STR("tekken"))));
}

struct ros_str ros_vocab_template(const struct ros_vocab *v)
{
	return v->template_count && !v->templates[0].name.len ? v->templates[0].text : (struct ros_str){ NULL, 0 };
}

struct ros_str ros_side_file_text(const struct ros_side_file *files, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (ros_str_equal(files[i].name, ros_str_of(name)))
			return (struct ros_str){ (const char *)files[i].data.ptr, files[i].data.len };
	return (struct ros_str){ NULL, 0 };
}

int ros_json_to_arena(struct ros_json_out *o, struct ros_arena *arena, struct ros_str *text, struct ros_error *err)
{
	if (o->failed)
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for a JSON text of more than %zu bytes", o->len);
	else
		*text = ros_arena_str(arena, (struct ros_str){ o->text, o->len }, err);
	ros_json_out_release(o);
	return err->code;
}

static bool surrounded(struct ros_str s, const char *head, const char *tail)
{
	size_t h = strlen(head), t = strlen(tail);

	return s.len >= h && s.len >= t && !memcmp(s.ptr, head, h) && !memcmp(s.ptr + s.len - t, tail, t);
}

bool ros_token_looks_special(struct ros_str text)
{
	static const char *const known[] = { "<pad>", "<mask>", "<2mass>", "[@BOS@]" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (ros_str_equal(text, ros_str_of(known[i])))
			return true;
	return surrounded(text, "<|", "|>") || surrounded(text, "<\xef\xbd\x9c", "\xef\xbd\x9c>") || surrounded(text, "<unused", ">");
}

int ros_vocab_from_files(struct ros_vocab *v, const struct ros_side_file *files, size_t count, uint64_t vocab_size, const char *usual_pre,
			 struct ros_arena *arena, struct ros_findings *f, struct ros_error *err)
{
	struct ros_str spm = ros_side_file_text(files, count, "tokenizer.model");
	struct ros_str json = ros_side_file_text(files, count, "tokenizer.json");
	struct ros_str merges = ros_side_file_text(files, count, "merges.txt");
	int rc = 0;

	ros_vocab_init(v);
	/* a tiktoken file under the same name starts with base64 text, a ModelProto with the tag of its first piece */
	if (spm.len && spm.ptr[0] == 0x0a)
		rc = ros_vocab_read_spm(v, files, count, vocab_size, arena, f, err);
	else if (json.len || merges.len)
		rc = ros_vocab_read_json(v, files, count, vocab_size, usual_pre, arena, f, err);
	else
		ros_findings_add(f, "hub.no-tokenizer", (struct ros_str){ NULL, 0 },
				 "no tokenizer.json, tokenizer.model or vocab.json with merges.txt: the target has no vocabulary");
	if (rc || v->kind == ROS_VOCAB_NONE)
		return rc;
	if (ros_vocab_fill_pads(v, arena, err) || ros_vocab_read_special(v, files, count, arena, f, err))
		return err->code;
	return ros_vocab_check(v, f, err);
}
