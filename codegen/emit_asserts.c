#include <stdlib.h>
#include <string.h>

#include "codegen/emit.h"
#include "codegen/size.h"

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
	static const struct { const char *name; unsigned long long most; const char *id; } rows[] = {
		{ "n_embd", 65536, "UB-001" }, { "n_layer", 256, "UB-002" }, { "n_head", 256, "UB-003" }, { "n_head_kv", 256, "UB-004" },
		{ "n_vocab", 1000000, "UB-005" }, { "n_ff", 262144, "UB-006" }, { "n_ctx", 16777216, "UB-007, widened" },
	};
	unsigned long long ff = whole_of(s->nums, "n_ff");
	size_t i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (has_number(s->nums, rows[i].name))
			proof(out, s, text_of("%lluu <= %lluu", (unsigned long long)whole_of(s->nums, rows[i].name), rows[i].most),
			      text_of("%s in bounds, %s", rows[i].name, rows[i].id));
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
}
