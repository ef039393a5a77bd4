#include "contracts/contract.h"
#include "contracts/pre_tokenizers.h"
#include "contracts/tokens.h"

#include "formats/format.h"
#include "tests/unit/hf_files.h"
#include "tests/unit/meta_compare.h"

#include <check.h>
#include <stdlib.h>

/* ---- pre-tokenizers ---- */

START_TEST(a_row_is_found_by_what_it_writes)
{
	const struct ros_pre_tokenizer *row = ros_pre_row((size_t)_i);
	struct ros_json_out out;
	struct ros_arena arena;
	struct ros_error err = { 0 };
	const struct ros_json *root;

	ros_arena_init(&arena, 0);
	ros_json_out_init(&out, 0);
	ros_json_open_object(&out, NULL);
	ros_pre_write(row, &out);
	ros_json_close_object(&out);
	root = ros_json_parse((struct ros_str){ out.text, out.len }, &arena, &err);
	ck_assert_msg(root != NULL, "%s: %s", row->names, err.text);
	ck_assert_msg(ros_pre_match(ros_json_get(root, "pre_tokenizer"), ros_json_get(root, "normalizer"), row->ignore_merges == 1) == row,
		      "%s", row->names);
	ck_assert_msg(ros_pre_by_name(ros_pre_name(row)) == row, "%s", row->names);
	ros_json_out_release(&out);
	ros_arena_release(&arena);
}
END_TEST

static const struct { const char *name, *json, *want; } pre_rows[] = {
	{ "literal line ends", "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[\\r\\n]\"},\"behavior\":\"Isolated\"},"
	  "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\s?\\\\p{L}+\"},\"behavior\":\"Isolated\"},{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\s?\\\\p{P}+\"},\"behavior\":\"Isolated\"},"
	  "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+\"},\"behavior\":\"Isolated\"},"
	  "{\"type\":\"Digits\",\"individual_digits\":true},{\"type\":\"ByteLevel\",\"use_regex\":false}]}", "deepseek-coder" },
	{ "byte level alone, defaults", "{\"type\":\"ByteLevel\"}", "gpt-2" },
	{ "one part more", "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"ByteLevel\"},{\"type\":\"Digits\"}]}", NULL },
	{ "another behaviour", "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[0-9]\"},\"behavior\":\"Removed\"}]}", NULL },
	{ "unknown kind", "{\"type\":\"Whitespace\"}", NULL },
	{ "no object", "[]", NULL },
	{ "empty sequence", "{\"type\":\"Sequence\",\"pretokenizers\":[]}", NULL },
};

START_TEST(pre_tokenizers_are_recognised)
{
	struct ros_arena arena;
	struct ros_error err = { 0 };
	const struct ros_pre_tokenizer *row;

	ros_arena_init(&arena, 0);
	row = ros_pre_match(ros_json_parse(ros_str_of(pre_rows[_i].json), &arena, &err), NULL, false);
	ck_assert_msg(!err.code, "%s: %s", pre_rows[_i].name, err.text);
	if (pre_rows[_i].want)
		ck_assert_msg(row && ros_str_equal(ros_pre_name(row), ros_str_of(pre_rows[_i].want)), "%s", pre_rows[_i].name);
	else
		ck_assert_msg(!row, "%s: taken for %s", pre_rows[_i].name, row ? row->names : "");
	ros_arena_release(&arena);
}
END_TEST

/* ---- against the reference converter ---- */

/* SIZE: rows of the embedding. */
static const struct folder {
	const char *hf, *gguf;
	uint64_t size;
	const char *allowed[4];
} folders[] = {
	{ "families/llama/hf", "families/llama/model.gguf", 352, { NULL } },
	{ "families/llama-bias/hf", "families/llama-bias/model.gguf", 352, { NULL } },
	{ "families/llama-linear/hf", "families/llama-linear/model.gguf", 352, { NULL } },
	{ "families/llama-llama3/hf", "families/llama-llama3/model.gguf", 336, { NULL } },
	{ "families/llama-tied/hf", "families/llama-tied/model.gguf", 336, { NULL } },
	{ "families/mistral/hf", "families/mistral/model.gguf", 352, { NULL } },
	{ "families/mistral-full/hf", "families/mistral-full/model.gguf", 352, { NULL } },
	{ "families/mixtral/hf", "families/mixtral/model.gguf", 352, { NULL } },
	{ "families/qwen2/hf", "families/qwen2/model.gguf", 344, { NULL } },
	{ "families/qwen2-tied/hf", "families/qwen2-tied/model.gguf", 344, { NULL } },
	{ "families/qwen2-yarn/hf", "families/qwen2-yarn/model.gguf", 344, { NULL } },
	/* written by an older converter, which left out two switches that are false by default */
	{ "families/gpt2/hf", "families/gpt2/model.gguf", 336, { "tokenizer.ggml.add_?os_token", NULL } },
	{ "families/gemma2/hf", "families/gemma2/model.gguf", 352, { NULL } },
	{ "families/gemma2-qscalar/hf", "families/gemma2-qscalar/model.gguf", 352, { NULL } },
	{ "families/phi3/hf", "families/phi3/model.gguf", 352, { NULL } },
	{ "families/phi3-longrope/hf", "families/phi3-longrope/model.gguf", 352, { NULL } },
	{ "families/phi3-swa/hf", "families/phi3-swa/model.gguf", 352, { NULL } },
	{ "models/adder", "models/adder/gguf/adder-bf16.gguf", 384, { NULL } },
	/* not written by the reference converter: without the pad id and the separator switch that it would write */
	{ "models/tinystories-656k", "models/tinystories-656k/gguf/tinystories-656k-f32.gguf", 2048,
	  { "tokenizer.ggml.padding_token_id", "tokenizer.ggml.add_sep_token", NULL } },
};

static const char *data_path(const char *name, char *path, size_t size)
{
	const char *root = getenv("ROSETTA_TEST_DATA");

	snprintf(path, size, "%s/%s", root ? root : "", name);
	return access(path, R_OK) ? NULL : path;
}

START_TEST(vocabularies_are_the_reference_converters)
{
	const struct folder *row = &folders[_i];
	char path[1024], text[2000] = "";
	struct hf_files hf;
	struct ros_model gguf;
	struct ros_arena arena;
	struct ros_meta meta;
	struct ros_vocab v;
	struct ros_findings f;
	struct ros_error err = { 0 };

	if (!data_path(row->gguf, path, sizeof path)) {
		printf("skipped: no %s\n", row->gguf);
		return;
	}
	ros_arena_init(&arena, 0);
	ck_assert_msg(!ros_model_open(&gguf, path, NULL, &err), "%s: %s", row->gguf, err.text);
	data_path(row->hf, path, sizeof path);
	hf_files_open(&hf, path);
	ck_assert_msg(hf.count > 2, "%s: only %zu files", row->hf, hf.count);
	ros_meta_init(&meta, &arena);
	ros_findings_init(&f, &arena);
	ck_assert_msg(!ros_vocab_from_files(&v, hf.file, hf.count, row->size, NULL, &arena, &f, &err), "%s: %s", row->hf, err.text);
	ck_assert_msg(!ros_vocab_to_gguf(&v, &meta, &err), "%s: %s", row->hf, err.text);
	ck_assert_msg(!f.count, "%s: %s: %s", row->hf, f.items ? f.items[0].rule.ptr : "", f.items ? f.items[0].text.ptr : "");
	meta_differences(&meta, &gguf.meta, "tokenizer.", row->allowed, text, sizeof text);
	ck_assert_msg(!*text, "%s: %s", row->hf, text);
	hf_files_close(&hf);
	ros_arena_release(&arena);
	ros_model_release(&gguf);
}
END_TEST

/* ---- what a file may do wrong ---- */

#define SPLIT_ALL "\"pre_tokenizer\":{\"type\":\"ByteLevel\"}"
#define BPE(vocab, merges) "{\"added_tokens\":[]," SPLIT_ALL ",\"model\":{\"type\":\"BPE\",\"vocab\":" vocab ",\"merges\":" merges "}}"

/* SIZE: rows of the embedding, 0 unknown. RULE: a finding that must be there; CODE: what must come back. */
static const struct {
	const char *name, *file, *text;
	uint64_t size;
	const char *rule;
	enum ros_code code;
} wrong[] = {
	{ "all is well", "tokenizer.json", BPE("{\"a\":0,\"b\":1,\"ab\":2}", "[\"a b\"]"), 3, NULL, ROS_OK },
	{ "pairs", "tokenizer.json", BPE("{\"a\":0,\"b\":1,\"ab\":2}", "[[\"a\",\"b\"]]"), 3, NULL, ROS_OK },
	{ "no file", "other.json", "{}", 3, "hub.no-tokenizer", ROS_OK },
	{ "cut off", "tokenizer.json", "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0", 3, NULL, ROS_EFORMAT },
	{ "a list", "tokenizer.json", "[1,2]", 3, NULL, ROS_EFORMAT },
	{ "the model is a number", "tokenizer.json", "{\"model\":7}", 3, NULL, ROS_EFORMAT },
	{ "no model", "tokenizer.json", "{\"version\":\"1.0\"}", 3, NULL, ROS_EFORMAT },
	{ "word pieces", "tokenizer.json", "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}}}", 3, "vocab.unknown-model", ROS_OK },
	{ "unigram", "tokenizer.json", "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",-1.0]]}}", 3, "vocab.unknown-model", ROS_OK },
	{ "an id past the embedding", "tokenizer.json", BPE("{\"a\":0,\"b\":9}", "[]"), 3, "vocab.larger-than-embedding", ROS_OK },
	{ "an id past everything", "tokenizer.json", BPE("{\"a\":0,\"b\":4294967296}", "[]"), 3, NULL, ROS_EFORMAT },
	{ "an id past everything, size unknown", "tokenizer.json", BPE("{\"a\":0,\"b\":4294967295}", "[]"), 0, "vocab.larger-than-embedding", ROS_OK },
	{ "an id below zero", "tokenizer.json", BPE("{\"a\":-1}", "[]"), 3, NULL, ROS_EFORMAT },
	{ "an id that is a text", "tokenizer.json", BPE("{\"a\":\"0\"}", "[]"), 3, NULL, ROS_EFORMAT },
	{ "two texts with one id", "tokenizer.json", BPE("{\"a\":0,\"b\":0}", "[]"), 3, "vocab.id-twice", ROS_OK },
	{ "one text twice", "tokenizer.json", BPE("{\"a\":0,\"a\":1}", "[]"), 3, NULL, ROS_EFORMAT },
	{ "a merge of three", "tokenizer.json", BPE("{\"a\":0}", "[[\"a\",\"b\",\"c\"]]"), 3, NULL, ROS_EFORMAT },
	{ "a merge of numbers", "tokenizer.json", BPE("{\"a\":0}", "[1]"), 3, NULL, ROS_EFORMAT },
	{ "merges in an object", "tokenizer.json", BPE("{\"a\":0}", "{\"a\":1}"), 3, NULL, ROS_EFORMAT },
	{ "an unknown way to cut", "tokenizer.json", "{\"pre_tokenizer\":{\"type\":\"Whitespace\"},\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}", 1,
	  "vocab.unknown-pre-tokenizer", ROS_OK },
	{ "an added token elsewhere", "tokenizer.json", "{\"added_tokens\":[{\"id\":1,\"content\":\"a\"}]," SPLIT_ALL ",\"model\":{\"vocab\":{\"a\":0},\"merges\":[]}}", 3,
	  "vocab.added-id-differs", ROS_OK },
	{ "an added token past the end", "tokenizer.json", "{\"added_tokens\":[{\"id\":7,\"content\":\"x\"}]," SPLIT_ALL ",\"model\":{\"vocab\":{\"a\":0},\"merges\":[]}}", 3,
	  "vocab.id-out-of-range", ROS_OK },
	{ "an added token without text", "tokenizer.json", "{\"added_tokens\":[{\"id\":1}]," SPLIT_ALL ",\"model\":{\"vocab\":{\"a\":0},\"merges\":[]}}", 3,
	  "vocab.added-token-without-text", ROS_OK },
	{ "empty pieces", "tokenizer.model", "\n", 3, NULL, ROS_EFORMAT },
	{ "one piece", "tokenizer.model", "\n\x03\n\x01" "a", 1, NULL, ROS_OK },
	{ "more pieces than rows", "tokenizer.model", "\n\x03\n\x01" "a\n\x03\n\x01" "b", 1, "vocab.larger-than-embedding", ROS_OK },
	{ "the same piece twice", "tokenizer.model", "\n\x03\n\x01" "a\n\x03\n\x01" "a", 2, "vocab.duplicate", ROS_OK },
	{ "a piece longer than its message", "tokenizer.model", "\n\x03\n\x09" "a", 1, NULL, ROS_EFORMAT },
	{ "a message longer than the file", "tokenizer.model", "\n\x7f\n\x01" "a", 1, NULL, ROS_EFORMAT },
	{ "a length of eleven bytes", "tokenizer.model", "\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 1, NULL, ROS_EFORMAT },
	{ "a group", "tokenizer.model", "\n\x03\n\x01" "a\x0b", 1, NULL, ROS_EFORMAT },
	{ "a vocabulary for billions of rows", "tokenizer.model", "\n\x03\n\x01" "a", 1ull << 40, NULL, ROS_ELIMIT },
};

START_TEST(wrong_files_are_named)
{
	struct ros_side_file file = { ros_str_of(wrong[_i].file), { (const uint8_t *)wrong[_i].text, strlen(wrong[_i].text) } };
	struct ros_arena arena;
	struct ros_findings f;
	struct ros_error err = { 0 };
	struct ros_vocab v;
	bool found = false;

	ros_arena_init(&arena, 0);
	ros_findings_init(&f, &arena);
	ck_assert_msg(ros_vocab_from_files(&v, &file, 1, wrong[_i].size, NULL, &arena, &f, &err) == (int)wrong[_i].code, "%s: %s: %s", wrong[_i].name,
		      ros_code_name(err.code), err.text);
	for (size_t i = 0; i < f.count; i++)
		found = found || (wrong[_i].rule && ros_str_equal(f.items[i].rule, ros_str_of(wrong[_i].rule)));
	ck_assert_msg(found || !wrong[_i].rule, "%s: no %s", wrong[_i].name, wrong[_i].rule);
	ck_assert_msg(wrong[_i].rule || !f.count, "%s: %s", wrong[_i].name, f.items ? f.items[0].rule.ptr : "");
	ros_arena_release(&arena);
}
END_TEST

/* A family's usual name for its pre-tokenizer is one we know, and stands where the files say what has no name. */
START_TEST(usual_names_are_known)
{
	static const char odd[] = "{\"pre_tokenizer\":{\"type\":\"Whitespace\"},\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}";
	struct ros_side_file file = { ROS_STR("tokenizer.json"), { (const uint8_t *)odd, sizeof odd - 1 } };
	const struct ros_tokenizer_hint *hint = &ros_contracts[_i]->tokenizer;
	struct ros_arena arena;
	struct ros_findings f;
	struct ros_error err = { 0 };
	struct ros_vocab v;
	bool none = !hint->pre || !strcmp(hint->pre, "default");

	ck_assert_msg(none || ros_pre_by_name(ros_str_of(hint->pre)), "%s: %s", ros_contracts[_i]->key, hint->pre);
	ros_arena_init(&arena, 0);
	ros_findings_init(&f, &arena);
	ck_assert_msg(!ros_vocab_from_files(&v, &file, 1, 1, hint->pre, &arena, &f, &err), "%s", err.text);
	ck_assert_msg(ros_str_equal(v.pre, none ? ROS_STR("default") : ros_str_of(hint->pre)), "%s: %s", ros_contracts[_i]->key, v.pre.ptr);
	ck_assert(f.count == 1 && ros_str_equal(f.items[0].rule, ROS_STR("vocab.unknown-pre-tokenizer")));
	ros_arena_release(&arena);
}
END_TEST

static const char *const mutated[] = { "families/qwen2/hf/tokenizer.json", "families/llama/hf/tokenizer.model", "models/tinystories-656k/tokenizer.json",
				       "families/gemma2/hf/tokenizer_config.json" };

/* One to three bytes changed, many times: an answer or an error, never a crash, and nothing out of range in the answer. */
START_TEST(mutations_are_survived)
{
	struct ros_mapping map = ROS_MAPPING_INIT;
	struct ros_error err = { 0 };
	uint64_t random = 88172645463325252u;
	char path[1024];
	uint8_t *copy;

	if (!data_path(mutated[_i], path, sizeof path)) {
		printf("skipped: no %s\n", mutated[_i]);
		return;
	}
	ck_assert(!ros_mapping_open(&map, path, &err));
	copy = malloc(map.bytes.len);
	for (unsigned round = 0; round < 300; round++) {
		const char *name = strrchr(mutated[_i], '/') + 1;
		struct ros_side_file files[2] = { { ros_str_of(name), { copy, map.bytes.len } },
						  { ROS_STR("tokenizer.json"), { (const uint8_t *)wrong[0].text, strlen(wrong[0].text) } } };
		struct ros_arena arena;
		struct ros_findings f;
		struct ros_vocab v;
		struct ros_error odd = { 0 };
		struct ros_meta meta;

		memcpy(copy, map.bytes.ptr, map.bytes.len);
		for (unsigned k = 0; k <= round % 3; k++) {
			random ^= random << 13, random ^= random >> 7, random ^= random << 17;
			copy[random % map.bytes.len] = (uint8_t)(random >> 40);
		}
		ros_arena_init(&arena, 64u << 20);
		ros_findings_init(&f, &arena);
		ros_meta_init(&meta, &arena);
		if (!ros_vocab_from_files(&v, files, strcmp(name, "tokenizer.json") ? 2 : 1, 352, NULL, &arena, &f, &odd) &&
		    !ros_vocab_to_gguf(&v, &meta, &odd)) {
			for (unsigned r = 0; r < ROS_ROLE_COUNT; r++)
				ck_assert_msg(v.id[r] == ROS_NO_TOKEN || v.id[r] < v.count, "%s, round %u: id %u", mutated[_i], round, v.id[r]);
		}
		ros_arena_release(&arena);
	}
	free(copy);
	ros_mapping_release(&map);
}
END_TEST

/* ---- SentencePiece models and merges, there and back ---- */

START_TEST(spm_comes_back)
{
	struct ros_spm_piece pieces[] = { { ROS_STR("<unk>"), 0, ROS_PIECE_UNKNOWN }, { ROS_STR("a"), -1.5f, ROS_PIECE_NORMAL },
					  { ROS_STR("<0x0A>"), 0, ROS_PIECE_BYTE } };
	struct ros_spm in = { .pieces = pieces, .count = 3, .kind = ROS_SPM_BPE, .byte_fallback = true, .unk_id = 0, .bos_id = -1, .eos_id = 2,
			      .pad_id = -1, .add_dummy_prefix = false, .remove_extra_whitespaces = true }, out;
	struct ros_arena arena;
	struct ros_error err = { 0 };
	struct ros_bytes file;

	ros_arena_init(&arena, 0);
	ck_assert(!ros_spm_write(&in, &arena, &file, &err));
	ck_assert_msg(!ros_spm_read(&out, file, &arena, &err), "%s", err.text);
	ck_assert(out.count == 3 && out.kind == in.kind && out.byte_fallback && out.bos_id == -1 && out.eos_id == 2 && out.pad_id == -1);
	ck_assert(!out.add_dummy_prefix && out.remove_extra_whitespaces && !out.charsmap.len);
	for (unsigned i = 0; i < 3; i++)
		ck_assert(ros_str_equal(out.pieces[i].text, pieces[i].text) && out.pieces[i].score == pieces[i].score && out.pieces[i].type == pieces[i].type);
	ros_arena_release(&arena);
}
END_TEST

START_TEST(merges_follow_scores)
{
	struct ros_str tokens[] = { ROS_STR("a"), ROS_STR("b"), ROS_STR("ab"), ROS_STR("abb"), ROS_STR("<s>"), ROS_STR("bb") };
	float scores[] = { -9, -9, -1, -2, 0, -3 };
	int32_t types[] = { 1, 1, 1, 1, 3, 1 };
	struct ros_vocab v;
	struct ros_merge_pair *pairs;
	struct ros_error err = { 0 };
	/* the best score first; of one piece's two cuts the longer left part */
	static const uint32_t want[][2] = { { 0, 1 }, { 2, 1 }, { 0, 5 }, { 1, 1 } };
	size_t count;

	ros_vocab_init(&v);
	v.tokens = tokens;
	v.scores = scores;
	v.types = types;
	v.count = 6;
	ck_assert(!ros_merges_from_scores(&v, &pairs, &count, &err));
	ck_assert_uint_eq(count, 4);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_msg(pairs[i].left == want[i][0] && pairs[i].right == want[i][1], "%u: %u %u", i, pairs[i].left, pairs[i].right);
	free(pairs);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("tokens");
	TCase *tc = tcase_create("tokens");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, a_row_is_found_by_what_it_writes, 0, (int)ros_pre_count());
	tcase_add_loop_test(tc, pre_tokenizers_are_recognised, 0, sizeof pre_rows / sizeof *pre_rows);
	tcase_add_loop_test(tc, vocabularies_are_the_reference_converters, 0, sizeof folders / sizeof *folders);
	tcase_add_loop_test(tc, wrong_files_are_named, 0, sizeof wrong / sizeof *wrong);
	tcase_add_loop_test(tc, usual_names_are_known, 0, (int)ros_contract_count);
	tcase_add_loop_test(tc, mutations_are_survived, 0, sizeof mutated / sizeof *mutated);
	tcase_add_test(tc, spm_comes_back);
	tcase_add_test(tc, merges_follow_scores);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	SRunner *sr = srunner_create(suite());
	int failed;

	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
