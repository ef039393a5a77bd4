#include "codegen/schema.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/formula.h"

#define MAX_LIST 250            /* the tables count in bytes */

#define WORDS(name, ...) static const char *const name##_words[] = { __VA_ARGS__, NULL }
#define IDS(name, ...) static const char *const name##_ids[] = { __VA_ARGS__ }

WORDS(norm_kind, "rms", "layer", "layer_plain");
IDS(norm_kind, "ROS_NORM_RMS", "ROS_NORM_LAYER", "ROS_NORM_LAYER_PLAIN");
WORDS(norm_place, "pre", "post_sum", "post_branch", "sandwich", "parallel");
IDS(norm_place, "ROS_NORM_PRE", "ROS_NORM_POST_SUM", "ROS_NORM_POST_BRANCH", "ROS_NORM_SANDWICH", "ROS_NORM_PARALLEL");
WORDS(qk_norm, "none", "head_rms", "full_rms", "head_layer");
IDS(qk_norm, "ROS_QK_NORM_NONE", "ROS_QK_NORM_HEAD_RMS", "ROS_QK_NORM_FULL_RMS", "ROS_QK_NORM_HEAD_LAYER");
WORDS(attention, "gqa", "mla", "none");
IDS(attention, "ROS_ATTENTION_GQA", "ROS_ATTENTION_MLA", "ROS_ATTENTION_NONE");
WORDS(mask, "causal", "bidirectional");
IDS(mask, "ROS_MASK_CAUSAL", "ROS_MASK_BIDIRECTIONAL");
WORDS(positions, "rope", "learned", "alibi", "none");
IDS(positions, "ROS_POSITIONS_ROPE", "ROS_POSITIONS_LEARNED", "ROS_POSITIONS_ALIBI", "ROS_POSITIONS_NONE");
WORDS(rope_pair, "half", "adjacent");
IDS(rope_pair, "ROS_PAIR_HALF", "ROS_PAIR_ADJACENT");
WORDS(ffn, "glu", "mlp", "none");
IDS(ffn, "ROS_FFN_GLU", "ROS_FFN_MLP", "ROS_FFN_NONE");
WORDS(activation, "silu", "gelu_tanh", "gelu_erf", "relu", "relu2");
IDS(activation, "ROS_ACT_SILU", "ROS_ACT_GELU_TANH", "ROS_ACT_GELU_ERF", "ROS_ACT_RELU", "ROS_ACT_RELU2");
WORDS(presence, "required", "optional", "tied", "derivable");
IDS(presence, "ROS_REQUIRED", "ROS_OPTIONAL", "ROS_TIED", "ROS_DERIVABLE");
WORDS(value, "same", "plus_one", "neg_exp");
IDS(value, "ROS_VALUE_SAME", "ROS_VALUE_PLUS_ONE", "ROS_VALUE_NEG_EXP");
WORDS(derive, "nothing", "llama3_factors", "long_factors", "short_factors", "inv_freq", "causal_mask", "masked_bias",
      "position_ids");
IDS(derive, "ROS_DERIVE_NONE", "ROS_DERIVE_LLAMA3_FACTORS", "ROS_DERIVE_LONG_FACTORS", "ROS_DERIVE_SHORT_FACTORS",
    "ROS_DERIVE_INV_FREQ", "ROS_DERIVE_CAUSAL_MASK", "ROS_DERIVE_MASKED_BIAS", "ROS_DERIVE_POSITION_IDS");
WORDS(per, "model", "layer");
IDS(per, "false", "true");
WORDS(rows, "hf", "pairs");
IDS(rows, "false", "true");
WORDS(rope, "norm", "neox");   /* llama.cpp's rope type for the architecture: adjacent pairs, or halves; a check, no table */
IDS(rope, "", "");
WORDS(type, "u32", "u64", "i32", "f32", "f64", "bool", "str", "arr");
IDS(type, "ROS_META_U32", "ROS_META_U64", "ROS_META_I32", "ROS_META_F32", "ROS_META_F64", "ROS_META_BOOL",
    "ROS_META_STRING", "ROS_META_ARRAY");
WORDS(source, "number", "text", "file_type", "long_factors", "short_factors", "activation");
IDS(source, "ROS_KEY_NUMBER", "ROS_KEY_TEXT", "ROS_KEY_FILE_TYPE", "ROS_KEY_LONG_FACTORS", "ROS_KEY_SHORT_FACTORS",
    "ROS_KEY_ACTIVATION");
WORDS(format, "safetensors", "gguf", "apr");
IDS(format, "ROS_FORMAT_SAFETENSORS", "ROS_FORMAT_GGUF", "ROS_FORMAT_APR");

#define WORD(name) FIELD_WORD, false, NULL, name##_words, name##_ids, 0
#define STATED(name) FIELD_WORD, true, NULL, name##_words, name##_ids, 0
#define END { NULL, FIELD_TEXT, false, NULL, NULL, NULL, 0 }
#define PLAIN(type, required) type, required, NULL, NULL, NULL, 0
#define WHOLE(required, most) FIELD_WHOLE, required, NULL, NULL, NULL, most
#define OF(type, required, sub) type, required, sub, NULL, NULL, 0

const struct field engine_fields[] = {
	{ "norm_kind", WORD(norm_kind) },
	{ "norm_plus_one", PLAIN(FIELD_BOOL, false) },
	{ "norm_place", WORD(norm_place) },
	{ "norms_per_layer", PLAIN(FIELD_FORMULA, true) },
	{ "qk_norm", WORD(qk_norm) },
	{ "attention", WORD(attention) },
	{ "mask", WORD(mask) },
	{ "positions", WORD(positions) },
	{ "rope_pair", WORD(rope_pair) },
	{ "ffn", WORD(ffn) },
	{ "activation", WORD(activation) },
	{ "gate_up_fused", PLAIN(FIELD_BOOL, false) },
	{ "shared_gate", PLAIN(FIELD_BOOL, false) },
	{ "expert_select_bias", PLAIN(FIELD_BOOL, false) },
	{ "q_scale", PLAIN(FIELD_FORMULA, false) },
	{ "sliding_layer", PLAIN(FIELD_FORMULA, false) },
	{ "rope_layer", PLAIN(FIELD_FORMULA, false) },
	{ "attention_layer", PLAIN(FIELD_FORMULA, false) },
	{ "expert_layer", PLAIN(FIELD_FORMULA, false) },
	{ "embed_scale", PLAIN(FIELD_FORMULA, false) },
	{ "residual_scale", PLAIN(FIELD_FORMULA, false) },
	{ "logit_scale", PLAIN(FIELD_FORMULA, false) },
	END
};

const struct field role_fields[] = {
	{ "shape", PLAIN(FIELD_FORMULAS, true) },
	{ "per", WORD(per) },
	{ "each", PLAIN(FIELD_FORMULA, false) },
	{ "rope_heads", PLAIN(FIELD_FORMULA, false) },
	{ "when", PLAIN(FIELD_FORMULA, false) },
	{ "required", PLAIN(FIELD_FORMULA, false) },
	{ "presence", WORD(presence) },
	{ "tied_to", PLAIN(FIELD_TEXT, false) },
	{ "only", WORD(format) },
	END
};

const struct field tensor_fields[] = {
	{ "name", PLAIN(FIELD_TEXT, true) },
	{ "of", PLAIN(FIELD_TEXTS, false) },
	{ "groups", PLAIN(FIELD_FORMULA, false) },
	{ "transposed", PLAIN(FIELD_BOOL, false) },
	{ "keep_f32", PLAIN(FIELD_BOOL, false) },
	{ "read_only", PLAIN(FIELD_BOOL, false) },
	{ "value", WORD(value) },
	{ "dims", PLAIN(FIELD_FORMULAS, false) },
	{ "when", PLAIN(FIELD_FORMULA, false) },
	{ "derive", WORD(derive) },
	END
};

static const struct field spelling_fields[] = {
	{ "read", PLAIN(FIELD_ANY_TEXT, true) },
	{ "write", PLAIN(FIELD_ANY_TEXT, true) },
	END
};

const struct field list_fields[] = {
	{ "rows", WORD(rows) },
	{ "rope", WORD(rope) },
	{ "write_tied", PLAIN(FIELD_BOOL, false) },
	{ "spellings", OF(FIELD_LIST, false, spelling_fields) },
	{ "same_as", WORD(format) },
	{ "tensors", OF(FIELD_LIST, false, tensor_fields) },
	END
};

const struct field key_fields[] = {
	{ "key", PLAIN(FIELD_TEXT, true) },
	{ "aliases", PLAIN(FIELD_TEXTS, false) },
	{ "is", PLAIN(FIELD_NUMBER, false) },
	{ "source", WORD(source) },
	{ "type", STATED(type) },
	{ "value", PLAIN(FIELD_FORMULA, false) },
	{ "per", WORD(per) },
	{ "when", PLAIN(FIELD_FORMULA, false) },
	{ "text", PLAIN(FIELD_TEXT, false) },
	END
};

static const struct field default_fields[] = {
	{ "is", PLAIN(FIELD_NUMBER, true) },
	{ "value", PLAIN(FIELD_FORMULA, true) },
	END
};

static const struct field size_fields[] = {
	{ "repo", PLAIN(FIELD_TEXT, true) },
	{ "parameters", WHOLE(true, UINT64_MAX) },
	{ "", PLAIN(FIELD_VALUES, false) },
	END
};

static const struct field token_fields[] = {
	{ "use", PLAIN(FIELD_TEXT, true) },
	{ "text", PLAIN(FIELD_TEXT, true) },
	{ "id", WHOLE(false, INT32_MAX) },
	END
};

static const struct field tokenizer_fields[] = {
	{ "model", PLAIN(FIELD_TEXT, true) },
	{ "pre", PLAIN(FIELD_TEXT, false) },
	{ "chat_format", PLAIN(FIELD_TEXT, false) },
	{ "chat_template", PLAIN(FIELD_TEXT, false) },
	{ "tokens", OF(FIELD_LIST, false, token_fields) },
	END
};

static const struct field quantize_fields[] = {
	{ "second_mixture", PLAIN(FIELD_BOOL, false) },
	{ "big_layers", WHOLE(false, UINT16_MAX) },
	{ "big_needs_gqa", PLAIN(FIELD_BOOL, false) },
	END
};

const struct field family_fields[] = {
	{ "family", PLAIN(FIELD_TEXT, true) },
	{ "display_name", PLAIN(FIELD_TEXT, true) },
	{ "vendor", PLAIN(FIELD_TEXT, true) },
	{ "inherit", PLAIN(FIELD_TEXT, false) },
	{ "classes", PLAIN(FIELD_TEXTS, true) },
	{ "model_types", PLAIN(FIELD_TEXTS, true) },
	{ "gguf_arch", PLAIN(FIELD_TEXT, true) },
	{ "gguf_when", PLAIN(FIELD_FORMULA, false) },
	{ "apr_arch", PLAIN(FIELD_TEXT, true) },
	{ "apr_aliases", PLAIN(FIELD_TEXTS, false) },
	{ "engine", OF(FIELD_MAP, true, engine_fields) },
	{ "roles", OF(FIELD_NAMED, true, role_fields) },
	{ "safetensors", OF(FIELD_MAP, true, list_fields) },
	{ "gguf", OF(FIELD_MAP, true, list_fields) },
	{ "apr", OF(FIELD_MAP, true, list_fields) },
	{ "config_keys", OF(FIELD_LIST, true, key_fields) },
	{ "gguf_keys", OF(FIELD_LIST, true, key_fields) },
	{ "apr_keys", OF(FIELD_LIST, true, key_fields) },
	{ "defaults", OF(FIELD_LIST, true, default_fields) },
	{ "sizes", OF(FIELD_NAMED, true, size_fields) },
	{ "tokenizer", OF(FIELD_MAP, true, tokenizer_fields) },
	{ "quantize", OF(FIELD_MAP, false, quantize_fields) },
	END
};

const struct field *schema_field(const struct field *fields, const char *key)
{
	for (; fields->key; fields++)
		if (fields->type == FIELD_VALUES ? number_by_name(key) >= 0 : !strcmp(fields->key, key))
			return fields;
	return NULL;
}

const char *schema_id(const struct node *map, const struct field *fields, const char *key)
{
	const struct field *f = schema_field(fields, key);
	const char *word = node_text(map, key, f->words[0]);
	size_t i;

	for (i = 0; f->words[i]; i++)
		if (!strcmp(f->words[i], word))
			return f->ids[i];
	return f->ids[0];
}

static void check_word(const struct node *n, const struct field *f)
{
	char all[256] = "";
	size_t i;

	for (i = 0; f->words[i]; i++) {
		if (!strcmp(f->words[i], n->text))
			return;
		if (strlen(all) + strlen(f->words[i]) + 3 < sizeof all)
			strcat(strcat(all, i ? ", " : ""), f->words[i]);
	}
	fail_at(n, "%s: `%s` is none of %s", f->key, n->text, all);
}

static bool is_whole(const char *text)
{
	errno = 0;
	strtoull(text, NULL, 10);
	return *text && text[strspn(text, "0123456789")] == '\0' && errno == 0;
}

/* A size's number: of the kind and within the cap that contracts/hparams.def gives it. */
static void check_value(const struct node *n, const char *key)
{
	const struct number *num = &numbers[number_by_name(key)];
	char *end;
	double v = strtod(n->text, &end);

	if (num->kind == KIND_BOOL) {
		if (strcmp(n->text, "true") && strcmp(n->text, "false"))
			fail_at(n, "%s: true or false wanted, `%s` found", key, n->text);
	} else if (num->kind == KIND_SCALING) {
		if (scaling_by_word(n->text) < 0)
			fail_at(n, "%s: `%s` is no kind of rope scaling", key, n->text);
	} else if (num->kind == KIND_UINT && !is_whole(n->text)) {
		fail_at(n, "%s: a whole number wanted, `%s` found", key, n->text);
	} else if (end == n->text || *end || !isfinite(v) || v < 0) {
		fail_at(n, "%s: a number wanted, `%s` found", key, n->text);
	} else if (v > num->cap) {
		fail_at(n, "%s: %s is over the cap of %.17g", key, n->text, num->cap);
	}
}

static void check_scalar(struct node *n, const struct field *f, const char *key)
{
	if (n->kind != NODE_SCALAR) {
		fail_at(n, "%s: one value wanted, a %s found", key, n->kind == NODE_LIST ? "list" : "mapping");
		return;
	}
	switch (f->type) {
	case FIELD_WORD:
		check_word(n, f);
		break;
	case FIELD_WHOLE:
		if (!is_whole(n->text))
			fail_at(n, "%s: a whole number wanted, `%s` found", key, n->text);
		else if (strtoull(n->text, NULL, 10) > f->most)
			fail_at(n, "%s: %s is over %llu", key, n->text, (unsigned long long)f->most);
		break;
	case FIELD_BOOL:
		if (!n->plain || (strcmp(n->text, "true") && strcmp(n->text, "false")))
			fail_at(n, "%s: true or false wanted, `%s` found", key, n->text);
		break;
	case FIELD_NUMBER:
		if (number_by_name(n->text) < 0)
			fail_at(n, "%s: `%s` is not a number of contracts/hparams.def", key, n->text);
		break;
	case FIELD_FORMULA:
	case FIELD_FORMULAS:
		if (!n->formula)
			n->formula = formula_parse(n);
		break;
	case FIELD_VALUES:
		check_value(n, key);
		break;
	default:
		if (node_is_null(n) || (!*n->text && f->type != FIELD_ANY_TEXT))
			fail_at(n, "%s: a text wanted, nothing found", key);
	}
}

static void check_named(struct node *map, const struct field *f, bool complete)
{
	size_t i;

	for (i = 0; i < map->count; i++) {
		if (map->key[i]->text[strspn(map->key[i]->text, "abcdefghijklmnopqrstuvwxyz0123456789._-")])
			fail_at(map->key[i], "%s: `%s`: small letters, digits, `.`, `_` and `-` make a name", f->key,
				map->key[i]->text);
		if (complete || !node_is_null(map->item[i]))
			schema_check(map->item[i], f->sub, true);
	}
}

static void check_field(struct node *n, const struct field *f, const char *key, bool complete)
{
	bool wants_list = f->type == FIELD_LIST || f->type == FIELD_FORMULAS;
	bool wants_map = f->type == FIELD_MAP || f->type == FIELD_NAMED;
	size_t i;

	if (wants_list ? n->kind != NODE_LIST : wants_map && n->kind != NODE_MAP) {
		fail_at(n, "%s: a %s wanted", key, wants_list ? "list" : "mapping");
		return;
	}
	if (n->kind == NODE_LIST && n->count > MAX_LIST)
		fail_at(n, "%s: more than %d", key, MAX_LIST);
	if (!n->count && (f->type == FIELD_TEXTS ? n->kind == NODE_LIST : complete && f->type == FIELD_NAMED))
		fail_at(n, "%s: empty", key);
	if (f->type == FIELD_MAP)
		schema_check(n, f->sub, complete);
	else if (f->type == FIELD_NAMED)
		check_named(n, f, complete);
	else if (f->type == FIELD_LIST)
		for (i = 0; i < n->count; i++)
			schema_check(n->item[i], f->sub, true);
	else if (n->kind == NODE_LIST && (f->type == FIELD_FORMULAS || f->type == FIELD_TEXTS))
		for (i = 0; i < n->count; i++)
			check_scalar(n->item[i], f, key);
	else
		check_scalar(n, f, key);
}

void schema_check(struct node *map, const struct field *fields, bool complete)
{
	const struct field *f;
	size_t i;

	if (map->kind != NODE_MAP) {
		fail_at(map, node_is_null(map) ? "a mapping wanted, nothing found" : "a mapping wanted");
		return;
	}
	for (i = 0; i < map->count; i++) {
		f = schema_field(fields, map->key[i]->text);
		if (!f)
			fail_at(map->key[i], "unknown key `%s`", map->key[i]->text);
		else if (complete || !node_is_null(map->item[i]))
			check_field(map->item[i], f, map->key[i]->text, complete);
	}
	for (f = fields; complete && f->key; f++)
		if (f->required && !node_get(map, f->key))
			fail_at(map, "`%s` is missing", f->key);
}
