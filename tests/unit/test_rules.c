/* Every rule of contracts/rules.c: a sound model has no finding, each planted defect has its own. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "contracts/rules.h"

struct fixture {
	struct ros_arena arena;
	struct ros_model m;
	struct ros_hparams hp;
	struct ros_layout layout;
	struct ros_error err;
};

static const struct { enum ros_hp id; double value; } numbers[] = {
	{ ROS_HP_N_LAYER, 2 }, { ROS_HP_N_EMBD, 32 }, { ROS_HP_N_HEAD, 4 }, { ROS_HP_N_HEAD_KV, 2 }, { ROS_HP_N_FF, 40 },
	{ ROS_HP_N_VOCAB, 10 }, { ROS_HP_N_CTX, 12 }, { ROS_HP_N_EXPERT, 3 }, { ROS_HP_N_EXPERT_USED, 2 }, { ROS_HP_TIED, 0 },
	{ ROS_HP_ROPE_SCALING, ROS_SCALING_LLAMA3 },
};

static void make(struct fixture *f, const char *class_name)
{
	const struct ros_contract *c = ros_contract_for_class(ros_str_of(class_name));
	size_t i, n = 0;

	memset(f, 0, sizeof *f);
	ros_arena_init(&f->arena, 0);
	ros_hparams_init(&f->hp);
	for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		ros_hparams_set_f64(&f->hp, numbers[i].id, numbers[i].value, &f->err);
	ros_contract_complete(c, &f->hp, &f->err);
	ck_assert_msg(!f->err.code && !ros_layout_build(&f->layout, c, &f->hp, ROS_FORMAT_GGUF, -1, &f->arena, &f->err), "%s", f->err.text);
	ros_model_init(&f->m, ROS_FORMAT_GGUF);
	ck_assert_int_eq(ros_model_alloc_tensors(&f->m, f->layout.count, &f->err), ROS_OK);
	for (i = 0; i < f->layout.count; i++) {
		const struct ros_layout_tensor *t = &f->layout.tensors[i];
		struct ros_tensor *to = &f->m.tensors[n];

		if (t->presence == ROS_OPTIONAL || t->read_only)
			continue;
		*to = (struct ros_tensor){ .name = t->name, .dtype = ROS_F32, .ndim = t->ndim };
		memcpy(to->dim, t->dim, sizeof to->dim);
		if (t->derived)
			ck_assert_msg(!ros_layout_derive(&f->layout, t, &f->hp, &f->arena, &to->data, &f->err), "%s", f->err.text);
		n++;
	}
	f->m.tensor_count = n;
}

static void unmake(struct fixture *f)
{
	ros_model_release(&f->m);
	ros_arena_release(&f->arena);
}

static struct ros_tensor *tensor(struct fixture *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->m.tensor_count; i++)
		if (ros_str_equal(f->m.tensors[i].name, ros_str_of(name)))
			return &f->m.tensors[i];
	ck_abort_msg("no tensor %s", name);
	return NULL;
}

static size_t check(struct fixture *f, const char *config_json, struct ros_finding **findings)
{
	const struct ros_json *config = config_json ? ros_json_parse(ros_str_of(config_json), &f->arena, &f->err) : NULL;
	struct ros_binding b;
	size_t count;

	ck_assert_msg(!ros_binding_make(&b, &f->layout, &f->m, &f->arena, &f->err), "%s", f->err.text);
	ck_assert_msg(!ros_contract_check(f->layout.contract, &f->hp, config, &b, &f->arena, findings, &count, &f->err), "%s", f->err.text);
	return count;
}

enum defect { NOTHING, REMOVE, RENAME, RESHAPE, SPOIL, ABSENT, NUMBER, CROWD };

#define WORDS(rule, class_name, config) { rule, class_name, NULL, NOTHING, ROS_HP_COUNT, 0, config }

static const struct {
	const char *rule, *class_name, *tensor;
	enum defect defect;
	enum ros_hp id;
	double value;
	const char *config;             /* config.json, NULL: none */
} rows[] = {
	{ NULL, "LlamaForCausalLM", NULL, NOTHING, ROS_HP_COUNT, 0, NULL },
	{ NULL, "MixtralForCausalLM", NULL, NOTHING, ROS_HP_COUNT, 0, NULL },
	{ NULL, "GPT2LMHeadModel", NULL, NOTHING, ROS_HP_COUNT, 0, NULL },
	{ "contract.missing-tensor", "LlamaForCausalLM", "blk.1.ffn_down.weight", REMOVE, ROS_HP_COUNT, 0, NULL },
	{ "contract.missing-tensor", "Qwen2ForCausalLM", "blk.0.attn_v.bias", REMOVE, ROS_HP_COUNT, 0, NULL },
	{ "contract.missing-tensor", "LlamaForCausalLM", NULL, NUMBER, ROS_HP_ATTN_BIAS, 1, NULL },
	{ NULL, "LlamaForCausalLM", "token_embd.weight", REMOVE, ROS_HP_COUNT, 0, NULL },     /* the output matrix stands for it */
	{ "contract.unknown-tensor", "LlamaForCausalLM", "blk.1.ffn_up.weight", RENAME, ROS_HP_COUNT, 0, NULL },
	{ "contract.shape", "LlamaForCausalLM", "blk.0.attn_k.weight", RESHAPE, ROS_HP_COUNT, 0, NULL },
	{ "contract.shape", "GPT2LMHeadModel", "blk.1.attn_qkv.bias", RESHAPE, ROS_HP_COUNT, 0, NULL },
	{ "contract.shape", "LlamaForCausalLM", "blk.0.attn_k.weight", CROWD, ROS_HP_COUNT, 0, NULL },
	{ "contract.more", "LlamaForCausalLM", "blk.0.attn_k.weight", CROWD, ROS_HP_COUNT, 0, NULL },
	{ "contract.derived", "LlamaForCausalLM", "rope_freqs.weight", SPOIL, ROS_HP_COUNT, 0, NULL },
	{ NULL, "LlamaForCausalLM", "rope_freqs.weight", ABSENT, ROS_HP_COUNT, 0, NULL },
	{ "contract.heads", "LlamaForCausalLM", NULL, NUMBER, ROS_HP_N_HEAD_KV, 3, NULL },
	{ "contract.rope-pairs", "LlamaForCausalLM", NULL, NUMBER, ROS_HP_N_ROT, 7, NULL },
	{ "contract.rope-pairs", "LlamaForCausalLM", NULL, NUMBER, ROS_HP_N_ROT, 10, NULL },
	{ "contract.experts", "MixtralForCausalLM", NULL, NUMBER, ROS_HP_N_EXPERT_USED, 4, NULL },
	{ "contract.bounds", "LlamaForCausalLM", NULL, NUMBER, ROS_HP_N_CTX, 4000000000.0, NULL },
	{ "contract.norm-epsilon", "LlamaForCausalLM", NULL, NUMBER, ROS_HP_NORM_EPS, 0.5, NULL },
	{ "contract.rope-theta", "LlamaForCausalLM", NULL, NUMBER, ROS_HP_ROPE_THETA, 0.5, NULL },
	WORDS(NULL, "LlamaForCausalLM", "{\"hidden_act\":\"silu\"}"),
	WORDS(NULL, "LlamaForCausalLM", "{\"hidden_act\":\"swish\"}"),
	WORDS(NULL, "LlamaForCausalLM", "{\"hidden_act\":null}"),
	WORDS("contract.fixed-word", "LlamaForCausalLM", "{\"hidden_act\":\"relu\"}"),
	WORDS("contract.fixed-word", "LlamaForCausalLM", "{\"text_config\":{\"hidden_act\":\"gelu\"}}"),
	WORDS("contract.fixed-word", "LlamaForCausalLM", "{\"hidden_act\":7}"),
	WORDS("contract.fixed-word", "Gemma2ForCausalLM", "{\"hidden_activation\":\"silu\"}"),
	WORDS("contract.fixed-word", "GPT2LMHeadModel", "{\"activation_function\":\"quick_gelu\"}"),
	WORDS(NULL, "GPT2LMHeadModel", "{\"activation_function\":\"gelu_new\"}"),
	WORDS(NULL, "GPT2LMHeadModel", "{\"activation_function\":\"gelu_fast\"}"),
	WORDS("contract.activation-kin", "GPT2LMHeadModel", "{\"activation_function\":\"gelu\"}"),
};

/* What is wrong with the model's own tensors comes after a crowd of unknown ones. */
static void crowd(struct fixture *f, struct ros_tensor *wrong)
{
	struct ros_tensor *own = f->m.tensors;
	size_t count = f->m.tensor_count, strangers = 1100;

	wrong->dim[0]++;
	ck_assert_int_eq(ros_model_alloc_tensors(&f->m, count + strangers, &f->err), ROS_OK);
	for (size_t i = 0; i < strangers; i++)
		f->m.tensors[i] = (struct ros_tensor){ .name = ros_arena_printf(&f->arena, &f->err, "stranger.%zu", i), .dtype = ROS_F32, .ndim = 1, .dim = { 1 } };
	memcpy(f->m.tensors + strangers, own, count * sizeof *own);
}

static void plant(struct fixture *f, int row)
{
	struct ros_tensor *t = rows[row].tensor ? tensor(f, rows[row].tensor) : NULL;

	switch (rows[row].defect) {
	case REMOVE:
		*t = f->m.tensors[--f->m.tensor_count];
		break;
	case RENAME:
		t->name = ROS_STR("blk.1.ffn_oops.weight");
		break;
	case RESHAPE:
		t->dim[0]++;
		break;
	case CROWD:
		crowd(f, t);
		break;
	case SPOIL:
		((uint8_t *)t->data.ptr)[2] ^= 1;
		break;
	case ABSENT:
		t->data.ptr = NULL;
		break;
	case NUMBER:
		ck_assert_int_eq(ros_hparams_set_f64(&f->hp, rows[row].id, rows[row].value, &f->err), ROS_OK);
		if (rows[row].id == ROS_HP_ATTN_BIAS)   /* the layout must know it */
			ck_assert_int_eq(ros_layout_build(&f->layout, f->layout.contract, &f->hp, ROS_FORMAT_GGUF, -1, &f->arena, &f->err), 0);
		break;
	default:
		break;
	}
}

START_TEST(test_rule)
{
	struct fixture f;
	struct ros_finding *findings;
	size_t count, i;
	bool seen = false;

	make(&f, rows[_i].class_name);
	plant(&f, _i);
	count = check(&f, rows[_i].config, &findings);
	for (i = 0; i < count; i++)
		seen = seen || (rows[_i].rule && strcmp(findings[i].rule, rows[_i].rule) == 0);
	ck_assert_msg(rows[_i].rule ? seen : count == 0, "row %d: %s: %zu findings, first %s: %s", _i,
		      rows[_i].rule ? rows[_i].rule : "none wanted", count, count ? findings[0].rule : "-",
		      count ? findings[0].message.ptr : "-");
	unmake(&f);
}
END_TEST

START_TEST(test_every_rule_has_a_row)
{
	const struct ros_rule_info *r;
	size_t i;

	for (r = ros_contract_rules; r->id; r++) {
		for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
			if (rows[i].rule && strcmp(rows[i].rule, r->id) == 0)
				break;
		ck_assert_msg(i < sizeof rows / sizeof rows[0], "%s has no negative control", r->id);
	}
}
END_TEST

START_TEST(test_two_spellings)
{
	struct fixture f;
	struct ros_binding b;

	make(&f, "GPT2LMHeadModel");
	ck_assert_int_eq(ros_layout_build(&f.layout, f.layout.contract, &f.hp, ROS_FORMAT_SAFETENSORS, -1, &f.arena, &f.err), 0);
	f.m.tensors[0].name = ROS_STR("transformer.wte.weight");
	f.m.tensor_count = 1;
	ck_assert_int_eq(ros_binding_make(&b, &f.layout, &f.m, &f.arena, &f.err), 0);
	ck_assert_ptr_nonnull(b.is[0]);
	ck_assert_str_eq(b.is[0]->name.ptr, "wte.weight");
	f.m.tensors[1].name = ROS_STR("wte.weight");
	f.m.tensor_count = 2;
	ck_assert_int_eq(ros_binding_make(&b, &f.layout, &f.m, &f.arena, &f.err), ROS_ECONTRACT);
	unmake(&f);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rules");
	TCase *t = tcase_create("all");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, test_rule, 0, sizeof rows / sizeof rows[0]);
	tcase_add_test(t, test_every_rule_has_a_row);
	tcase_add_test(t, test_two_spellings);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
