/* The key maps of every family against the metadata that the reference converter wrote: same keys, same types, same values, same order. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "contracts/hub_keys.h"
#include "formats/json.h"
#include "tests/unit/pair.h"

/* Is RULE's key written for these numbers? */
static bool written(const struct pair *p, const struct ros_key_rule *rule)
{
	if (rule->when.count && !ros_expr_true(&rule->when, &p->hp, ROS_NO_LAYER, false))
		return false;
	if (rule->source != ROS_KEY_NUMBER)
		return true;
	if (rule->value.count)
		return ros_expr_eval(&rule->value, &p->hp, rule->per_layer ? 0 : ROS_NO_LAYER).kind != ROS_NUM_ABSENT;
	return p->hp.state[rule->hp] != ROS_HP_ABSENT;
}

static void check_number(const struct pair *p, const struct ros_key_rule *rule, const struct ros_meta_value *v)
{
	struct ros_num n = ros_expr_eval(&rule->value, &p->hp, ROS_NO_LAYER);
	double want = 0, got = 0;

	if (rule->value.count)
		want = n.kind == ROS_NUM_INT ? (double)n.u : n.f;
	else
		ck_assert(ros_hparams_f64(&p->hp, rule->hp, &want));
	ck_assert_msg(ros_meta_as_f64(v, &got) || v->type == ROS_META_BOOL, "%s: %s is no number", p->c->key, rule->key);
	if (v->type == ROS_META_BOOL)
		got = (double)v->u;
	ck_assert_msg((float)want == (float)got, "%s: %s: %g wanted, %g found", p->c->key, rule->key, want, got);
}

static void check_value(const struct pair *p, const struct ros_key_rule *rule, const struct ros_meta_value *v)
{
	if (rule->source == ROS_KEY_FILE_TYPE || rule->per_layer)
		return;
	ck_assert_msg(v->type == rule->type, "%s: %s is %s, %s wanted", p->c->key, rule->key, ros_meta_types[v->type].name,
		      ros_meta_types[rule->type].name);
	if (rule->source == ROS_KEY_TEXT)
		ck_assert(ros_str_equal(v->str, ros_str_of(rule->text)));
	else if (rule->hp == ROS_HP_ROPE_SCALING)
		ck_assert(ros_str_equal(v->str, ros_str_of(ros_rope_scaling_name((enum ros_rope_scaling)p->hp.v[rule->hp].u))));
	else if (v->type != ROS_META_ARRAY)
		check_number(p, rule, v);
}

static bool belongs(const struct pair *p, struct ros_str key)
{
	size_t n = strlen(p->c->gguf_arch);

	return ros_str_equal(key, ROS_STR("general.file_type")) ||
		(key.len > n && memcmp(key.ptr, p->c->gguf_arch, n) == 0 && key.ptr[n] == '.');
}

static void check_keys(struct pair *p)
{
	const struct ros_meta *meta = &p->gguf.meta;
	size_t at = 0;
	uint16_t i;
	char key[256];

	for (i = 0; i < p->c->gguf.count; i++) {
		const struct ros_key_rule *rule = &p->c->gguf.rules[i];

		if (!written(p, rule))
			continue;
		if (!strncmp(rule->key, "tokenizer.", 10)) {    /* the reference writes those among the vocabulary's */
			const struct ros_meta_value *v = ros_meta_get(meta, ros_str_of(rule->key));

			ck_assert_msg(v, "%s: %s is missing", p->c->key, rule->key);
			check_value(p, rule, v);
			continue;
		}
		while (at < meta->count && !belongs(p, meta->entries[at].key))
			at++;
		snprintf(key, sizeof key, "%s%s%s", rule->source == ROS_KEY_FILE_TYPE ? "" : p->c->gguf_arch,
			 rule->source == ROS_KEY_FILE_TYPE ? "" : ".", rule->key);
		ck_assert_msg(at < meta->count, "%s: %s is missing", p->c->key, key);
		ck_assert_msg(ros_str_equal(meta->entries[at].key, ros_str_of(key)), "%s: %s: %s wanted here, %.*s found", p->gguf.path.ptr,
			      p->c->key, key, (int)meta->entries[at].key.len, meta->entries[at].key.ptr);
		check_value(p, rule, &meta->entries[at++].value);
	}
	for (; at < meta->count; at++)
		ck_assert_msg(!belongs(p, meta->entries[at].key), "%s: %s: %.*s has no rule", p->gguf.path.ptr, p->c->key,
			      (int)meta->entries[at].key.len, meta->entries[at].key.ptr);
}

START_TEST(test_gguf_keys)
{
	int checked = pair_each(check_keys);

	ck_assert_msg(checked < 0 || checked >= 32, "only %d pairs", checked);
}
END_TEST

/* Numbers that decide what is computed under long contexts: what config.json gives must come out of the GGUF's keys again. */
static void check_back(struct pair *p)
{
	static const enum ros_hp scaling[] = { ROS_HP_ROPE_THETA, ROS_HP_ROPE_SCALING, ROS_HP_ROPE_FACTOR, ROS_HP_N_CTX_ORIG, ROS_HP_ROPE_BETA_FAST,
					       ROS_HP_ROPE_BETA_SLOW, ROS_HP_ROPE_MSCALE, ROS_HP_ROPE_MSCALE_ALL };
	struct ros_error err = { 0 };
	struct ros_hparams back;

	ros_hparams_init(&back);
	if (p->hp.v[ROS_HP_ROPE_SCALING].u == ROS_SCALING_LLAMA3 || p->hp.v[ROS_HP_ROPE_SCALING].u == ROS_SCALING_LONGROPE)
		return;         /* those are tensors there */
	ck_assert_msg(!ros_keys_read_gguf(p->c, &p->gguf.meta, &back, &p->arena, &err) && !ros_contract_complete(p->c, &back, &err), "%s", err.text);
	for (size_t i = 0; i < sizeof scaling / sizeof *scaling; i++) {
		double want = 0, got = 0;

		if (p->hp.state[scaling[i]] != ROS_HP_GIVEN)
			continue;
		ros_hparams_f64(&p->hp, scaling[i], &want);
		ck_assert_msg(ros_hparams_f64(&back, scaling[i], &got) && fabs(got - want) <= 1e-7 * fabs(want), "%s: %s: %.9g in config.json, %.9g out of the GGUF",
			      p->gguf.path.ptr, ros_hp_info[scaling[i]].name, want, got);
	}
}

START_TEST(test_scaling_comes_back)
{
	pair_each(check_back);
}
END_TEST

/* "layer % 4 == 2 ? n_head_kv : 0" and "layer % 4 != 2": what hybrids say of their layers. */
static const struct ros_expr_op some_heads[] = {
	{ ROS_OP_LAYER, 0, 0 }, { ROS_OP_INT, 4, 0 }, { ROS_OP_MOD, 0, 0 }, { ROS_OP_INT, 2, 0 }, { ROS_OP_EQ, 0, 0 },
	{ ROS_OP_HP, ROS_HP_N_HEAD_KV, 0 }, { ROS_OP_INT, 0, 0 }, { ROS_OP_SELECT, 0, 0 },
};
static const struct ros_expr_op recurrent[] = {
	{ ROS_OP_LAYER, 0, 0 }, { ROS_OP_INT, 4, 0 }, { ROS_OP_MOD, 0, 0 }, { ROS_OP_INT, 2, 0 }, { ROS_OP_NE, 0, 0 },
};
static const struct ros_key_rule layer_rules[] = {
	{ .key = "attention.head_count_kv", .hp = ROS_HP_COUNT, .type = ROS_META_U32, .per_layer = true,
	  .value = { some_heads, 8, "layer % 4 == 2 ? n_head_kv : 0" } },
	{ .key = "attention.recurrent_layers", .hp = ROS_HP_COUNT, .type = ROS_META_BOOL, .per_layer = true,
	  .value = { recurrent, 5, "layer % 4 != 2" } },
};

static void check_array(const struct ros_meta *meta, const char *key, enum ros_meta_type type, uint64_t rest, uint64_t third)
{
	const struct ros_meta_value *v = ros_meta_get(meta, ros_str_of(key));

	ck_assert(v && v->type == ROS_META_ARRAY && v->array.type == type && v->array.count == 4);
	for (uint64_t i = 0; i < 4; i++)
		ck_assert_uint_eq(ros_meta_element(&v->array, i).u, i == 2 ? third : rest);
}

START_TEST(test_layer_keys)
{
	struct ros_contract c = { .gguf_arch = "x", .gguf = { layer_rules, 2 }, .config = { layer_rules, 2 } };
	struct ros_error err = { 0 };
	struct ros_arena arena;
	struct ros_json_out o;
	struct ros_hparams hp;
	struct ros_meta meta;

	ros_arena_init(&arena, 0);
	ros_meta_init(&meta, &arena);
	ros_json_out_init(&o, 0);
	ros_hparams_init(&hp);
	ros_hparams_set_u64(&hp, ROS_HP_N_LAYER, 4, &err);
	ck_assert(!ros_keys_write_gguf(&c, &hp, 0, &meta, &err));
	ck_assert_msg(!ros_meta_get(&meta, ROS_STR("x.attention.head_count_kv")), "an array of a number that is not there");
	ros_hparams_set_u64(&hp, ROS_HP_N_HEAD_KV, 8, &err);
	ck_assert_msg(!ros_keys_write_gguf(&c, &hp, 0, &meta, &err), "%s", err.text);
	check_array(&meta, "x.attention.head_count_kv", ROS_META_U32, 0, 8);
	check_array(&meta, "x.attention.recurrent_layers", ROS_META_BOOL, 1, 0);
	ros_json_open_object(&o, NULL);
	ck_assert(!ros_keys_write_config(&c, &hp, &o, &err));
	ros_json_close_object(&o);
	ck_assert(ros_str_equal((struct ros_str){ o.text, o.len },
				ROS_STR("{\"attention.head_count_kv\":[0,0,8,0],\"attention.recurrent_layers\":[true,true,false,true]}")));
	ros_json_out_release(&o);
	ros_arena_release(&arena);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("keys");
	TCase *t = tcase_create("all");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_gguf_keys);
	tcase_add_test(t, test_scaling_comes_back);
	tcase_add_test(t, test_layer_keys);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
