#include "contracts/binding.h"

#include <string.h>

int ros_binding_make(struct ros_binding *b, const struct ros_layout *l, const struct ros_model *m,
		     struct ros_arena *arena, struct ros_error *err)
{
	size_t i;

	b->layout = l;
	b->model = m;
	b->of = ros_arena_alloc(arena, l->count, sizeof *b->of, err);
	b->is = ros_arena_alloc(arena, m->tensor_count, sizeof *b->is, err);
	if (!b->of || !b->is)
		return err->code;
	for (i = 0; i < m->tensor_count; i++) {
		const struct ros_tensor *t = &m->tensors[i];
		const struct ros_layout_tensor *place = ros_layout_find(l, t->name);
		const struct ros_tensor *other = place ? b->of[place - l->tensors] : NULL;

		if (other)
			return ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "%.*s and %.*s are the same tensor, spelled in two ways",
					(int)other->name.len, other->name.ptr, (int)t->name.len, t->name.ptr);
		b->is[i] = place;
		if (place)
			b->of[place - l->tensors] = t;
	}
	return ROS_OK;
}

static const struct ros_tensor *present(const struct ros_binding *b, struct ros_atom_key key,
					const struct ros_layout_tensor **place, const struct ros_placement **part)
{
	const struct ros_layout_tensor *t;
	unsigned nth;

	for (nth = 0; (t = ros_layout_atom(b->layout, key, nth, part)); nth++)
		if (b->of[t - b->layout->tensors]) {
			*place = t;
			return b->of[t - b->layout->tensors];
		}
	return NULL;
}

/* The role that shares values with ROLE, ROS_NO_ROLE when none does. */
static uint32_t partner(const struct ros_contract *c, uint32_t role)
{
	uint32_t i;

	if (c->roles[role].tied_to != ROS_NO_ROLE)
		return c->roles[role].tied_to;
	for (i = 0; i < c->role_count; i++)
		if (c->roles[i].tied_to == role)
			return i;
	return ROS_NO_ROLE;
}

bool ros_tensor_repeats(const struct ros_tensor *a, const struct ros_tensor *b)
{
	return a->dtype == b->dtype && a->data.ptr && b->data.ptr && a->data.len == b->data.len && !memcmp(a->data.ptr, b->data.ptr, a->data.len);
}

const struct ros_tensor *ros_binding_atom(const struct ros_binding *b, struct ros_atom_key key,
					  const struct ros_layout_tensor **place, const struct ros_placement **part)
{
	const struct ros_tensor *t = present(b, key, place, part);

	if (t)
		return t;
	key.role = partner(b->layout->contract, key.role);
	return key.role == ROS_NO_ROLE ? NULL : present(b, key, place, part);
}
