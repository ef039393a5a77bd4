#include "config.h"

#include "rosetta/compare_keys.h"

#include <string.h>

static bool starts_with_one(struct ros_str key, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ros_str_begins(key, list[i]))
			return true;
	return false;
}

static bool is_one(struct ros_str key, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ros_str_equal(key, ros_str_of(list[i])))
			return true;
	return false;
}

#define IS_IN(how, key, list) how(key, list, sizeof list / sizeof *list)

bool ros_key_is_incidental(struct ros_str key)
{
	static const char *const beginnings[] = { "rosetta.", "split.", "general.alignment", "general.quantization_version" };

	return IS_IN(starts_with_one, key, beginnings);
}

bool ros_key_describes(struct ros_str key)
{
	/* by the architecture a reader chooses how to compute, by the sampling hints how to choose a token */
	static const char *const bound[] = { "general.architecture", "general.sampling." };
	static const char *const beginnings[] = { "general.", "quantize.", "imatrix." };
	static const char *const words[] = { "name", "format", "original_format", "param_count", "total_size" };

	return !IS_IN(starts_with_one, key, bound) && (IS_IN(starts_with_one, key, beginnings) || IS_IN(is_one, key, words));
}

bool ros_key_is_ours(struct ros_str key)
{
	return key.len > 8 && ros_str_begins(key, "rosetta.");
}

bool ros_key_is_template(struct ros_str key)
{
	static const char word[] = "chat_template";

	return memmem(key.ptr, key.len, word, sizeof word - 1);
}

bool ros_key_decides_tokens(struct ros_str key)
{
	static const char *const words[] = {
		"tokenizer.ggml.model", "tokenizer.ggml.pre", "tokenizer.ggml.tokens", "tokenizer.ggml.merges", "tokenizer.ggml.scores",
		"tokenizer.ggml.token_type", "tokenizer.ggml.add_space_prefix", "tokenizer.ggml.remove_extra_whitespaces",
		"tokenizer.model", "tokenizer.pre_type", "tokenizer.vocabulary", "tokenizer.merges", "tokenizer.scores", "tokenizer.token_type",
	};

	/* padding fills batches: older converters left it out, and no text becomes other tokens by it */
	return IS_IN(is_one, key, words) || (ros_str_begins(key, "tokenizer.") && ros_str_ends(key, "_token_id") && !ros_str_ends(key, "padding_token_id"));
}

/* KEY is RULE's, which in a GGUF stands after the architecture unless it begins with a word of its own. */
static bool is_rule(const struct ros_contract *c, enum ros_format_id format, const char *rule, struct ros_str key)
{
	size_t arch = strlen(c->gguf_arch);

	if (format == ROS_FORMAT_GGUF && ros_str_begins(key, c->gguf_arch) && key.len > arch && key.ptr[arch] == '.')
		key = (struct ros_str){ key.ptr + arch + 1, key.len - arch - 1 };
	return ros_str_equal(key, ros_str_of(rule));
}

bool ros_key_is_number(const struct ros_contract *c, enum ros_format_id format, struct ros_str key)
{
	const struct ros_key_list *list = !c ? NULL : format == ROS_FORMAT_APR ? &c->apr : &c->gguf;

	for (uint16_t i = 0; list && i < list->count; i++)
		if (is_rule(c, format, list->rules[i].key, key))
			return true;
	return false;
}
