/* Source of the expressions: the tokenizer.json files of the families named; of the names: llama.cpp's
 * llama-vocab.cpp and convert_hf_to_gguf_update.py. A name stands for one behaviour in llama.cpp, so families that
 * cut alike may take each other's name; where llama.cpp ties another switch to a name (ignore_merges) it tells rows apart. */
#include "contracts/pre_tokenizers.h"

#include <string.h>

#define CONTRACTIONS "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
#define SPACES "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define WORDS "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+"
#define SYMBOLS " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
#define UPPER "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define LOWER "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"
#define CAMEL(suffix) "[^\\r\\n\\p{L}\\p{N}]?" UPPER "*" LOWER "+" suffix "|[^\\r\\n\\p{L}\\p{N}]?" UPPER "+" LOWER "*" suffix
#define SLASHES " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*"

/* The letters that have a case, as that tokenizer.json spells them out. */
#define CASED \
	"A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376\u0377" \
	"\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-\u052f\u0531-\u0556\u10a0-" \
	"\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77\u1d79-\u1d9a\u1e00-\u1f15\u1f18-" \
	"\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-" \
	"\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107\u210a-\u2113\u2115" \
	"\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184\u2c00-" \
	"\u2c7b\u2c7e-\u2ce4\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-" \
	"\uabbf\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a\U00010400-\U0001044f\U000104b0-\U000104d3\U000104d8-" \
	"\U000104fb\U00010c80-\U00010cb2\U00010cc0-\U00010cf2\U000118a0-\U000118df\U0001e900-\U0001e943"

static const struct ros_pre_tokenizer table[] = {
	{ "gpt-2 phi-2 jina-es jina-de gigachat jina-v2-es jina-v2-de a.x-4.0 mellum jina-v1-en jina-v2-code roberta-bpe "
	  "jais trillion granite-docling exaone4", NULL, -1, { { ROS_PRE_BYTES_REGEX, NULL } } },
	{ "mpt olmo modern-bert", "NFC", -1, { { ROS_PRE_BYTES_REGEX, NULL } } },
	{ "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano", NULL, 1,
	  { { ROS_PRE_SPLIT, CONTRACTIONS "|" WORDS "|\\p{N}{1,3}|" SYMBOLS SPACES }, { ROS_PRE_BYTES, NULL } } },
	{ "dbrx smaug-bpe chatglm-bpe glm4 glm5", NULL, 0,
	  { { ROS_PRE_SPLIT, CONTRACTIONS "|" WORDS "|\\p{N}{1,3}|" SYMBOLS SPACES }, { ROS_PRE_BYTES, NULL } } },
	{ "qwen2 deepseek-r1-qwen kormo f2llmv2 megrez stablelm2 hunyuan solar-open grok-2", "NFC", -1,
	  { { ROS_PRE_SPLIT, CONTRACTIONS "|" WORDS "|\\p{N}|" SYMBOLS SPACES }, { ROS_PRE_BYTES, NULL } } },
	{ "ufakzeka", NULL, -1, { { ROS_PRE_SPLIT, WORDS "|\\p{N}|" SYMBOLS SPACES }, { ROS_PRE_BYTES, NULL } } },
	{ "qwen35", "NFC", -1,
	  { { ROS_PRE_SPLIT, CONTRACTIONS "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*" SPACES },
	    { ROS_PRE_BYTES, NULL } } },
	{ "tekken", NULL, -1, { { ROS_PRE_SPLIT, CAMEL("") "|\\p{N}|" SLASHES SPACES }, { ROS_PRE_BYTES, NULL } } },
	{ "gpt-4o llama4 kanana2 talkie minimax-m2", NULL, -1,
	  { { ROS_PRE_SPLIT, CAMEL(CONTRACTIONS "?") "|\\p{N}{1,3}|" SLASHES SPACES }, { ROS_PRE_BYTES, NULL } } },
	{ "deepseek-v3 hunyuan-dense joyai-llm hy_v4", NULL, -1,
	  { { ROS_PRE_SPLIT, "\\p{N}{1,3}" },
	    { ROS_PRE_SPLIT, "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+" },
	    { ROS_PRE_SPLIT, "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
			     "| ?[\\p{P}\\p{S}]+[\\r\\n]*" SPACES },
	    { ROS_PRE_BYTES, NULL } } },
	{ "deepseek-coder", NULL, -1,
	  { { ROS_PRE_SPLIT, "[\\r\\n]" }, { ROS_PRE_SPLIT, "\\s?\\p{L}+" }, { ROS_PRE_SPLIT, "\\s?\\p{P}+" },
	    { ROS_PRE_SPLIT, "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+" }, { ROS_PRE_DIGITS_EACH, NULL }, { ROS_PRE_BYTES, NULL } } },
	{ "deepseek-llm", NULL, -1,
	  { { ROS_PRE_SPLIT, "[\\r\\n]" }, { ROS_PRE_SPLIT, "\\s?[" CASED "]+" },
	    { ROS_PRE_SPLIT, "\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+" }, { ROS_PRE_SPLIT, "\\s+$" },
	    { ROS_PRE_SPLIT, "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+" }, { ROS_PRE_DIGITS_EACH, NULL }, { ROS_PRE_BYTES, NULL } } },
	{ "falcon", NULL, -1,
	  { { ROS_PRE_PUNCTUATION, NULL }, { ROS_PRE_BYTES_REGEX, NULL }, { ROS_PRE_DIGITS, NULL },
	    { ROS_PRE_SPLIT, "[0-9][0-9][0-9]" } } },
	{ "starcoder refact command-r smollm codeshell exaone minerva-7b mellum2", NULL, -1,
	  { { ROS_PRE_DIGITS_EACH, NULL }, { ROS_PRE_BYTES_REGEX, NULL } } },
	{ "bloom poro-chat gpt3-finnish", NULL, -1,
	  { { ROS_PRE_SPLIT, " ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+" }, { ROS_PRE_BYTES, NULL } } },
	{ "bailingmoe bailingmoe2 llada-moe", NULL, -1,
	  { { ROS_PRE_SPLIT, "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+" },
	    { ROS_PRE_BYTES, NULL } } },
	{ "seed-coder", NULL, -1,
	  { { ROS_PRE_SPLIT, CONTRACTIONS "|" WORDS "|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+" SPACES }, { ROS_PRE_BYTES, NULL } } },
};

#define ROWS (sizeof table / sizeof *table)

size_t ros_pre_count(void)
{
	return ROWS;
}

const struct ros_pre_tokenizer *ros_pre_row(size_t i)
{
	return &table[i];
}

struct ros_str ros_pre_name(const struct ros_pre_tokenizer *row)
{
	return (struct ros_str){ row->names, strcspn(row->names, " ") };
}

const struct ros_pre_tokenizer *ros_pre_by_name(struct ros_str name)
{
	for (size_t i = 0; i < ROWS; i++) {
		const char *p = table[i].names;

		while (*p) {
			size_t len = strcspn(p, " ");

			if (ros_str_equal(name, (struct ros_str){ p, len }))
				return &table[i];
			p += len + (p[len] == ' ');
		}
	}
	return NULL;
}

/* The same expression, where one side may hold a literal CR or LF and the other its two-character escape. */
static bool same_regex(struct ros_str found, const char *want)
{
	size_t i = 0;

	for (; *want; want++, i++) {
		bool escape = want[0] == '\\' && (want[1] == 'r' || want[1] == 'n');

		if (i >= found.len)
			return false;
		if (escape && found.ptr[i] == (want[1] == 'r' ? '\r' : '\n'))
			want++;
		else if (found.ptr[i] != *want)
			return false;
	}
	return i == found.len;
}

static bool is_type(const struct ros_json *v, const char *type)
{
	return ros_str_equal(ros_json_str(ros_json_get(v, "type")), ros_str_of(type));
}

/* An absent switch has DEFAULT's value. */
static bool flag(const struct ros_json *v, const char *key, bool otherwise)
{
	const struct ros_json *f = ros_json_get(v, key);

	return f && f->type == ROS_JSON_BOOL ? f->boolean : otherwise;
}

static bool part_matches(const struct ros_json *v, enum ros_pre_kind kind, const char *regex)
{
	switch (kind) {
	case ROS_PRE_SPLIT:
		return is_type(v, "Split") && !flag(v, "invert", false) &&
		       ros_str_equal(ros_json_str(ros_json_get(v, "behavior")), ROS_STR("Isolated")) &&
		       same_regex(ros_json_str(ros_json_path(v, "pattern/Regex")), regex);
	case ROS_PRE_DIGITS:
	case ROS_PRE_DIGITS_EACH:
		return is_type(v, "Digits") && flag(v, "individual_digits", false) == (kind == ROS_PRE_DIGITS_EACH);
	case ROS_PRE_PUNCTUATION:
		return is_type(v, "Punctuation");
	case ROS_PRE_BYTES:
	case ROS_PRE_BYTES_REGEX:
		return is_type(v, "ByteLevel") && flag(v, "use_regex", true) == (kind == ROS_PRE_BYTES_REGEX);
	case ROS_PRE_END:
		break;
	}
	return false;
}

static bool row_matches(const struct ros_pre_tokenizer *row, const struct ros_json *first, size_t count)
{
	const struct ros_json *v = first;
	size_t i = 0;

	for (; i < count && v; i++, v = v->next)
		if (row->parts[i].kind == ROS_PRE_END || !part_matches(v, row->parts[i].kind, row->parts[i].regex))
			return false;
	return row->parts[i].kind == ROS_PRE_END;
}

bool ros_pre_same(struct ros_str a, struct ros_str b)
{
	const struct ros_pre_tokenizer *row = ros_pre_by_name(a);

	return ros_str_equal(a, b) || (row && row == ros_pre_by_name(b));
}

const struct ros_pre_tokenizer *ros_pre_match(const struct ros_json *pre, const struct ros_json *normalizer, bool ignore_merges)
{
	const struct ros_json *list = ros_json_get(pre, "pretokenizers");
	bool sequence = is_type(pre, "Sequence") && list && list->type == ROS_JSON_ARRAY;
	const struct ros_json *first = sequence ? list->first : pre;
	size_t count = sequence ? list->count : 1;
	const struct ros_pre_tokenizer *best = NULL;
	int best_score = -1;

	if (!pre || pre->type != ROS_JSON_OBJECT || count > ROS_PRE_PARTS)
		return NULL;
	for (size_t i = 0; i < ROWS; i++) {
		int score = 2 * (table[i].ignore_merges < 0 || table[i].ignore_merges == ignore_merges);

		score += table[i].normalizer ? is_type(normalizer, table[i].normalizer) : !normalizer || normalizer->type == ROS_JSON_NULL;
		if (score > best_score && row_matches(&table[i], first, count)) {
			best = &table[i];
			best_score = score;
		}
	}
	return best;
}

static void write_part(enum ros_pre_kind kind, const char *regex, struct ros_json_out *o, const char *key)
{
	ros_json_open_object(o, key);
	switch (kind) {
	case ROS_PRE_SPLIT:
		ros_json_put_str(o, "type", ROS_STR("Split"));
		ros_json_open_object(o, "pattern");
		ros_json_put_str(o, "Regex", ros_str_of(regex));
		ros_json_close_object(o);
		ros_json_put_str(o, "behavior", ROS_STR("Isolated"));
		ros_json_put_bool(o, "invert", false);
		break;
	case ROS_PRE_DIGITS:
	case ROS_PRE_DIGITS_EACH:
		ros_json_put_str(o, "type", ROS_STR("Digits"));
		ros_json_put_bool(o, "individual_digits", kind == ROS_PRE_DIGITS_EACH);
		break;
	case ROS_PRE_PUNCTUATION:
		ros_json_put_str(o, "type", ROS_STR("Punctuation"));
		ros_json_put_str(o, "behavior", ROS_STR("Contiguous"));
		break;
	case ROS_PRE_BYTES:
	case ROS_PRE_BYTES_REGEX:
		ros_json_put_str(o, "type", ROS_STR("ByteLevel"));
		ros_json_put_bool(o, "add_prefix_space", false);
		ros_json_put_bool(o, "trim_offsets", true);
		ros_json_put_bool(o, "use_regex", kind == ROS_PRE_BYTES_REGEX);
		break;
	case ROS_PRE_END:
		break;
	}
	ros_json_close_object(o);
}

void ros_pre_write(const struct ros_pre_tokenizer *row, struct ros_json_out *o)
{
	if (row->normalizer) {
		ros_json_open_object(o, "normalizer");
		ros_json_put_str(o, "type", ros_str_of(row->normalizer));
		ros_json_close_object(o);
	} else {
		ros_json_put_null(o, "normalizer");
	}
	if (row->parts[1].kind == ROS_PRE_END) {
		write_part(row->parts[0].kind, row->parts[0].regex, o, "pre_tokenizer");
		return;
	}
	ros_json_open_object(o, "pre_tokenizer");
	ros_json_put_str(o, "type", ROS_STR("Sequence"));
	ros_json_open_array(o, "pretokenizers");
	for (size_t i = 0; row->parts[i].kind != ROS_PRE_END; i++)
		write_part(row->parts[i].kind, row->parts[i].regex, o, NULL);
	ros_json_close_array(o);
	ros_json_close_object(o);
}
