/* The types that llama-quantize gave every tensor of 88 real outputs, and the rules those cannot reach. */
#include "quant/recipe.h"
#include "quant/tensor_order.h"
#include "tests/fixtures/quantize_golden.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(t) (int)(sizeof t / sizeof *t)
#define MAX_TENSORS 256

static unsigned outputs, tensors_checked;

/* The next name of a comma-separated list. */
static enum ros_dtype next_type(struct ros_str *list)
{
	size_t n = 0;
	enum ros_dtype type;

	while (n < list->len && list->ptr[n] != ',')
		n++;
	type = ros_dtype_by_name((struct ros_str){ list->ptr, n });
	list->ptr += n + (n < list->len);
	list->len -= n + (n < list->len);
	return type;
}

static void check_output(const struct ros_model *m, const char *model, bool imatrix, const struct ros_json *run)
{
	struct ros_recipe r = { .ftype = ros_ftype_by_name(run->key), .generation = ROS_RECIPE_2025, .have_imatrix = imatrix,
		ROS_RECIPE_NO_TYPES };
	struct ros_recipe_choice choices[MAX_TENSORS];
	uint32_t order[MAX_TENSORS];
	struct ros_str types = ros_json_str(ros_json_get(run, "types"));
	struct ros_error err = { 0 };

	ros_recipe_read_meta(&r.hparams, &m->meta);
	ck_assert_msg(!ros_recipe_choose(&r, m->tensors, m->tensor_count, choices, &err), "%s %.*s: %s", model,
		(int)run->key.len, run->key.ptr, err.text);
	ck_assert(!ros_tensor_order(m->tensors, m->tensor_count, order, &err));
	for (size_t i = 0; i < m->tensor_count; i++) {
		enum ros_dtype want = next_type(&types), got = choices[order[i]].type;
		struct ros_str name = m->tensors[order[i]].name;

		ck_assert_msg(got == want, "%s %.*s%s: %.*s is %s, llama-quantize made it %s", model, (int)run->key.len,
			run->key.ptr, imatrix ? " with imatrix" : "", (int)name.len, name.ptr, ros_dtypes[got].name,
			want == ROS_DTYPE_COUNT ? "?" : ros_dtypes[want].name);
		tensors_checked++;
	}
	ck_assert_uint_eq(types.len, 0);
	outputs++;
}

static void check_order(const struct ros_model *m, const struct ros_json *names)
{
	uint32_t order[MAX_TENSORS];
	struct ros_error err = { 0 };
	size_t i = 0;

	ck_assert(!ros_tensor_order(m->tensors, m->tensor_count, order, &err));
	for (names = names->first; names; names = names->next, i++)
		ck_assert(ros_str_equal(ros_json_str(names), m->tensors[order[i]].name));
	ck_assert_uint_eq(i, m->tensor_count);
}

START_TEST(every_golden_output_agrees)
{
	static const char *const kinds[] = { "plain", "with_imatrix" };
	struct golden g;

	if (!golden_open(&g))
		return;
	for (const struct ros_json *model = ros_json_get(g.index, "models")->first; model; model = model->next) {
		struct ros_model m;
		char name[32];

		snprintf(name, sizeof name, "%.*s", (int)model->key.len, model->key.ptr);
		golden_input(&g, model, false, &m);
		for (int k = 0; k < ROWS(kinds); k++) {
			const struct ros_json *kind = ros_json_get(model, kinds[k]), *runs = ros_json_get(kind, "ftypes");

			if (kind)
				check_order(&m, ros_json_get(kind, "output_tensor_order"));
			for (runs = runs ? runs->first : NULL; runs; runs = runs->next)
				check_output(&m, name, k == 1, runs);
		}
		ros_model_release(&m);
	}
	printf("recipe: %u outputs, %u tensor types\n", outputs, tensors_checked);
	ck_assert_uint_eq(outputs, 88);
	golden_close(&g);
}
END_TEST

/* A made-up model of N layers, one row each for what the recorded outputs do not hold. */
static const struct ros_recipe_override overrides[] = {
	{ "blk\\.(?:0|1)\\.ffn_down", ROS_Q8_0 }, { "^blk\\.\\d+\\.attn_[qk]\\.", ROS_Q5_K }, { "per_layer_token", ROS_Q4_0 },
};
static const char *const keep[] = { "hc_", NULL }, *const at_least_q8[] = { "attn_q_a", NULL };

static const struct row {
	const char *name;
	enum ros_ftype ftype;
	enum ros_recipe_generation generation;
	const char *tensor;             /* the one asked about, amid a model of 80 layers */
	uint64_t cols;
	struct ros_recipe_hparams hp;
	struct ros_recipe opt;
	enum ros_code code;
	enum ros_dtype want;
} rows[] = {
#define HP .hp = { .n_layer = 80, .n_head = 8, .n_head_kv = 4 }
#define OPT(...) .opt = { ROS_RECIPE_NO_TYPES, __VA_ARGS__ }
	{ "qkv 2025", ROS_FT_Q4_K_M, ROS_RECIPE_2025, "blk.20.attn_qkv.weight", 256, HP, .want = ROS_Q5_K },
	{ "qkv 2026", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.20.attn_qkv.weight", 256, HP, .want = ROS_Q4_K },
	{ "qkv 2026 more bits", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.9.attn_qkv.weight", 256, HP, .want = ROS_Q6_K },
	{ "kv_b 2025", ROS_FT_Q3_K_M, ROS_RECIPE_2025, "blk.0.attn_kv_b.weight", 256, HP, .want = ROS_Q3_K },
	{ "kv_b 2026", ROS_FT_Q3_K_M, ROS_RECIPE_2026, "blk.0.attn_kv_b.weight", 256, HP, .want = ROS_Q5_K },
	{ "Q2_K shape 2025", ROS_FT_Q2_K, ROS_RECIPE_2025, "blk.0.attn_q.weight", 96, HP, .want = ROS_IQ4_NL },
	{ "Q2_K shape 2026", ROS_FT_Q2_K, ROS_RECIPE_2026, "blk.0.attn_q.weight", 96, HP, .want = ROS_Q4_0 },
	{ "odd row", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.0.attn_q.weight", 100, HP, .want = ROS_F16 },
	{ "Q8_0 odd row 2026", ROS_FT_Q8_0, ROS_RECIPE_2026, "blk.0.attn_q.weight", 100, HP, .want = ROS_F16 },
	{ "Q8_0 odd row 2025", ROS_FT_Q8_0, ROS_RECIPE_2025, "blk.0.attn_q.weight", 100, HP, .code = ROS_EUSAGE },
	{ "pure", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.0.attn_v.weight", 256, HP, OPT(.pure = true), .want = ROS_Q4_K },
	{ "pure shape 2026", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.0.attn_v.weight", 96, HP, OPT(.pure = true), .want = ROS_Q5_0 },
	{ "pure shape 2025", ROS_FT_Q4_K_M, ROS_RECIPE_2025, "blk.0.attn_v.weight", 96, HP, OPT(.pure = true), .code = ROS_EUSAGE },
	{ "router stays", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.0.ffn_gate_inp.weight", 256, HP, .want = ROS_F32 },
	{ "bias stays", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.0.attn_q.bias", 256, HP, .want = ROS_F32 },
	{ "conv 2026", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.0.ssm_conv1d_q.weight", 256, HP, .want = ROS_F32 },
	{ "conv 2025", ROS_FT_Q4_K_M, ROS_RECIPE_2025, "blk.0.ssm_conv1d_q.weight", 256, HP, .want = ROS_Q4_K },
	{ "large", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.20.attn_v.weight", 256,
	  .hp = { .n_layer = 80, .n_head = 64, .n_head_kv = 8, .large_layers = 80, .large_needs_gqa = true }, .want = ROS_Q5_K },
	{ "large but no shared heads", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.20.attn_v.weight", 256,
	  .hp = { .n_layer = 80, .n_head = 64, .n_head_kv = 64, .large_layers = 80, .large_needs_gqa = true }, .want = ROS_Q4_K },
	{ "second mixture ffn_down first", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.0.ffn_down.weight", 256,
	  .hp = { .n_layer = 80, .n_head = 8, .n_head_kv = 8, .second_mixture = true }, .want = ROS_Q6_K },
	{ "second mixture ffn_down more", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.9.ffn_down.weight", 256,
	  .hp = { .n_layer = 80, .n_head = 8, .n_head_kv = 8, .second_mixture = true }, .want = ROS_Q5_K },
	{ "second mixture ffn_down rest", ROS_FT_Q3_K_M, ROS_RECIPE_2026, "blk.20.ffn_down.weight", 256,
	  .hp = { .n_layer = 80, .n_head = 8, .n_head_kv = 8, .second_mixture = true }, .want = ROS_Q3_K },
	{ "second mixture output", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "output.weight", 256,
	  .hp = { .n_layer = 80, .n_head = 8, .n_head_kv = 8, .second_mixture = true }, .want = ROS_Q8_0 },
	{ "tied embedding", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "token_embd.weight", 256, HP, .want = ROS_Q6_K },
	{ "tied per-layer embedding 2026", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "per_layer_token_embd.weight", 256, HP, .want = ROS_Q6_K },
	{ "per-layer embedding 2025", ROS_FT_Q4_K_M, ROS_RECIPE_2025, "per_layer_token_embd.weight", 256, HP, .want = ROS_Q4_K },
	{ "embedding type", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "token_embd.weight", 256, HP,
	  .opt = { .token_embedding = ROS_Q8_0, .output = ROS_DTYPE_COUNT }, .want = ROS_Q8_0 },
	{ "output type of a tied one", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "token_embd.weight", 256, HP,
	  .opt = { .token_embedding = ROS_DTYPE_COUNT, .output = ROS_Q5_K }, .want = ROS_Q5_K },
	{ "output left", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "output.weight", 256, HP, OPT(.leave_output = true), .want = ROS_F32 },
	{ "copy", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.0.attn_q.weight", 256, HP, OPT(.copy_only = true), .want = ROS_F32 },
	{ "override", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.1.ffn_down.weight", 256, HP, OPT(.overrides = overrides, .override_count = 3), .want = ROS_Q8_0 },
	{ "not overridden, and not as counted without", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.20.ffn_down.weight", 256, HP,
	  OPT(.overrides = overrides, .override_count = 3), .want = ROS_Q6_K },
	{ "override by class", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.11.attn_k.weight", 256, HP, OPT(.overrides = overrides, .override_count = 3), .want = ROS_Q5_K },
	{ "override beats embedding type", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "per_layer_token_embd.weight", 256, HP,
	  .opt = { .token_embedding = ROS_Q8_0, .output = ROS_DTYPE_COUNT, .overrides = overrides, .override_count = 3 }, .want = ROS_Q4_0 },
	{ "no expression", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.0.attn_q.weight", 256, HP,
	  OPT(.overrides = (const struct ros_recipe_override[]){ { "blk.(", ROS_Q8_0 } }, .override_count = 1), .code = ROS_EUSAGE },
	{ "imatrix missing", ROS_FT_IQ2_XXS, ROS_RECIPE_2026, "blk.0.attn_q.weight", 256, HP, .code = ROS_EUSAGE },
	{ "imatrix missing, dry run", ROS_FT_IQ2_XXS, ROS_RECIPE_2026, "blk.0.attn_q.weight", 256, HP, OPT(.without_imatrix = true), .want = ROS_IQ2_XXS },
	{ "IQ3_XXS without, 2025", ROS_FT_IQ3_XXS, ROS_RECIPE_2025, "blk.0.ffn_up.weight", 256, HP, .want = ROS_IQ3_XXS },
	{ "IQ3_XXS without, 2026", ROS_FT_IQ3_XXS, ROS_RECIPE_2026, "blk.0.ffn_up.weight", 256, HP, .code = ROS_EUSAGE },
	{ "MXFP4 experts", ROS_FT_MXFP4_MOE, ROS_RECIPE_2026, "blk.0.ffn_up_exps.weight", 256, HP, .want = ROS_MXFP4 },
	{ "MXFP4 others", ROS_FT_MXFP4_MOE, ROS_RECIPE_2026, "blk.0.attn_q.weight", 256, HP, .want = ROS_Q8_0 },
	{ "expert without layer", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "ffn_down_exps.weight", 256,
	  .hp = { .n_layer = 80, .n_head = 8, .n_head_kv = 4, .n_expert = 4 }, .code = ROS_EFORMAT },
	{ "expert in layer 80 of 80", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.80.ffn_down_exps.weight", 256,
	  .hp = { .n_layer = 80, .n_head = 8, .n_head_kv = 4, .n_expert = 4 }, .code = ROS_EFORMAT },
	{ "kept by the family", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.0.hc_fn.weight", 256, .hp = { .n_layer = 80, .keep = keep }, .want = ROS_F32 },
	{ "Q8_0 by the family", ROS_FT_Q4_K_M, ROS_RECIPE_2026, "blk.0.attn_q_a.weight", 256,
	  .hp = { .n_layer = 80, .at_least_q8 = at_least_q8 }, .want = ROS_Q8_0 },
};

START_TEST(rules_beyond_the_golden_ones)
{
	const struct row *row = &rows[_i];
	struct ros_recipe r = row->opt;
	struct ros_tensor t[81];
	struct ros_recipe_choice choice[81];
	struct ros_error err = { 0 };
	char names[80][64];
	const char *dot = strchr(row->tensor, '.');
	bool in_layer = !strncmp(row->tensor, "blk.", 4);
	const char *tail = in_layer ? strchr(dot + 1, '.') : "";
	size_t asked = 80, count = 0;

	if (!r.token_embedding && !r.output)
		r.token_embedding = r.output = ROS_DTYPE_COUNT;
	r.ftype = row->ftype;
	r.generation = row->generation;
	r.hparams = row->hp;
	for (int l = 0; in_layer && l < 80; l++, count++) {
		snprintf(names[l], sizeof names[l], "blk.%d%s", l, tail);
		t[count] = (struct ros_tensor){ .name = ros_str_of(names[l]), .dtype = ROS_F32, .ndim = 2, .dim = { 4, row->cols } };
		if (!strcmp(names[l], row->tensor))
			asked = count;
	}
	if (asked == 80) {
		asked = count++;
		t[asked] = (struct ros_tensor){ .name = ros_str_of(row->tensor), .dtype = ROS_F32, .ndim = 2, .dim = { 4, row->cols } };
	}
	if (strstr(row->tensor, "_exps"))
		t[asked] = (struct ros_tensor){ .name = t[asked].name, .ndim = 3, .dim = { 2, 4, row->cols } };
	ros_recipe_choose(&r, t, count, choice, &err);
	ck_assert_msg(err.code == row->code, "%s: code %s (%s)", row->name, ros_code_name(err.code), err.text);
	if (!row->code)
		ck_assert_msg(choice[asked].type == row->want, "%s: %s, wanted %s", row->name, ros_dtypes[choice[asked].type].name,
			ros_dtypes[row->want].name);
}
END_TEST

START_TEST(shapes_with_ones_are_vectors)
{
	struct ros_recipe r = { .ftype = ROS_FT_Q8_0, ROS_RECIPE_NO_TYPES };
	struct ros_tensor t[] = {
		{ .name = ROS_STR("blk.0.a.weight"), .ndim = 2, .dim = { 1, 64 } },
		{ .name = ROS_STR("blk.0.b.weight"), .ndim = 2, .dim = { 64, 32 } },
		{ .name = ROS_STR("blk.0.c.weight"), .ndim = 3, .dim = { 2, 1, 64 } },
		{ .name = ROS_STR("blk.0.d.weight"), .ndim = 0 },
	};
	struct ros_recipe_choice c[4];
	struct ros_error err = { 0 };

	ck_assert(!ros_recipe_choose(&r, t, 4, c, &err));
	ck_assert_int_eq(c[0].type, ROS_F32);
	ck_assert_int_eq(c[1].type, ROS_Q8_0);
	ck_assert_int_eq(c[2].type, ROS_Q8_0);
	ck_assert_int_eq(c[3].type, ROS_F32);
	t[1].dtype = ROS_Q4_0;
	ck_assert_int_eq(ros_recipe_choose(&r, t, 4, c, &err), ROS_EUSAGE);
	err = (struct ros_error){ 0 };
	r.allow_requantize = true;
	ck_assert(!ros_recipe_choose(&r, t, 4, c, &err));
	t[1].dtype = ROS_I32;
	ck_assert_int_eq(ros_recipe_choose(&r, t, 4, c, &err), ROS_EUNSUPPORTED);
}
END_TEST

static const struct {
	const char *text;
	enum ros_ftype want;
} names[] = {
	{ "Q4_K_M", ROS_FT_Q4_K_M }, { "q4_k_m", ROS_FT_Q4_K_M }, { "q4-k-m", ROS_FT_Q4_K_M }, { "Q4_K", ROS_FT_Q4_K_M },
	{ "Q3_K", ROS_FT_Q3_K_M }, { "15", ROS_FT_Q4_K_M }, { "0", ROS_FT_F32 }, { "iq2_m", ROS_FT_IQ2_M }, { "4", ROS_FT_COUNT },
	{ "", ROS_FT_COUNT }, { "Q4_K_", ROS_FT_COUNT }, { "Q4", ROS_FT_COUNT }, { "999", ROS_FT_COUNT }, { "1x", ROS_FT_COUNT },
};

START_TEST(names_of_mixtures)
{
	ck_assert_msg(ros_ftype_by_name(ros_str_of(names[_i].text)) == names[_i].want, "%s", names[_i].text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("recipe");
	TCase *tc = tcase_create("all");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, every_golden_output_agrees);
	tcase_add_loop_test(tc, rules_beyond_the_golden_ones, 0, ROWS(rows));
	tcase_add_test(tc, shapes_with_ones_are_vectors);
	tcase_add_loop_test(tc, names_of_mixtures, 0, ROWS(names));
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
