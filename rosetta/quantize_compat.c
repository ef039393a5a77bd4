/* --compat: the header that llama-quantize would write, and the steps in its order. */
#include "rosetta/quantize.h"

#include "quant/compat.h"
#include "rosetta/convert.h"

#include <string.h>

/* What llama-quantize would read: the source itself where it is a GGUF, else the GGUF that it becomes; the tensors of
 * the plan, as they are before quantizing. */
static void input_of(const struct ros_conversion *c, struct ros_model *input)
{
	*input = c->dst;
	if (c->source.model.format == ROS_FORMAT_GGUF)
		input->meta = c->source.model.meta;
}

static int reorder(struct ros_conversion *c, const uint32_t *from, struct ros_error *err)
{
	struct ros_step *steps = ros_arena_alloc(&c->source.arena, c->plan.count, sizeof *steps, err);

	if (!steps)
		return err->code;
	for (size_t i = 0; i < c->plan.count; i++) {
		steps[i] = c->plan.steps[from[i]];
		c->dst.tensors[i].data = steps[i].dst.data;
	}
	c->plan.steps = steps;
	return 0;
}

/* What --override-kv has set in C->dst. */
static int collect_overrides(const struct ros_conversion *c, struct ros_meta *over, struct ros_error *err)
{
	ros_meta_init(over, c->dst.meta.arena);
	for (const char *const *o = c->opt.override_kv; o && *o && !err->code; o++) {
		struct ros_str key = { *o, strcspn(*o, "=") };
		const struct ros_meta_value *v = ros_meta_get(&c->dst.meta, key);

		if (v)
			ros_meta_set(over, key, *v, err);
	}
	return err->code;
}

int ros_quantization_imitate(struct ros_conversion *c, struct ros_error *err)
{
	struct ros_quantization *q = c->quantization;
	struct ros_recipe_choice *choice = ros_arena_alloc(&c->source.arena, c->plan.count, sizeof *choice, err);
	uint32_t *from = ros_arena_alloc(&c->source.arena, c->plan.count, sizeof *from, err);
	struct ros_model input, header;
	struct ros_meta over;
	struct ros_str path = c->opt.imatrix ? ros_str_of(c->opt.imatrix) : (struct ros_str){ NULL, 0 };

	if (err->code)
		return err->code;
	for (size_t i = 0; i < c->plan.count; i++)
		choice[i].type = c->plan.steps[i].dst.dtype;
	input_of(c, &input);
	if (!collect_overrides(c, &over, err) && !ros_compat_header(&input, &q->recipe, choice, &over, q->recipe.have_imatrix ? &q->imatrix : NULL, path, &header, from, err)) {
		header.path = c->dst.path;
		c->imitated = c->dst;   /* owns what the header borrows */
		c->dst = header;
		c->out.arena = &c->dst.arena;
		return reorder(c, from, err);
	}
	return err->code;
}
