/* Shapes that depend on each other: what shares a tensor, a tied matrix and its twin, a bias and its matrix, the
 * dimensions that a format states itself. */
#include <string.h>

#include "codegen/check.h"

/* Parts of one tensor must have the same columns, interleaved ones whole groups. */
static void check_fusion(const struct size *s, const struct node *rule)
{
	struct node **of;
	size_t count = texts_of(rule, "of", &of), i;
	struct matrices first, m;
	struct value groups = { VALUE_INT, 1, 0, NULL, false };

	if (formula_at(rule, "groups"))
		groups = formula_eval(formula_at(rule, "groups"), s->nums, 0);
	for (i = 0; i < count; i++) {
		if (!size_role(s->fam, s->name, (size_t)role_index(s->fam, of[i]->text), s->nums, i ? &m : &first))
			return;
		if (!i)
			m = first;
		if (m.count && first.count && m.cols != first.cols)
			fail_at(of[i], "size %s: `%s` and `%s` cannot share a tensor: %llu and %llu columns", s->name, of[0]->text,
				of[i]->text, (unsigned long long)first.cols, (unsigned long long)m.cols);
		if (m.count && (groups.kind != VALUE_INT || !groups.u || m.rows % groups.u))
			fail_at(node_get(rule, "groups"), "size %s: `%s`: %llu rows are no whole groups of `%s`", s->name, of[i]->text,
				(unsigned long long)m.rows, node_get(rule, "groups")->text);
	}
}

static bool matrices_of(const struct size *s, const char *role, struct matrices *m)
{
	return size_role(s->fam, s->name, (size_t)role_index(s->fam, role), s->nums, m);
}

/* Tied: one matrix serves as two. A bias: one number for each of its matrix's rows. */
static void check_twin(const struct size *s, const char *name, const char *other, const struct node *where, bool bias)
{
	struct matrices a, b;

	if (!matrices_of(s, name, &a) || !matrices_of(s, other, &b) || !a.count || !b.count)
		return;
	if (a.rows != b.rows || a.cols != (bias ? 1 : b.cols))
		fail_at(where, "size %s: `%s` is %llu x %llu, `%s` %llu x %llu: %s", s->name, name, (unsigned long long)a.rows,
			(unsigned long long)a.cols, other, (unsigned long long)b.rows, (unsigned long long)b.cols,
			bias ? "a bias has its matrix's rows" : "tied matrices have one shape");
}

static void check_role(const struct size *s, const struct node *name, const struct node *role)
{
	const struct node *tied = node_get(role, "tied_to");
	size_t len = strlen(name->text);
	char *matrix = text_of("%s", name->text);

	if (tied)
		check_twin(s, name->text, tied->text, tied, false);
	if (len <= 5 || strcmp(name->text + len - 5, "_bias"))
		return;
	matrix[len - 5] = '\0';
	if (role_index(s->fam, matrix) >= 0)
		check_twin(s, name->text, matrix, node_get(role, "shape"), true);
}

static bool product(const struct size *s, const struct node *dims, uint64_t *out)
{
	size_t i;

	for (*out = 1, i = 0; i < dims->count; i++) {
		struct value v = formula_eval(dims->item[i]->formula, s->nums, 0);

		if (v.kind == VALUE_INT && v.u && !__builtin_mul_overflow(*out, v.u, out))
			continue;
		fail_at(dims->item[i], "size %s: `%s` %s", s->name, dims->item[i]->text, v.kind == VALUE_FAILED ? v.why : "is no dimension");
		return false;
	}
	return true;
}

/* The factors and frequencies of rotation are one for each pair. */
static void check_derived(const struct size *s, const struct node *rule)
{
	const struct node *dims = node_get(rule, "dims"), *derive = node_get(rule, "derive");
	bool pairs = strstr(derive->text, "factors") || !strcmp(derive->text, "inv_freq");
	uint64_t elements;

	if (!product(s, dims, &elements) || !pairs)
		return;
	if (dims->count != 1 || elements * 2 != whole_of(s->nums, "n_rot"))
		fail_at(dims, "size %s: `%s` is of n_rot / 2 elements, not %llu", s->name, derive->text, (unsigned long long)elements);
}

/* Stated dimensions hold as many elements as the parts have. */
static void check_dims(const struct size *s, const struct node *rule)
{
	const struct node *dims = node_get(rule, "dims");
	bool each_named = strstr(node_text(rule, "name", ""), "{each}") != NULL;
	uint64_t sum = 0, elements;
	struct node **of;
	size_t count = texts_of(rule, "of", &of), i;

	for (i = 0; i < count; i++) {
		const struct node *role = node_get(node_get(s->fam->root, "roles"), of[i]->text);
		struct matrices m;
		struct value each = { VALUE_INT, 1, 0, NULL, false };

		if (!matrices_of(s, of[i]->text, &m) || !m.count)
			return;
		if (formula_at(role, "each") && !each_named)
			each = formula_eval(formula_at(role, "each"), s->nums, 0);
		sum += each.u * m.rows * m.cols;
	}
	if (product(s, dims, &elements) && elements != sum)
		fail_at(dims, "size %s: %llu elements, the roles have %llu", s->name, (unsigned long long)elements, (unsigned long long)sum);
}

void check_shapes(const struct size *s)
{
	const struct node *roles = node_get(s->fam->root, "roles");
	struct node **rules;
	size_t count, i;
	int f;

	for (i = 0; i < roles->count; i++)
		check_role(s, roles->key[i], roles->item[i]);
	for (f = 0; f < 3; f++)
		for (count = tensor_rules(s->fam, f, &rules), i = 0; i < count; i++) {
			check_fusion(s, rules[i]);
			if (node_get(rules[i], "derive"))
				check_derived(s, rules[i]);
			else if (node_get(rules[i], "dims"))
				check_dims(s, rules[i]);
		}
}
