/* The metadata keys. A list says each number once, in a type that holds it, and under names that nothing else has. */
#include <math.h>
#include <string.h>

#include "codegen/check.h"

static const char *const sections[] = { "config_keys", "gguf_keys", "apr_keys" };

/* The types that may hold a key: of a number by its kind, of a source by its word. JSON has no widths: a real number that
 * every size states whole may be written so there. */
static const struct { const char *of, *types; } holds[] = {
	{ "UINT", "u32 u64 i32" }, { "REAL", "f32 f64" }, { "BOOL", "bool" }, { "SCALING", "str" },
	{ "text", "str" }, { "activation", "str" }, { "file_type", "u32" }, { "long_factors", "arr" }, { "short_factors", "arr" },
	{ "formula", "u32 u64 i32 f32 f64 bool" }, { "layers", "u32 u64 i32 bool" },
};

static bool is_gguf(const char *section)
{
	return !strcmp(section, sections[1]);
}

static const char *what_of(const struct node *k)
{
	static const char *const kinds[] = { "UINT", "REAL", "BOOL", "SCALING" };

	if (node_get(k, "text"))
		return "text";
	if (node_get(k, "source"))
		return node_text(k, "source", "");
	if (node_get(k, "value"))
		return word_is(k, "per", "layer") ? "layers" : "formula";
	return kinds[numbers[number_by_name(node_text(k, "is", ""))].kind];
}

static void check_type(const struct node *k, const char *section)
{
	const char *what = what_of(k), *type = node_text(k, "type", ""), *at;
	size_t i = 0, len = strlen(type);

	while (i < sizeof holds / sizeof holds[0] && strcmp(holds[i].of, what))
		i++;
	if (i == sizeof holds / sizeof holds[0]) {
		fail_at(node_get(k, "source"), "source: a number is said by `is`, a text by `text`");
		return;
	}
	for (at = strstr(holds[i].types, type); at; at = strstr(at + 1, type))
		if ((at == holds[i].types || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return;
	if (!strcmp(what, "REAL") && !is_gguf(section) && *type == 'u')
		return;         /* by the sizes, see check_value */
	fail_at(node_get(k, "type"), "%s: a %s cannot hold `%s`, which wants one of %s", section, type,
		node_text(k, "is", node_text(k, "source", node_text(k, "text", node_text(k, "value", "")))), holds[i].types);
}

/* The names of a rule: its key, then its aliases. */
static const struct node *spelling(const struct node *k, size_t i)
{
	struct node **list;

	if (!i)
		return node_get(k, "key");
	return i - 1 < texts_of(k, "aliases", &list) ? list[i - 1] : NULL;
}

static void check_spellings(const struct node *k, const struct node *earlier, const char *section)
{
	const struct node *a, *b;
	size_t i, j;

	if (k != earlier && told_apart(k, earlier))
		return;
	for (i = 0; (a = spelling(k, i)); i++)
		for (j = 0; (b = spelling(earlier, j)) && !(k == earlier && j == i); j++)
			if (!strcmp(a->text, b->text))
				fail_at(a, "%s: `%s` stands here twice (line %d)", section, a->text, b->line);
}

static void check_pair(const struct node *k, const struct node *earlier, const char *section)
{
	const char *is = node_text(k, "is", NULL);

	check_spellings(k, earlier, section);
	if (is && k != earlier && !strcmp(is, node_text(earlier, "is", "")) && !told_apart(k, earlier))
		fail_at(node_get(k, "is"), "%s: `%s` has a key already (line %d): another spelling is an alias", section, is, earlier->line);
}

static bool says(const struct node *keys, const char *number)
{
	size_t i;

	for (i = 0; i < keys->count; i++)
		if (word_is(keys->item[i], "is", number))
			return true;
	return false;
}

/* Without these no tensor has a shape. */
static void check_present(const struct family *fam, const struct node *keys, const char *section)
{
	bool attention = !word_is(node_get(fam->root, "engine"), "attention", "none");

	if (!says(keys, "n_layer"))
		fail_at(keys, "%s: no key is n_layer", section);
	if (!says(keys, "n_embd"))
		fail_at(keys, "%s: no key is n_embd", section);
	if (attention && !says(keys, "n_head"))
		fail_at(keys, "%s: no key is n_head", section);
}

/* `layer` has a value in a layer only: in the value of a key that is per layer. */
static void check_layer(const struct node *k)
{
	bool per_layer = word_is(k, "per", "layer");

	if (per_layer && !node_get(k, "value"))
		fail_at(node_get(k, "per"), "per layer: a `value` is wanted; a number that each layer has its own of is written so by `is`");
	if (formula_at(k, "when") && formula_in_layer(formula_at(k, "when")))
		fail_at(node_get(k, "when"), "`layer` has no meaning here");
	if (!per_layer && formula_at(k, "value") && formula_in_layer(formula_at(k, "value")))
		fail_at(node_get(k, "value"), "`layer` has no meaning in a key that is not per layer");
}

static void check_list(const struct family *fam, const char *section)
{
	const struct node *keys = node_get(fam->root, section);
	size_t i, j;

	check_present(fam, keys, section);
	for (i = 0; i < keys->count; i++) {
		const struct node *k = keys->item[i];

		if ((node_get(k, "is") != NULL) + (node_get(k, "value") != NULL) + (node_get(k, "text") != NULL) +
		    (node_get(k, "source") != NULL) != 1) {
			fail_at(k, "%s: a key `is` a number or has a value, a text or a source: one of them", section);
			continue;
		}
		check_type(k, section);
		check_layer(k);
		for (j = 0; j <= i; j++)
			check_pair(k, keys->item[j], section);
	}
}

void check_key_lists(const struct family *fam)
{
	size_t i;

	for (i = 0; i < sizeof sections / sizeof sections[0]; i++)
		check_list(fam, sections[i]);
}

static bool written(const struct size *s, const struct node *k)
{
	const struct formula *when = formula_at(k, "when");

	return !when || value_true(formula_eval(when, s->nums, -1));
}

/* Does the value go into the type? */
static void check_value(const struct size *s, const struct node *k, const struct node *at, struct value v, const char *section)
{
	const char *type = node_text(k, "type", "");

	if (v.kind == VALUE_FAILED)
		fail_at(at, "size %s: `%s` %s", s->name, at->text, v.why);
	else if (v.kind == VALUE_REAL && *type != 'f' && (is_gguf(section) || v.f != floor(v.f)))
		fail_at(node_get(k, "type"), "size %s: %s: `%s` is %g, which a %s cannot hold", s->name, node_text(k, "key", ""), at->text,
			v.f, type);
}

static void check_layers(const struct size *s, const struct node *k, const struct node *value, const char *section)
{
	int before = failures();
	long layer;

	for (layer = 0; layer < (long)whole_of(s->nums, "n_layer") && failures() == before; layer++) {
		struct value v = formula_eval(value->formula, s->nums, layer);

		if (v.kind == VALUE_REAL)
			fail_at(value, "size %s: `%s` is not whole in layer %ld", s->name, value->text, layer);
		check_value(s, k, value, v, section);
	}
}

static void check_rule(const struct size *s, const struct node *k, const char *section)
{
	const struct node *is = node_get(k, "is"), *value = node_get(k, "value");

	if (!written(s, k))
		return;
	if (value && word_is(k, "per", "layer"))
		check_layers(s, k, value, section);
	else if (value)
		check_value(s, k, value, formula_eval(value->formula, s->nums, -1), section);
	else if (is)
		check_value(s, k, is, s->nums[number_by_name(is->text)], section);
}

/* One key, two rules: not both in one file. */
static void check_once(const struct size *s, const struct node *k, const struct node *earlier, const char *section)
{
	if (!strcmp(node_text(k, "key", ""), node_text(earlier, "key", "")) && written(s, k) && written(s, earlier))
		fail_at(node_get(k, "key"), "%s: size %s writes `%s` twice (line %d)", section, s->name, node_text(k, "key", ""), earlier->line);
}

void check_keys(const struct size *s)
{
	size_t i, j, k;

	for (i = 0; i < sizeof sections / sizeof sections[0]; i++) {
		const struct node *keys = node_get(s->fam->root, sections[i]);

		for (j = 0; j < keys->count; j++) {
			check_rule(s, keys->item[j], sections[i]);
			for (k = 0; k < j; k++)
				check_once(s, keys->item[j], keys->item[k], sections[i]);
		}
	}
}
