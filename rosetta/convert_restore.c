/* The way back to a narrower type that a tensor once had: taken only where no value is lost by it. */
#include "rosetta/convert.h"

#include "formats/bytes.h"
#include "rosetta/forget.h"
#include "rosetta/gather.h"
#include "rosetta/pool.h"

#include <inttypes.h>
#include <stdatomic.h>

#define TILE_ELEMENTS (128u << 10)

struct tile {
	uint32_t step;
	uint64_t row, rows;
};

struct survey {
	const struct ros_conversion *c;
	const struct ros_kernels *kernels;
	_Atomic uint64_t *lost;         /* per step: the first element that would not survive, ROS_NONE */
	struct tile *tiles;
	size_t count, values, scratch;
	uint64_t total;
};

/* Float32 that the way back narrows, not a recipe. */
static bool is_narrowed(const struct ros_step *s)
{
	const struct ros_dtype_info *type = &ros_dtypes[s->dst.dtype];

	return s->kind == ROS_STEP_CONVERT && type->class_ == ROS_CLASS_FLOAT && type->block_len == 1 && s->dst.dtype != ROS_F32
		&& !s->asked && ros_tensor_elements(&s->dst);
}

/* V narrowed and widened again is BACK. Where the format between holds mapped values (w + 1), those must be the same again: the
 * last bits of w itself went when they were made. */
static bool survives(const struct ros_piece *p, float v, float back)
{
	if (p->from.value != p->to.value)
		return ros_map_value(v, p->to.value, p->from.value) == ros_map_value(back, p->to.value, p->from.value) || (v != v && back != back);
	return ros_f32_bits(v) == ros_f32_bits(back) || (v != v && back != back);
}

static size_t first_lost(const struct survey *y, const struct ros_step *s, const float *v, size_t n)
{
	uint8_t narrow[256 * sizeof(float)];
	float back[256];

	for (size_t i = 0; i < n; i += 256) {
		size_t m = n - i < 256 ? n - i : 256;

		y->kernels->encode[s->dst.dtype](v + i, narrow, 1, m, NULL);
		y->kernels->decode[s->dst.dtype](narrow, back, 1, m);
		for (size_t j = 0; j < m; j++)
			if (!survives(&s->pieces[0], v[i + j], back[j]))
				return i + j;
	}
	return n;
}

static void note_first(_Atomic uint64_t *first, uint64_t element)
{
	uint64_t known = atomic_load(first);

	while (element < known && !atomic_compare_exchange_weak(first, &known, element))
		;
}

static int look(void *context, size_t unit, void *scratch, struct ros_error *err)
{
	struct survey *y = context;
	const struct tile *t = &y->tiles[unit];
	const struct ros_step *s = &y->c->plan.steps[t->step];
	uint64_t before = ros_tile_elements(s, 0, t->row), n = ros_tile_elements(s, t->row, t->rows), at;

	(void)err;
	if (atomic_load(&y->lost[t->step]) < before)
		return 0;
	ros_tile_values(s, y->kernels, t->row, t->rows, scratch, (uint8_t *)scratch + y->values, NULL);
	at = first_lost(y, s, scratch, n);
	if (at < n)
		note_first(&y->lost[t->step], before + at);
	ros_forget_rows(s, &y->c->source.model, t->row, t->rows);
	return 0;
}

static uint64_t tile_bytes(const void *context, size_t unit)
{
	const struct survey *y = context;
	const struct tile *t = &y->tiles[unit];

	return ros_tile_bytes(&y->c->plan.steps[t->step], t->row, t->rows);
}

/* Counts the tiles, or fills them where there is storage. */
static void cut(struct survey *y)
{
	y->count = 0;
	y->total = 0;
	for (size_t i = 0; i < y->c->plan.count; i++) {
		struct ros_step *s = &y->c->plan.steps[i];
		uint64_t all, rows;

		if (!is_narrowed(s))
			continue;
		ros_step_narrow(s, NULL);
		all = ros_tile_all(s);
		rows = ros_tile_rows(s, TILE_ELEMENTS);
		for (uint64_t row = 0; row < all; row += rows) {
			uint64_t n = all - row < rows ? all - row : rows;
			size_t values = (ros_tile_elements(s, row, n) * sizeof(float) + 63) / 64 * 64, scratch = ros_tile_scratch(s, n);

			if (y->tiles)
				y->tiles[y->count] = (struct tile){ (uint32_t)i, row, n };
			y->count++;
			y->total += ros_tile_bytes(s, row, n);
			y->values = values > y->values ? values : y->values;
			y->scratch = scratch > y->scratch ? scratch : y->scratch;
		}
	}
}

static int survey(struct survey *y, struct ros_arena *arena, struct ros_error *err)
{
	cut(y);
	y->tiles = ros_arena_alloc(arena, y->count, sizeof *y->tiles, err);
	y->lost = ros_arena_alloc(arena, y->c->plan.count, sizeof *y->lost, err);
	if (err->code || !y->count)
		return err->code;
	cut(y);
	for (size_t i = 0; i < y->c->plan.count; i++)
		atomic_init(&y->lost[i], ROS_NONE);
	return ros_pool_run(&(struct ros_work){ .count = y->count, .make = look, .bytes = tile_bytes, .context = y, .phase = "compare",
						.total = y->total, .scratch_bytes = y->values + y->scratch }, &y->c->opt.run, err);
}

static int widen(struct ros_conversion *c, struct ros_step *s, uint64_t element, struct ros_verdict *v, struct ros_error *err)
{
	ros_verdict_add(v, false, "value.kept", s->dst.name, "it was %s once, which element %" PRIu64 " no longer fits: it stays F32",
			ros_dtypes[s->dst.dtype].name, element);
	c->plan.bytes -= s->dst.data.len;
	s->dst.dtype = ROS_F32;
	if (ros_step_settle(s, c->target.format, err))
		return err->code;
	c->plan.bytes += s->dst.data.len;
	return 0;
}

/* A dry run costs what the header does. */
static void note_unread(const struct ros_conversion *c, struct ros_verdict *v)
{
	size_t n = 0;

	for (size_t i = 0; i < c->plan.count; i++)
		n += is_narrowed(&c->plan.steps[i]);
	if (n)
		ros_verdict_add(v, false, "value.unread", ROS_STR(""), "%zu tensors return to the narrower type that they had once if all their "
				"values fit it, and stay F32 if not: a dry run does not look", n);
}

int ros_conversion_keep_values(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err)
{
	struct survey y = { .c = c, .kernels = ros_kernels_best() };

	if (c->dtype != ROS_DTYPE_COUNT || c->target.format == c->source.model.format || !y.kernels)
		return 0;
	if (c->opt.dry_run)
		note_unread(c, v);
	else
		survey(&y, &c->source.arena, err);
	for (size_t i = 0; y.count && i < c->plan.count && !err->code; i++)
		if (y.lost[i] != ROS_NONE)
			widen(c, &c->plan.steps[i], y.lost[i], v, err);
	return err->code;
}
