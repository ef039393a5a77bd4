/* tokenizer.* keys of a GGUF from a vocabulary, and back. */
#include "contracts/tokens.h"

#include "contracts/vocab_slots.h"
#include "formats/bytes.h"

#include <string.h>

#define PREFIX_KEY "tokenizer.ggml.add_space_prefix"

/* ---- writing ---- */

/* Numbers as GGUF stores them: 4 bytes each, little endian. */
static struct ros_bytes pack(const void *values, size_t count, struct ros_arena *arena, struct ros_error *err)
{
	uint8_t *raw = ros_arena_alloc(arena, count, 4, err);
	uint32_t word;

	for (size_t i = 0; raw && i < count; i++) {
		memcpy(&word, (const uint8_t *)values + 4 * i, 4);
		ros_put_le32(raw + 4 * i, word);
	}
	return (struct ros_bytes){ raw, raw ? 4 * count : 0 };
}

/* A key that the family's list wrote already gives way to what the vocabulary itself says. */
static int add(struct ros_meta *meta, const char *key, struct ros_meta_value value, struct ros_error *err)
{
	if (err->code)
		return err->code;
	return ros_meta_set(meta, ros_str_of(key), value, err);
}

static int write_lists(const struct ros_vocab *v, struct ros_meta *meta, struct ros_error *err)
{
	add(meta, "tokenizer.ggml.model", ros_meta_str(v->model), err);
	if (v->pre.ptr)
		add(meta, "tokenizer.ggml.pre", ros_meta_str(v->pre), err);
	add(meta, "tokenizer.ggml.tokens", ros_meta_str_array(v->tokens, v->count), err);
	if (v->scores)
		add(meta, "tokenizer.ggml.scores",
		    ros_meta_num_array(ROS_META_F32, pack(v->scores, v->count, meta->arena, err), v->count), err);
	if (v->types)
		add(meta, "tokenizer.ggml.token_type",
		    ros_meta_num_array(ROS_META_I32, pack(v->types, v->count, meta->arena, err), v->count), err);
	if (v->kind != ROS_VOCAB_SPM && v->merge_count)
		add(meta, "tokenizer.ggml.merges", ros_meta_str_array(v->merges, v->merge_count), err);
	return err->code;
}

static void write_special(const struct ros_vocab *v, struct ros_meta *meta, struct ros_error *err)
{
	for (unsigned i = 0; i < v->id_count; i++) {
		const struct ros_token_role_info *role = &ros_token_roles[v->id_order[i]];

		if (role->gguf_id)
			add(meta, role->gguf_id, ros_meta_u32(v->id[v->id_order[i]]), err);
	}
	for (unsigned i = 0; i < v->add_count; i++) {
		const struct ros_token_role_info *role = &ros_token_roles[v->add_order[i]];

		if (role->gguf_add)
			add(meta, role->gguf_add, ros_meta_bool(v->add[v->add_order[i]]), err);
	}
}

/* Letters and digits stay, the rest becomes '_': the name is part of a key. */
static struct ros_str template_key(struct ros_str name, bool whole, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_str key = ros_arena_printf(arena, err, "%s%.*s", whole ? "tokenizer.chat_template." : "", (int)name.len, name.ptr);
	char *p = (char *)(uintptr_t)key.ptr + (key.len - (key.ptr ? name.len : key.len));

	for (; key.ptr && p < key.ptr + key.len; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9')))
			*p = '_';
	return key;
}

static int write_templates(const struct ros_vocab *v, struct ros_meta *meta, struct ros_error *err)
{
	struct ros_str *names = ros_arena_alloc(meta->arena, v->template_count, sizeof *names, err);
	size_t n = 0;

	for (size_t i = 0; names && i < v->template_count && !err->code; i++)
		if (v->templates[i].name.len) {
			struct ros_str key = template_key(v->templates[i].name, true, meta->arena, err);

			names[n++] = template_key(v->templates[i].name, false, meta->arena, err);
			if (!err->code)
				ros_meta_set(meta, key, ros_meta_str(v->templates[i].text), err);
		}
	if (n)
		add(meta, "tokenizer.chat_templates", ros_meta_str_array(names, n), err);
	if (ros_vocab_template(v).ptr)
		add(meta, "tokenizer.chat_template", ros_meta_str(ros_vocab_template(v)), err);
	return err->code;
}

int ros_vocab_to_gguf(const struct ros_vocab *v, struct ros_meta *meta, struct ros_error *err)
{
	bool prefix = v->add_space_prefix != ROS_UNSET;

	if (v->kind == ROS_VOCAB_NONE)
		return 0;
	if (prefix && v->space_prefix_first)
		add(meta, PREFIX_KEY, ros_meta_bool(v->add_space_prefix), err);
	if (write_lists(v, meta, err))
		return err->code;
	write_special(v, meta, err);
	if (!err->code && v->template_count)
		write_templates(v, meta, err);
	if (prefix && !v->space_prefix_first)
		add(meta, PREFIX_KEY, ros_meta_bool(v->add_space_prefix), err);
	return err->code;
}

/* ---- reading ---- */

static const struct ros_meta_value *get(const struct ros_meta *meta, const char *key)
{
	return ros_meta_get(meta, ros_str_of(key));
}

static struct ros_str get_str(const struct ros_meta *meta, const char *key)
{
	const struct ros_meta_value *v = get(meta, key);

	return v && v->type == ROS_META_STRING ? v->str : (struct ros_str){ NULL, 0 };
}

/* The array KEY when its elements are of TYPE and, unless COUNT is 0, COUNT of them; NULL and a finding otherwise. */
static const struct ros_meta_array *get_array(const struct ros_meta *meta, const char *key, enum ros_meta_type type, size_t count,
					      struct ros_findings *f)
{
	const struct ros_meta_value *v = get(meta, key);

	if (!v)
		return NULL;
	if (v->type != ROS_META_ARRAY || v->array.type != type) {
		ros_findings_add(f, "vocab.array-type", ros_str_of(key), "not an array of %s: left out", ros_meta_types[type].name);
		return NULL;
	}
	if (count && v->array.count != count) {
		ros_findings_add(f, "vocab.array-length", ros_str_of(key), "%llu elements, but there are %zu tokens: left out",
				 (unsigned long long)v->array.count, count);
		return NULL;
	}
	return &v->array;
}

static void *unpack(const struct ros_meta_array *a, struct ros_arena *arena, struct ros_error *err)
{
	uint8_t *values = a ? ros_arena_alloc(arena, (size_t)a->count, 4, err) : NULL;

	for (uint64_t i = 0; values && i < a->count; i++) {
		uint32_t word = ros_le32(a->raw.ptr + 4 * i);

		memcpy(values + 4 * i, &word, 4);
	}
	return values;
}

static struct ros_str *copy_strings(const struct ros_meta_array *a, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_str *list = a ? ros_arena_alloc(arena, (size_t)a->count, sizeof *list, err) : NULL;

	if (list && a->count)
		memcpy(list, a->strings, (size_t)a->count * sizeof *list);
	return list;
}

static void read_special(struct ros_vocab *v, const struct ros_meta *meta)
{
	uint64_t id;

	for (size_t e = 0; e < meta->count; e++)
		for (unsigned i = 0; i < ROS_ROLE_COUNT; i++) {
			const struct ros_token_role_info *role = &ros_token_roles[i];
			const struct ros_meta_value *value = &meta->entries[e].value;

			if (role->gguf_id && ros_str_equal(meta->entries[e].key, ros_str_of(role->gguf_id)) && ros_meta_as_u64(value, &id) &&
			    id < ROS_NO_TOKEN)          /* 4294967295 is how old files say "none" */
				ros_vocab_set_id(v, (enum ros_token_role)i, (uint32_t)id);
			if (role->gguf_add && ros_str_equal(meta->entries[e].key, ros_str_of(role->gguf_add)) && value->type == ROS_META_BOOL)
				ros_vocab_set_add(v, (enum ros_token_role)i, value->u);
		}
}

static int read_templates(struct ros_vocab *v, const struct ros_meta *meta, struct ros_arena *arena, struct ros_findings *f, struct ros_error *err)
{
	const struct ros_meta_array *names = get_array(meta, "tokenizer.chat_templates", ROS_META_STRING, 0, f);
	struct ros_str text = get_str(meta, "tokenizer.chat_template"), key;
	size_t n = names ? (size_t)names->count : 0;

	v->templates = ros_arena_alloc(arena, n + 1, sizeof *v->templates, err);
	if (!v->templates)
		return err->code;
	if (text.ptr)
		v->templates[v->template_count++] = (struct ros_chat_template){ { "", 0 }, text };
	for (size_t i = 0; i < n && !err->code; i++) {
		const struct ros_meta_value *value;

		key = ros_arena_printf(arena, err, "tokenizer.chat_template.%.*s", (int)(names->strings[i].len & 0xffff), names->strings[i].ptr);
		value = key.ptr ? ros_meta_get(meta, key) : NULL;
		if (value && value->type == ROS_META_STRING)
			v->templates[v->template_count++] = (struct ros_chat_template){ names->strings[i], value->str };
	}
	return err->code;
}

int ros_vocab_from_gguf(struct ros_vocab *v, const struct ros_meta *meta, struct ros_arena *arena,
			struct ros_findings *f, struct ros_error *err)
{
	const struct ros_meta_array *tokens = get_array(meta, "tokenizer.ggml.tokens", ROS_META_STRING, 0, f), *merges;
	const struct ros_meta_value *prefix = get(meta, PREFIX_KEY);

	ros_vocab_init(v);
	v->model = get_str(meta, "tokenizer.ggml.model");
	v->pre = get_str(meta, "tokenizer.ggml.pre");
	if (!tokens || !tokens->count)
		return read_templates(v, meta, arena, f, err);
	v->kind = ros_str_equal(v->model, ROS_STR("llama")) ? ROS_VOCAB_SPM :
		  ros_str_equal(v->model, ROS_STR("gpt2")) ? ROS_VOCAB_BPE : ROS_VOCAB_OTHER;
	v->count = (size_t)tokens->count;
	v->tokens = copy_strings(tokens, arena, err);
	v->scores = unpack(get_array(meta, "tokenizer.ggml.scores", ROS_META_F32, v->count, f), arena, err);
	v->types = unpack(get_array(meta, "tokenizer.ggml.token_type", ROS_META_I32, v->count, f), arena, err);
	merges = get_array(meta, "tokenizer.ggml.merges", ROS_META_STRING, 0, f);
	v->merges = copy_strings(merges, arena, err);
	v->merge_count = merges ? (size_t)merges->count : 0;
	if (prefix && prefix->type == ROS_META_BOOL)
		v->add_space_prefix = prefix->u ? ROS_TRUE : ROS_FALSE;
	if (err->code)
		return err->code;
	read_special(v, meta);
	if (read_templates(v, meta, arena, f, err))
		return err->code;
	return ros_vocab_check(v, f, err);
}

bool ros_vocab_key_is_default(const struct ros_meta *meta, struct ros_str key, const struct ros_meta_value *value)
{
	for (unsigned i = 0; i < ROS_ROLE_COUNT; i++)
		if (ros_token_roles[i].gguf_add && ros_str_equal(key, ros_str_of(ros_token_roles[i].gguf_add)) && value->type == ROS_META_BOOL)
			return (value->u != 0) == ros_vocab_adds_unsaid(get_str(meta, "tokenizer.ggml.model"), get_str(meta, "tokenizer.ggml.pre"),
									(enum ros_token_role)i);
	return false;
}
