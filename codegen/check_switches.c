/* The engine's switches say in words what roles, rows and values say in numbers: each is checked by the other. */
#include <string.h>

#include "codegen/check.h"

/* What a switch at a word wants among the roles, and what it refuses: names, `a|b` where one will do. */
static const struct demand {
	const char *key, *word, *wants, *refuses;
} demands[] = {
	{ "norm_place", "pre", "", "attn_post_norm ffn_post_norm" },
	{ "norm_place", "post_sum", "attn_post_norm ffn_post_norm", "attn_norm ffn_norm norm" },
	{ "norm_place", "post_branch", "attn_post_norm ffn_post_norm", "attn_norm ffn_norm norm" },
	{ "norm_place", "sandwich", "attn_norm attn_post_norm ffn_norm ffn_post_norm", "norm" },
	{ "norm_place", "parallel", "attn_norm|norm", "attn_post_norm ffn_post_norm" },
	{ "qk_norm", "none", "", "attn_q_norm attn_k_norm" },
	{ "qk_norm", "head_rms", "attn_q_norm attn_k_norm", "" },
	{ "qk_norm", "full_rms", "attn_q_norm attn_k_norm", "" },
	{ "qk_norm", "head_layer", "attn_q_norm attn_k_norm", "" },
	{ "attention", "gqa", "attn_q attn_k attn_v attn_out", "" },
	{ "attention", "mla", "attn_q|attn_q_b attn_kv_a latent_k latent_v attn_out", "" },
	{ "attention", "none", "", "attn_q attn_k attn_v attn_out" },
	{ "positions", "learned", "positions", "" },
	{ "positions", "rope", "", "positions" },
	{ "positions", "alibi", "", "positions" },
	{ "positions", "none", "", "positions" },
	{ "ffn", "glu", "ffn_gate|expert_gate ffn_up|expert_up ffn_down|expert_down", "" },
	{ "ffn", "mlp", "ffn_up|expert_up ffn_down|expert_down", "ffn_gate expert_gate shared_gate" },
	{ "ffn", "none", "", "ffn_gate ffn_up ffn_down expert_gate expert_up expert_down" },
	{ "shared_gate", "true", "shared_router", "" },
	{ "shared_gate", "false", "", "shared_router" },
	{ "expert_select_bias", "true", "router_bias", "" },
};

/* The norms of a block, and all that norm_plus_one speaks of. */
static const char block_norms[] = "norm attn_norm attn_post_norm ffn_norm ffn_post_norm";
static const char stored_norms[] = "norm attn_norm attn_post_norm ffn_norm ffn_post_norm output_norm attn_q_norm attn_k_norm";

static const struct node *engine_of(const struct size *s)
{
	return node_get(s->fam->root, "engine");
}

/* Where the switch stands, or would. */
static const struct node *at(const struct size *s, const char *key)
{
	const struct node *n = node_get(engine_of(s), key);

	return n ? n : engine_of(s);
}

static const char *word_of(const struct size *s, const char *key)
{
	const struct field *f = schema_field(engine_fields, key);

	return node_text(engine_of(s), key, f->type == FIELD_BOOL ? "false" : f->words[0]);
}

static const struct node *role_of(const struct size *s, const char *name)
{
	return node_get(node_get(s->fam->root, "roles"), name);
}

/* The next of LIST, words with SEPARATOR between them; NULL at its end. */
static char *next_word(const char **list, char separator)
{
	const char *start = *list, *end = strchr(start, separator);
	size_t len = end ? (size_t)(end - start) : strlen(start);

	*list = start + len + (end != NULL);
	return len ? text_of("%.*s", (int)len, start) : NULL;
}

static bool listed(const char *list, const char *name)
{
	char *word;

	while ((word = next_word(&list, ' ')))
		if (!strcmp(word, name))
			return true;
	return false;
}

static void check_demand(const struct size *s, const struct demand *d)
{
	const char *list = d->wants;
	char *some, *one;

	if (strcmp(word_of(s, d->key), d->word))
		return;
	while ((some = next_word(&list, ' '))) {
		const char *rest = some;
		bool found = false;

		while ((one = next_word(&rest, '|')))
			found |= role_of(s, one) != NULL;
		if (!found)
			fail_at(at(s, d->key), "%s: %s wants a role `%s`", d->key, d->word, some);
	}
	for (list = d->refuses; (one = next_word(&list, ' '));)
		if (role_of(s, one))
			fail_at(at(s, d->key), "%s: %s has no role `%s`", d->key, d->word, one);
}

/* ---- layer by layer ---- */

static bool there(const struct size *s, const char *role, long layer)
{
	const struct node *r = role_of(s, role);

	return r && size_has_role(r, s->nums, layer);
}

static void check_norm_count(const struct size *s, long layer)
{
	struct value want = formula_eval(formula_at(engine_of(s), "norms_per_layer"), s->nums, layer);
	const char *list = block_norms;
	unsigned long long found = 0;
	char *norm;

	while ((norm = next_word(&list, ' ')))
		found += there(s, norm, layer);
	if (!strcmp(word_of(s, "norm_kind"), "layer_plain") && !found)
		return;         /* norms without parameters have no roles */
	if (want.kind != VALUE_INT || want.u != found)
		fail_at(at(s, "norms_per_layer"), "size %s: layer %ld has %llu norms among the roles", s->name, layer, found);
}

/* KEY is true in the layers that have ROLE; OTHERWISE where it is not stated. */
static void check_layer_switch(const struct size *s, const char *key, const char *role, bool otherwise, long layer)
{
	const struct formula *f = formula_at(engine_of(s), key);
	bool on = f ? value_true(formula_eval(f, s->nums, layer)) : otherwise;

	if (on != there(s, role, layer))
		fail_at(at(s, key), "size %s: %s is %s in layer %ld, which has %s `%s`", s->name, key, on ? "true" : "false", layer,
			on ? "no" : "a", role);
}

static void check_layers(const struct size *s)
{
	bool attention = strcmp(word_of(s, "attention"), "none");
	int before = failures();
	long layer;

	for (layer = 0; layer < (long)whole_of(s->nums, "n_layer") && failures() == before; layer++) {
		check_norm_count(s, layer);
		check_layer_switch(s, "attention_layer", "attn_out", attention, layer);
		check_layer_switch(s, "expert_layer", "router", false, layer);
	}
}

/* ---- norms ---- */

static void check_qk_shape(const struct size *s, const char *norm, const char *matrix)
{
	bool full = !strcmp(word_of(s, "qk_norm"), "full_rms");
	struct matrices n, m = { 0 };
	uint64_t want = whole_of(s->nums, "head_dim");

	if (!role_of(s, norm) || !size_role(s->fam, s->name, (size_t)role_index(s->fam, norm), s->nums, &n) || !n.count)
		return;
	if (full && role_of(s, matrix) && size_role(s->fam, s->name, (size_t)role_index(s->fam, matrix), s->nums, &m))
		want = m.rows;
	if (n.rows != want)
		fail_at(node_get(role_of(s, norm), "shape"), "size %s: `%s` has %llu elements, qk_norm %s wants %llu", s->name, norm,
			(unsigned long long)n.rows, word_of(s, "qk_norm"), (unsigned long long)want);
}

/* Norms that Hugging Face stores as w - 1 are w in GGUF; every other value there, and all of SafeTensors, is as it is. */
static void check_plus_one(const struct size *s)
{
	bool wanted = !strcmp(word_of(s, "norm_plus_one"), "true");
	struct node **rules, **of;
	size_t count = tensor_rules(s->fam, 1, &rules), i;

	for (i = 0; i < count; i++) {
		bool norm = texts_of(rules[i], "of", &of) == 1 && listed(stored_norms, of[0]->text);
		bool found = word_is(rules[i], "value", "plus_one");

		if (found && !wanted)
			fail_at(node_get(rules[i], "value"), "plus_one: the engine's norm_plus_one is false");
		else if (norm && wanted && !found)
			fail_at(rules[i], "`%s`: norm_plus_one wants `value: plus_one` here", of[0]->text);
	}
	for (count = tensor_rules(s->fam, 0, &rules), i = 0; i < count; i++)
		if (node_get(rules[i], "value") && !word_is(rules[i], "value", "same"))
			fail_at(node_get(rules[i], "value"), "values are as SafeTensors has them");
}

/* GGUF has a key for each kind of norm's epsilon. */
static void check_epsilon(const struct size *s)
{
	const struct node *keys = node_get(s->fam->root, "gguf_keys");
	const char *want = strcmp(word_of(s, "norm_kind"), "rms") ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon";
	size_t i;

	for (i = 0; i < keys->count; i++)
		if (word_is(keys->item[i], "is", "norm_eps") && !word_is(keys->item[i], "key", want))
			fail_at(node_get(keys->item[i], "key"), "norm_kind %s has its epsilon in `%s`", word_of(s, "norm_kind"), want);
}

/* What sees both ways says so to GGUF's readers, who take causal otherwise. */
static void check_mask(const struct size *s)
{
	const struct node *keys = node_get(s->fam->root, "gguf_keys"), *said = NULL;
	bool both = !strcmp(word_of(s, "mask"), "bidirectional");
	size_t i;

	for (i = 0; i < keys->count; i++)
		if (word_is(keys->item[i], "key", "attention.causal"))
			said = keys->item[i];
	if (both != (said != NULL))
		fail_at(said ? said : at(s, "mask"), "mask: %s, and a GGUF key `attention.causal` is %s", word_of(s, "mask"),
			said ? "here" : "missing");
}

/* ---- rotation ---- */

/* Roles that rotate together say so together. */
static void check_rope_twin(const struct size *s, const char *name, const char *other, bool same)
{
	const char *a, *b;

	if (!role_of(s, name) || !role_of(s, other))
		return;
	a = node_text(role_of(s, name), "rope_heads", "");
	b = node_text(role_of(s, other), "rope_heads", "");
	if (same ? strcmp(a, b) : !*a != !*b)
		fail_at(role_of(s, name), "rope_heads: `%s` rotates as `%s` does", name, other);
}

static void check_rope_roles(const struct size *s, bool rope, bool pairs)
{
	const struct node *roles = node_get(s->fam->root, "roles");
	size_t i;

	for (i = 0; i < roles->count; i++)
		if (!rope && node_get(roles->item[i], "rope_heads"))
			fail_at(node_get(roles->item[i], "rope_heads"), "rope_heads: positions are %s", word_of(s, "positions"));
	if (pairs && role_of(s, "attn_q") && !node_get(role_of(s, "attn_q"), "rope_heads"))
		fail_at(role_of(s, "attn_q"), "rows in pairs: `attn_q` states its rope_heads");
	check_rope_twin(s, "attn_k", "attn_q", false);
	check_rope_twin(s, "attn_q_bias", "attn_q", true);
	check_rope_twin(s, "attn_k_bias", "attn_k", true);
}

static void check_gguf_rotation(const struct size *s)
{
	const struct node *gguf = node_get(s->fam->root, "gguf"), *stated = node_get(gguf, "rope");
	bool rope = !strcmp(word_of(s, "positions"), "rope"), adjacent = !strcmp(word_of(s, "rope_pair"), "adjacent");
	bool pairs = word_is(gguf, "rows", "pairs");

	if (rope != (stated != NULL))
		fail_at(stated ? stated : gguf, "gguf: positions are %s, so rope is %s", word_of(s, "positions"), rope ? "missing" : "not stated");
	else if (pairs && (!rope || adjacent))
		fail_at(node_get(gguf, "rows"), "rows in pairs: only halves that rotate are put so");
	else if (stated && !strcmp(stated->text, "norm") != (pairs || adjacent))
		fail_at(stated, "rope: %s rotates %s, these rows lie as %s", stated->text, strcmp(stated->text, "norm") ? "halves" : "adjacent pairs",
			pairs || adjacent ? "pairs" : "halves");
	check_rope_roles(s, rope, pairs || word_is(node_get(s->fam->root, "apr"), "rows", "pairs"));
}

static void check_rotation(const struct size *s)
{
	int f;

	for (f = 0; f < 3; f += 2)
		if (node_get(node_get(s->fam->root, format_keys[f]), "rope"))
			fail_at(node_get(node_get(s->fam->root, format_keys[f]), "rope"), "rope: a word about GGUF's readers");
	check_gguf_rotation(s);
	if (has_number(s->nums, "alibi_bias_max") != !strcmp(word_of(s, "positions"), "alibi"))
		fail_at(at(s, "positions"), "size %s: alibi_bias_max is there where positions are alibi, and only there", s->name);
}

/* ---- the feed-forward layer ---- */

static void check_gate_up(const struct size *s)
{
	struct node **rules, **of;
	size_t count = tensor_rules(s->fam, 0, &rules), i, j, n;
	bool fused = false;

	for (i = 0; i < count; i++) {
		bool gate = false, up = false;

		for (n = texts_of(rules[i], "of", &of), j = 0; j < n; j++) {
			gate |= listed("ffn_gate expert_gate", of[j]->text);
			up |= listed("ffn_up expert_up", of[j]->text);
		}
		fused |= gate && up;
	}
	if (fused != !strcmp(word_of(s, "gate_up_fused"), "true"))
		fail_at(at(s, "gate_up_fused"), "gate_up_fused: SafeTensors has them in %s", fused ? "one tensor" : "two tensors");
	if (!strcmp(word_of(s, "ffn"), "mlp") && !strcmp(word_of(s, "activation"), "silu"))
		fail_at(at(s, "activation"), "activation: silu has a gate (Shazeer 2020; invariant ALG-006)");
}

/* Two switches that a number or a role's condition says as well. */
static void check_numbers(const struct size *s)
{
	bool parallel = !strcmp(word_of(s, "norm_place"), "parallel");
	struct matrices m;

	if (parallel != (whole_of(s->nums, "parallel") != 0))
		fail_at(at(s, "norm_place"), "size %s: norm_place is parallel where the number `parallel` is true, and only there", s->name);
	if (!role_of(s, "router_bias") || !strcmp(word_of(s, "expert_select_bias"), "true"))
		return;
	if (size_role(s->fam, s->name, (size_t)role_index(s->fam, "router_bias"), s->nums, &m) && m.count && m.counts)
		fail_at(at(s, "expert_select_bias"), "size %s: `router_bias` is required, and expert_select_bias false", s->name);
}

void check_switches(const struct size *s)
{
	size_t i;
	int before = failures();

	for (i = 0; i < sizeof demands / sizeof demands[0]; i++)
		check_demand(s, &demands[i]);
	check_plus_one(s);
	check_epsilon(s);
	check_mask(s);
	check_rotation(s);
	check_gate_up(s);
	check_numbers(s);
	check_qk_shape(s, "attn_q_norm", "attn_q");
	check_qk_shape(s, "attn_k_norm", "attn_k");
	if (failures() == before)
		check_layers(s);
}
