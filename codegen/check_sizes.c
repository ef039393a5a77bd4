/* Every rule cites where it comes from. The bounds are those that all published models keep. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/check.h"
#include "codegen/size.h"

/* Points at the number's own line where the size states it. */
static const struct node *at(const struct size *s, const char *name)
{
	const struct node *n = node_get(s->node, name);

	return n ? n : s->node;
}

/* Numbers without which nothing has a shape, or no place. */
static void check_there(const struct size *s)
{
	static const struct { const char *name; bool rope; } wanted[] = {
		{ "n_layer", false }, { "n_embd", false }, { "n_vocab", false }, { "norm_eps", false }, { "n_ctx", true }, { "rope_theta", true },
	};
	bool rope = !strcmp(node_text(node_get(s->fam->root, "engine"), "positions", "rope"), "rope");
	size_t i;

	for (i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		if ((rope || !wanted[i].rope) && !has_number(s->nums, wanted[i].name))
			fail_at(s->node, "size %s: %s is not stated", s->name, wanted[i].name);
}

static void check_heads(const struct size *s)
{
	uint64_t heads = whole_of(s->nums, "n_head"), kv = whole_of(s->nums, "n_head_kv");
	uint64_t dim = whole_of(s->nums, "head_dim"), width = whole_of(s->nums, "n_embd");

	if (!heads)
		return;
	if (!node_get(s->node, "head_dim") && !node_get(s->node, "kv_lora") && width % heads)
		fail_at(at(s, "n_head"), "size %s: %llu heads do not divide a width of %llu (Vaswani et al. 2017, 3.2.2)", s->name,
			(unsigned long long)heads, (unsigned long long)width);
	if (kv && (kv > heads || heads % kv))
		fail_at(at(s, "n_head_kv"), "size %s: %llu key heads do not divide %llu heads (Ainslie et al. 2023)", s->name,
			(unsigned long long)kv, (unsigned long long)heads);
	if (dim && (node_get(s->node, "head_dim") || !node_get(s->node, "kv_lora")) && (dim * heads > 4 * width || dim * heads * 4 < width))
		fail_at(at(s, "head_dim"), "size %s: head_dim %llu is far from n_embd / n_head (published models: 1/4 to 4 times)",
			s->name, (unsigned long long)dim);
}

static void check_rope(const struct size *s)
{
	uint64_t rot = whole_of(s->nums, "n_rot"), dim = whole_of(s->nums, "head_dim");

	if (strcmp(node_text(node_get(s->fam->root, "engine"), "positions", "rope"), "rope"))
		return;
	if (!rot || rot % 2)
		fail_at(at(s, node_get(s->node, "n_rot") ? "n_rot" : "head_dim"),
			"size %s: %llu rotating elements: a positive even number wanted (Su et al. 2021, RoPE pairs)", s->name,
			(unsigned long long)rot);
	if (dim && rot > dim)
		fail_at(at(s, "n_rot"), "size %s: n_rot %llu exceeds head_dim %llu", s->name, (unsigned long long)rot, (unsigned long long)dim);
}

static void check_feed_forward(const struct size *s)
{
	uint64_t ff = whole_of(s->nums, "n_ff"), width = whole_of(s->nums, "n_embd");

	if (ff && !whole_of(s->nums, "n_expert") && ff <= width)
		fail_at(at(s, "n_ff"), "size %s: n_ff %llu does not expand n_embd %llu (Shazeer 2020)", s->name, (unsigned long long)ff,
			(unsigned long long)width);
	if (whole_of(s->nums, "n_expert_used") > whole_of(s->nums, "n_expert"))
		fail_at(at(s, "n_expert_used"), "size %s: more experts used than there are (Shazeer et al. 2017)", s->name);
}

static void check_bounds(const struct size *s)
{
	uint64_t v;
	size_t i;

	for (i = 0; i < size_bound_count; i++) {
		const struct bound *b = &size_bounds[i];
		double scale = b->scale ? b->scale : 1;

		if (size_scaled(b, s->nums, &v) && (v < b->least || v > b->most))
			fail_at(at(s, b->name), "size %s: %s is %.9g, outside %.9g to %.9g (%s)", s->name, b->name, real_of(s->nums, b->name),
				(double)b->least / scale, (double)b->most / scale, b->source);
	}
}

static void check_parameters(const struct size *s)
{
	const struct node *roles = node_get(s->fam->root, "roles"), *stated = node_get(s->node, "parameters");
	unsigned long long sum = 0, wanted;
	size_t i;

	for (i = 0; i < roles->count; i++) {
		struct matrices m;

		if (!size_role(s->fam, s->name, i, s->nums, &m))
			return;
		if (m.counts)
			sum += m.count * m.rows * m.cols;
	}
	if (!stated)
		return;
	wanted = strtoull(stated->text, NULL, 10);
	if (wanted != sum)
		fail_at(stated, "size %s: %llu parameters are published, the shapes make %llu", s->name, wanted, sum);
}

void check_sizes(const struct family *fam)
{
	const struct node *sizes = node_get(fam->root, "sizes");
	struct value *nums = need(calloc(number_count, sizeof *nums));
	size_t i;

	for (i = 0; i < sizes->count; i++) {
		struct size s = { fam, sizes->key[i]->text, sizes->item[i], nums };
		int before = failures();

		size_numbers(fam, s.node, nums);
		check_there(&s);
		check_heads(&s);
		check_rope(&s);
		check_feed_forward(&s);
		check_bounds(&s);
		if (failures() == before)
			check_parameters(&s);
		if (failures() == before)
			check_shapes(&s);
		if (failures() == before)
			check_names(&s);
		if (failures() == before)
			check_keys(&s);
		if (failures() == before)
			check_switches(&s);
	}
	free(nums);
}
