/* Metadata between the formats: against the reference converter, and there and back. */
#include "contracts/contract.h"
#include "contracts/hub.h"
#include "contracts/hub_carry.h"
#include "contracts/model_name.h"
#include "contracts/provenance.h"
#include "contracts/size_label.h"
#include "formats/apr.h"
#include "formats/format.h"
#include "tests/unit/meta_compare.h"

#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#define ROWS(t) ((int)(sizeof t / sizeof *t))

static const char *data_path(const char *name, char *path, size_t size)
{
	const char *root = getenv("ROSETTA_TEST_DATA");

	snprintf(path, size, "%s/%s", root ? root : "", name);
	if (!access(path, R_OK))
		return path;
	printf("skipped: no %s\n", name);
	return NULL;
}

/* A model of FORMAT with the tensors of M and no metadata. */
static void like(struct ros_model *dst, const struct ros_model *m, enum ros_format_id format)
{
	struct ros_error err = { 0 };

	ros_model_init(dst, format);
	ck_assert(!ros_model_alloc_tensors(dst, m->tensor_count, &err));
	if (m->tensor_count)
		memcpy(dst->tensors, m->tensors, m->tensor_count * sizeof *m->tensors);
}

/* ---- small parts ---- */

static const struct { const char *name, *config, *path, *want; } names[] = {
	{ "folder", NULL, "/models/tiny-llama-7b", "Tiny Llama 7b" },
	{ "folder with a slash", NULL, "x/qwen2/", "Qwen2" },
	{ "weights in a folder", NULL, "x/my-model/model.safetensors", "My Model" },
	{ "first shard", NULL, "x/my-model/model-00001-of-00002.safetensors", "My Model" },
	{ "lone file", NULL, "x/story-teller.safetensors", "Story Teller" },
	{ "nothing but model.safetensors", NULL, "model.safetensors", NULL },
	{ "here", NULL, ".", NULL },
	{ "organisation and name", "{\"_name_or_path\":\"meta-llama/Llama-2-7b-hf\"}", "x/hf", "Llama 2 7b Hf" },
	{ "somebody's path is not told", "{\"_name_or_path\":\"/home/joe/secret/model\"}", "x/hf", "Hf" },
	{ "capitals and versions stay", "{\"_name_or_path\":\"TinyLlama-v1.0-chat\"}", "x", "TinyLlama v1.0 Chat" },
	{ "empty", "{\"_name_or_path\":\"\"}", "", NULL },
	{ "hyphens only", NULL, "x/---", NULL },
};

START_TEST(names_are_guessed)
{
	struct ros_arena a;
	struct ros_error err = { 0 };
	struct ros_str got;

	ros_arena_init(&a, 0);
	got = ros_model_name(names[_i].config ? ros_json_parse(ros_str_of(names[_i].config), &a, &err) : NULL, ros_str_of(names[_i].path), &a, &err);
	ck_assert_msg(!err.code && !got.ptr == !names[_i].want && (!got.ptr || ros_str_equal(got, ros_str_of(names[_i].want))),
		      "%s: got '%s'", names[_i].name, got.ptr ? got.ptr : "nothing");
	ros_arena_release(&a);
}
END_TEST

static const struct { const char *want; uint64_t elements; } labels[] = {
	{ "170K", 170000 }, { "0.50K", 500 }, { "1.3M", 1280000 }, { "8.0B", 8030000000 }, { "13B", 13000000000 }, { "600M", 600000000 },
	{ "1000K", 1000000 }, { "1.0M", 1000001 }, { "1.1T", 1100000000000 },
};

START_TEST(size_labels_round)
{
	struct ros_tensor t = { .name = ROS_STR("x"), .ndim = 1, .dim = { labels[_i].elements } };
	struct ros_model m = { .tensors = &t, .tensor_count = 1 };
	struct ros_arena a;
	struct ros_error err = { 0 };
	struct ros_str got;

	ros_arena_init(&a, 0);
	got = ros_size_label(&m, &a, &err);
	ck_assert_msg(ros_str_equal(got, ros_str_of(labels[_i].want)), "%s: got %s", labels[_i].want, got.ptr);
	ros_arena_release(&a);
}
END_TEST

static const struct { const char *name; size_t len; bool plain; } file_names[] = {
	{ "config.json", 11, true }, { "", 0, false }, { "a/b", 3, false }, { "..", 2, false }, { ".hidden", 7, false },
	{ "a\\b", 3, false }, { "a\nb", 3, false }, { "a\0b", 3, false }, { "\xff", 1, false }, { "chat_template.jinja", 19, true },
};

START_TEST(carried_names_are_plain)
{
	ck_assert_msg(ros_plain_file_name((struct ros_str){ file_names[_i].name, file_names[_i].len }) == file_names[_i].plain,
		      "%s", file_names[_i].name);
}
END_TEST

/* ---- against the reference converter ---- */

/* general.name was given by hand there. */
static const struct folder {
	const char *hf, *gguf;
	const char *allowed[8];
} folders[] = {
	{ "families/llama/hf", "families/llama/model.gguf", { NULL } },
	{ "families/llama-bias/hf", "families/llama-bias/model.gguf", { NULL } },
	{ "families/llama-linear/hf", "families/llama-linear/model.gguf", { NULL } },
	{ "families/llama-llama3/hf", "families/llama-llama3/model.gguf", { NULL } },
	{ "families/llama-tied/hf", "families/llama-tied/model.gguf", { NULL } },
	{ "families/mistral/hf", "families/mistral/model.gguf", { NULL } },
	{ "families/mistral-full/hf", "families/mistral-full/model.gguf", { NULL } },
	{ "families/mixtral/hf", "families/mixtral/model.gguf", { NULL } },
	{ "families/qwen2/hf", "families/qwen2/model.gguf", { NULL } },
	{ "families/qwen2-tied/hf", "families/qwen2-tied/model.gguf", { NULL } },
	{ "families/qwen2-yarn/hf", "families/qwen2-yarn/model.gguf", { NULL } },
	/* written by an older converter, which left out two switches that are false by default */
	{ "families/gpt2/hf", "families/gpt2/model.gguf", { "tokenizer.ggml.add_?os_token", NULL } },
	{ "families/gemma/hf", "families/gemma/model.gguf", { NULL } },
	{ "families/gemma2/hf", "families/gemma2/model.gguf", { NULL } },
	{ "families/internlm2/hf", "families/internlm2/model.gguf", { NULL } },
	{ "families/gemma2-qscalar/hf", "families/gemma2-qscalar/model.gguf", { NULL } },
	{ "families/phi3/hf", "families/phi3/model.gguf", { NULL } },
	{ "families/phi3-longrope/hf", "families/phi3-longrope/model.gguf", { NULL } },
	{ "families/phi3-swa/hf", "families/phi3-swa/model.gguf", { NULL } },
	{ "models/adder", "models/adder/gguf/adder-bf16.gguf", { NULL } },
	/* not written by that converter: it lacks what that one adds, and the folder has no head_dim written out */
	{ "models/tinystories-656k", "models/tinystories-656k/gguf/tinystories-656k-f32.gguf",
	  { "tokenizer.ggml.padding_token_id", "tokenizer.ggml.add_sep_token", "general.type", "general.size_label", "general.quantization_version", "llama.attention.*_length", NULL } },
};

static void write_like(const struct ros_hub *hub, const struct ros_model *shape, struct ros_model *dst, enum ros_format_id format, const char *what)
{
	struct ros_error err = { 0 };

	like(dst, shape, format);
	ck_assert_msg(!ros_hub_write(hub, dst, NULL, &err), "%s: %s", what, err.text);
}

START_TEST(gguf_keys_are_the_reference_converters)
{
	const struct folder *row = &folders[_i];
	const char *allowed[12] = { "general.name", "rosetta.*" };
	char path[1024], text[4000] = "";
	struct ros_model hf, gguf, dst;
	struct ros_arena arena;
	struct ros_error err = { 0 };
	struct ros_hub hub;

	for (unsigned i = 0; row->allowed[i]; i++)
		allowed[i + 2] = row->allowed[i];
	if (!data_path(row->gguf, path, sizeof path))
		return;
	ck_assert_msg(!ros_model_open(&gguf, path, NULL, &err), "%s: %s", row->gguf, err.text);
	data_path(row->hf, path, sizeof path);
	ck_assert_msg(!ros_model_open(&hf, path, NULL, &err), "%s: %s", row->hf, err.text);
	ros_arena_init(&arena, 0);
	ck_assert_msg(!ros_hub_read(&hub, &hf, NULL, &arena, &err), "%s: %s", row->hf, err.text);
	ck_assert_msg(hub.contract && hub.hp && hub.name.ptr, "%s: no family", row->hf);
	ck_assert_msg(!hub.missing_count, "%s: %s: %s", row->hf, hub.missing ? hub.missing[0].rule.ptr : "", hub.missing ? hub.missing[0].text.ptr : "");
	write_like(&hub, &gguf, &dst, ROS_FORMAT_GGUF, row->hf);
	ck_assert_msg(!dst.warning_count, "%s: %s", row->hf, dst.warnings ? dst.warnings[0].text.ptr : "");
	meta_differences(&dst.meta, &gguf.meta, "", allowed, text, sizeof text);
	ck_assert_msg(!*text, "%s: %s", row->hf, text);
	ck_assert(ros_str_equal(dst.meta.entries[0].key, ROS_STR("general.architecture")));
	ros_model_release(&dst);
	ros_model_release(&hf);
	ros_model_release(&gguf);
	ros_arena_release(&arena);
}
END_TEST

/* ---- there and back ---- */

/* A model that was written: DST's metadata and files, M's tensors; opens as a reader would leave it. */
static void reopen(struct ros_model *dst)
{
	struct ros_error err = { 0 };

	ck_assert(!ros_model_index(dst, &err));
}

static void same_files(const struct ros_hub *a, const struct ros_hub *b, const char *what)
{
	for (size_t i = 0; i < a->file_count; i++) {
		const struct ros_side_file *f = &a->files[i], *g = ros_hub_file(b, f->name.ptr);

		ck_assert_msg(g && g->data.len == f->data.len && !memcmp(g->data.ptr, f->data.ptr, f->data.len), "%s: %.*s", what,
			      (int)f->name.len, f->name.ptr);
	}
	ck_assert_msg(a->file_count == b->file_count, "%s: %zu files, then %zu", what, a->file_count, b->file_count);
}

/* HF folder -> FORMAT -> hub: the same files byte for byte. */
static void carry(const struct folder *row, enum ros_format_id format, bool lone)
{
	struct ros_hub_options opt = { .apr_rows = -1, .lone = lone };
	struct ros_origin_file origin = { ROS_STR("model.safetensors"), 1, "sha256", ROS_STR("@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@") };
	struct ros_model hf, dst;
	struct ros_arena arena;
	struct ros_error err = { 0 };
	struct ros_hub hub, back;
	char path[1024];

	if (!data_path(row->hf, path, sizeof path))
		return;
	ck_assert_msg(!ros_model_open(&hf, path, NULL, &err), "%s: %s", row->hf, err.text);
	ros_arena_init(&arena, 0);
	ck_assert_msg(!ros_hub_read(&hub, &hf, &opt, &arena, &err), "%s: %s", row->hf, err.text);
	ck_assert_msg(!ros_provenance_add(&hub, &hf, &hf, NULL, &origin, 1, &err), "%s: %s", row->hf, err.text);
	like(&dst, &hf, format);
	ck_assert_msg(!ros_hub_write(&hub, &dst, &opt, &err), "%s: %s", row->hf, err.text);
	reopen(&dst);
	ck_assert_msg(!ros_hub_read(&back, &dst, &opt, &arena, &err), "%s: %s", row->hf, err.text);
	same_files(&hub, &back, row->hf);
	ck_assert_msg(back.contract == hub.contract && ros_str_equal(back.name, hub.name), "%s: family or name", row->hf);
	ck_assert_int_eq(ros_provenance_format(&back), ROS_FORMAT_SAFETENSORS);
	ros_model_release(&dst);
	ros_model_release(&hf);
	ros_arena_release(&arena);
}

START_TEST(files_come_back_from_gguf) { carry(&folders[_i], ROS_FORMAT_GGUF, false); } END_TEST
START_TEST(files_come_back_from_apr) { carry(&folders[_i], ROS_FORMAT_APR, false); } END_TEST
START_TEST(files_come_back_from_a_lone_safetensors) { carry(&folders[_i], ROS_FORMAT_SAFETENSORS, true); } END_TEST

static const char *const foreign[] = {
	"tokenizers/llama.cpp/ggml-vocab-baichuan.gguf", "tokenizers/llama.cpp/ggml-vocab-bert-bge.gguf",
	"tokenizers/llama.cpp/ggml-vocab-deepseek-coder.gguf", "tokenizers/llama.cpp/ggml-vocab-deepseek-llm.gguf",
	"tokenizers/llama.cpp/ggml-vocab-falcon.gguf", "tokenizers/llama.cpp/ggml-vocab-gpt-2.gguf",
	"tokenizers/llama.cpp/ggml-vocab-gpt-neox.gguf", "tokenizers/llama.cpp/ggml-vocab-llama-spm.gguf",
	"tokenizers/llama.cpp/ggml-vocab-mpt.gguf", "tokenizers/llama.cpp/ggml-vocab-phi-3.gguf",
	"tokenizers/llama.cpp/ggml-vocab-refact.gguf", "tokenizers/llama.cpp/ggml-vocab-starcoder.gguf",
	"models/stories260K/stories260K.gguf", "models/adder/gguf/adder-bf16.gguf", "models/adder/gguf/adder-q4_k_m.gguf",
	"models/tinystories-656k/gguf/tinystories-656k-f16.gguf", "models/tinystories-656k/gguf/tinystories-656k-q8_0.gguf",
	"families/llama/model.gguf", "families/llama-bias/model.gguf", "families/llama-linear/model.gguf", "families/llama-llama3/model.gguf",
	"families/llama-tied/model.gguf", "families/mistral/model.gguf", "families/mistral-full/model.gguf", "families/mixtral/model.gguf",
	"families/qwen2/model.gguf", "families/qwen2-tied/model.gguf", "families/qwen2-yarn/model.gguf", "families/gpt2/model.gguf",
	"families/gemma2/model.gguf", "families/gemma2-qscalar/model.gguf", "families/phi3/model.gguf", "families/phi3-longrope/model.gguf",
	"families/phi3-swa/model.gguf",
};

static void same_meta(const struct ros_meta *a, const struct ros_meta *b, const char *what)
{
	ck_assert_msg(a->count == b->count, "%s: %zu keys, then %zu", what, a->count, b->count);
	for (size_t i = 0; i < a->count; i++)
		ck_assert_msg(ros_str_equal(a->entries[i].key, b->entries[i].key) && ros_meta_equal(&a->entries[i].value, &b->entries[i].value),
			      "%s: key %zu, %.*s", what, i, (int)a->entries[i].key.len, a->entries[i].key.ptr);
}

/* A GGUF that is not ours -> VIA -> GGUF: every key, type, value and their order. */
static void go_via(const char *name, enum ros_format_id via)
{
	struct ros_model gguf, middle, back;
	struct ros_arena arena;
	struct ros_error err = { 0 };
	struct ros_hub hub, second;
	char path[1024];

	if (!data_path(name, path, sizeof path))
		return;
	ck_assert_msg(!ros_model_open(&gguf, path, NULL, &err), "%s: %s", name, err.text);
	ros_arena_init(&arena, 0);
	ck_assert_msg(!ros_hub_read(&hub, &gguf, NULL, &arena, &err), "%s: %s", name, err.text);
	write_like(&hub, &gguf, &middle, via, name);
	reopen(&middle);
	ck_assert_msg(!ros_hub_read(&second, &middle, NULL, &arena, &err), "%s: %s", name, err.text);
	same_files(&hub, &second, name);
	write_like(&second, &gguf, &back, ROS_FORMAT_GGUF, name);
	same_meta(&gguf.meta, &back.meta, name);
	ros_model_release(&back);
	ros_model_release(&middle);
	ros_model_release(&gguf);
	ros_arena_release(&arena);
}

START_TEST(gguf_comes_back_from_a_folder) { go_via(foreign[_i], ROS_FORMAT_SAFETENSORS); } END_TEST
START_TEST(gguf_comes_back_from_apr) { go_via(foreign[_i], ROS_FORMAT_APR); } END_TEST

/* ROPE: what rope_type must be afterwards; the rest of the text stays as it was when that is what it says already. */
static const struct { const char *name; uint64_t rope; bool exact; } aprs[] = {
	{ "apr-golden/models/tinystories-656k-f16.apr", 2, true }, { "apr-golden/models/tinystories-656k-f32.apr", 2, true },
	{ "apr-golden/models/tinystories-656k-aprq8.apr", 2, true }, { "apr-golden/models/stories260K-f32.apr", 2, false },
	{ "apr-golden/models/reference-import-stories260K.apr", 2, false },
};

/* An APR that is not ours -> folder or GGUF -> APR. */
START_TEST(apr_comes_back)
{
	enum ros_format_id via = _i % 2 ? ROS_FORMAT_GGUF : ROS_FORMAT_SAFETENSORS;
	const char *name = aprs[_i / 2].name;
	struct ros_model apr, middle, back;
	struct ros_arena arena;
	struct ros_error err = { 0 };
	struct ros_hub hub, second;
	struct ros_str before, after;
	uint64_t rope = 9;
	char path[1024];

	if (!data_path(name, path, sizeof path))
		return;
	ck_assert_msg(!ros_model_open(&apr, path, NULL, &err), "%s: %s", name, err.text);
	ros_arena_init(&arena, 0);
	ck_assert_msg(!ros_hub_read(&hub, &apr, NULL, &arena, &err), "%s: %s", name, err.text);
	write_like(&hub, &apr, &middle, via, name);
	reopen(&middle);
	ck_assert_msg(!ros_hub_read(&second, &middle, NULL, &arena, &err), "%s: %s", name, err.text);
	same_files(&hub, &second, name);
	write_like(&second, &apr, &back, ROS_FORMAT_APR, name);
	before = ros_meta_get(&apr.meta, ROS_STR(ROS_APR_META_KEY))->str;
	after = ros_meta_get(&back.meta, ROS_STR(ROS_APR_META_KEY))->str;
	ck_assert_msg(ros_str_equal(before, after) == aprs[_i / 2].exact, "%s: %.300s", name, after.ptr);
	ck_assert(ros_json_u64(ros_json_get(ros_json_parse(after, &arena, &err), "rope_type"), &rope) && rope == aprs[_i / 2].rope);
	ros_model_release(&back);
	ros_model_release(&middle);
	ros_model_release(&apr);
	ros_arena_release(&arena);
}
END_TEST

/* ---- out of date ---- */

/* GGUF -> folder, config.json edited there -> GGUF: the edit counts, the exact record does not. */
START_TEST(an_edited_folder_wins_over_the_record)
{
	static const char config[] = "{\"architectures\":[\"LlamaForCausalLM\"],\"hidden_size\":64,\"num_hidden_layers\":3,\"num_attention_heads\":4,"
				     "\"num_key_value_heads\":2,\"intermediate_size\":152,\"max_position_embeddings\":777,\"vocab_size\":352}";
	struct ros_model gguf, folder, back;
	struct ros_arena arena;
	struct ros_error err = { 0 };
	struct ros_hub hub, second;
	uint64_t context = 0;
	char path[1024];

	if (!data_path("families/llama/model.gguf", path, sizeof path))
		return;
	ck_assert_msg(!ros_model_open(&gguf, path, NULL, &err), "%s", err.text);
	ros_arena_init(&arena, 0);
	ck_assert_msg(!ros_hub_read(&hub, &gguf, NULL, &arena, &err) && !ros_provenance_add(&hub, &gguf, &gguf, NULL, NULL, 0, &err), "%s", err.text);
	ck_assert(!ros_provenance_stale(&hub).ptr);
	write_like(&hub, &gguf, &folder, ROS_FORMAT_SAFETENSORS, "folder");
	ck_assert(!ros_model_add_file(&folder, ROS_STR("config.json"), (struct ros_bytes){ (const uint8_t *)config, sizeof config - 1 }, &err));
	like(&back, &folder, ROS_FORMAT_SAFETENSORS);
	back.tensor_count = 0;
	for (size_t i = 0; i < folder.file_count; i++)
		ros_model_add_file(&back, folder.files[i].name, folder.files[i].data, &err);
	reopen(&back);
	ck_assert_msg(!ros_hub_read(&second, &back, NULL, &arena, &err), "%s", err.text);
	ck_assert(ros_str_equal(ros_provenance_stale(&second), ROS_STR("config.json")));
	ros_model_release(&back);
	write_like(&second, &gguf, &back, ROS_FORMAT_GGUF, "back");
	ck_assert(ros_meta_as_u64(ros_meta_get(&back.meta, ROS_STR("llama.context_length")), &context) && context == 777);
	ck_assert(back.warning_count && ros_str_equal(back.warnings[0].rule, ROS_STR("hub.record-stale")));
	ros_model_release(&back);
	ros_model_release(&folder);
	ros_model_release(&gguf);
	ros_arena_release(&arena);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("hub");
	TCase *tc = tcase_create("hub");

	tcase_set_timeout(tc, 240);
	tcase_add_loop_test(tc, names_are_guessed, 0, ROWS(names));
	tcase_add_loop_test(tc, size_labels_round, 0, ROWS(labels));
	tcase_add_loop_test(tc, carried_names_are_plain, 0, ROWS(file_names));
	tcase_add_loop_test(tc, gguf_keys_are_the_reference_converters, 0, ROWS(folders));
	tcase_add_loop_test(tc, files_come_back_from_gguf, 0, ROWS(folders));
	tcase_add_loop_test(tc, files_come_back_from_apr, 0, ROWS(folders));
	tcase_add_loop_test(tc, files_come_back_from_a_lone_safetensors, 0, ROWS(folders));
	tcase_add_loop_test(tc, gguf_comes_back_from_a_folder, 0, ROWS(foreign));
	tcase_add_loop_test(tc, gguf_comes_back_from_apr, 0, ROWS(foreign));
	tcase_add_loop_test(tc, apr_comes_back, 0, 2 * ROWS(aprs));
	tcase_add_test(tc, an_edited_folder_wins_over_the_record);
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
