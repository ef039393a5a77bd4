/* Plans between formats for small models of several families, and what each defect of a source does to them. */
#include "contracts/contract.h"
#include "rosetta/tile.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct ros_arena arena;
	struct ros_model m;
	struct ros_hparams hp;
	const struct ros_contract *c;
	struct ros_layout from, to;
	struct ros_binding binding;
	struct ros_verdict v;
	struct ros_plan plan;
	struct ros_error err;
};

static const struct { enum ros_hp id; double value; } numbers[] = {
	{ ROS_HP_N_LAYER, 2 }, { ROS_HP_N_EMBD, 32 }, { ROS_HP_N_HEAD, 4 }, { ROS_HP_N_HEAD_KV, 2 }, { ROS_HP_N_FF, 40 }, { ROS_HP_N_VOCAB, 10 },
	{ ROS_HP_N_CTX, 12 }, { ROS_HP_N_POS, 12 }, { ROS_HP_N_EXPERT, 3 }, { ROS_HP_N_EXPERT_USED, 2 }, { ROS_HP_HEAD_DIM, 8 },
};

static void set(struct fixture *f, enum ros_hp id, double value)
{
	ros_hparams_set_f64(&f->hp, id, value, &f->err);
}

/* A model of the family of CLASS_NAME in format FROM; its weights are there, all zero. TIED: without an output matrix. */
static void make(struct fixture *f, const char *class_name, enum ros_format_id from, enum ros_format_id to, bool tied)
{
	memset(f, 0, sizeof *f);
	ros_arena_init(&f->arena, 0);
	ros_verdict_init(&f->v, &f->arena);
	ros_hparams_init(&f->hp);
	f->c = ros_contract_for_class(ros_str_of(class_name));
	ck_assert_msg(f->c, "%s", class_name);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		set(f, numbers[i].id, numbers[i].value);
	set(f, ROS_HP_TIED, tied);
	ros_contract_complete(f->c, &f->hp, &f->err);
	ck_assert_msg(!f->err.code && !ros_layout_build(&f->from, f->c, &f->hp, from, -1, &f->arena, &f->err)
		      && !ros_layout_build(&f->to, f->c, &f->hp, to, -1, &f->arena, &f->err), "%s", f->err.text);
	ros_model_init(&f->m, from);
	ck_assert(!ros_model_alloc_tensors(&f->m, f->from.count + 1, &f->err));
	f->m.tensor_count = 0;
	for (size_t i = 0; i < f->from.count; i++) {
		const struct ros_layout_tensor *t = &f->from.tensors[i];
		struct ros_tensor *at = &f->m.tensors[f->m.tensor_count];
		uint64_t bytes;

		if (t->presence == ROS_OPTIONAL || t->presence == ROS_DERIVABLE || t->read_only || t->derived || (tied && t->presence == ROS_TIED))
			continue;
		*at = (struct ros_tensor){ .name = t->name, .dtype = t->keep_f32 || t->ndim < 2 ? ROS_F32 : ROS_BF16, .ndim = t->ndim };
		memcpy(at->dim, t->dim, sizeof at->dim);
		ck_assert(ros_dtype_nbytes(at->dtype, at->ndim, at->dim, false, &bytes));
		at->data = (struct ros_bytes){ ros_arena_alloc(&f->arena, bytes, 1, &f->err), bytes };
		f->m.tensor_count++;
	}
}

static struct ros_tensor *tensor(struct fixture *f, const char *name)
{
	for (size_t i = 0; i < f->m.tensor_count; i++)
		if (ros_str_equal(f->m.tensors[i].name, ros_str_of(name)))
			return &f->m.tensors[i];
	ck_abort_msg("the fixture has no %s", name);
}

static void plan(struct fixture *f, const struct ros_plan_request *more)
{
	struct ros_plan_request want = more ? *more : (struct ros_plan_request){ 0 };

	want.src = &f->m;
	want.from = &f->binding;
	want.to = &f->to;
	want.hp = &f->hp;
	want.target = f->to.format;
	ck_assert_msg(!ros_model_index(&f->m, &f->err) && !ros_binding_make(&f->binding, &f->from, &f->m, &f->arena, &f->err)
		      && !ros_plan_make(&f->plan, &want, &f->arena, &f->v, &f->err), "%s", f->err.text);
}

static const struct ros_step *step(const struct fixture *f, const char *name)
{
	for (size_t i = 0; i < f->plan.count; i++)
		if (ros_str_equal(f->plan.steps[i].dst.name, ros_str_of(name)))
			return &f->plan.steps[i];
	return NULL;
}

static void unmake(struct fixture *f)
{
	ros_model_release(&f->m);
	ros_arena_release(&f->arena);
}

static const struct {
	const char *class_name;
	bool tied;
	const char *tensor;             /* in the GGUF */
	enum ros_step_kind kind;
	uint32_t pieces;
} ways[] = {
	{ "LlamaForCausalLM", false, "blk.1.attn_q.weight", ROS_STEP_MOVE, 1 },
	{ "LlamaForCausalLM", false, "blk.1.attn_v.weight", ROS_STEP_COPY, 1 },
	{ "Qwen2ForCausalLM", true, "blk.0.attn_q.bias", ROS_STEP_COPY, 1 },
	{ "GPT2LMHeadModel", true, "blk.0.attn_qkv.weight", ROS_STEP_MOVE, 3 },
	{ "GPT2LMHeadModel", true, "blk.0.ffn_up.weight", ROS_STEP_MOVE, 1 },
	{ "Gemma2ForCausalLM", true, "blk.0.attn_norm.weight", ROS_STEP_CONVERT, 1 },
	{ "MixtralForCausalLM", false, "blk.1.ffn_gate_exps.weight", ROS_STEP_MOVE, 3 },
	{ "Phi3ForCausalLM", false, "blk.0.attn_qkv.weight", ROS_STEP_COPY, 3 },
	{ "Phi3ForCausalLM", false, "blk.0.ffn_up.weight", ROS_STEP_COPY, 2 },
};

START_TEST(each_family_has_its_steps)
{
	static const enum ros_format_id via[] = { ROS_FORMAT_GGUF, ROS_FORMAT_SAFETENSORS };
	struct fixture f;

	for (int back = 0; back < 2; back++) {
		make(&f, ways[_i].class_name, via[!back], via[back], ways[_i].tied);
		plan(&f, NULL);
		ck_assert_msg(!f.v.fatal, "%s: %s", ways[_i].class_name, f.v.fatal ? f.v.notes[0].text.ptr : "");
		ck_assert_msg(!f.plan.left_count, "%s", ways[_i].class_name);
		if (!back) {
			const struct ros_step *s = step(&f, ways[_i].tensor);

			ck_assert_msg(s, "%s", ways[_i].tensor);
			ck_assert_msg(s->kind == ways[_i].kind, "%s: %s", ways[_i].tensor, ros_step_kind_name(s->kind));
			ck_assert_msg(s->piece_count == ways[_i].pieces, "%s: %u pieces", ways[_i].tensor, s->piece_count);
		}
		unmake(&f);
	}
}
END_TEST

/* ---- defects ---- */

static void nothing(struct fixture *f) { (void)f; }
static void lose_q(struct fixture *f) { tensor(f, "model.layers.1.self_attn.q_proj.weight")->name = ROS_STR("model.layers.1.self_attn.q_proj.weigh"); }
static void lose_norm(struct fixture *f) { *tensor(f, "model.norm.weight") = f->m.tensors[--f->m.tensor_count]; }
static void stranger(struct fixture *f)
{
	f->m.tensors[f->m.tensor_count] = f->m.tensors[0];
	f->m.tensors[f->m.tensor_count++].name = ROS_STR("classifier.weight");
}
static void a_row_less(struct fixture *f)
{
	struct ros_tensor *t = tensor(f, "model.layers.0.mlp.up_proj.weight");

	t->dim[0]--;
	t->data.len -= t->dim[1] * 2;
}
static void integers(struct fixture *f)
{
	struct ros_tensor *t = tensor(f, "model.layers.0.input_layernorm.weight");

	t->dtype = ROS_I32;
}
static void turned(struct fixture *f)
{
	struct ros_tensor *t = tensor(f, "model.layers.0.mlp.up_proj.weight");
	uint64_t rows = t->dim[0];

	t->dim[0] = t->dim[1];
	t->dim[1] = rows;
}

static const struct {
	const char *name;
	void (*defect)(struct fixture *f);
	bool allow_unknown;
	const char *rule, *tensor;      /* NULL: no finding */
} defects[] = {
	{ "sound", nothing, false, NULL, NULL },
	{ "one name misspelt", lose_q, false, "plan.missing", "blk.1.attn_q.weight" },
	{ "one absent", lose_norm, false, "plan.missing", "output_norm.weight" },
	{ "one that nobody knows", stranger, false, "plan.unknown-tensor", "classifier.weight" },
	{ "the same, allowed", stranger, true, NULL, NULL },
	{ "a row less", a_row_less, false, "plan.shape", "blk.0.ffn_up.weight" },
	{ "another orientation", turned, false, "plan.shape", "blk.0.ffn_up.weight" },
};

START_TEST(a_defect_is_named)
{
	struct ros_plan_request want = { .allow_unknown = defects[_i].allow_unknown };
	bool found = !defects[_i].rule;
	struct fixture f;

	make(&f, "LlamaForCausalLM", ROS_FORMAT_SAFETENSORS, ROS_FORMAT_GGUF, false);
	defects[_i].defect(&f);
	plan(&f, &want);
	for (size_t i = 0; i < f.v.count && defects[_i].rule; i++)
		found |= f.v.notes[i].fatal && !strcmp(f.v.notes[i].rule, defects[_i].rule) && ros_str_equal(f.v.notes[i].tensor, ros_str_of(defects[_i].tensor));
	ck_assert_msg(found, "%s", defects[_i].name);
	ck_assert_msg(!f.v.fatal == !defects[_i].rule, "%s", defects[_i].name);
	if (defects[_i].allow_unknown)
		ck_assert(step(&f, "classifier.weight"));
	unmake(&f);
}
END_TEST

START_TEST(a_type_without_values_does_not_become_one)
{
	struct fixture f;

	make(&f, "Gemma2ForCausalLM", ROS_FORMAT_SAFETENSORS, ROS_FORMAT_GGUF, true);
	integers(&f);
	plan(&f, NULL);
	ck_assert_uint_eq(f.v.fatal, 1);
	ck_assert_str_eq(f.v.notes[0].rule, "plan.shape");
	unmake(&f);
}
END_TEST

static const struct {
	const char *name;
	bool absent;                    /* the source has no output matrix */
	bool untied;                    /* its configuration says that the matrix is one of its own */
	enum ros_tied_rule rule;
	bool written;
} ties[] = {
	{ "absent, followed", true, false, ROS_TIED_FOLLOW, false },
	{ "absent, always", true, false, ROS_TIED_ALWAYS, true },
	{ "there, followed", false, false, ROS_TIED_FOLLOW, true },
	{ "there, never", false, false, ROS_TIED_NEVER, false },
	{ "there though untied, followed", false, true, ROS_TIED_FOLLOW, true },
	{ "there though untied, never", false, true, ROS_TIED_NEVER, false },
};

START_TEST(a_tied_output_follows_its_rule)
{
	struct ros_plan_request want = { .tied = ties[_i].rule };
	const struct ros_step *s;
	struct fixture f;

	make(&f, "Qwen2ForCausalLM", ROS_FORMAT_SAFETENSORS, ROS_FORMAT_GGUF, !ties[_i].untied);
	if (!ties[_i].absent && !ties[_i].untied) {
		f.m.tensors[f.m.tensor_count] = *tensor(&f, "model.embed_tokens.weight");
		f.m.tensors[f.m.tensor_count++].name = ROS_STR("lm_head.weight");
	}
	plan(&f, &want);
	s = step(&f, "output.weight");
	ck_assert_msg(!s == !ties[_i].written, "%s", ties[_i].name);
	if (s && ties[_i].absent)
		ck_assert(ros_str_equal(s->pieces[0].src->name, ROS_STR("model.embed_tokens.weight")));
	unmake(&f);
}
END_TEST

/* Every step's tiles can be made; the planner promises no reading outside a source (run under a sanitizer). */
START_TEST(plans_can_be_run)
{
	struct fixture f;

	make(&f, ways[_i].class_name, ROS_FORMAT_SAFETENSORS, ROS_FORMAT_GGUF, ways[_i].tied);
	plan(&f, NULL);
	for (size_t i = 0; i < f.plan.count; i++) {
		const struct ros_step *s = &f.plan.steps[i];
		uint64_t rows = ros_tensor_rows(&s->dst);
		void *scratch = aligned_alloc(64, (ros_tile_scratch(s, rows) + 63) / 64 * 64);
		uint8_t *out = malloc(s->dst.data.len);

		ck_assert_uint_eq(ros_tile_bytes(s, 0, rows), s->dst.data.len);
		ros_tile_make(s, ros_kernels_best(), 0, rows, out, scratch, NULL);
		free(out);
		free(scratch);
	}
	unmake(&f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan");
	TCase *tc = tcase_create("plan");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, each_family_has_its_steps, 0, sizeof ways / sizeof *ways);
	tcase_add_loop_test(tc, a_defect_is_named, 0, sizeof defects / sizeof *defects);
	tcase_add_test(tc, a_type_without_values_does_not_become_one);
	tcase_add_loop_test(tc, a_tied_output_follows_its_rule, 0, sizeof ties / sizeof *ties);
	tcase_add_loop_test(tc, plans_can_be_run, 0, sizeof ways / sizeof *ways);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
