/* diff: how do A and B differ? Both in canonical form. */
#include "rosetta/comparison.h"

#include <stdlib.h>

static void diff_release(struct ros_report *r)
{
	ros_comparison_release(r->detail);
}

static const struct ros_report_kind diff_kind = { "diff", ros_comparison_json, ros_comparison_text, NULL, diff_release };

static int by_name(const void *x, const void *y)
{
	struct ros_step *const *a = x, *const *b = y;

	return ros_str_compare((*a)->dst.name, (*b)->dst.name);
}

static struct ros_step **sorted(const struct ros_plan *plan, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_step **list = ros_arena_alloc(arena, plan->count, sizeof *list, err);

	for (size_t i = 0; list && i < plan->count; i++)
		list[i] = &plan->steps[i];
	if (list && plan->count)
		qsort(list, plan->count, sizeof *list, by_name);
	return list;
}

/* What either plan skipped. */
static int skip(struct ros_comparison *c, struct ros_error *err)
{
	size_t a = c->plan_a.skipped_count, b = c->plan_b.skipped_count;
	struct ros_str *list = ros_arena_alloc(&c->a.arena, a + b, sizeof *list, err);

	if (!list)
		return err->code;
	for (size_t i = 0; i < a + b; i++)
		list[i] = i < a ? c->plan_a.skipped[i] : c->plan_b.skipped[i - a];
	c->skipped = list;
	c->skipped_count = a + b;
	ros_comparison_sort_skipped(c);
	return 0;
}

/* Merges both sorted lists: equal names are pairs, others stand alone. */
static int make_pairs(struct ros_comparison *c, struct ros_error *err)
{
	size_t room = c->plan_a.count + c->plan_b.count, n = 0;
	struct ros_pair *pairs = ros_arena_alloc(&c->a.arena, room, sizeof *pairs, err);
	struct ros_step **a = sorted(&c->plan_a, &c->a.arena, err), **b = sorted(&c->plan_b, &c->a.arena, err);

	if (err->code)
		return err->code;
	for (size_t i = 0, j = 0; i < c->plan_a.count || j < c->plan_b.count;) {
		int order = i == c->plan_a.count ? 1 : j == c->plan_b.count ? -1 : ros_str_compare(a[i]->dst.name, b[j]->dst.name);

		pairs[n++] = (struct ros_pair){ .a = order <= 0 ? a[i] : NULL, .b = order >= 0 ? b[j] : NULL };
		i += order <= 0;
		j += order >= 0;
	}
	c->compare.pairs = pairs;
	c->compare.count = n;
	return skip(c, err);
}

struct ros_report *ros_diff(const char *a, const char *b, const struct ros_compare_options *opt)
{
	struct ros_report *r = ros_report_new(&diff_kind, sizeof(struct ros_comparison));
	struct ros_comparison *c;
	struct ros_error err = { 0 };

	if (!r)
		return NULL;
	c = r->detail;
	c->keys_alike = true;
	if (!ros_comparison_open(c, a, b, opt, &r->verdict, &err)
	    && !ros_source_canonical(&c->a, &c->opt.run, &c->plan_a, &r->verdict, &err)
	    && !ros_source_canonical(&c->b, &c->opt.run, &c->plan_b, &r->verdict, &err)
	    && !make_pairs(c, &err) && !ros_comparison_run(c, &r->verdict, &err) && !ros_comparison_metadata(c, &r->verdict, &err)
	    && !r->verdict.fatal)
		ros_comparison_say(r, "no difference in ");
	return ros_report_close(r, &err);
}
