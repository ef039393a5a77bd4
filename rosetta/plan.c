#include "rosetta/plan.h"

#include "formats/size.h"

#include <inttypes.h>
#include <string.h>

struct builder {
	struct ros_plan *plan;
	const struct ros_plan_request *want;
	struct ros_arena *arena;
	struct ros_verdict *v;
	struct ros_error *err;
	bool *used;                     /* per source tensor */
};

static size_t index_of(const struct builder *b, const struct ros_tensor *t)
{
	return (size_t)(t - b->want->src->tensors);
}

/* Asked once of each tensor that could be made. */
static bool selected(struct builder *b, struct ros_str name)
{
	if (!b->want->selected || b->want->selected(b->want->selected_context, name))
		return true;
	b->plan->skipped[b->plan->skipped_count++] = name;
	return false;
}

static void leave(struct builder *b, const struct ros_tensor *t, enum ros_leave why)
{
	b->plan->left[b->plan->left_count++] = (struct ros_left){ t, why };
	b->used[index_of(b, t)] = true;
}

static bool container_can_say(enum ros_format_id format, enum ros_dtype type)
{
	switch (format) {
	case ROS_FORMAT_SAFETENSORS:
		return ros_dtypes[type].safetensors;
	case ROS_FORMAT_GGUF:
		return ros_dtypes[type].gguf_id >= 0;
	case ROS_FORMAT_APR:
		return ros_dtypes[type].apr_id >= 0;
	case ROS_FORMAT_COUNT:
		break;
	}
	return true;
}

/* What the pieces hold: their common type, or float32, which holds every mixture of float types. */
static enum ros_dtype stored_type(const struct ros_step *s)
{
	enum ros_dtype type = s->pieces[0].src->dtype;

	for (uint32_t i = 1; i < s->piece_count; i++)
		if (s->pieces[i].src->dtype != type)
			return ROS_F32;
	return type;
}

/* Chooses the type, settles the kind; what cannot be is a finding. True: S can be run. */
static bool finish_step(struct builder *b, struct ros_step *s, bool keep_f32)
{
	const struct ros_plan_request *want = b->want;
	enum ros_dtype stored = s->kind == ROS_STEP_MADE ? ROS_F32 : stored_type(s);
	struct ros_error err = { 0 };

	s->dst.dtype = stored;
	if (want->type)
		s->dst.dtype = want->type(want->type_context, s, stored, keep_f32);
	if (!container_can_say(want->target, s->dst.dtype) && ros_dtypes[stored].class_ == ROS_CLASS_FLOAT)
		s->dst.dtype = ROS_F32;
	if (!container_can_say(want->target, s->dst.dtype))
		ros_fail(&err, ROS_ECONTRACT, ROS_NO_OFFSET, "this format has no type %s", ros_dtypes[s->dst.dtype].name);
	if (err.code || ros_step_settle(s, want->target, &err)) {
		ros_verdict_add(b->v, true, "plan.shape", s->dst.name, "%s", err.text);
		return false;
	}
	return true;
}

static void add_step(struct builder *b, const struct ros_step *s)
{
	b->plan->steps[b->plan->count++] = *s;
	b->plan->bytes += s->dst.data.len;
}

static void add_copy(struct builder *b, const struct ros_tensor *t, bool keep_f32)
{
	struct ros_piece *piece = ros_arena_alloc(b->arena, 1, sizeof *piece, b->err);
	struct ros_step s;

	if (!piece)
		return;
	b->used[index_of(b, t)] = true;
	s = ros_step_copy_of(t, piece);
	if (!b->want->type && container_can_say(b->want->target, t->dtype) && b->want->target == b->want->src->format)
		add_step(b, &s);   /* as it stands, whatever odd size the format allowed */
	else if (!ros_tensor_elements(t))
		add_step(b, &s);
	else if (finish_step(b, &s, keep_f32))
		add_step(b, &s);
}

static void report_unknown(struct builder *b, const struct ros_tensor *t)
{
	ros_verdict_add(b->v, true, "plan.unknown-tensor", t->name, "the family does not know it; --allow-unknown carries it under its own name");
}

/* The role whose values a tied tensor's repeat. */
static uint32_t embedding_role(const struct ros_layout *l, const struct ros_layout_tensor *t)
{
	return t->part_count == 1 ? l->contract->roles[t->parts[0].key.role].tied_to : ROS_NO_ROLE;
}

/* The source has the embedding too, in a tensor of its own. */
static bool stored_twice(const struct builder *b, const struct ros_layout_tensor *t)
{
	struct ros_atom_key key = { embedding_role(b->want->from->layout, t), ROS_NO_LAYER, ROS_NO_EXPERT };
	const struct ros_layout_tensor *place;
	const struct ros_placement *part;
	const struct ros_tensor *src = key.role == ROS_NO_ROLE ? NULL : ros_binding_atom(b->want->from, key, &place, &part);

	return src && place->presence != ROS_TIED;
}

/* Finds every part of T in the source; returns how many. *OWN: a tied tensor has one of its own there. */
static uint32_t find_pieces(struct builder *b, const struct ros_layout_tensor *t, unsigned ndim, struct ros_piece *pieces, bool *own)
{
	uint32_t found = 0;

	*own = true;
	for (uint32_t i = 0; i < t->part_count; i++) {
		const struct ros_layout_tensor *place;
		const struct ros_placement *part;
		const struct ros_tensor *src = ros_binding_atom(b->want->from, t->parts[i].key, &place, &part);

		if (!src)
			continue;
		pieces[found++] = (struct ros_piece){ src, ros_placement_in(part, src->ndim), ros_placement_in(&t->parts[i], ndim) };
		if (t->presence == ROS_TIED && (place->presence != ROS_TIED || !stored_twice(b, t)))
			*own = false;
	}
	return found;
}

/* Both sides permute alike: then neither needs to. */
static void cancel_pairs(struct ros_piece *p)
{
	if (p->from.rope_heads == p->to.rope_heads)
		p->from.rope_heads = p->to.rope_heads = 0;
}

/* T is a tied output, or the embedding that one repeats. */
static bool is_of_a_tie(const struct ros_layout *to, const struct ros_layout_tensor *t)
{
	if (t->part_count != 1 || embedding_role(to, t) != ROS_NO_ROLE)
		return t->part_count == 1;
	for (uint16_t r = 0; r < to->contract->role_count; r++)
		if (to->contract->roles[r].tied_to == t->parts[0].key.role)
			return true;
	return false;
}

static bool is_written(const struct builder *b, const struct ros_layout *to, const struct ros_layout_tensor *t, bool own)
{
	if (b->want->wanted)
		return true;
	if (b->want->tied_only.ptr && is_of_a_tie(to, t))
		return ros_str_equal(b->want->tied_only, t->name);
	if (b->want->tied == ROS_TIED_NEVER && embedding_role(to, t) != ROS_NO_ROLE)
		return t->write_tied;
	return t->presence != ROS_TIED || t->write_tied || b->want->tied == ROS_TIED_ALWAYS || own;
}

static void mark_used(struct builder *b, const struct ros_step *s)
{
	for (uint32_t i = 0; i < s->piece_count; i++)
		b->used[index_of(b, s->pieces[i].src)] = true;
}

/* DST carries name and dims. */
static void plan_made(struct builder *b, const struct ros_layout_tensor *t, const struct ros_layout *to, struct ros_step *s)
{
	s->kind = ROS_STEP_MADE;
	if (!b->want->hp || ros_layout_derive(to, t, b->want->hp, b->arena, &s->made, b->err))
		return;
	if (finish_step(b, s, true))
		add_step(b, s);
}

/* REQUIRED parts that are not there; an optional tensor may be absent, but not in part. */
static void report_missing(struct builder *b, const struct ros_layout_tensor *t, struct ros_str name, uint32_t found)
{
	bool wanted = b->want->wanted || t->presence == ROS_REQUIRED || found;

	if (wanted && (t->presence != ROS_TIED || b->want->wanted))
		ros_verdict_add(b->v, true, "plan.missing", name, "%" PRIu32 " of its %" PRIu32 " part%s are not in the source",
				t->part_count - found, t->part_count, t->part_count == 1 ? "" : "s");
}

/* Makes the step for T; NAME, NDIM and DIM are as the destination spells them. */
static void plan_tensor(struct builder *b, const struct ros_layout *to, const struct ros_layout_tensor *t, const struct ros_tensor *dst)
{
	struct ros_step s = { .dst = *dst, .as = t };
	struct ros_piece *pieces;
	bool own;

	s.dst.data = (struct ros_bytes){ NULL, 0 };
	if (t->derived) {
		if (selected(b, s.dst.name))
			plan_made(b, t, to, &s);
		return;
	}
	pieces = ros_arena_alloc(b->arena, t->part_count, sizeof *pieces, b->err);
	if (!pieces || !t->part_count)
		return;
	s.pieces = pieces;
	s.piece_count = find_pieces(b, t, dst->ndim, pieces, &own);
	if (s.piece_count < t->part_count) {
		report_missing(b, t, s.dst.name, s.piece_count);
		mark_used(b, &s);
		return;
	}
	for (uint32_t i = 0; i < s.piece_count; i++)
		cancel_pairs(&pieces[i]);
	if (!is_written(b, to, t, own))
		return;   /* plan_rest lists what nothing else reads */
	mark_used(b, &s);
	if (selected(b, s.dst.name) && finish_step(b, &s, t->keep_f32))
		add_step(b, &s);
}

static void plan_layout(struct builder *b, const struct ros_layout *to)
{
	for (size_t i = 0; i < to->count && !b->err->code; i++) {
		const struct ros_layout_tensor *t = &to->tensors[i];
		struct ros_tensor dst = { .name = t->name, .ndim = t->ndim };

		memcpy(dst.dim, t->dim, sizeof dst.dim);
		if (!t->read_only && (t->part_count || t->derived))
			plan_tensor(b, to, t, &dst);
	}
}

/* Makes what another model holds; its tensors that the family does not know are looked for by name. */
static void plan_wanted(struct builder *b, const struct ros_binding *wanted)
{
	for (size_t i = 0; i < wanted->model->tensor_count && !b->err->code; i++) {
		const struct ros_tensor *t = &wanted->model->tensors[i], *same;
		const struct ros_layout_tensor *is = wanted->is[i];

		if (is && (is->part_count || is->derived)) {
			plan_tensor(b, wanted->layout, is, t);
			continue;
		}
		same = ros_model_find(b->want->src, t->name);
		if (same && selected(b, t->name))
			add_copy(b, same, false);
	}
}

static void plan_names(struct builder *b)
{
	const struct ros_model *m = b->want->src;

	for (size_t i = 0; i < m->tensor_count && !b->err->code; i++) {
		const struct ros_layout_tensor *is = b->want->from ? b->want->from->is[i] : NULL;

		if (b->want->from && !is && b->want->strict_names && !b->want->allow_unknown)
			report_unknown(b, &m->tensors[i]);
		if (selected(b, m->tensors[i].name))
			add_copy(b, &m->tensors[i], is ? is->keep_f32 : m->tensors[i].ndim <= 1);
		else
			leave(b, &m->tensors[i], ROS_LEFT_EXCLUDED);
	}
}

/* A source tensor that nothing reads is derivable, unknown, or has no place in the target. */
static void plan_rest(struct builder *b)
{
	const struct ros_model *m = b->want->src;

	for (size_t i = 0; i < m->tensor_count && !b->err->code; i++) {
		const struct ros_tensor *t = &m->tensors[i];
		const struct ros_layout_tensor *is = b->want->from ? b->want->from->is[i] : NULL;

		if (b->used[i])
			continue;
		if (is && (is->presence == ROS_DERIVABLE || is->derived)) {
			leave(b, t, ROS_LEFT_DERIVABLE);
		} else if (is && (b->want->to || b->want->wanted) && is_of_a_tie(b->want->from->layout, is)) {
			leave(b, t, ROS_LEFT_TIED);
		} else if (!b->want->wanted && b->want->allow_unknown) {
			add_copy(b, t, t->ndim <= 1);
		} else {
			leave(b, t, is ? ROS_LEFT_NO_PLACE : ROS_LEFT_UNKNOWN);
			if (!b->want->wanted && is)
				ros_verdict_add(b->v, true, "plan.no-place", t->name, "the target format has no place for it");
			else if (!b->want->wanted)
				report_unknown(b, t);
		}
	}
}

int ros_plan_make(struct ros_plan *plan, const struct ros_plan_request *want, struct ros_arena *arena,
		  struct ros_verdict *v, struct ros_error *err)
{
	struct builder b = { .plan = plan, .want = want, .arena = arena, .v = v, .err = err };
	size_t room = want->src->tensor_count + (want->to ? want->to->count : 0) + (want->wanted ? want->wanted->model->tensor_count : 0);

	*plan = (struct ros_plan){ 0 };
	plan->steps = ros_arena_alloc(arena, room, sizeof *plan->steps, err);
	plan->skipped = ros_arena_alloc(arena, room, sizeof *plan->skipped, err);
	plan->left = ros_arena_alloc(arena, want->src->tensor_count, sizeof *plan->left, err);
	b.used = ros_arena_alloc(arena, want->src->tensor_count, sizeof *b.used, err);
	if (err->code)
		return err->code;
	if (want->wanted && want->from)
		plan_wanted(&b, want->wanted);
	else if (want->to && want->from)
		plan_layout(&b, want->to);
	else
		plan_names(&b);
	plan_rest(&b);
	return err->code;
}
