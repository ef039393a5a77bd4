/* What a container says in doubt, or twice: which way rows lie, and which of two vocabularies. */
#include "contracts/hub.h"
#include "contracts/hub_carry.h"
#include "formats/apr.h"

#include <check.h>
#include <string.h>

#define ROWS(t) ((int)(sizeof t / sizeof *t))

/* An APR with this metadata and nothing else. */
static void apr_of(struct ros_model *m, const char *json)
{
	struct ros_error err = { 0 };

	ros_model_init(m, ROS_FORMAT_APR);
	ck_assert(!ros_meta_add(&m->meta, ROS_STR(ROS_APR_META_KEY), ros_meta_str(ros_str_of(json)), &err));
	ck_assert(!ros_model_index(m, &err));
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

int main(void)
{
	Suite *s = suite_create("doubts");
	TCase *tc = tcase_create("doubts");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, apr_rows_are_settled, 0, ROWS(row_orders));
	tcase_add_loop_test(tc, contradictions_are_refused, 0, ROWS(bad_apr));
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
