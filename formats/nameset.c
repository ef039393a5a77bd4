#include "formats/nameset.h"

#include "formats/arena.h"

#include <stdlib.h>
#include <xxhash.h>

uint64_t ros_str_hash(struct ros_str text, uint64_t seed)
{
	return XXH3_64bits_withSeed(text.ptr, text.len, seed);
}

void ros_nameset_init(struct ros_nameset *set)
{
	*set = (struct ros_nameset){ .seed = (uint64_t)(uintptr_t)set * 0x9e3779b97f4a7c15u };
}

/* The slot that holds NAME, or the empty one where it would go; ROOM is a power of two. */
static struct ros_nameset_slot *slot_of(const struct ros_nameset *set, struct ros_str name)
{
	size_t i = ros_str_hash(name, set->seed) & (set->room - 1);

	while (set->slots[i].name.ptr && !ros_str_equal(set->slots[i].name, name))
		i = (i + 1) & (set->room - 1);
	return &set->slots[i];
}

static bool grow(struct ros_nameset *set)
{
	struct ros_nameset old = *set;

	set->room = old.room ? old.room * 2 : 64;
	set->slots = calloc(set->room, sizeof *set->slots);
	if (!set->slots) {
		*set = old;
		return false;
	}
	for (size_t i = 0; i < old.room; i++)
		if (old.slots[i].name.ptr)
			*slot_of(set, old.slots[i].name) = old.slots[i];
	free(old.slots);
	return true;
}

int ros_nameset_add(struct ros_nameset *set, struct ros_str name, uint32_t value, uint32_t *found, struct ros_error *err)
{
	struct ros_nameset_slot *slot;

	*found = ROS_NAMESET_NONE;
	if (!name.ptr)
		name.ptr = "";
	if (set->count * 2 >= set->room && !grow(set))
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for a table of %zu names", set->count * 2);
	slot = slot_of(set, name);
	if (slot->name.ptr) {
		*found = slot->value;
		return 0;
	}
	*slot = (struct ros_nameset_slot){ name, value };
	set->count++;
	return 0;
}

uint32_t ros_nameset_find(const struct ros_nameset *set, struct ros_str name)
{
	const struct ros_nameset_slot *slot;

	if (!set->room)
		return ROS_NAMESET_NONE;
	slot = slot_of(set, name);
	return slot->name.ptr ? slot->value : ROS_NAMESET_NONE;
}

void ros_nameset_release(struct ros_nameset *set)
{
	free(set->slots);
	ros_nameset_init(set);
}
