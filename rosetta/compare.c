#include "rosetta/compare.h"

#include "rosetta/compare_sums.h"
#include "formats/size.h"
#include "rosetta/forget.h"
#include "rosetta/locate.h"
#include "rosetta/look.h"
#include "rosetta/pool.h"

#include <math.h>
#include <string.h>

/* Fixed, whatever the number of threads: sums follow the tiles. */
#define TILE_ELEMENTS (128u << 10)

const char *ros_status_name(enum ros_status status)
{
	static const char *const name[] = {
		[ROS_IDENTICAL] = "identical", [ROS_EQUAL] = "equal", [ROS_ROUNDED] = "rounded", [ROS_WITHIN_TOLERANCE] = "within_tolerance",
		[ROS_DIFFERENT] = "different", [ROS_MISSING] = "missing", [ROS_EXTRA] = "extra",
	};

	return name[status];
}

bool ros_status_passes(enum ros_status status)
{
	return status <= ROS_WITHIN_TOLERANCE;
}

struct tile {
	uint32_t pair;
	uint64_t row, rows;
	bool unequal;                   /* bytes differ, or could not be compared */
	uint64_t first;                 /* byte in B's payload, ROS_NONE */
	struct ros_tile_notes notes;
	struct ros_difference sums;     /* second pass */
};

struct job {
	struct ros_compare *c;
	struct tile *tiles;
	size_t count;
	size_t *chosen;                 /* second pass: tiles of tensors that differ */
	size_t chosen_count;
	size_t scratch, half;           /* bytes of a worker's buffers: two tiles, then what making them needs */
	uint64_t total;
};

/* Both take whole tensors of one type: their stored bytes can be compared. */
static bool stored_alike(const struct ros_pair *p, const struct ros_tensor **a, const struct ros_tensor **b)
{
	*a = ros_step_whole(p->a);
	*b = ros_step_whole(p->b);
	return *a && *b && (*a)->dtype == (*b)->dtype && (*a)->data.len == (*b)->data.len;
}

static uint64_t first_difference(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i = 0;

	if (!memcmp(a, b, n))
		return ROS_NONE;
	while (a[i] == b[i])
		i++;
	return i;
}

/* Making bytes of a block type from floats is a quantizer's work, and proves nothing here. */
static bool bytes_comparable(const struct ros_pair *p)
{
	return p->a->dst.dtype == p->b->dst.dtype && p->a->dst.data.len == p->b->dst.data.len
		&& !((p->a->kind == ROS_STEP_CONVERT || p->b->kind == ROS_STEP_CONVERT) && ros_dtypes[p->a->dst.dtype].block_len > 1);
}

/* Stored bytes of a tile: a view where nothing needs to be made. */
static const uint8_t *tile_bytes(const struct job *j, const struct ros_step *s, const struct tile *t, uint8_t *out, void *scratch,
				 struct ros_tile_notes *notes)
{
	if (s->kind == ROS_STEP_COPY)
		return s->pieces[0].src->data.ptr + ros_tile_offset(s, t->row);
	ros_tile_make(s, j->c->kernels, t->row, t->rows, out, scratch, notes);
	return out;
}

static void forget(const struct job *j, const struct ros_pair *p, const struct tile *t)
{
	ros_forget_rows(p->a, j->c->a, t->row, t->rows);
	ros_forget_rows(p->b, j->c->b, t->row, t->rows);
}

/* Stored bytes of T's rows, as many at a time as a buffer holds: rows that end inside a block take more bytes than their values,
 * and where one scale stands for the tensor, the last tile has all of it. */
static int compare_stored(const struct job *j, const struct ros_tensor *sa, const struct ros_tensor *sb, struct tile *t, uint8_t *out,
			  uint8_t *other, struct ros_error *err)
{
	struct ros_step s = { .dst = *sb, .width = j->c->pairs[t->pair].b->width };
	uint64_t end = ros_tile_offset(&s, t->row + t->rows);

	for (uint64_t at = ros_tile_offset(&s, t->row), n; at < end && t->first == ROS_NONE; at += n) {
		const uint8_t *a, *b;

		n = end - at < j->half ? end - at : j->half;
		a = ros_look(j->c->a, sa, at, n, out, err);
		b = a ? ros_look(j->c->b, sb, at, n, other, err) : NULL;
		if (!b)
			return err->code;
		t->first = first_difference(a, b, n);
		if (t->first != ROS_NONE)
			t->first += at;
	}
	return 0;
}

static int compare_bytes(void *context, size_t unit, void *scratch, struct ros_error *err)
{
	struct job *j = context;
	struct tile *t = &j->tiles[unit];
	const struct ros_pair *p = &j->c->pairs[t->pair];
	const struct ros_tensor *sa, *sb;
	uint8_t *out = scratch, *other = out + j->half;

	t->notes = (struct ros_tile_notes)ROS_TILE_NOTES_INIT;
	t->first = ROS_NONE;
	if (stored_alike(p, &sa, &sb)) {
		if (compare_stored(j, sa, sb, t, out, other, err))
			return err->code;
	} else if (bytes_comparable(p)) {
		const uint8_t *a = tile_bytes(j, p->a, t, out, other + j->half, &t->notes);

		t->first = first_difference(a, tile_bytes(j, p->b, t, other, other + j->half, NULL), ros_tile_bytes(p->b, t->row, t->rows));
		t->first += t->first != ROS_NONE ? ros_tile_offset(p->b, t->row) : 0;
		forget(j, p, t);
	} else {
		t->unequal = true;
	}
	t->unequal |= t->first != ROS_NONE;
	return 0;
}

/* Elements of types without float values: by their bytes. */
static void compare_elements(const struct job *j, const struct ros_pair *p, struct tile *t, uint8_t *out, uint8_t *other, void *scratch)
{
	size_t each = ros_dtypes[p->b->dst.dtype].block_bytes, n = ros_tile_elements(p->b, t->row, t->rows);
	const uint8_t *a = tile_bytes(j, p->a, t, out, scratch, NULL), *b = tile_bytes(j, p->b, t, other, scratch, NULL);

	t->sums = (struct ros_difference){ .first = UINT64_MAX };
	for (size_t i = 0; i < n; i++) {
		if (!memcmp(a + i * each, b + i * each, each))
			continue;
		t->sums.different++;
		if (t->sums.first == UINT64_MAX)
			t->sums.first = i;
	}
}

static int compare_values(void *context, size_t unit, void *scratch, struct ros_error *err)
{
	struct job *j = context;
	struct tile *t = &j->tiles[j->chosen[unit]];
	const struct ros_pair *p = &j->c->pairs[t->pair];
	uint8_t *out = scratch, *other = out + j->half, *rest = other + j->half;

	(void)err;
	if (ros_step_is_float(p->a)) {
		ros_tile_values(p->a, j->c->kernels, t->row, t->rows, (float *)out, rest, NULL);
		ros_tile_values(p->b, j->c->kernels, t->row, t->rows, (float *)other, rest, NULL);
		ros_difference_of((float *)out, (float *)other, ros_tile_elements(p->b, t->row, t->rows), &t->sums);
	} else {
		compare_elements(j, p, t, out, other, rest);
	}
	forget(j, p, t);
	return 0;
}

static uint64_t bytes_of_tile(const struct job *j, const struct tile *t)
{
	const struct ros_pair *p = &j->c->pairs[t->pair];

	return ros_tile_bytes(p->a, t->row, t->rows) + ros_tile_bytes(p->b, t->row, t->rows);
}

static uint64_t first_pass_bytes(const void *context, size_t unit)
{
	const struct job *j = context;

	return bytes_of_tile(j, &j->tiles[unit]);
}

static uint64_t second_pass_bytes(const void *context, size_t unit)
{
	const struct job *j = context;

	return bytes_of_tile(j, &j->tiles[j->chosen[unit]]);
}

/* Outer dimensions of 1, which a GGUF cannot say. */
static unsigned outer_ones(const struct ros_tensor *t)
{
	unsigned n = 0;

	while (n + 1u < t->ndim && t->dim[n] == 1)
		n++;
	return n;
}

static bool same_shape(const struct ros_compare *c, const struct ros_tensor *a, const struct ros_tensor *b)
{
	bool gguf = c->a->format == ROS_FORMAT_GGUF || c->b->format == ROS_FORMAT_GGUF;
	unsigned i = gguf ? outer_ones(a) : 0, k = gguf ? outer_ones(b) : 0;

	if (a->ndim - i != b->ndim - k)
		return gguf && ros_tensor_elements(a) == 1 && ros_tensor_elements(b) == 1;
	return !memcmp(a->dim + i, b->dim + k, (a->ndim - i) * sizeof *a->dim);
}

/* Pairs that need no looking at tiles are decided here. True: P is to be cut. */
static bool begin_pair(const struct ros_compare *c, struct ros_pair *p)
{
	p->first_offset = p->first_element = p->overflow = ROS_NONE;
	p->status = !p->b ? ROS_MISSING : !p->a ? ROS_EXTRA : ROS_IDENTICAL;
	p->why = "values";
	if (!p->a || !p->b)
		return false;
	p->elements = ros_tensor_elements(&p->b->dst);
	if (!same_shape(c, &p->a->dst, &p->b->dst)) {
		p->status = ROS_DIFFERENT;
		p->why = "shape";
		p->different = p->elements;
		return false;
	}
	if (ros_step_is_float(p->a) != ros_step_is_float(p->b) || (!ros_step_is_float(p->a) && p->a->dst.dtype != p->b->dst.dtype)) {
		p->status = ROS_DIFFERENT;
		p->why = "type";
		p->different = p->elements;
		return false;
	}
	return p->elements > 0;
}

/* Rows of a tile of P: both sides must be able to cut there. */
static uint64_t rows_of(const struct ros_pair *p)
{
	uint64_t a = ros_tile_rows(p->a, TILE_ELEMENTS), b = ros_tile_rows(p->b, TILE_ELEMENTS), all = ros_tile_all(p->b);

	if (a == b)
		return a;
	return a == all || b == all || a * b > all ? all : a * b;   /* blocks that cross rows: a common multiple */
}

static void cut_pair(struct job *j, uint32_t pair)
{
	const struct ros_pair *p = &j->c->pairs[pair];
	uint64_t all, rows;

	ros_step_narrow(p->a, p->b);
	all = ros_tile_all(p->b);
	rows = rows_of(p);
	for (uint64_t row = 0; row < all; row += rows) {
		uint64_t n = all - row < rows ? all - row : rows, values = ros_tile_elements(p->b, row, n) * 8;

		if (j->tiles) {
			j->tiles[j->count] = (struct tile){ .pair = pair, .row = row, .rows = n };
			j->total += bytes_of_tile(j, &j->tiles[j->count]);
		}
		j->count++;
		j->half = ros_larger(j->half, (ros_larger(values, ros_larger(ros_tile_bytes(p->a, row, n), ros_tile_bytes(p->b, row, n))) + 63) / 64 * 64);
		j->scratch = ros_larger(j->scratch, ros_larger(ros_tile_scratch(p->a, n), ros_tile_scratch(p->b, n)));
	}
}

static int cut(struct job *j, struct ros_error *err)
{
	bool *whole = ros_arena_alloc(j->c->arena, j->c->count, sizeof *whole, err);

	for (size_t i = 0; whole && i < j->c->count; i++)
		if ((whole[i] = begin_pair(j->c, &j->c->pairs[i])))
			cut_pair(j, (uint32_t)i);
	j->tiles = whole ? ros_arena_alloc(j->c->arena, j->count, sizeof *j->tiles, err) : NULL;
	j->chosen = j->tiles ? ros_arena_alloc(j->c->arena, j->count, sizeof *j->chosen, err) : NULL;
	if (!j->chosen)
		return err->code;
	j->count = 0;
	for (size_t i = 0; i < j->c->count; i++)
		if (whole[i])
			cut_pair(j, (uint32_t)i);
	return 0;
}

/* After the first pass: notes are summed, tiles of tensors that differ somewhere are chosen for the second. */
static uint64_t choose(struct job *j)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < j->count; i++) {
		struct ros_pair *p = &j->c->pairs[j->tiles[i].pair];

		p->lossy += j->tiles[i].notes.lossy;
		p->rounded += j->tiles[i].notes.rounded;
		if (j->tiles[i].notes.overflow < p->overflow)
			p->overflow = j->tiles[i].notes.overflow;
		if (j->tiles[i].unequal || p->overflow != ROS_NONE)
			p->status = ROS_DIFFERENT;
		if (p->first_offset == ROS_NONE)
			p->first_offset = j->tiles[i].first;
	}
	for (size_t i = 0; i < j->count; i++) {
		if (j->c->pairs[j->tiles[i].pair].status != ROS_DIFFERENT)
			continue;
		j->chosen[j->chosen_count++] = i;
		bytes += bytes_of_tile(j, &j->tiles[i]);
	}
	return bytes;
}

/* Where element I of T stands in its payload: its own byte, or its block's. */
static uint64_t element_offset(const struct ros_tensor *t, uint64_t i)
{
	const struct ros_dtype_info *type = &ros_dtypes[t->dtype];
	uint64_t cols = ros_tensor_cols(t), rows = ros_tensor_rows(t);

	if (type->sizing == ROS_SIZE_APR_Q8)
		return 4 + i;
	if (type->sizing == ROS_SIZE_ROWS && cols % type->block_len)
		return i / cols * (t->data.len / rows) + i % cols / type->block_len * type->block_bytes;
	return i / type->block_len * type->block_bytes;
}

/* The byte of the tensor as B's file stores it. Where stored bytes were compared it is known already, to the byte. */
static void find_byte(struct ros_pair *p)
{
	const struct ros_tensor *a, *b;
	uint64_t element;

	p->stored = ros_step_source(p->b, p->first_element, &element);
	if (!p->stored)
		p->first_offset = ROS_NONE;
	else if (p->first_offset == ROS_NONE || !(p->b->kind == ROS_STEP_COPY || stored_alike(p, &a, &b)))
		p->first_offset = element_offset(p->stored, element);
}

static void judge(const struct ros_compare *c, struct ros_pair *p, const struct ros_difference *d)
{
	double n = (double)p->elements;

	p->different = d->different;
	p->unequal_nan = d->unequal_nan;
	p->max_abs = d->max_abs;
	p->mean_abs = d->sum_abs / n;
	p->rmse = sqrt(d->sum_sq / n);
	p->cosine = d->norm_a > 0 && d->norm_b > 0 ? d->dot / (sqrt(d->norm_a) * sqrt(d->norm_b)) : d->norm_a == d->norm_b ? 1 : 0;
	p->first_element = d->first;
	if (!d->different) {
		p->status = ROS_EQUAL;
		p->first_offset = ROS_NONE;
		return;
	}
	find_byte(p);
	p->status = !d->unequal_nan && ros_step_is_float(p->a) && p->overflow == ROS_NONE && c->tolerance > 0 && d->max_abs <= c->tolerance
		? ROS_WITHIN_TOLERANCE : ROS_DIFFERENT;
}

static void judge_all(struct job *j)
{
	for (size_t i = 0; i < j->chosen_count;) {
		uint32_t pair = j->tiles[j->chosen[i]].pair;
		struct ros_difference sum = { .first = UINT64_MAX };

		for (; i < j->chosen_count && j->tiles[j->chosen[i]].pair == pair; i++) {
			const struct tile *t = &j->tiles[j->chosen[i]];

			ros_difference_add(&sum, &t->sums, ros_tile_elements(j->c->pairs[pair].b, 0, t->row));
		}
		judge(j->c, &j->c->pairs[pair], &sum);
	}
}

/* Equal bytes may hide another stored type or a conversion that loses something: say so. */
static void refine(struct ros_pair *p)
{
	const struct ros_tensor *a, *b;

	if (p->status != ROS_IDENTICAL || !p->a || !p->b || stored_alike(p, &a, &b))
		return;
	if (p->lossy || p->rounded)
		p->status = ROS_ROUNDED;
	else if (p->a->kind == ROS_STEP_CONVERT || p->b->kind == ROS_STEP_CONVERT)
		p->status = ROS_EQUAL;
}

int ros_compare_run(struct ros_compare *c, struct ros_error *err)
{
	struct job j = { .c = c };
	struct ros_work work = { .make = compare_bytes, .bytes = first_pass_bytes, .context = &j, .phase = "compare" };

	if (cut(&j, err))
		return err->code;
	work.count = j.count;
	work.scratch_bytes = 2 * j.half + j.scratch;
	work.total = j.total;
	if (ros_pool_run(&work, c->run, err))
		return err->code;
	work.total = choose(&j);
	work.count = j.chosen_count;
	work.make = compare_values;
	work.bytes = second_pass_bytes;
	work.phase = "measure";
	if (ros_pool_run(&work, c->run, err))
		return err->code;
	judge_all(&j);
	for (size_t i = 0; i < c->count; i++)
		refine(&c->pairs[i]);
	return 0;
}
