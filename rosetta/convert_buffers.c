/* Buffers of the origin (contracts/buffers.h) on their way back. */
#include "rosetta/convert.h"

#include "contracts/buffers.h"
#include "contracts/provenance.h"

#include <string.h>

/* A conversion back to the format that the model first came from. */
static bool is_way_back(const struct ros_conversion *c)
{
	return c->source.model.format != c->target.format && c->target.format == ros_provenance_format(&c->source.hub);
}

static bool is_planned(const struct ros_plan *p, struct ros_str name)
{
	for (size_t i = 0; i < p->count; i++)
		if (ros_str_equal(p->steps[i].dst.name, name))
			return true;
	return false;
}

static int append(struct ros_conversion *c, struct ros_tensor *t, size_t count, struct ros_error *err)
{
	struct ros_plan *p = &c->plan;
	struct ros_step *steps = ros_arena_alloc(&c->source.arena, p->count + count, sizeof *steps, err);
	struct ros_piece *pieces = ros_arena_alloc(&c->source.arena, count, sizeof *pieces, err);

	if (!steps || !pieces)
		return err->code;
	memcpy(steps, p->steps, p->count * sizeof *steps);
	p->steps = steps;
	for (size_t i = 0, planned = p->count; i < count; i++) {
		struct ros_plan before = { .steps = steps, .count = planned };

		if (!t[i].data.ptr || is_planned(&before, t[i].name) || !ros_run_selects(&c->opt.run, t[i].name))
			continue;
		steps[p->count++] = ros_step_copy_of(&t[i], &pieces[i]);
		p->bytes += t[i].data.len;
	}
	return 0;
}

int ros_conversion_add_buffers(struct ros_conversion *c, struct ros_error *err)
{
	struct ros_tensor *tensors;
	size_t count;

	if (!is_way_back(c) || ros_buffers_read(ros_provenance_buffers(&c->source.hub), &c->source.arena, &tensors, &count, err) || !count)
		return err->code;
	return append(c, tensors, count, err);
}

int ros_conversion_note_buffers(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err)
{
	struct ros_tensor *tensors;
	size_t count;

	if (c->source.model.format == c->target.format
	    || ros_buffers_read(ros_provenance_buffers(&c->source.hub), &c->source.arena, &tensors, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (!tensors[i].data.ptr)
			ros_verdict_add(v, false, "buffer.dropped", tensors[i].name, "the SafeTensors file had it; it is too large to be carried "
					"and no plain mask: a way back lacks it");
	return 0;
}
