#include "contracts/layout_expand.h"

#include <stdio.h>
#include <string.h>

#include "formats/size.h"

/* What one rule makes in one layer for one index (or for all of them, stacked). */
struct instance {
	const struct ros_tensor_rule *rule;
	uint32_t layer, each;           /* ROS_NO_LAYER, ROS_NO_EXPERT */
	uint64_t stack;                 /* how many are stacked; 0: no stacking */
	uint64_t rows, cols;            /* of one slab, before transposing */
	uint64_t groups;
	bool vector;
};

static bool has_role(const struct ros_expansion *x, const struct instance *in, const struct ros_tensor_part *part)
{
	return ros_expr_true(&x->contract->roles[part->role].when, x->hp, in->layer, true);
}

static int positive(const struct ros_expansion *x, const struct instance *in, const struct ros_expr *e, uint64_t *out)
{
	int code = ros_expr_u64(e, x->hp, in->layer, out, x->err);

	if (!code && *out == 0)
		return ros_fail(x->err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s: `%s` is zero", in->rule->name, e->text);
	return code;
}

static int part_size(const struct ros_expansion *x, const struct instance *in, const struct ros_tensor_part *part,
		     uint64_t *rows, uint64_t *cols)
{
	const struct ros_role *role = &x->contract->roles[part->role];
	int code = positive(x, in, &role->rows, rows);

	*cols = 1;
	return code || !role->cols.count ? code : positive(x, in, &role->cols, cols);
}

/* Sums the parts; they must agree in columns and make whole groups. */
static int measure(const struct ros_expansion *x, struct instance *in)
{
	uint8_t i;
	uint64_t rows, cols;
	int code;

	in->groups = 1;
	if (in->rule->groups.count && (code = positive(x, in, &in->rule->groups, &in->groups)))
		return code;
	for (i = 0; i < in->rule->part_count; i++) {
		const struct ros_tensor_part *part = &in->rule->parts[i];

		if (!has_role(x, in, part))
			continue;
		if ((code = part_size(x, in, part, &rows, &cols)))
			return code;
		if (in->rows && cols != in->cols)
			return ros_fail(x->err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s: its parts have %llu and %llu columns", in->rule->name,
					(unsigned long long)in->cols, (unsigned long long)cols);
		if (rows % in->groups)
			return ros_fail(x->err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s: %llu rows are no %llu whole groups", in->rule->name,
					(unsigned long long)rows, (unsigned long long)in->groups);
		if (!ros_add_u64(in->rows, rows, &in->rows))
			return ros_fail(x->err, ROS_ELIMIT, ROS_NO_OFFSET, "%s: too many rows", in->rule->name);
		in->cols = cols;
		in->vector = !x->contract->roles[part->role].cols.count;
	}
	return ROS_OK;
}

static struct ros_str tensor_name(const struct ros_expansion *x, const struct instance *in)
{
	char text[512];
	size_t n = 0;
	const char *at = in->rule->name;

	while (*at && n + 16 < sizeof text) {
		bool layer = strncmp(at, "{layer}", 7) == 0, each = strncmp(at, "{each}", 6) == 0;

		if (!layer && !each) {
			text[n++] = *at++;
			continue;
		}
		n += (size_t)snprintf(text + n, sizeof text - n, "%u", layer ? in->layer : in->each);
		at += layer ? 7 : 6;
	}
	return ros_arena_str(x->arena, (struct ros_str){ text, n }, x->err);
}

/* Absent, optional and tied ones are excused; what the numbers require is not. */
static enum ros_presence role_presence(const struct ros_expansion *x, const struct instance *in, const struct ros_role *role)
{
	if (ros_expr_true(&role->required, x->hp, in->layer, false))
		return ROS_REQUIRED;
	return role->presence;
}

static enum ros_presence presence(const struct ros_expansion *x, const struct instance *in)
{
	enum ros_presence weakest = ROS_REQUIRED;
	uint8_t i;

	if (!in->rule->part_count)
		return ROS_DERIVABLE;
	for (i = 0; i < in->rule->part_count; i++) {
		enum ros_presence p = role_presence(x, in, &x->contract->roles[in->rule->parts[i].role]);

		if (p == ROS_REQUIRED)
			return in->rule->optional_read ? ROS_OPTIONAL : p;
		weakest = p;
	}
	return weakest;
}

static int set_dims(const struct ros_expansion *x, const struct instance *in, struct ros_layout_tensor *t)
{
	uint64_t natural = 1, stated = 1, dims[3], *d = dims;
	uint8_t i;
	int code;

	if (in->stack)
		*d++ = in->stack;
	if (in->vector || !in->rule->transposed)
		*d++ = in->rows;
	if (!in->vector)
		*d++ = in->cols;
	if (!in->vector && in->rule->transposed)
		*d++ = in->rows;
	for (i = 0; i < d - dims && in->rule->part_count; i++)
		if (!ros_mul_u64(natural, dims[i], &natural))
			return ros_fail(x->err, ROS_ELIMIT, ROS_NO_OFFSET, "%s: too many elements", in->rule->name);
	t->ndim = in->rule->ndim ? in->rule->ndim : (uint8_t)(d - dims);
	for (i = 0; i < t->ndim; i++) {
		if (!in->rule->ndim)
			t->dim[i] = dims[i];
		else if ((code = positive(x, in, &in->rule->dims[i], &t->dim[i])))
			return code;
		if (!ros_mul_u64(stated, t->dim[i], &stated))
			return ros_fail(x->err, ROS_ELIMIT, ROS_NO_OFFSET, "%s: too many elements", in->rule->name);
	}
	if (in->rule->part_count && natural != stated)
		return ros_fail(x->err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s: its dimensions hold %llu elements, its parts %llu",
				in->rule->name, (unsigned long long)stated, (unsigned long long)natural);
	return ROS_OK;
}

static int set_rope(const struct ros_expansion *x, const struct instance *in, const struct ros_role *role, struct ros_placement *p)
{
	uint64_t heads;
	int code;

	if (!x->pairs || !role->rope_heads.count)
		return ROS_OK;
	code = positive(x, in, &role->rope_heads, &heads);
	if (code)
		return code;
	if (heads > UINT32_MAX || p->rows % heads || p->rows / heads % 2)
		return ros_fail(x->err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s: %llu rows are no %llu heads of even width", in->rule->name,
				(unsigned long long)p->rows, (unsigned long long)heads);
	p->rope_heads = (uint32_t)heads;
	return ROS_OK;
}

/* The placements of slab E, whose parts lie one after the other within each group. */
static int place_slab(struct ros_expansion *x, const struct instance *in, uint32_t e, struct ros_layout_tensor *t)
{
	uint64_t offset = 0, cols;
	uint8_t i;
	int code;

	for (i = 0; i < in->rule->part_count; i++) {
		const struct ros_tensor_part *part = &in->rule->parts[i];
		const struct ros_role *role = &x->contract->roles[part->role];
		struct ros_placement *p = &x->layout->places[x->places];

		if (!has_role(x, in, part))
			continue;
		p->key = (struct ros_atom_key){ part->role, in->layer, role->each.count ? e : ROS_NO_EXPERT };
		if ((code = part_size(x, in, part, &p->rows, &cols)) || (code = set_rope(x, in, role, p)))
			return code;
		p->cols = cols;
		p->width = in->rule->transposed ? in->rows : cols;
		p->group_rows = p->rows / in->groups;
		p->group_stride = in->rows / in->groups;
		p->group_offset = offset;
		offset += p->group_rows;
		p->transposed = in->rule->transposed;
		if (in->stack && p->transposed)
			p->base_row = e * cols;
		else if (in->stack)
			p->group_offset += e * in->rows;
		p->value = part->value;
		x->layout->owner[x->places++] = (uint32_t)(t - x->layout->tensors);
		t->part_count++;
	}
	return ROS_OK;
}

static int fill(struct ros_expansion *x, const struct instance *in)
{
	struct ros_layout_tensor *t = &x->layout->tensors[x->tensors++];
	uint64_t e, first = in->each == ROS_NO_EXPERT ? 0 : in->each;
	uint64_t end = first + (in->stack ? in->stack : 1);
	int code = set_dims(x, in, t);

	if (code)
		return code;
	t->name = tensor_name(x, in);
	if (!t->name.ptr)
		return x->err->code;
	t->presence = presence(x, in);
	t->read_only = in->rule->optional_read;
	t->derivation = (uint8_t)in->rule->derive;
	t->derived = in->rule->derive >= ROS_DERIVE_LLAMA3_FACTORS && in->rule->derive <= ROS_DERIVE_SHORT_FACTORS;
	if (t->derived && !ros_expr_true(&in->rule->when, x->hp, in->layer, true))
		t->read_only = true;
	t->keep_f32 = x->layout->format != ROS_FORMAT_SAFETENSORS && (in->vector || !in->rule->part_count || in->rule->keep_f32);
	t->write_tied = t->presence == ROS_TIED && x->list->write_tied;
	t->parts = &x->layout->places[x->places];
	for (e = first; e < end; e++)
		if ((code = place_slab(x, in, (uint32_t)e, t)))
			return code;
	return ROS_OK;
}

static int count(struct ros_expansion *x, uint64_t tensors, uint64_t places)
{
	if (tensors > ROS_MAX_TENSORS - x->tensors || places > ROS_MAX_PLACEMENTS - x->places)
		return ros_fail(x->err, ROS_ELIMIT, ROS_NO_OFFSET,
				"the configuration describes over %u tensors or %u matrices", ROS_MAX_TENSORS, ROS_MAX_PLACEMENTS);
	x->tensors += tensors;
	x->places += places;
	return ROS_OK;
}

/* One rule in one layer: one tensor, one for each index, or one that stacks them. */
static int instantiate(struct ros_expansion *x, struct instance *in)
{
	const struct ros_role *role = in->rule->part_count ? &x->contract->roles[in->rule->parts[0].role] : NULL;
	uint64_t each = 1, e;
	bool separate = strstr(in->rule->name, "{each}") != NULL;
	int code = measure(x, in);

	if (code || (in->rule->part_count && !in->rows))
		return code;
	if (role && role->each.count && (code = positive(x, in, &role->each, &each)))
		return code;
	if (!x->layout->tensors)
		return each > UINT32_MAX ? count(x, UINT64_MAX, 0) : count(x, separate ? each : 1, each * in->rule->part_count);
	if (!separate) {
		in->stack = role && role->each.count ? each : 0;
		return fill(x, in);
	}
	for (e = 0; !code && e < each; e++) {
		in->each = (uint32_t)e;
		code = fill(x, in);
	}
	return code;
}

/* The rule's own condition; a derived tensor that does not apply is still recognised. */
static bool applies(const struct ros_expansion *x, const struct ros_tensor_rule *rule, uint32_t layer)
{
	return rule->derive != ROS_DERIVE_NONE || ros_expr_true(&rule->when, x->hp, layer, true);
}

static int expand_rules(struct ros_expansion *x, bool layers, uint32_t layer)
{
	uint16_t i;
	int code;

	for (i = 0; i < x->list->count; i++) {
		struct instance in = { .rule = &x->list->rules[i], .layer = layer, .each = ROS_NO_EXPERT };

		if ((strstr(in.rule->name, "{layer}") != NULL) != layers || !applies(x, in.rule, layer))
			continue;
		code = instantiate(x, &in);
		if (code)
			return code;
	}
	return ROS_OK;
}

int ros_layout_expand(struct ros_expansion *x)
{
	uint64_t layers = 0;
	uint32_t layer;
	int code;

	x->tensors = x->places = 0;
	if (!ros_hparams_u64(x->hp, ROS_HP_N_LAYER, &layers) || layers == 0 || layers > ROS_MAX_TENSORS)
		return ros_fail(x->err, ROS_ECONTRACT, ROS_NO_OFFSET, "the configuration states no number of layers");
	code = expand_rules(x, false, ROS_NO_LAYER);
	for (layer = 0; !code && layer < layers; layer++)
		code = expand_rules(x, true, layer);
	return code;
}
