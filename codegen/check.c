#include "codegen/check.h"

#include <stdlib.h>
#include <string.h>

static const struct node *role_of(const struct family *fam, const char *name)
{
	return node_get(node_get(fam->root, "roles"), name);
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

/* Two rules of one name need conditions that tell them apart. */
static void check_names(struct node **rules, size_t count, const char *format)
{
	size_t i, j;

	for (i = 0; i < count; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(node_text(rules[i], "name", ""), node_text(rules[j], "name", "")) &&
			    !(formula_at(rules[i], "when") && formula_at(rules[j], "when")))
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
	for (i = 0; i < count; i++)
		check_rule(fam, rules[i]);
	if (failures() > before)
		return;
	check_names(rules, count, format_keys[f]);
	for (i = 0; i < roles->count; i++) {
		const char *only = node_text(roles->item[i], "only", NULL);

		if ((!only || !strcmp(only, format_keys[f])) && !names_role(rules, count, roles->key[i]->text))
			fail_at(roles->key[i], "role `%s` has no tensor in %s", roles->key[i]->text, format_keys[f]);
	}
}

static void check_keys(const struct family *fam, const char *section)
{
	const struct node *keys = node_get(fam->root, section);
	size_t i, j;

	for (i = 0; i < keys->count; i++) {
		const struct node *k = keys->item[i];
		bool plain = node_get(k, "is") || node_get(k, "value");

		if (plain + (node_get(k, "text") != NULL) + (node_get(k, "source") != NULL) != 1)
			fail_at(k, "%s: a key `is` a number or has a value, a text or a source: one of them", section);
		for (j = 0; j < i; j++)
			if (!strcmp(node_text(k, "key", ""), node_text(keys->item[j], "key", "")) &&
			    !(formula_at(k, "when") && formula_at(keys->item[j], "when")))
				fail_at(node_get(k, "key"), "%s: `%s` stands here twice (line %d)", section, node_text(k, "key", ""),
					keys->item[j]->line);
		if (!strcmp(section, "gguf_keys") && node_get(k, "is") && !node_get(k, "type"))
			fail_at(k, "a GGUF key states its type");
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
	check_keys(fam, "config_keys");
	check_keys(fam, "gguf_keys");
	check_keys(fam, "apr_keys");
	check_tokens(fam);
	if (failures() == before)
		check_sizes(fam);
}

static void check_unique(const char *key)
{
	struct node **a, **b;
	size_t i, j, m, n, na, nb;

	for (i = 0; i < family_count; i++)
		for (j = 0; j < i; j++)
			for (na = texts_of(families[i].root, key, &a), m = 0; m < na; m++)
				for (nb = texts_of(families[j].root, key, &b), n = 0; n < nb; n++)
					if (!strcmp(a[m]->text, b[n]->text))
						fail_at(a[m], "%s: `%s` belongs to family `%s`", key, a[m]->text, families[j].key);
}

void check_families(void)
{
	size_t i, j;

	check_unique("classes");
	check_unique("model_types");
	for (i = 0; i < family_count; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(node_text(families[i].root, "gguf_arch", ""), node_text(families[j].root, "gguf_arch", "")) &&
			    !node_get(families[i].root, "gguf_when") && !node_get(families[j].root, "gguf_when"))
				fail_at(node_get(families[i].root, "gguf_arch"),
					"gguf_arch: `%s` is family `%s` too: one of them needs gguf_when",
					node_text(families[i].root, "gguf_arch", ""), families[j].key);
}
