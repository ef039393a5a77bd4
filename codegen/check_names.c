/* In each layer of each published size, under the conditions that hold there: names are unique in a format, and every
 * role that is there lies in exactly one written tensor. */
#include <stdlib.h>
#include <string.h>

#include "codegen/check.h"

struct place {
	const struct size *s;
	const char *format;
	struct node **rules;
	size_t count;
};

struct named {
	const char *name;
	const struct node *rule;
};

static const struct node *role_of(const struct size *s, const struct node *name)
{
	return node_get(node_get(s->fam->root, "roles"), name->text);
}

static bool per_layer(const struct size *s, const struct node *rule)
{
	struct node **of;

	if (!texts_of(rule, "of", &of))
		return strstr(node_text(rule, "name", ""), "{layer}") != NULL;
	return word_is(role_of(s, of[0]), "per", "layer");
}

/* Does the rule make a tensor in LAYER (-1: outside layers)? */
static bool active(const struct size *s, const struct node *rule, long layer)
{
	const struct formula *when = formula_at(rule, "when");
	struct node **of;
	size_t count, i;

	if (per_layer(s, rule) != (layer >= 0) || (when && !value_true(formula_eval(when, s->nums, layer))))
		return false;
	for (count = texts_of(rule, "of", &of), i = 0; i < count; i++)
		if (size_has_role(role_of(s, of[i]), s->nums, layer))
			return true;
	return !count;
}

static char *expanded(const char *name, long layer)
{
	const char *at = strstr(name, "{layer}");

	return at ? text_of("%.*s%ld%s", (int)(at - name), name, layer, at + strlen("{layer}")) : text_of("%s", name);
}

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->rule->line > y->rule->line) - (x->rule->line < y->rule->line);
}

static void check_unique(const struct place *p, struct named *list, size_t count)
{
	size_t i;

	qsort(list, count, sizeof *list, by_name);
	for (i = 1; i < count; i++)
		if (!strcmp(list[i - 1].name, list[i].name)) {
			fail_at(node_get(list[i].rule, "name"), "%s: size %s has `%s` twice (line %d)", p->format, p->s->name,
				list[i].name, list[i - 1].rule->line);
			return;
		}
}

/* The written tensors of the role in LAYER. */
static size_t homes(const struct place *p, const char *role, long layer, const struct node **last)
{
	struct node **of;
	size_t i, j, n, found = 0;

	for (i = 0; i < p->count; i++) {
		if (bool_at(p->rules[i], "read_only") || !active(p->s, p->rules[i], layer))
			continue;
		for (n = texts_of(p->rules[i], "of", &of), j = 0; j < n; j++)
			if (!strcmp(of[j]->text, role)) {
				found++;
				*last = of[j];
			}
	}
	return found;
}

static void check_homes(const struct place *p, const struct node *key, const struct node *role, long layer)
{
	const char *only = node_text(role, "only", NULL);
	const struct node *last = key;
	size_t found;

	if (word_is(role, "per", "layer") != (layer >= 0) || !size_has_role(role, p->s->nums, layer))
		return;
	found = homes(p, key->text, layer, &last);
	if (found > 1)
		fail_at(last, "role `%s` is in %zu tensors of %s (size %s)", key->text, found, p->format, p->s->name);
	else if (!found && (!only || !strcmp(only, p->format)))
		fail_at(key, "role `%s` has no tensor in %s (size %s, layer %ld)", key->text, p->format, p->s->name, layer);
}

static void check_format(const struct place *p)
{
	const struct node *roles = node_get(p->s->fam->root, "roles");
	long layers = (long)whole_of(p->s->nums, "n_layer"), layer;
	struct named *list = need(calloc(p->count * (size_t)(layers + 1) + 1, sizeof *list));
	size_t i, n = 0;
	int before = failures();

	for (layer = -1; layer < layers && failures() == before; layer++) {
		for (i = 0; i < p->count; i++)
			if (active(p->s, p->rules[i], layer))
				list[n++] = (struct named){ expanded(node_text(p->rules[i], "name", ""), layer), p->rules[i] };
		for (i = 0; i < roles->count; i++)
			check_homes(p, roles->key[i], roles->item[i], layer);
	}
	check_unique(p, list, n);
	free(list);
}

void check_names(const struct size *s)
{
	int f;

	for (f = 0; f < 3; f++) {
		struct place p = { s, format_keys[f], NULL, 0 };

		p.count = tensor_rules(s->fam, f, &p.rules);
		check_format(&p);
	}
}
