#include "rosetta/derive_scales.h"

#include "formats/size.h"
#include "rosetta/forget.h"
#include "rosetta/pool.h"

#include <string.h>

/* Elements of the largest block. */
#define LONGEST_BLOCK 256
/* Fixed, whatever the number of threads: findings follow the tiles. */
#define TILE_ELEMENTS (256u << 10)
/* Judged at a time: source and decoded values stay in a core's own cache. */
#define JUDGED_AT_ONCE (16u << 10)

const char *ros_descent_name(enum ros_descent d)
{
	static const char *const name[ROS_DESCENT_COUNT] = {
		[ROS_DERIVED_IDENTICAL] = "identical", [ROS_DERIVED_REPRODUCED] = "reproduced", [ROS_DERIVED_CONSISTENT] = "consistent",
		[ROS_DERIVED_WITHIN_BOUND] = "within_bound", [ROS_NOT_DERIVED] = "not_derived",
	};

	return name[d];
}

/* One range of rows of one tensor, and what was found there. */
struct tile {
	uint32_t tensor;
	uint64_t row, rows;
	struct ros_consistency found;
	uint64_t units, equal_units, rivals, first_unequal, rounded;
};

struct run {
	struct ros_derive_job *job;
	struct tile *tiles;
	size_t count;
	size_t floats;          /* of one buffer: the values of a tile */
	size_t bytes;           /* stored bytes of a tile */
	size_t scratch;         /* what making a tile needs */
	uint64_t total;
	bool second;            /* the second pass: only tensors that failed, with rounding through F16 */
};

static bool is_quantised(const struct ros_derived *d)
{
	return ros_dtypes[d->stored->dtype].quantised;
}

/* A type that quant/consistent.h judges: blocks along rows. */
static bool is_judged(const struct ros_derived *d)
{
	return is_quantised(d) && ros_dtypes[d->stored->dtype].sizing == ROS_SIZE_ROWS;
}

/* Whether bytes are made and compared: plain types always (it is cheap), APR's native ones too (their blocks run across
 * rows), block types when asked for and possible. */
static bool is_encoded(const struct run *r, const struct ros_derived *d)
{
	const struct ros_codec *c = &ros_codecs[d->stored->dtype];

	if (!is_judged(d))
		return true;
	return r->job->reproduce && !r->second && c->encode && (d->weights || !c->needs_weights);
}

/* STEP with the quantized model's type: what an encoder makes of the source. */
static struct ros_step encoding(const struct ros_derived *d)
{
	struct ros_step s = *d->step;

	s.dst.dtype = d->stored->dtype;
	s.dst.data = d->stored->data;
	s.weights = d->weights;
	if (ros_step_is_float(d->step) && s.kind != ROS_STEP_MADE && s.dst.dtype != d->step->dst.dtype)
		s.kind = ROS_STEP_CONVERT;
	return s;
}

static uint64_t tile_rows(const struct ros_derived *d)
{
	struct ros_step s = encoding(d);

	return ros_tile_rows(&s, TILE_ELEMENTS);
}

/* Bytes of the unit that is compared: a block, or an element of a plain type. */
static size_t unit_bytes(const struct ros_derived *d)
{
	return ros_dtypes[d->stored->dtype].block_bytes;
}

/* Sum of squared distances of a stored block's values from its source. */
static double block_error(enum ros_dtype type, const uint8_t *block, const float *source)
{
	size_t len = ros_dtypes[type].block_len;
	float v[LONGEST_BLOCK];
	double sum = 0;

	ros_codecs[type].decode(block, v, 1, len);
	for (size_t i = 0; i < len; i++)
		sum += ((double)source[i] - v[i]) * ((double)source[i] - v[i]);
	return sum;
}

/* A block that is not ours byte for byte, but no worse by more than a tenth: what another order of sums or another
 * rounding may choose between near equals. A code that was tampered with costs more. */
static bool is_rival(const struct ros_derived *d, const uint8_t *made, const uint8_t *stored, const float *source)
{
	enum ros_dtype type = d->stored->dtype;

	return block_error(type, stored, source) <= 1.1 * block_error(type, made, source);
}

/* VALUES: the tile's source, NULL for types that are not judged. */
static void compare_units(const struct ros_derived *d, struct tile *t, const uint8_t *made, const uint8_t *stored, uint64_t bytes,
			  uint64_t first, const float *values)
{
	size_t each = unit_bytes(d), len = ros_dtypes[d->stored->dtype].block_len;
	bool whole = ros_tensor_cols(d->stored) % len == 0;

	t->units = bytes / each;
	if (!memcmp(made, stored, bytes)) {
		t->equal_units = t->units;
		return;
	}
	for (uint64_t u = 0; u < t->units; u++) {
		if (!memcmp(made + u * each, stored + u * each, each))
			t->equal_units++;
		else if (values && whole && is_rival(d, made + u * each, stored + u * each, values + u * len))
			t->rivals++;
		else if (t->first_unequal == ROS_NONE)
			t->first_unequal = first + u;
	}
}

/* Elements of a plain type whose value is not the source's: what an encoder had to round. */
static void count_rounded(const struct run *r, const struct ros_derived *d, struct tile *t, const uint8_t *stored, float *values,
			  float *decoded, void *scratch)
{
	uint64_t n = t->rows * ros_tensor_cols(d->stored);

	if (!ros_step_is_float(d->step))
		return;
	ros_tile_values(d->step, r->job->kernels, t->row, t->rows, values, scratch, NULL);
	r->job->kernels->decode[d->stored->dtype](stored, decoded, t->rows, ros_tensor_cols(d->stored));
	for (uint64_t i = 0; i < n; i++)
		t->rounded += memcmp(&values[i], &decoded[i], sizeof *values) != 0;
}

/* VALUES afterwards holds the whole tile's source where KEEP, else only the last rows'. */
static void judge_tile(const struct run *r, const struct ros_derived *d, struct tile *t, const uint8_t *stored, float *values,
		       float *decoded, void *scratch, bool keep)
{
	const struct ros_tensor *q = d->stored;
	uint64_t cols = ros_tensor_cols(q), piece = JUDGED_AT_ONCE / cols ? JUDGED_AT_ONCE / cols : 1;

	for (uint64_t at = 0; at < t->rows; at += piece) {
		uint64_t n = t->rows - at < piece ? t->rows - at : piece;
		float *w = keep ? values + at * cols : values;
		const uint8_t *p = stored + at * ros_row_bytes(q->dtype, cols);

		ros_tile_values(d->step, r->job->kernels, t->row + at, n, w, scratch, NULL);
		r->job->kernels->decode[q->dtype](p, decoded, n, cols);
		ros_consistent_rows(r->job->kernels, q->dtype, p, decoded, w, n, cols, ros_source_rounding(d, r->second), &t->found);
	}
}

static int make_tile(void *context, size_t unit, void *scratch, struct ros_error *err)
{
	struct run *r = context;
	struct tile *t = &r->tiles[unit];
	const struct ros_derived *d = &r->job->tensors[t->tensor];
	float *values = scratch, *decoded = values + r->floats;
	uint8_t *made = (uint8_t *)(decoded + r->floats);
	void *rest = made + r->bytes;
	struct ros_step s = encoding(d);
	uint64_t offset = ros_tile_offset(&s, t->row), bytes = ros_tile_bytes(&s, t->row, t->rows);
	const uint8_t *stored = d->stored->data.ptr + offset;

	(void)err;
	ros_consistency_init(&t->found);
	t->first_unequal = ROS_NONE;
	if (is_judged(d))
		judge_tile(r, d, t, stored, values, decoded, rest, is_encoded(r, d));
	if (is_encoded(r, d)) {
		ros_tile_make(&s, r->job->kernels, t->row, t->rows, made, rest, NULL);
		compare_units(d, t, made, stored, bytes, offset / unit_bytes(d), is_judged(d) ? values : NULL);
		if (!is_quantised(d) && s.kind == ROS_STEP_CONVERT)
			count_rounded(r, d, t, stored, values, decoded, rest);
	}
	ros_forget_rows(d->step, r->job->source, t->row, t->rows);
	ros_forget_payload(d->stored, r->job->quantized, offset, bytes);
	return 0;
}

static uint64_t tile_bytes(const void *context, size_t unit)
{
	const struct run *r = context;
	const struct tile *t = &r->tiles[unit];

	return t->rows * ros_tensor_cols(r->job->tensors[t->tensor].stored) * 2;
}

static bool in_this_pass(const struct run *r, const struct ros_derived *d)
{
	if (!d->step || !ros_tensor_elements(d->stored))
		return false;
	return !r->second || (d->status == ROS_NOT_DERIVED && is_judged(d));
}

static void cut(struct run *r, uint32_t tensor)
{
	const struct ros_derived *d = &r->job->tensors[tensor];
	struct ros_step s = encoding(d);
	uint64_t all = ros_tensor_rows(d->stored), rows = tile_rows(d);

	for (uint64_t row = 0; row < all; row += rows) {
		uint64_t n = all - row < rows ? all - row : rows;

		if (r->tiles) {
			r->tiles[r->count] = (struct tile){ .tensor = tensor, .row = row, .rows = n };
			r->total += tile_bytes(r, r->count);
		}
		r->count++;
		r->floats = ros_larger(r->floats, (n * ros_tensor_cols(d->stored) + 15) / 16 * 16);
		r->bytes = ros_larger(r->bytes, (ros_tile_bytes(&s, row, n) + 63) / 64 * 64);
		r->scratch = ros_larger(r->scratch, ros_larger(ros_tile_scratch(&s, n), ros_tile_scratch(d->step, n)));
	}
}

/* Lists the tiles of this pass. */
static int cut_all(struct run *r, struct ros_error *err)
{
	r->tiles = NULL;
	for (int listing = 0; listing < 2; listing++) {
		size_t count = r->count;

		if (listing)
			r->tiles = ros_arena_alloc(r->job->arena, count, sizeof *r->tiles, err);
		if (listing && !r->tiles)
			return err->code;
		r->count = 0;
		r->total = 0;
		for (size_t i = 0; i < r->job->count; i++)
			if (in_this_pass(r, &r->job->tensors[i]))
				cut(r, (uint32_t)i);
	}
	return 0;
}

/* Why the findings do not make TYPE's codes follow from the source; NULL where they do. */
static const char *objection(const struct ros_derived *d)
{
	const struct ros_consistency *f = &d->found;

	if (f->strange_rows)
		return "rows do not point the way of their source";
	if (f->violations)
		return "codes are not the nearest to their source";
	if (f->bad_scales)
		return "scales do not fit the weights they stand for";
	if (f->other_scale && f->plain_scales * 2 > f->blocks)
		return "a few blocks have codes that their own scale does not give";
	return NULL;
}

static void settle_judged(struct ros_derived *d)
{
	bool same = d->encoded && d->equal_units == d->units;

	/* Equal bytes leave nothing to object to: a matrix may ask for the oddest scales. */
	d->why = same ? NULL : objection(d);
	if (same)
		d->status = ROS_DERIVED_REPRODUCED;
	else if (d->why)
		d->status = ROS_NOT_DERIVED;
	else
		d->status = ros_codes_are_separate(d->stored->dtype) ? ROS_DERIVED_CONSISTENT : ROS_DERIVED_WITHIN_BOUND;
	/* Grid codes cannot be judged, but where nearly all blocks came out the same, one that did not was changed. */
	if (!d->why && d->encoded && d->status == ROS_DERIVED_WITHIN_BOUND && d->equal_units * 2 > d->units &&
	    d->equal_units + d->rivals < d->units) {
		d->status = ROS_NOT_DERIVED;
		d->why = "most blocks are reproduced, and some are not";
	}
}

static void settle_encoded(struct ros_derived *d)
{
	if (d->equal_units < d->units) {
		d->status = ROS_NOT_DERIVED;
		d->why = "bytes are not those that encoding the source gives";
	} else {
		d->status = d->rounded || is_quantised(d) ? ROS_DERIVED_REPRODUCED : ROS_DERIVED_IDENTICAL;
	}
}

/* Adds the tiles of a pass up, in order, and decides. */
static void collect(struct run *r)
{
	for (size_t i = 0; i < r->job->count; i++)
		if (in_this_pass(r, &r->job->tensors[i])) {
			struct ros_derived *d = &r->job->tensors[i];

			ros_consistency_init(&d->found);
			d->encoded = d->encoded || is_encoded(r, d);
			d->through_f16 = r->second;
		}
	for (size_t i = 0; i < r->count; i++) {
		const struct tile *t = &r->tiles[i];
		struct ros_derived *d = &r->job->tensors[t->tensor];

		ros_consistency_add(&d->found, &t->found);
		d->units += t->units;
		d->equal_units += t->equal_units;
		d->rivals += t->rivals;
		d->rounded += t->rounded;
		if (d->first_unequal == ROS_NONE)
			d->first_unequal = t->first_unequal;
	}
	for (size_t i = 0; i < r->job->count; i++)
		if (in_this_pass(r, &r->job->tensors[i])) {
			struct ros_derived *d = &r->job->tensors[i];

			if (is_judged(d))
				settle_judged(d);
			else
				settle_encoded(d);
		}
}

static int pass(struct run *r, struct ros_error *err)
{
	struct ros_work work = { .make = make_tile, .bytes = tile_bytes, .context = r, .phase = r->second ? "derive, through F16" : "derive" };

	if (cut_all(r, err) || !r->count)
		return err->code;
	work.count = r->count;
	work.total = r->total;
	work.scratch_bytes = 2 * r->floats * sizeof(float) + r->bytes + r->scratch;
	if (ros_pool_run(&work, r->job->run, err))
		return err->code;
	collect(r);
	return 0;
}

/* Whether a failed tensor deserves a second look: its source may have passed through an F16 file. */
static bool may_be_through_f16(const struct ros_derived *d)
{
	if (!d->step || d->status != ROS_NOT_DERIVED || !is_judged(d))
		return false;
	for (uint32_t i = 0; i < d->step->piece_count; i++)
		if (d->step->pieces[i].src->dtype == ROS_F32 || d->step->pieces[i].src->dtype == ROS_BF16)
			return true;
	return false;
}

int ros_derive_run(struct ros_derive_job *job, struct ros_error *err)
{
	struct run r = { .job = job };
	bool again = false;

	for (size_t i = 0; i < job->count; i++) {
		struct ros_derived *d = &job->tensors[i];

		d->first_unequal = ROS_NONE;
		d->status = d->step ? ROS_DERIVED_IDENTICAL : ROS_NOT_DERIVED;
		d->why = d->step ? NULL : "the source has no such tensor";
		ros_consistency_init(&d->found);
	}
	if (pass(&r, err) || ros_derive_scales(job, false, err))
		return err->code;
	for (size_t i = 0; i < job->count; i++)
		again |= may_be_through_f16(&job->tensors[i]);
	if (!again)
		return 0;
	r = (struct run){ .job = job, .second = true };
	if (!pass(&r, err))
		ros_derive_scales(job, true, err);
	return err->code;
}
