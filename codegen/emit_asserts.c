#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/check.h"
#include "codegen/emit.h"

/* What the C compiler refuses, it reports at the line of the family's file. */
static void here(FILE *out, const struct size *s)
{
	fprintf(out, "#line %d \"%s\"\n", s->node->line, short_name(s->node->file));
}

static void proof(FILE *out, const struct size *s, const char *condition, const char *source)
{
	here(out, s);
	fprintf(out, "_Static_assert(%s, \"%s %s: %s\");\n", condition, s->fam->key, s->name, source);
}

static void heads(FILE *out, const struct size *s)
{
	unsigned long long n = whole_of(s->nums, "n_head"), kv = whole_of(s->nums, "n_head_kv");
	unsigned long long dim = whole_of(s->nums, "head_dim"), width = whole_of(s->nums, "n_embd");

	if (!n)
		return;
	if (!node_get(s->node, "head_dim") && !node_get(s->node, "kv_lora"))
		proof(out, s, text_of("%lluu %% %lluu == 0", width, n), "heads divide the width, Vaswani et al. 2017, 3.2.2");
	if (kv) {
		proof(out, s, text_of("%lluu %% %lluu == 0", n, kv), "key heads divide heads, Ainslie et al. 2023");
		proof(out, s, text_of("%lluu <= %lluu", kv, n), "no more key heads than heads, Ainslie et al. 2023");
	}
	if (dim && !node_get(s->node, "kv_lora"))
		proof(out, s, text_of("%lluu * %lluu <= 4 * %lluu && 4 * %lluu * %lluu >= %lluu", dim, n, width, dim, n, width),
		      "head width near n_embd / n_head, published models");
	if (!strcmp(node_text(node_get(s->fam->root, "engine"), "positions", "rope"), "rope"))
		proof(out, s, text_of("%lluu %% 2 == 0 && %lluu > 0", (unsigned long long)whole_of(s->nums, "n_rot"),
				      (unsigned long long)whole_of(s->nums, "n_rot")), "rotation works on pairs, Su et al. 2021");
}

static void bounds(FILE *out, const struct size *s)
{
	unsigned long long ff = whole_of(s->nums, "n_ff");
	uint64_t v;
	size_t i;

	for (i = 0; i < size_bound_count; i++) {
		const struct bound *b = &size_bounds[i];
		const char *unit = b->scale ? text_of(" in %g", 1 / b->scale) : "";

		if (size_scaled(b, s->nums, &v))
			proof(out, s, text_of("%lluull <= %lluull && %lluull <= %lluull", (unsigned long long)b->least, (unsigned long long)v,
					      (unsigned long long)v, (unsigned long long)b->most),
			      text_of("%s%s in bounds, %s", b->name, unit, b->source));
	}
	if (ff && !whole_of(s->nums, "n_expert"))
		proof(out, s, text_of("%lluu > %lluu", ff, (unsigned long long)whole_of(s->nums, "n_embd")),
		      "the feed-forward layer expands, Shazeer 2020");
}

static void parameters(FILE *out, const struct size *s)
{
	const struct node *roles = node_get(s->fam->root, "roles");
	size_t i;

	if (!node_get(s->node, "parameters"))
		return;
	here(out, s);
	fputs("_Static_assert(0u", out);
	for (i = 0; i < roles->count; i++) {
		struct matrices m;

		if (size_role(s->fam, s->name, i, s->nums, &m) && m.counts && m.count)
			fprintf(out, "\n\t+ %lluull * %lluu * %lluu /* %s */", (unsigned long long)m.count, (unsigned long long)m.rows,
				(unsigned long long)m.cols, roles->key[i]->text);
	}
	fprintf(out, " == %sull,\n\t\"%s %s: parameters as published, %s\");\n", node_text(s->node, "parameters", "0"), s->fam->key,
		s->name, node_text(s->node, "repo", ""));
}

/* ---- names and roles: enumerators that a second tensor of the name would declare again, and that roles ask for ---- */

/* NAME as a part of an identifier: what is none is written by its code, so that two names stay two. */
static void put_mangled(FILE *out, const char *name)
{
	for (; *name; name++)
		if (isalnum((unsigned char)*name))
			fputc(*name, out);
		else
			fprintf(out, *name == '_' ? "__" : "_%02x", (unsigned char)*name);
}

/* An earlier rule of the same name under another condition: both stand, for different models. */
static bool alternative(struct node **rules, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (!strcmp(node_text(rules[j], "name", ""), node_text(rules[i], "name", "")) && told_apart(rules[i], rules[j]))
			return true;
	return false;
}

/* Is the role in one of the rules before I (written ones)? */
static bool named_before(struct node **rules, size_t i, const char *role)
{
	struct node **of;
	size_t j, k, n;

	for (j = 0; j < i; j++)
		for (n = texts_of(rules[j], "of", &of), k = 0; k < n && !bool_at(rules[j], "read_only"); k++)
			if (!strcmp(of[k]->text, role))
				return true;
	return false;
}

static void declare(FILE *out, const struct family *fam, const char *format, struct node **rules, size_t count)
{
	struct node **of;
	size_t i, k, n;

	fprintf(out, "#line %d \"%s\"\nenum {", node_get(fam->root, format)->line, short_name(fam->file));
	for (i = 0; i < count; i++) {
		if (!alternative(rules, i)) {
			fprintf(out, " %s_%s_is_", fam->key, format);
			put_mangled(out, node_text(rules[i], "name", ""));
			fprintf(out, " = %d,", rules[i]->line);
		}
		for (n = texts_of(rules[i], "of", &of), k = 0; k < n && !bool_at(rules[i], "read_only"); k++)
			if (!named_before(rules, i, of[k]->text))
				fprintf(out, " %s_%s_of_%s = %d,", fam->key, format, of[k]->text, rules[i]->line);
	}
	fputs(" };\n", out);
}

static void names(FILE *out, const struct family *fam, int f)
{
	const struct node *roles = node_get(fam->root, "roles");
	const char *format = format_keys[f];
	struct node **rules;
	size_t count = tensor_rules(fam, f, &rules), i;

	declare(out, fam, format, rules, count);
	fprintf(out, "#line %d \"%s\"\n_Static_assert(1 > 0", node_get(fam->root, format)->line, short_name(fam->file));
	for (i = 0; i < roles->count; i++) {
		const char *only = node_text(roles->item[i], "only", format);

		if (!strcmp(only, format))
			fprintf(out, "\n\t&& %s_%s_of_%s > 0", fam->key, format, roles->key[i]->text);
	}
	fprintf(out, ", \"%s: every role has a tensor in %s, names are unique: tensor layout contract\");\n", fam->key, format);
}

void emit_asserts(FILE *out, struct family *fam)
{
	const struct node *sizes = node_get(fam->root, "sizes");
	struct value *nums = need(calloc(number_count, sizeof *nums));
	size_t i;

	for (i = 0; i < sizes->count; i++) {
		struct size s = { fam, sizes->key[i]->text, sizes->item[i], nums };

		size_numbers(fam, s.node, nums);
		heads(out, &s);
		bounds(out, &s);
		parameters(out, &s);
	}
	free(nums);
	for (i = 0; i < 3; i++)
		names(out, fam, (int)i);
}
