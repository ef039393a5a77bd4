#include "formats/apr.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* What the reference's typed structure wants under a key; null is "absent" except where it is not. */
enum kind { TEXT, TEXT_NEVER_NULL, COUNT, COUNT_NEVER_NULL, U32, FLOAT, OBJECT, QUANTIZATION };

static const char *const kind_names[] = {
	[TEXT] = "a string", [TEXT_NEVER_NULL] = "a string", [COUNT] = "a whole number", [COUNT_NEVER_NULL] = "a whole number",
	[U32] = "a whole number below 2^32", [FLOAT] = "a number within float32", [OBJECT] = "an object", [QUANTIZATION] = "an object",
};

static const struct { const char *key; enum kind kind; } typed[] = {
	{ "model_type", TEXT_NEVER_NULL }, { "name", TEXT }, { "description", TEXT }, { "author", TEXT },
	{ "license", TEXT }, { "data_source", TEXT }, { "data_license", TEXT }, { "version", TEXT },
	{ "source", TEXT }, { "original_format", TEXT }, { "created_at", TEXT },
	{ "total_size", COUNT_NEVER_NULL }, { "param_count", COUNT_NEVER_NULL },
	{ "quantization", QUANTIZATION }, { "sharding", OBJECT }, { "special_tokens", OBJECT },
	{ "chat_template", TEXT }, { "chat_format", TEXT },
	{ "architecture", TEXT }, { "hf_architecture", TEXT }, { "hf_model_type", TEXT },
	{ "hidden_size", COUNT }, { "num_layers", COUNT }, { "num_heads", COUNT }, { "num_kv_heads", COUNT },
	{ "vocab_size", COUNT }, { "intermediate_size", COUNT }, { "max_position_embeddings", COUNT },
	{ "rope_theta", FLOAT }, { "rope_type", U32 }, { "rms_norm_eps", FLOAT },
	{ "head_dim", COUNT }, { "num_experts", COUNT }, { "num_experts_per_tok", COUNT }, { "moe_intermediate_size", COUNT },
};

/* Spellings of one field, the canonical first. A reader in the wild refuses two of them together. */
#define SPELLINGS 4
static const char *const aliases[][SPELLINGS] = {
	{ "hidden_size", "hidden_dim", "d_model", "n_embd" },
	{ "num_layers", "n_layers", "num_hidden_layers", "n_layer" },
	{ "num_heads", "n_heads", "num_attention_heads", "n_head" },
	{ "num_kv_heads", "n_kv_heads", "num_key_value_heads", NULL },
	{ "vocab_size", "n_vocab", NULL, NULL },
	{ "intermediate_size", "ffn_dim", "intermediate_dim", "n_inner" },
	{ "max_position_embeddings", "max_seq_len", "context_length", "n_ctx" },
	{ "rms_norm_eps", "layer_norm_eps", "norm_eps", NULL },
};

static void warn(struct ros_model *m, const char *rule, const char *key, const char *text)
{
	if (m)
		ros_model_warn(m, rule, ros_str_of(key), "%s", text);
}

/* quant_type, bits and symmetric are needed, block_size may be absent or null. */
static bool is_quantization(const struct ros_json *v)
{
	const struct ros_json *type = ros_json_get(v, "quant_type"), *symmetric = ros_json_get(v, "symmetric");
	const struct ros_json *block = ros_json_get(v, "block_size");
	uint64_t n;

	return type && type->type == ROS_JSON_STRING && ros_json_u64(ros_json_get(v, "bits"), &n) && n <= UINT8_MAX &&
		symmetric && symmetric->type == ROS_JSON_BOOL && (!block || block->type == ROS_JSON_NULL || ros_json_u64(block, &n));
}

static bool is_kind(const struct ros_json *v, enum kind kind)
{
	uint64_t n;
	double f;

	switch (kind) {
	case TEXT: case TEXT_NEVER_NULL:
		return v->type == ROS_JSON_STRING;
	case COUNT: case COUNT_NEVER_NULL:
		return ros_json_u64(v, &n);
	case U32:
		return ros_json_u64(v, &n) && n <= UINT32_MAX;
	case FLOAT:
		return ros_json_f64(v, &f) && fabs(f) <= FLT_MAX;
	case OBJECT:
		return v->type == ROS_JSON_OBJECT;
	case QUANTIZATION:
		return v->type == ROS_JSON_OBJECT && is_quantization(v);
	}
	return false;
}

/* Null where it is expected says nothing; the three licence keys are written as null by the reference. */
static bool null_is_usual(const char *key)
{
	return !strcmp(key, "license") || !strcmp(key, "data_source") || !strcmp(key, "data_license");
}

static int check_typed(struct ros_model *m, const struct ros_json *o, uint64_t at, struct ros_error *err)
{
	for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
		const struct ros_json *v = ros_json_get(o, typed[i].key);
		bool never_null = typed[i].kind == TEXT_NEVER_NULL || typed[i].kind == COUNT_NEVER_NULL;

		if (!v)
			continue;
		if (v->type == ROS_JSON_NULL && !never_null) {
			if (!null_is_usual(typed[i].key))
				warn(m, "apr.null", typed[i].key, "null");
			continue;
		}
		if (!is_kind(v, typed[i].kind))
			return ros_fail(err, ROS_EFORMAT, at + v->offset, "metadata '%s': %s wanted%s", typed[i].key, kind_names[typed[i].kind],
					typed[i].kind == QUANTIZATION ? " with quant_type, bits and symmetric" : "");
		if (v->type == ROS_JSON_STRING && v->text.len && memchr(v->text.ptr, 0, v->text.len))
			warn(m, "apr.nul", typed[i].key, "a NUL inside the value");
	}
	if (!ros_json_get(o, "model_type"))
		warn(m, "apr.model-type", "model_type", "absent");
	return 0;
}

static bool same_number(const struct ros_json *a, const struct ros_json *b)
{
	if (a->type == ROS_JSON_INT && b->type == ROS_JSON_INT)
		return a->magnitude == b->magnitude && a->negative == b->negative;
	if ((a->type == ROS_JSON_INT || a->type == ROS_JSON_REAL) && (b->type == ROS_JSON_INT || b->type == ROS_JSON_REAL))
		return a->real == b->real;
	return a->type == b->type && ros_str_equal(a->text, b->text) && a->boolean == b->boolean;
}

/* Two spellings in one file may only say the same. */
static int check_alias(struct ros_model *m, const struct ros_json *o, const char *const *spelling, uint64_t at, struct ros_error *err)
{
	const struct ros_json *first = NULL;

	for (int i = 0; i < SPELLINGS && spelling[i]; i++) {
		const struct ros_json *v = ros_json_get(o, spelling[i]);

		if (!v)
			continue;
		if (!first) {
			first = v;
			continue;
		}
		if (first->type != ROS_JSON_NULL && v->type != ROS_JSON_NULL && !same_number(first, v))
			return ros_fail(err, ROS_EFORMAT, at + v->offset, "metadata '%s' and '%.*s' are one field and differ",
					spelling[i], (int)first->key.len, first->key.ptr);
		warn(m, "apr.alias", spelling[i], "a second spelling of a field that is there: some readers drop all metadata then");
		if (first->type == ROS_JSON_NULL)
			first = v;
	}
	return 0;
}

int ros_apr_check_metadata(struct ros_model *m, struct ros_str text, uint64_t at, struct ros_error *err)
{
	struct ros_json *o = NULL;
	struct ros_arena arena;
	bool clean = !err->code;

	ros_arena_init(&arena, 0);
	o = ros_json_parse(text, &arena, err);
	if (clean && err->code && err->offset != ROS_NO_OFFSET)
		err->offset += at;
	if (o && o->type != ROS_JSON_OBJECT)
		ros_fail(err, ROS_EFORMAT, at, "metadata: a JSON object wanted");
	if (o && !err->code)
		check_typed(m, o, at, err);
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases && o && !err->code; i++)
		check_alias(m, o, aliases[i], at, err);
	ros_arena_release(&arena);
	return err->code;
}

bool ros_apr_has_vocabulary(struct ros_str text)
{
	struct ros_error err = { 0 };
	struct ros_arena arena;
	const struct ros_json *v;
	bool has;

	ros_arena_init(&arena, 0);
	v = ros_json_get(ros_json_parse(text, &arena, &err), "tokenizer.vocabulary");
	has = v && v->type == ROS_JSON_ARRAY && v->count;
	ros_arena_release(&arena);
	return has;
}
