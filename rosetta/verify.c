/* verify: is B what A converts to? */
#include "rosetta/comparison.h"

#include "contracts/buffers.h"
#include "contracts/provenance.h"

static void verify_release(struct ros_report *r)
{
	ros_comparison_release(r->detail);
}

static const struct ros_report_kind verify_kind = { "verify", ros_comparison_json, ros_comparison_text, NULL, verify_release };

/* The type that B has. */
static enum ros_dtype type_of_b(void *context, const struct ros_step *step, enum ros_dtype stored, bool keep_f32)
{
	const struct ros_comparison *c = context;
	const struct ros_tensor *t = ros_model_find(&c->b.model, step->dst.name);

	(void)keep_f32;
	if (!t || ros_dtypes[stored].class_ != ROS_CLASS_FLOAT || ros_dtypes[t->dtype].class_ != ROS_CLASS_FLOAT)
		return stored;
	/* Values are compared as they are, not as B's type would have rounded them. */
	if (c->opt.values)
		return t->dtype == stored ? stored : ROS_F32;
	/* A quantizer is not asked to prove itself here: the values decide. */
	return ros_dtypes[t->dtype].block_len == 1 || t->dtype == stored ? t->dtype : ROS_F32;
}

/* A is planned into B's tensors where both families are known, else into A's own names. */
static int plan_a(struct ros_comparison *c, struct ros_verdict *v, struct ros_error *err)
{
	bool known = c->a.known && c->b.known;
	struct ros_plan_request want = {
		.src = &c->a.model, .from = known ? &c->a.binding : NULL, .wanted = known ? &c->b.binding : NULL, .hp = c->a.hub.hp,
		.target = c->b.model.format, .type = type_of_b, .type_context = c, .tied = ROS_TIED_ALWAYS, .allow_unknown = !known,
		.selected = ros_run_selects, .selected_context = &c->opt.run,
	};

	if (c->a.known && c->b.known && !ros_contract_interchangeable(c->a.hub.contract, c->b.hub.contract))
		ros_verdict_add(v, true, "compare.family", ROS_STR(""), "A is %s, B is %s", ros_source_family(&c->a), ros_source_family(&c->b));
	return ros_plan_make(&c->plan_a, &want, &c->a.arena, v, err);
}

/* What the contract lets a file leave out is no loss; an output matrix must then repeat the embedding. */
static bool may_be_absent(const struct ros_comparison *c, const struct ros_left *left)
{
	return left->why == ROS_LEFT_DERIVABLE || left->why == ROS_LEFT_EXCLUDED
		|| (left->why == ROS_LEFT_TIED && ros_source_output_repeats(&c->a));
}

/* What A's origin had by that name, carried or made again; NULL when nothing tells. */
static const struct ros_tensor *carried_buffer(const struct ros_tensor *list, size_t count, struct ros_str name)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].data.ptr && ros_str_equal(list[i].name, name))
			return &list[i];
	return NULL;
}

static void skip(struct ros_comparison *c, struct ros_str name)
{
	c->skipped[c->skipped_count++] = name;
}

/* What a tensor of A that nothing in B is made of would be called in B, by which it is selected. */
static struct ros_str name_in_b(const struct ros_comparison *c, const struct ros_tensor *t)
{
	const struct ros_layout_tensor *is = c->a.known && c->b.known ? c->a.binding.is[t - c->a.model.tensors] : NULL;

	const struct ros_placement *part;
	const struct ros_layout_tensor *place = is && is->part_count ? ros_layout_atom(&c->b.layout, is->parts[0].key, 0, &part) : NULL;

	return place ? place->name : t->name;
}

/* T of B follows from the configuration, as the family's contract has it. */
static bool is_derivable(const struct ros_comparison *c, size_t t)
{
	const struct ros_layout_tensor *is = c->b.known ? c->b.binding.is[t] : NULL;

	return is && is->presence == ROS_DERIVABLE;
}

/* Tensors of B that no step makes: buffers are held against what A's origin had; where nothing tells, that is said, and nothing
 * is compared; any other is extra. Returns how many pairs were added. */
static size_t pair_rest(struct ros_comparison *c, struct ros_step *steps, const bool *seen, struct ros_pair *pairs, struct ros_verdict *v,
			struct ros_error *err)
{
	const struct ros_model *b = &c->b.model;
	struct ros_step *made = ros_arena_alloc(&c->a.arena, b->tensor_count, sizeof *made, err);
	struct ros_piece *pieces = ros_arena_alloc(&c->a.arena, b->tensor_count, sizeof *pieces, err);
	struct ros_tensor *buffers = NULL;
	size_t count = 0, n = 0;

	if (err->code || ros_buffers_read(ros_provenance_buffers(&c->a.hub), &c->a.arena, &buffers, &count, err))
		return 0;
	for (size_t i = 0; i < b->tensor_count; i++) {
		const struct ros_tensor *buffer = carried_buffer(buffers, count, b->tensors[i].name);

		if (!ros_run_selects(&c->opt.run, b->tensors[i].name))
			skip(c, b->tensors[i].name);
		if (seen[i] || !ros_run_selects(&c->opt.run, b->tensors[i].name))
			continue;
		if (!buffer && is_derivable(c, i)) {
			ros_verdict_add(v, false, "compare.not-compared", b->tensors[i].name, "follows from the configuration; A has none to compare with");
			continue;
		}
		if (buffer)
			made[i] = ros_step_copy_of(buffer, &pieces[i]);
		pairs[n++] = (struct ros_pair){ .a = buffer ? &made[i] : NULL, .b = &steps[i] };
	}
	return n;
}

static int make_pairs(struct ros_comparison *c, struct ros_verdict *v, struct ros_error *err)
{
	const struct ros_model *b = &c->b.model;
	size_t room = c->plan_a.count + c->plan_a.left_count + b->tensor_count, n = 0;
	struct ros_pair *pairs = ros_arena_alloc(&c->a.arena, room, sizeof *pairs, err);
	struct ros_step *steps = ros_arena_alloc(&c->a.arena, b->tensor_count + c->plan_a.left_count, sizeof *steps, err);
	struct ros_piece *pieces = ros_arena_alloc(&c->a.arena, b->tensor_count + c->plan_a.left_count, sizeof *pieces, err);
	bool *seen = ros_arena_alloc(&c->a.arena, b->tensor_count, sizeof *seen, err);

	c->skipped = ros_arena_alloc(&c->a.arena, b->tensor_count + c->plan_a.left_count, sizeof *c->skipped, err);
	if (err->code)
		return err->code;
	for (size_t i = 0; i < b->tensor_count; i++)
		steps[i] = ros_step_copy_of(&b->tensors[i], &pieces[i]);
	for (size_t i = 0; i < c->plan_a.count; i++) {
		const struct ros_tensor *t = ros_model_find(b, c->plan_a.steps[i].dst.name);

		if (t)
			seen[t - b->tensors] = true;
		pairs[n++] = (struct ros_pair){ .a = &c->plan_a.steps[i], .b = t ? &steps[t - b->tensors] : NULL };
	}
	n += pair_rest(c, steps, seen, pairs + n, v, err);
	for (size_t i = 0; i < c->plan_a.left_count; i++) {
		struct ros_step *s = &steps[b->tensor_count + i];

		if (!ros_run_selects(&c->opt.run, name_in_b(c, c->plan_a.left[i].tensor))) {
			skip(c, name_in_b(c, c->plan_a.left[i].tensor));
			continue;
		}
		*s = ros_step_copy_of(c->plan_a.left[i].tensor, &pieces[b->tensor_count + i]);
		if (!may_be_absent(c, &c->plan_a.left[i]))
			pairs[n++] = (struct ros_pair){ .a = s };
	}
	c->compare.pairs = pairs;
	c->compare.count = n;
	ros_comparison_sort_skipped(c);
	return err->code;
}

struct ros_report *ros_verify(const char *a, const char *b, const struct ros_compare_options *opt)
{
	struct ros_report *r = ros_report_new(&verify_kind, sizeof(struct ros_comparison));
	struct ros_comparison *c;
	struct ros_error err = { 0 };

	if (!r)
		return NULL;
	c = r->detail;
	if (!ros_comparison_open(c, a, b, opt, &r->verdict, &err) && !plan_a(c, &r->verdict, &err) && !make_pairs(c, &r->verdict, &err)
	    && !ros_comparison_run(c, &r->verdict, &err) && !ros_comparison_metadata(c, &r->verdict, &err) && !r->verdict.fatal)
		ros_comparison_say(r, "B holds the same as A: ");
	return ros_report_close(r, &err);
}
