#include "codegen/size.h"

#include <stdlib.h>
#include <string.h>

static struct value stated(const struct node *n, int hp)
{
	struct value v = { VALUE_INT, 0, 0, NULL, false };

	switch (numbers[hp].kind) {
	case KIND_REAL:
		v.kind = VALUE_REAL;
		v.f = strtod(n->text, NULL);
		break;
	case KIND_BOOL:
		v.u = !strcmp(n->text, "true");
		break;
	case KIND_SCALING:
		v.u = (uint64_t)scaling_by_word(n->text);
		break;
	default:
		v.u = strtoull(n->text, NULL, 10);
	}
	return v;
}

void size_numbers(const struct family *fam, const struct node *size, struct value *nums)
{
	const struct node *defaults = node_get(fam->root, "defaults");
	size_t i;

	memset(nums, 0, number_count * sizeof *nums);
	for (i = 0; i < size->count; i++) {
		int hp = number_by_name(size->key[i]->text);

		if (hp >= 0) {
			nums[hp] = stated(size->item[i], hp);
			nums[hp].given = true;
		}
	}
	for (i = 0; i < defaults->count; i++) {
		int hp = number_by_name(node_text(defaults->item[i], "is", ""));
		struct value v = formula_eval(formula_at(defaults->item[i], "value"), nums, -1);

		if (nums[hp].kind != VALUE_ABSENT)
			continue;
		if (v.kind == VALUE_FAILED)
			fail_at(size, "the default of %s, `%s`, %s", numbers[hp].name, formula_at(defaults->item[i], "value")->text, v.why);
		if (v.kind == VALUE_INT && numbers[hp].kind == KIND_REAL)
			v = (struct value){ VALUE_REAL, 0, (double)v.u, NULL, false };
		v.given = false;
		nums[hp] = v;
	}
}

static bool dimension(const struct node *shape, size_t i, const char *size_name, const struct value *nums, long layer, uint64_t *out)
{
	struct value v = { VALUE_INT, 1, 0, NULL, false };

	if (i < shape->count)
		v = formula_eval(shape->item[i]->formula, nums, layer);
	if (v.kind == VALUE_INT && v.u > 0) {
		*out = v.u;
		return true;
	}
	fail_at(shape->item[i], "size %s: `%s` %s", size_name, shape->item[i]->text,
		v.kind == VALUE_ABSENT ? "needs a number that the size does not state" :
		v.kind == VALUE_INT ? "is zero" : v.kind == VALUE_REAL ? "is not whole" : v.why);
	return false;
}

bool size_has_role(const struct node *role, const struct value *nums, long layer)
{
	const struct formula *when = formula_at(role, "when");

	return !when || value_true(formula_eval(when, nums, layer));
}

static bool counted(const struct node *role, const struct value *nums)
{
	const struct formula *required = formula_at(role, "required");

	if (node_get(role, "tied_to"))
		return !whole_of(nums, "tied");
	if (required && value_true(formula_eval(required, nums, -1)))
		return true;
	return !word_is(role, "presence", "optional") && !word_is(role, "presence", "derivable");
}

bool size_role(const struct family *fam, const char *size_name, size_t role, const struct value *nums, struct matrices *out)
{
	const struct node *r = node_get(fam->root, "roles")->item[role], *shape = node_get(r, "shape");
	bool per_layer = word_is(r, "per", "layer");
	long layers = per_layer ? (long)whole_of(nums, "n_layer") : 1, i;
	uint64_t each = 1;
	long first = -2;

	memset(out, 0, sizeof *out);
	out->counts = counted(r, nums);
	for (i = 0; i < layers; i++) {
		long layer = per_layer ? i : -1;

		if (!size_has_role(r, nums, layer))
			continue;
		if (formula_at(r, "each")) {
			struct value v = formula_eval(formula_at(r, "each"), nums, layer);

			if (v.kind != VALUE_INT || !v.u) {
				fail_at(node_get(r, "each"), "size %s: no count of `%s`", size_name, node_get(r, "each")->text);
				return false;
			}
			each = v.u;
		}
		out->count += each;
		if (first == -2)
			first = layer;
	}
	if (!out->count)
		return true;
	return dimension(shape, 0, size_name, nums, first, &out->rows) && dimension(shape, 1, size_name, nums, first, &out->cols);
}

const struct bound size_bounds[] = {
	{ "n_embd", 0, 1, 65536, "ALG-005, UB-001" },
	{ "n_layer", 0, 1, 256, "ALG-005, UB-002" },
	{ "n_head", 0, 1, 256, "ALG-005, UB-003" },
	{ "n_head_kv", 0, 1, 256, "ALG-005, UB-004" },
	{ "n_vocab", 0, 1, 1000000, "ALG-005, UB-005" },
	{ "n_ff", 0, 1, 262144, "SI-006, UB-006" },
	{ "head_dim", 0, 1, 65536, "SI-007" },
	{ "n_ctx", 0, 1, 16777216, "ALG-007, UB-007 widened from 2097152" }, /* Llama 4 Scout has 10485760 */
	{ "rope_theta", 1e3, 1000, 1000000000000, "ALG-007, RB-001 widened from 1e8" }, /* Mistral Small 3.1 has 1e9 */
	{ "norm_eps", 1e15, 1000, 10000000000000, "ALG-009, RB-002 widened from 1e-10" }, /* BERT has 1e-12 */
};
const size_t size_bound_count = sizeof size_bounds / sizeof size_bounds[0];

bool size_scaled(const struct bound *b, const struct value *nums, uint64_t *out)
{
	double f = real_of(nums, b->name) * b->scale;

	if (!has_number(nums, b->name))
		return false;
	if (!b->scale)
		*out = whole_of(nums, b->name);
	else
		*out = f >= 0 && f < 1e18 ? (uint64_t)(f + 0.5) : UINT64_MAX;
	return true;
}

bool has_number(const struct value *nums, const char *name)
{
	struct value v = nums[number_by_name(name)];

	return v.kind == VALUE_INT || v.kind == VALUE_REAL;
}

uint64_t whole_of(const struct value *nums, const char *name)
{
	struct value v = nums[number_by_name(name)];

	return v.kind == VALUE_INT ? v.u : 0;
}

double real_of(const struct value *nums, const char *name)
{
	struct value v = nums[number_by_name(name)];

	return v.kind == VALUE_REAL ? v.f : v.kind == VALUE_INT ? (double)v.u : 0;
}
