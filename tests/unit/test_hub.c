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

/* ---- doubts, contradictions, things out of date ---- */

/* An APR with this metadata and nothing else. */
static void apr_of(struct ros_model *m, const char *json)
{
	struct ros_error err = { 0 };

	ros_model_init(m, ROS_FORMAT_APR);
	ck_assert(!ros_meta_add(&m->meta, ROS_STR(ROS_APR_META_KEY), ros_meta_str(ros_str_of(json)), &err));
	reopen(m);
}

#define NUMBERS "\"hidden_size\":8,\"num_layers\":1,\"num_heads\":2,\"intermediate_size\":8,\"vocab_size\":4"

#define APR(family, more) "{\"architecture\":\"" family "\"," more NUMBERS "}"
#define FROM_GGUF "\"original_format\":\"gguf\","

/* SAYS: what a finding says, NULL: there is none. TRUTH: the rope_type of a copy. */
static const struct { const char *name, *json; int option, rows; const char *says; int truth; } row_orders[] = {
	{ "2 is Hugging Face order", APR("llama", "\"rope_type\":2,"), -1, 1, NULL, 2 },
	{ "0 from a GGUF is pair order", APR("llama", "\"rope_type\":0," FROM_GGUF), -1, 0, NULL, 0 },
	{ "nothing from a GGUF is pair order", APR("llama", FROM_GGUF), -1, 0, NULL, 0 },
	{ "0 from elsewhere is in doubt", APR("llama", "\"rope_type\":0,"), -1, 1, "rope_type is 0, which means pair order, and nothing says", 2 },
	{ "0 from SafeTensors too", APR("llama", "\"rope_type\":0,\"original_format\":\"safetensors\","), -1, 1, "say --apr-rows gguf", 2 },
	{ "nothing is in doubt", APR("llama", ""), -1, 1, "rope_type is absent, which means pair order", 2 },
	{ "null is nothing", APR("llama", "\"rope_type\":null,"), -1, 1, "rope_type is absent", 2 },
	{ "7 is in doubt", APR("llama", "\"rope_type\":7,"), -1, 1, "rope_type is 7, which means nothing known", 2 },
	{ "1 from a GGUF is in doubt", APR("llama", "\"rope_type\":1," FROM_GGUF), -1, 0, "in pair order; say --apr-rows hf", 0 },
	{ "a text is in doubt", APR("llama", "\"rope_type\":\"2\","), -1, 1, "rope_type is no whole number", 2 },
	{ "the user says pairs", APR("llama", "\"rope_type\":2,"), 0, 0, NULL, 0 },
	{ "the user says Hugging Face", APR("llama", "\"rope_type\":0,"), 1, 1, NULL, 2 },
	{ "families without pairs in GGUF", APR("qwen2", "\"rope_type\":2,"), -1, -1, NULL, 2 },
	{ "their word may be wrong", APR("qwen2", "\"rope_type\":0,"), -1, -1, "rope_type is 0, but rows of family qwen2 are as 2 says", 2 },
	{ "a family that rotates neighbours", APR("deepseek_v2", "\"rope_type\":0,\"head_dim\":4,"), -1, -1, NULL, 0 },
	{ "its word may be wrong", APR("deepseek_v2", "\"rope_type\":2,\"head_dim\":4,"), -1, -1, "rope_type is 2, but rows of family deepseek_v2 are as 0 says", 0 },
	{ "a family that does not rotate", APR("gpt2", "\"rope_type\":0,"), -1, -1, NULL, 0 },
};

START_TEST(apr_rows_are_settled)
{
	struct ros_hub_options opt = { .apr_rows = row_orders[_i].option };
	struct ros_model m;
	struct ros_arena arena;
	struct ros_error err = { 0 };
	struct ros_hub hub;
	const char *says = NULL;
	uint64_t truth = 9;

	apr_of(&m, row_orders[_i].json);
	ros_arena_init(&arena, 0);
	ck_assert_msg(!ros_hub_read(&hub, &m, &opt, &arena, &err), "%s: %s", row_orders[_i].name, err.text);
	for (size_t i = 0; i < hub.missing_count; i++)
		if (!strncmp(hub.missing[i].rule.ptr, "apr.", 4))
			says = hub.missing[i].text.ptr;
	ck_assert_msg(hub.rows_hf == row_orders[_i].rows, "%s: rows %d", row_orders[_i].name, hub.rows_hf);
	ck_assert_msg(!says == !row_orders[_i].says && (!says || strstr(says, row_orders[_i].says)), "%s: %s", row_orders[_i].name, says);
	opt.apr_rows = hub.rows_hf;
	ck_assert_msg(!ros_hub_correct(&hub, &m, &opt, &err), "%s: %s", row_orders[_i].name, err.text);
	ros_json_u64(ros_json_get(ros_json_parse(ros_meta_get(&m.meta, ROS_STR(ROS_APR_META_KEY))->str, &arena, &err), "rope_type"), &truth);
	ck_assert_msg(truth == (uint64_t)row_orders[_i].truth, "%s: %llu is written", row_orders[_i].name, (unsigned long long)truth);
	ros_model_release(&m);
	ros_arena_release(&arena);
}
END_TEST

/* A vocabulary said twice: by the APR's own members OWN, and by files. */
#define TWICE(own) "{\"rosetta.files\":{\"config.json\":\"{\\\"eos_token_id\\\":2}\",\"vocab.json\":\"{\\\"a\\\":0,\\\"b\\\":1,\\\"ab\\\":2}\",\"merges.txt\":\"a b\\n\"," \
	"\"tokenizer_config.json\":\"{\\\"chat_template\\\":\\\"{{x}}\\\"}\"}," \
	"\"tokenizer.model\":\"gpt2\",\"tokenizer.model_type\":\"BPE\"," own "}"
#define OTHERS(eos) "\"tokenizer.pre_type\":\"default\",\"tokenizer.vocab_size\":3,\"tokenizer.eos_token_id\":" eos ",\"tokenizer.token_type\":[1,1,1]"
#define TOKENS "\"tokenizer.vocabulary\":[\"a\",\"b\",\"ab\"]"
#define MERGES "\"tokenizer.merges\":[\"a b\"]"
#define CHAT "\"chat_template\":\"{{x}}\""

static const struct { const char *name, *json; enum ros_code want; const char *says; } bad_apr[] = {
	{ "a vocabulary said twice alike", TWICE(OTHERS("2.0") "," TOKENS "," MERGES "," CHAT), ROS_OK, "" },
	{ "an id that the files leave open", TWICE(OTHERS("2") ",\"tokenizer.padding_token_id\":1," TOKENS "," MERGES "," CHAT), ROS_OK, "" },
	{ "another token", TWICE(OTHERS("2") ",\"tokenizer.vocabulary\":[\"a\",\"c\",\"ab\"]," MERGES "," CHAT), ROS_ECONTRACT,
	  "tokenizer.vocabulary[1]: the carried files say 'b', the APR's own metadata 'c'" },
	{ "a token too few", TWICE(OTHERS("2") ",\"tokenizer.vocabulary\":[\"a\",\"b\"]," MERGES "," CHAT), ROS_ECONTRACT, "make 3 elements" },
	{ "another merge", TWICE(OTHERS("2") "," TOKENS ",\"tokenizer.merges\":[\"b a\"]," CHAT), ROS_ECONTRACT, "tokenizer.merges[0]: the carried files say 'a b'" },
	{ "another end", TWICE(OTHERS("1") "," TOKENS "," MERGES "," CHAT), ROS_ECONTRACT, "tokenizer.eos_token_id: the carried files say '2', the APR's own metadata '1'" },
	{ "another template", TWICE(OTHERS("2") "," TOKENS "," MERGES ",\"chat_template\":\"{{y}}\""), ROS_ECONTRACT, "chat_template: the carried files say '{{x}}'" },
	{ "no template", TWICE(OTHERS("2") "," TOKENS "," MERGES), ROS_ECONTRACT, "chat_template: the carried files say it, the APR's own metadata does not" },
	{ "scores of its own", TWICE(OTHERS("2") ",\"tokenizer.scores\":[1,2,3]," TOKENS "," MERGES "," CHAT), ROS_ECONTRACT, "tokenizer.scores: the carried files do not say it" },
	{ "numbers that differ", "{\"architecture\":\"llama\"," NUMBERS ",\"rosetta.files\":{\"config.json\":\"{\\\"architectures\\\":[\\\"LlamaForCausalLM\\\"],\\\"hidden_size\\\":16}\"}}",
	  ROS_ECONTRACT, "config.json says 16, the APR's own metadata 8" },
	{ "a path as a name", "{\"rosetta.files\":{\"../x\":\"y\"}}", ROS_EFORMAT, "not a plain file name" },
	{ "a number that is a text", "{\"architecture\":\"llama\",\"hidden_size\":\"8\"}", ROS_ECONTRACT, "hidden_size: wanted a number, found '8'" },
	{ "a number below zero", "{\"architecture\":\"llama\",\"hidden_size\":-8}", ROS_ECONTRACT, "n_embd" },
	{ "a number out of bounds", "{\"architecture\":\"llama\",\"hidden_size\":1e300}", ROS_ECONTRACT, "n_embd" },
	{ "a list", "{\"architecture\":\"llama\",\"hidden_size\":[1,2.5]}", ROS_ECONTRACT, "hidden_size" },
	{ "a carried config that is none", "{\"rosetta.files\":{\"config.json\":\"{\"}}", ROS_EFORMAT, "" },
	{ "base64 that is none", "{\"rosetta.files\":{\"a\":{\"base64\":\"!!!!\"}}}", ROS_EFORMAT, "base64" },
	{ "an unknown family", "{\"architecture\":\"llm9000\"}", ROS_OK, "" },
	{ "nothing at all", "{}", ROS_OK, "" },
};

START_TEST(contradictions_are_refused)
{
	struct ros_model m;
	struct ros_arena arena;
	struct ros_error err = { 0 };
	struct ros_hub hub;

	apr_of(&m, bad_apr[_i].json);
	ros_arena_init(&arena, 0);
	ros_hub_read(&hub, &m, NULL, &arena, &err);
	ck_assert_msg(err.code == bad_apr[_i].want && strstr(err.text, bad_apr[_i].says), "%s: %s: %s", bad_apr[_i].name, ros_code_name(err.code), err.text);
	ros_model_release(&m);
	ros_arena_release(&arena);
}
END_TEST

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
	tcase_add_loop_test(tc, apr_rows_are_settled, 0, ROWS(row_orders));
	tcase_add_loop_test(tc, contradictions_are_refused, 0, ROWS(bad_apr));
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
