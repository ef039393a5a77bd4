#include "rosetta/canonical.h"

#include "formats/bytes.h"
#include "rosetta/fetch.h"
#include "rosetta/forget.h"
#include "rosetta/gather.h"
#include "rosetta/look.h"
#include "rosetta/pool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRETCH_ELEMENTS (16u << 10)    /* made and hashed together: stays in the cache of one core */
#define RAW_STRETCH (256u << 10)
#define GATHER_BYTES ((ROS_GATHER_SCRATCH * sizeof(float) + 63) / 64 * 64)
_Static_assert(STRETCH_ELEMENTS * 16 <= RAW_STRETCH, "a stretch of the widest elements fits where stored bytes go");

/* A tensor that one thread can take without the others waiting for it is read once for both its digests. */
enum unit_kind { UNIT_BLOCK, UNIT_RAW, UNIT_BOTH };

struct unit {
	enum unit_kind kind;
	uint32_t index;                 /* of the raw tensor, or of the canonical one where there are blocks only */
	uint32_t canonical;             /* both: of the canonical one */
	uint64_t first, count;          /* elements of the block */
	uint64_t bytes;
	struct ros_digest digest;
};

/* One thread's. */
struct buffers {
	void *scratch;                  /* what making and fetching need beside */
	uint8_t *stored;                /* RAW_STRETCH bytes as they are stored */
	uint8_t *out;                   /* elements as they are hashed */
};

#define NONE UINT32_MAX

struct job {
	struct ros_digester *d;
	struct unit *units;
	size_t count;
	uint32_t *with;                 /* per raw tensor: the canonical one that is hashed with it, NONE */
	bool *done;                     /* per canonical tensor: it is */
	size_t scratch;
	uint64_t total;
};

/* Bytes of one canonical element. */
static size_t element_bytes(const struct ros_step *s)
{
	return ros_step_is_float(s) ? sizeof(float) : ros_dtypes[s->dst.dtype].block_bytes;
}

/* One NaN stands for all. The first that is not finite is found by a kernel, and mostly there is none. */
static void settle_nan(const struct job *j, float *v, size_t n)
{
	for (size_t i = ros_first_nonfinite(j->d->kernels, ROS_F32, (const uint8_t *)v, n); i < n; i++)
		if (v[i] != v[i])
			v[i] = ros_bits_f32(0x7fc00000);
}

/* The blocks of elements [FIRST, FIRST + N) of T lie one after another, and none goes beyond the range. */
static bool in_whole_blocks(const struct ros_tensor *t, uint64_t first, size_t n)
{
	const struct ros_dtype_info *type = &ros_dtypes[t->dtype];

	return (type->sizing == ROS_SIZE_FLAT || (type->sizing == ROS_SIZE_ROWS && ros_tensor_cols(t) % type->block_len == 0))
		&& first % type->block_len == 0 && n % type->block_len == 0;
}

/* Narrow floats are looked through for NaN before they are widened: there are fewer bytes of them. */
static void widen_settled(const struct job *j, const struct ros_tensor *t, uint64_t first, size_t n, float *out, void *scratch)
{
	const struct ros_dtype_info *type = &ros_dtypes[t->dtype];
	bool plain = type->block_len == 1 && type->sizing <= ROS_SIZE_ROWS;

	ros_fetch(j->d->kernels, t, first, n, out, scratch);
	if (!plain || ros_first_nonfinite(j->d->kernels, t->dtype, t->data.ptr + first * type->block_bytes, n) < n)
		settle_nan(j, out, n);
}

/* N elements from FIRST on as they are stored, whole blocks. False where they cannot be read. */
static bool stored_elements(const struct job *j, const struct ros_tensor *t, uint64_t first, size_t n, struct buffers *to,
			    struct ros_tensor *view, struct ros_error *err)
{
	const struct ros_dtype_info *type = &ros_dtypes[t->dtype];

	*view = (struct ros_tensor){ .dtype = t->dtype, .ndim = 1, .dim = { n } };
	view->data.len = n / type->block_len * type->block_bytes;
	view->data.ptr = ros_look(j->d->model, t, first / type->block_len * type->block_bytes, view->data.len, to->stored, err);
	return view->data.ptr;
}

/* Stored elements as they are hashed: themselves, or widened and settled. */
static const void *hashed_elements(const struct job *j, const struct ros_tensor *view, size_t n, struct buffers *to)
{
	if (ros_dtypes[view->dtype].class_ != ROS_CLASS_FLOAT
	    || (view->dtype == ROS_F32 && ros_first_nonfinite(j->d->kernels, ROS_F32, view->data.ptr, n) == n))
		return view->data.ptr;
	widen_settled(j, view, 0, n, (float *)to->out, to->scratch);
	return to->out;
}

/* Elements of T, which stands for the whole tensor as it is; through the mapping where blocks are cut. */
static const void *straight_elements(const struct job *j, const struct ros_tensor *t, uint64_t first, size_t n, struct buffers *to,
				     struct ros_error *err)
{
	struct ros_tensor view;

	if (in_whole_blocks(t, first, n))
		return stored_elements(j, t, first, n, to, &view, err) ? hashed_elements(j, &view, n, to) : NULL;
	widen_settled(j, t, first, n, (float *)to->out, to->scratch);
	return to->out;
}

/* Elements of a step that takes its sources apart: whole rows are made, the range is cut out of them. */
static const void *made_elements(const struct job *j, const struct ros_step *s, uint64_t first, size_t n, uint8_t *out, void *scratch)
{
	uint64_t cols = ros_tensor_cols(&s->dst), row = first / cols, rows = (first + n + cols - 1) / cols - row;
	uint8_t *begin = out + (first - row * cols) * element_bytes(s);

	if (ros_step_is_float(s))
		ros_tile_values(s, j->d->kernels, row, rows, (float *)out, scratch, NULL);
	else
		ros_tile_make(s, j->d->kernels, row, rows, out, scratch, NULL);
	if (ros_step_is_float(s))
		settle_nan(j, (float *)begin, n);
	return begin;
}

static void forget(const struct job *j, const struct ros_step *s, const struct ros_tensor *whole, uint64_t first, size_t n)
{
	uint64_t cols = ros_tensor_cols(&s->dst), all = ros_tensor_elements(&s->dst);

	if (whole)
		ros_forget_payload(whole, j->d->model, whole->data.len / all * first, whole->data.len / all * n);
	else
		ros_forget_rows(s, j->d->model, first / cols, (first + n + cols - 1) / cols - first / cols);
}

static int hash_elements(const struct job *j, const struct ros_step *s, uint64_t first, size_t n, struct buffers *to, struct ros_hasher *h,
			 struct ros_error *err)
{
	const struct ros_tensor *whole = ros_step_whole(s);
	const void *p = whole ? straight_elements(j, whole, first, n, to, err) : made_elements(j, s, first, n, to->out, to->scratch);

	if (p)
		ros_hasher_update(h, p, n * element_bytes(s));
	return err->code;
}

static int hash_block(const struct job *j, const struct unit *u, struct buffers *to, struct ros_hasher *h, struct ros_error *err)
{
	const struct ros_step *s = j->d->canonical[u->index].step;
	const struct ros_tensor *whole = ros_step_whole(s);

	for (uint64_t at = 0; at < u->count; at += STRETCH_ELEMENTS) {
		size_t n = u->count - at < STRETCH_ELEMENTS ? u->count - at : STRETCH_ELEMENTS;

		if (hash_elements(j, s, u->first + at, n, to, h, err))
			return err->code;
	}
	if (!whole || !in_whole_blocks(whole, u->first, u->count))      /* else it was read, not mapped */
		forget(j, s, whole, u->first, u->count);
	return 0;
}

static int hash_raw(const struct job *j, const struct ros_tensor *t, struct buffers *to, struct ros_hasher *h, struct ros_error *err)
{
	for (uint64_t at = 0; at < t->data.len; at += RAW_STRETCH) {
		size_t n = t->data.len - at < RAW_STRETCH ? t->data.len - at : RAW_STRETCH;
		const uint8_t *p = ros_look(j->d->model, t, at, n, to->stored, err);

		if (!p)
			return err->code;
		ros_hasher_update(h, p, n);
	}
	return 0;
}

static void put_digest(struct ros_hasher *h, struct ros_digest d)
{
	ros_hasher_update(h, d.byte, d.len);
}

/* One pass over T for its raw digest and, block after block, its canonical one. */
static int hash_both(const struct job *j, struct unit *u, struct buffers *to, struct ros_hasher *whole, struct ros_error *err)
{
	const struct ros_tensor *t = j->d->raw[u->index].tensor, *dst = &j->d->canonical[u->canonical].step->dst;
	uint64_t all = ros_tensor_elements(t), each = element_bytes(j->d->canonical[u->canonical].step), block = ROS_CANONICAL_BLOCK / each;
	struct ros_hasher *raw = ros_hasher_new(j->d->kind), *h = ros_hasher_new(j->d->kind);
	struct ros_tensor view;
	char line[256];

	if (!raw || !h)
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "a hasher");
	ros_hasher_update(whole, line, ros_canonical_line(dst, line));
	for (uint64_t at = 0, n; at < all && !err->code; at += n) {
		uint64_t left = block - at % block;

		n = left < STRETCH_ELEMENTS ? left : STRETCH_ELEMENTS;
		n = all - at < n ? all - at : n;
		if (!stored_elements(j, t, at, n, to, &view, err))
			break;
		ros_hasher_update(raw, view.data.ptr, view.data.len);
		ros_hasher_update(h, hashed_elements(j, &view, n, to), n * each);
		if ((at + n) % block == 0 || at + n == all)
			put_digest(whole, ros_hasher_finish(h));
	}
	if (raw)
		j->d->raw[u->index].digest = ros_hasher_finish(raw);
	ros_hasher_free(raw);
	ros_hasher_free(h);
	return err->code;
}

static int hash_unit(void *context, size_t unit, void *scratch, struct ros_error *err)
{
	struct job *j = context;
	struct unit *u = &j->units[unit];
	struct ros_hasher *h = ros_hasher_new(j->d->kind);
	struct buffers to = { scratch, (uint8_t *)scratch + GATHER_BYTES, (uint8_t *)scratch + GATHER_BYTES + RAW_STRETCH };

	if (!h)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "a hasher");
	if (u->kind == UNIT_RAW)
		hash_raw(j, j->d->raw[u->index].tensor, &to, h, err);
	else if (u->kind == UNIT_BOTH)
		hash_both(j, u, &to, h, err);
	else
		hash_block(j, u, &to, h, err);
	u->digest = ros_hasher_finish(h);
	ros_hasher_free(h);
	if (!err->code && !u->digest.len)
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "a digest");
	return err->code;
}

static uint64_t unit_bytes(const void *context, size_t unit)
{
	const struct job *j = context;

	return j->units[unit].bytes;
}

/* ---- cutting ---- */

static void add_unit(struct job *j, struct unit u)
{
	if (j->units)
		j->units[j->count] = u;
	j->count++;
	j->total += u.bytes;
}

static uint64_t canonical_bytes(const struct ros_step *s)
{
	return ros_tensor_elements(&s->dst) * element_bytes(s);
}

static void cut_canonical(struct job *j, uint32_t index)
{
	const struct ros_step *s = j->d->canonical[index].step;
	uint64_t all = ros_tensor_elements(&s->dst), each = element_bytes(s), block = ROS_CANONICAL_BLOCK / each;

	for (uint64_t first = 0; first < all; first += block) {
		uint64_t n = all - first < block ? all - first : block;

		add_unit(j, (struct unit){ .kind = UNIT_BLOCK, .index = index, .first = first, .count = n, .bytes = n * each });
	}
}

/* What making a stretch of any tensor needs. */
static size_t scratch_of(const struct ros_digester *d)
{
	size_t most = 0;

	for (size_t i = 0; i < d->canonical_count; i++) {
		const struct ros_tensor *t = &d->canonical[i].step->dst;
		size_t need = ros_tensor_elements(t) ? (STRETCH_ELEMENTS + 2 * ros_tensor_cols(t)) * 8 : 0;   /* no elements: a dimension may be anything */

		most = need > most ? need : most;
	}
	return most;
}

/* Chooses the tensors that are hashed in one pass: stored whole, in blocks that no stretch cuts, and none so large that
 * one thread would still be busy with it when the others have nothing left. */
static int choose(struct job *j, struct ros_error *err)
{
	const struct ros_digester *d = j->d;
	uint64_t all = 0;

	j->with = ros_arena_alloc(d->arena, d->raw_count, sizeof *j->with, err);
	j->done = ros_arena_alloc(d->arena, d->canonical_count, sizeof *j->done, err);
	if (err->code)
		return err->code;
	for (size_t i = 0; i < d->raw_count; i++) {
		j->with[i] = NONE;
		all += d->raw[i].tensor->data.len;
	}
	for (size_t i = 0; i < d->canonical_count; i++)
		all += canonical_bytes(d->canonical[i].step);
	for (uint32_t i = 0; i < d->canonical_count; i++) {
		const struct ros_step *s = d->canonical[i].step;
		const struct ros_tensor *t = ros_step_whole(s);
		size_t raw = t ? (size_t)(t - d->model->tensors) : d->raw_count;

		if (raw >= d->raw_count || d->raw[raw].tensor != t || j->with[raw] != NONE || !in_whole_blocks(t, 0, ros_tensor_elements(t))
		    || t->data.len + canonical_bytes(s) > all / (2 * ros_pool_jobs(d->run)))
			continue;
		j->with[raw] = i;
		j->done[i] = true;
	}
	return 0;
}

/* Raw digests are one stretch each, the longest work: they come first, the largest before all. */
static int by_size(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

static void cut(struct job *j)
{
	j->count = 0;
	j->total = 0;
	for (uint32_t i = 0; i < j->d->raw_count; i++) {
		uint32_t with = j->with[i];
		uint64_t bytes = j->d->raw[i].tensor->data.len;

		if (with == NONE)
			add_unit(j, (struct unit){ .kind = UNIT_RAW, .index = i, .bytes = bytes });
		else
			add_unit(j, (struct unit){ .kind = UNIT_BOTH, .index = i, .canonical = with,
						   .bytes = bytes + canonical_bytes(j->d->canonical[with].step) });
	}
	if (j->units && j->count)
		qsort(j->units, j->count, sizeof *j->units, by_size);
	for (uint32_t i = 0; i < j->d->canonical_count; i++)
		if (!j->done[i])
			cut_canonical(j, i);
}

/* ---- the tensors' digests from their blocks' ---- */

size_t ros_canonical_line(const struct ros_tensor *t, char *text)
{
	size_t n = (size_t)snprintf(text, 256, "rosetta-canonical-1 %s ", ros_dtypes[t->dtype].class_ == ROS_CLASS_FLOAT ? "f" : ros_dtypes[t->dtype].name);

	for (unsigned i = 0; i < t->ndim; i++)
		n += (size_t)snprintf(text + n, 256 - n, "%s%" PRIu64, i ? "x" : "", t->dim[i]);
	return n + (size_t)snprintf(text + n, 256 - n, "\n");
}

static int combine(struct job *j, struct ros_error *err)
{
	struct ros_hasher *h = ros_hasher_new(j->d->kind);
	size_t u = 0;
	char line[256];

	if (!h)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "a hasher");
	for (; u < j->count && j->units[u].kind != UNIT_BLOCK; u++) {
		if (j->units[u].kind == UNIT_RAW)
			j->d->raw[j->units[u].index].digest = j->units[u].digest;
		else
			j->d->canonical[j->units[u].canonical].digest = j->units[u].digest;
	}
	for (size_t i = 0; i < j->d->canonical_count; i++) {
		if (j->done[i])
			continue;
		ros_hasher_update(h, line, ros_canonical_line(&j->d->canonical[i].step->dst, line));
		for (; u < j->count && j->units[u].index == i; u++)
			put_digest(h, j->units[u].digest);
		j->d->canonical[i].digest = ros_hasher_finish(h);
	}
	ros_hasher_free(h);
	j->d->hashed = j->total;
	return 0;
}

int ros_digester_run(struct ros_digester *d, struct ros_error *err)
{
	struct job j = { .d = d, .scratch = scratch_of(d) };

	if (choose(&j, err))
		return err->code;
	cut(&j);
	j.units = ros_arena_alloc(d->arena, j.count, sizeof *j.units, err);
	if (!j.units)
		return err->code;
	cut(&j);
	if (ros_pool_run(&(struct ros_work){ .count = j.count, .make = hash_unit, .bytes = unit_bytes, .context = &j, .phase = "hash", .total = j.total,
					     .scratch_bytes = GATHER_BYTES + RAW_STRETCH + j.scratch }, d->run, err))
		return err->code;
	return combine(&j, err);
}
