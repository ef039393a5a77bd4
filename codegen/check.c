#include "codegen/check.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct node *role_of(const struct family *fam, const char *name)
{
	return node_get(node_get(fam->root, "roles"), name);
}

bool told_apart(const struct node *a, const struct node *b)
{
	const struct formula *x = formula_at(a, "when"), *y = formula_at(b, "when");

	return x && y && strcmp(x->text, y->text);
}

static void check_roles(const struct family *fam)
{
	const struct node *roles = node_get(fam->root, "roles");
	size_t i;

	for (i = 0; i < roles->count; i++) {
		const struct node *r = roles->item[i], *shape = node_get(r, "shape"), *tied = node_get(r, "tied_to");

		if (shape->count < 1 || shape->count > 2)
			fail_at(shape, "role `%s`: a shape is [out, in], or [n] for a vector", roles->key[i]->text);
		if (tied && role_index(fam, tied->text) < 0)
			fail_at(tied, "tied_to: no role `%s`", tied->text);
		else if (tied && node_get(role_of(fam, tied->text), "tied_to"))
			fail_at(tied, "tied_to: `%s` is tied itself", tied->text);
		if (word_is(r, "presence", "tied") && !tied)
			fail_at(node_get(r, "presence"), "tied to which role? say tied_to");
	}
	if (roles->count > 250)
		fail_at(roles, "more than 250 roles");
}

/* {layer} and {each} must be in the name exactly where the roles have them. */
static void check_placeholders(const struct family *fam, const struct node *rule, struct node **of, size_t count)
{
	const struct node *name = node_get(rule, "name"), *role = role_of(fam, of[0]->text);
	bool per_layer = word_is(role, "per", "layer"), each = node_get(role, "each") != NULL;
	const char *at;
	size_t i;

	if (per_layer != (strstr(name->text, "{layer}") != NULL))
		fail_at(name, "`%s`: role `%s` is %s", name->text, of[0]->text,
			per_layer ? "per layer: {layer} is missing" : "not per layer: {layer} has no meaning");
	if (!each && strstr(name->text, "{each}"))
		fail_at(name, "`%s`: role `%s` has no `each`", name->text, of[0]->text);
	for (at = strchr(name->text, '{'); at; at = strchr(at + 1, '{'))
		if (strncmp(at, "{layer}", 7) && strncmp(at, "{each}", 6))
			fail_at(name, "`%s`: only {layer} and {each} may stand in braces", name->text);
	for (i = 1; i < count; i++) {
		const struct node *r = role_of(fam, of[i]->text);

		if (word_is(r, "per", "layer") != per_layer)
			fail_at(of[i], "roles `%s` and `%s` cannot share a tensor: only one is per layer", of[0]->text, of[i]->text);
		if (strcmp(node_text(r, "each", ""), node_text(role, "each", "")))
			fail_at(of[i], "roles `%s` and `%s` cannot share a tensor: there are not as many", of[0]->text, of[i]->text);
		if ((node_get(r, "shape")->count == 2) != (node_get(role, "shape")->count == 2))
			fail_at(of[i], "roles `%s` and `%s` cannot share a tensor: one is a vector", of[0]->text, of[i]->text);
	}
}

static void check_rule(const struct family *fam, const struct node *rule)
{
	struct node **of;
	size_t count = texts_of(rule, "of", &of), i;
	bool derived = node_get(rule, "derive") != NULL;

	if (derived == (count > 0)) {
		fail_at(rule, "a tensor is `of` roles, or has a `derive`: one of them");
		return;
	}
	for (i = 0; i < count; i++)
		if (role_index(fam, of[i]->text) < 0) {
			fail_at(of[i], "no role `%s`", of[i]->text);
			return;
		}
	if (count)
		check_placeholders(fam, rule, of, count);
	if (derived && !node_get(rule, "dims"))
		fail_at(rule, "a derived tensor states its dims");
	if (node_get(rule, "dims") && (node_get(rule, "dims")->count < 1 || node_get(rule, "dims")->count > 5))
		fail_at(node_get(rule, "dims"), "one to five dims");
	if (bool_at(rule, "transposed") && count && node_get(role_of(fam, of[0]->text), "shape")->count == 1)
		fail_at(node_get(rule, "transposed"), "a vector has no transpose");
}

/* Two rules of one name need conditions that tell them apart (check_names.c looks into the published sizes). */
static void check_rule_names(struct node **rules, size_t count, const char *format)
{
	size_t i, j;

	for (i = 0; i < count; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(node_text(rules[i], "name", ""), node_text(rules[j], "name", "")) && !told_apart(rules[i], rules[j]))
				fail_at(node_get(rules[i], "name"), "%s: `%s` is named twice (line %d)", format,
					node_text(rules[i], "name", ""), rules[j]->line);
}

static bool names_role(struct node **rules, size_t count, const char *role)
{
	struct node **of;
	size_t i, j, n;

	for (i = 0; i < count; i++)
		for (n = texts_of(rules[i], "of", &of), j = 0; j < n; j++)
			if (!strcmp(of[j]->text, role) && !bool_at(rules[i], "read_only"))
				return true;
	return false;
}

static void check_format(const struct family *fam, int f)
{
	const struct node *roles = node_get(fam->root, "roles"), *list = node_get(fam->root, format_keys[f]);
	struct node **rules;
	size_t count = tensor_rules(fam, f, &rules), i;
	int before = failures();

	if (!node_get(list, "tensors") == !node_get(list, "same_as")) {
		fail_at(list, "%s: tensors or same_as: one of them", format_keys[f]);
		return;
	}
	if (node_get(list, "same_as") && (f != 2 || !word_is(list, "same_as", format_keys[0])))
		fail_at(node_get(list, "same_as"), "only apr may be the same as another format, and only as safetensors: %s",
			"a list has its own rows and values");
	for (i = 0; i < count; i++)
		check_rule(fam, rules[i]);
	if (failures() > before)
		return;
	check_rule_names(rules, count, format_keys[f]);
	for (i = 0; i < roles->count; i++) {
		const char *only = node_text(roles->item[i], "only", NULL);

		if ((!only || !strcmp(only, format_keys[f])) && !names_role(rules, count, roles->key[i]->text))
			fail_at(roles->key[i], "role `%s` has no tensor in %s", roles->key[i]->text, format_keys[f]);
	}
}

static void check_tokens(const struct family *fam)
{
	const struct node *list = node_get(node_get(fam->root, "tokenizer"), "tokens"), *sizes = node_get(fam->root, "sizes");
	unsigned long long most = 0;
	size_t i, j;

	for (i = 0; i < sizes->count; i++) {
		unsigned long long vocab = strtoull(node_text(sizes->item[i], "n_vocab", "0"), NULL, 10);

		most = vocab > most ? vocab : most;
	}
	for (i = 0; list && i < list->count; i++) {
		const struct node *id = node_get(list->item[i], "id");

		if (id && most && strtoull(id->text, NULL, 10) >= most)
			fail_at(id, "token %s: beyond every size's n_vocab (%llu)", id->text, most);
		for (j = 0; j < i; j++)
			if (!strcmp(node_text(list->item[i], "use", ""), node_text(list->item[j], "use", "")))
				fail_at(node_get(list->item[i], "use"), "token `%s` stands here twice", node_text(list->item[i], "use", ""));
	}
}

void check_family(const struct family *fam)
{
	int before = failures(), f;

	check_roles(fam);
	if (failures() > before)
		return;
	for (f = 0; f < 3; f++)
		check_format(fam, f);
	check_key_lists(fam);
	check_tokens(fam);
	if (failures() == before)
		check_sizes(fam);
}

/* What a file may call a family: by KEY in config.json, by any of the last three and the family's key in an APR. */
static const char *const name_keys[] = { "classes", "model_types", "apr_arch", "apr_aliases" };

/* A name that two families answer to, or that one family says twice in one list. Case is no difference: APR readers fold it. */
static void check_name(size_t a, const char *key, const struct node *name)
{
	struct node **list;
	size_t i, k, m, n;

	for (i = 0; i <= a; i++)
		for (k = 0; k < sizeof name_keys / sizeof name_keys[0]; k++)
			for (n = texts_of(families[i].root, name_keys[k], &list), m = 0; m < n; m++) {
				if (strcasecmp(list[m]->text, name->text) || list[m] == name)
					continue;
				if (i < a)
					fail_at(name, "%s: `%s` belongs to family `%s`", key, name->text, families[i].key);
				else if (!strcmp(name_keys[k], key) && list[m]->line * 1000L + list[m]->col < name->line * 1000L + name->col)
					fail_at(name, "%s: `%s` stands here twice", key, name->text);
			}
	for (i = 0; i < family_count; i++)
		if (i != a && !strcasecmp(families[i].key, name->text))
			fail_at(name, "%s: `%s` is the key of a family", key, name->text);
}

void check_families(void)
{
	struct node **list;
	size_t i, j, k, n;

	for (i = 0; i < family_count; i++)
		for (k = 0; k < sizeof name_keys / sizeof name_keys[0]; k++)
			for (n = texts_of(families[i].root, name_keys[k], &list), j = 0; j < n; j++)
				check_name(i, name_keys[k], list[j]);
	for (i = 0; i < family_count; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(node_text(families[i].root, "gguf_arch", ""), node_text(families[j].root, "gguf_arch", "")) &&
			    !node_get(families[i].root, "gguf_when") && !node_get(families[j].root, "gguf_when"))
				fail_at(node_get(families[i].root, "gguf_arch"),
					"gguf_arch: `%s` is family `%s` too: one of them needs gguf_when",
					node_text(families[i].root, "gguf_arch", ""), families[j].key);
}
