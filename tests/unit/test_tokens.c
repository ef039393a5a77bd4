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
	ck_assert_msg(!ros_vocab_from_files(&v, hf.file, hf.count, row->size, &arena, &f, &err), "%s: %s", row->hf, err.text);
	ck_assert_msg(!ros_vocab_to_gguf(&v, &meta, &err), "%s: %s", row->hf, err.text);
	ck_assert_msg(!f.count, "%s: %s: %s", row->hf, f.items ? f.items[0].rule.ptr : "", f.items ? f.items[0].text.ptr : "");
	meta_differences(&meta, &gguf.meta, "tokenizer.", row->allowed, text, sizeof text);
	ck_assert_msg(!*text, "%s: %s", row->hf, text);
	hf_files_close(&hf);
	ros_arena_release(&arena);
	ros_model_release(&gguf);
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
