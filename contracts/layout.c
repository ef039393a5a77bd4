#include "contracts/layout.h"

#include <string.h>

#include "contracts/layout_expand.h"
#include "formats/size.h"

static uint64_t hash_bytes(uint64_t h, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	while (len--)
		h = (h ^ *p++) * 0x100000001b3u;        /* FNV-1a */
	return h;
}

static size_t name_slot(const struct ros_layout *l, struct ros_str name)
{
	uint64_t h = hash_bytes(0xcbf29ce484222325u, name.ptr, name.len);

	return (size_t)(h ^ h >> 32) & (l->name_slots - 1);
}

static size_t atom_slot(const struct ros_layout *l, struct ros_atom_key key)
{
	uint32_t words[3] = { key.role, key.layer, key.expert };
	uint64_t h = hash_bytes(0xcbf29ce484222325u, words, sizeof words);

	return (size_t)(h ^ h >> 32) & (l->atom_slots - 1);
}

static bool same_key(struct ros_atom_key a, struct ros_atom_key b)
{
	return a.role == b.role && a.layer == b.layer && a.expert == b.expert;
}

static size_t slots_for(size_t count)
{
	size_t slots = 16;

	while (slots < 2 * count)
		slots *= 2;
	return slots;
}

static int index_names(struct ros_layout *l, struct ros_error *err)
{
	size_t i, s;

	for (i = 0; i < l->count; i++) {
		for (s = name_slot(l, l->tensors[i].name); l->by_name[s]; s = (s + 1) & (l->name_slots - 1))
			if (ros_str_equal(l->tensors[l->by_name[s] - 1].name, l->tensors[i].name))
				return ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "the family's contract names %.*s twice",
						(int)l->tensors[i].name.len, l->tensors[i].name.ptr);
		l->by_name[s] = (uint32_t)i + 1;
	}
	return ROS_OK;
}

static void index_atoms(struct ros_layout *l)
{
	size_t i, s;

	for (i = 0; i < l->place_count; i++) {
		for (s = atom_slot(l, l->places[i].key); l->by_atom[s]; s = (s + 1) & (l->atom_slots - 1))
			;
		l->by_atom[s] = (uint32_t)i + 1;
	}
}

static int allocate(struct ros_layout *l, const struct ros_expansion *x)
{
	l->name_slots = slots_for(x->tensors);
	l->atom_slots = slots_for(x->places);
	l->places = ros_arena_alloc(x->arena, x->places + 1, sizeof *l->places, x->err);
	l->owner = ros_arena_alloc(x->arena, x->places + 1, sizeof *l->owner, x->err);
	l->by_name = ros_arena_alloc(x->arena, l->name_slots, sizeof *l->by_name, x->err);
	l->by_atom = ros_arena_alloc(x->arena, l->atom_slots, sizeof *l->by_atom, x->err);
	l->tensors = ros_arena_alloc(x->arena, x->tensors + 1, sizeof *l->tensors, x->err);
	return l->places && l->owner && l->by_name && l->by_atom && l->tensors ? ROS_OK : (int)x->err->code;
}

int ros_layout_build(struct ros_layout *l, const struct ros_contract *contract, const struct ros_hparams *hp,
		     enum ros_format_id format, int rows_hf, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_expansion x = { .layout = l, .contract = contract, .hp = hp, .list = &contract->tensors[format],
				   .pairs = rows_hf < 0 ? contract->tensors[format].pair_rows : rows_hf == 0,
				   .arena = arena, .err = err };
	int code;

	memset(l, 0, sizeof *l);
	l->contract = contract;
	l->format = format;
	code = ros_layout_expand(&x);
	if (!code)
		code = allocate(l, &x);
	if (!code)
		code = ros_layout_expand(&x);
	if (code)
		return code;
	l->count = x.tensors;
	l->place_count = x.places;
	index_atoms(l);
	return index_names(l, err);
}

static const struct ros_layout_tensor *find_exact(const struct ros_layout *l, struct ros_str name)
{
	size_t s;

	for (s = name_slot(l, name); l->by_name[s]; s = (s + 1) & (l->name_slots - 1))
		if (ros_str_equal(l->tensors[l->by_name[s] - 1].name, name))
			return &l->tensors[l->by_name[s] - 1];
	return NULL;
}

const struct ros_layout_tensor *ros_layout_find(const struct ros_layout *l, struct ros_str name)
{
	const struct ros_tensor_list *list = &l->contract->tensors[l->format];
	const struct ros_layout_tensor *t = find_exact(l, name);
	char text[1024];
	uint8_t i;

	for (i = 0; !t && i < list->spelling_count; i++) {
		size_t read = strlen(list->spellings[i].read), write = strlen(list->spellings[i].write);

		if (name.len < read || memcmp(name.ptr, list->spellings[i].read, read) != 0 ||
		    name.len - read + write > sizeof text)
			continue;
		memcpy(text, list->spellings[i].write, write);
		memcpy(text + write, name.ptr + read, name.len - read);
		t = find_exact(l, (struct ros_str){ text, name.len - read + write });
	}
	return t;
}

const struct ros_layout_tensor *ros_layout_atom(const struct ros_layout *l, struct ros_atom_key key, unsigned nth,
						const struct ros_placement **part)
{
	size_t s;

	for (s = atom_slot(l, key); l->by_atom[s]; s = (s + 1) & (l->atom_slots - 1)) {
		uint32_t at = l->by_atom[s] - 1;

		if (!same_key(l->places[at].key, key) || nth--)
			continue;
		*part = &l->places[at];
		return &l->tensors[l->owner[at]];
	}
	return NULL;
}
