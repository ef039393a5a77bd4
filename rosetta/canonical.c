#include "rosetta/canonical.h"

#include "formats/bytes.h"
#include "rosetta/fetch.h"
#include "rosetta/forget.h"
#include "rosetta/gather.h"
#include "rosetta/pool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRETCH_ELEMENTS (16u << 10)    /* made and hashed together: stays in the cache of one core */
#define RAW_STRETCH (4u << 20)

enum unit_kind { UNIT_BLOCK, UNIT_RAW };

struct unit {
	enum unit_kind kind;
	uint32_t index;                 /* of the canonical tensor, or the raw one */
	uint64_t first, count;          /* elements of the block */
	uint64_t bytes;
	struct ros_digest digest;
};

struct job {
	struct ros_digester *d;
	struct unit *units;
	size_t count;
	size_t scratch;
	uint64_t total;
};

/* Bytes of one canonical element. */
static size_t element_bytes(const struct ros_step *s)
{
	return ros_step_is_float(s) ? sizeof(float) : ros_dtypes[s->dst.dtype].block_bytes;
}

/* The tensor whose stored elements are, in their order, the step's; NULL when they are taken apart. */
static const struct ros_tensor *straight(const struct ros_step *s)
{
	const struct ros_piece *p = s->pieces;

	if (s->kind == ROS_STEP_COPY)
		return p->src;
	if (s->piece_count != 1 || !ros_placement_equal(&p->from, &p->to) || ros_tensor_elements(p->src) != ros_tensor_elements(&s->dst)
	    || ros_tensor_cols(p->src) != ros_tensor_cols(&s->dst))
		return NULL;
	return p->src;
}

/* One NaN stands for all. The first that is not finite is found by a kernel, and mostly there is none. */
static void settle_nan(const struct job *j, float *v, size_t n)
{
	for (size_t i = ros_first_nonfinite(j->d->kernels, ROS_F32, (const uint8_t *)v, n); i < n; i++)
		if (v[i] != v[i])
			v[i] = ros_bits_f32(0x7fc00000);
}

/* Elements that lie stored as they are hashed: a view, or their copy where a NaN must be settled. */
static const void *stored_elements(const struct job *j, const struct ros_tensor *t, uint64_t first, size_t n, float *out)
{
	size_t each = ros_dtypes[t->dtype].block_bytes;
	const uint8_t *p = t->data.ptr + first * each;

	if (t->dtype != ROS_F32 || ros_first_nonfinite(j->d->kernels, ROS_F32, p, n) == n)
		return p;
	memcpy(out, p, n * sizeof *out);
	settle_nan(j, out, n);
	return out;
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

/* Narrow floats are looked through for NaN before they are widened: there are fewer bytes of them. */
static void fetch_settled(const struct job *j, const struct ros_tensor *t, uint64_t first, size_t n, float *out, void *scratch)
{
	const struct ros_dtype_info *type = &ros_dtypes[t->dtype];
	bool plain = type->block_len == 1 && type->sizing <= ROS_SIZE_ROWS;

	ros_fetch(j->d->kernels, t, first, n, out, scratch);
	if (!plain || ros_first_nonfinite(j->d->kernels, t->dtype, t->data.ptr + first * type->block_bytes, n) < n)
		settle_nan(j, out, n);
}

static void hash_elements(const struct job *j, const struct ros_step *s, uint64_t first, size_t n, uint8_t *out, void *scratch,
			  struct ros_hasher *h)
{
	const struct ros_tensor *whole = s->kind == ROS_STEP_MADE ? NULL : straight(s);
	const void *p;

	if (whole && (whole->dtype == ROS_F32 || !ros_step_is_float(s))) {
		p = stored_elements(j, whole, first, n, (float *)out);
	} else if (whole) {
		fetch_settled(j, whole, first, n, (float *)out, scratch);
		p = out;
	} else {
		p = made_elements(j, s, first, n, out, scratch);
	}
	ros_hasher_update(h, p, n * element_bytes(s));
}

static void hash_block(const struct job *j, struct unit *u, uint8_t *out, void *scratch, struct ros_hasher *h)
{
	const struct ros_step *s = j->d->canonical[u->index].step;

	for (uint64_t at = 0; at < u->count; at += STRETCH_ELEMENTS) {
		size_t n = u->count - at < STRETCH_ELEMENTS ? u->count - at : STRETCH_ELEMENTS;

		hash_elements(j, s, u->first + at, n, out, scratch, h);
	}
	forget(j, s, s->kind == ROS_STEP_MADE ? NULL : straight(s), u->first, u->count);
}

static void hash_raw(const struct job *j, const struct ros_tensor *t, struct ros_hasher *h)
{
	for (uint64_t at = 0; at < t->data.len; at += RAW_STRETCH) {
		size_t n = t->data.len - at < RAW_STRETCH ? t->data.len - at : RAW_STRETCH;

		ros_hasher_update(h, t->data.ptr + at, n);
		ros_forget_payload(t, j->d->model, at, n);
	}
}

static int hash_unit(void *context, size_t unit, void *scratch, struct ros_error *err)
{
	struct job *j = context;
	struct unit *u = &j->units[unit];
	struct ros_hasher *h = ros_hasher_new(j->d->kind);
	uint8_t *out = (uint8_t *)scratch + (ROS_GATHER_SCRATCH * sizeof(float) + 63) / 64 * 64;

	if (!h)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "a hasher");
	if (u->kind == UNIT_RAW)
		hash_raw(j, j->d->raw[u->index].tensor, h);
	else
		hash_block(j, u, out, scratch, h);
	u->digest = ros_hasher_finish(h);
	ros_hasher_free(h);
	return u->digest.len ? 0 : ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "a digest");
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

static void cut_canonical(struct job *j, uint32_t index)
{
	const struct ros_step *s = j->d->canonical[index].step;
	uint64_t all = ros_tensor_elements(&s->dst), each = element_bytes(s), block = ROS_CANONICAL_BLOCK / each;
	size_t need = all ? (STRETCH_ELEMENTS + 2 * ros_tensor_cols(&s->dst)) * 8 : 0;   /* no elements: a dimension may be anything */

	for (uint64_t first = 0; first < all; first += block) {
		uint64_t n = all - first < block ? all - first : block;

		add_unit(j, (struct unit){ UNIT_BLOCK, index, first, n, n * each, { 0 } });
	}
	if (need > j->scratch)
		j->scratch = need;
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
	for (size_t i = 0; i < j->d->raw_count; i++)
		add_unit(j, (struct unit){ UNIT_RAW, (uint32_t)i, 0, 0, j->d->raw[i].tensor->data.len, { 0 } });
	if (j->units && j->count)
		qsort(j->units, j->count, sizeof *j->units, by_size);
	for (size_t i = 0; i < j->d->canonical_count; i++)
		cut_canonical(j, (uint32_t)i);
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
	for (; u < j->count && j->units[u].kind == UNIT_RAW; u++)
		j->d->raw[j->units[u].index].digest = j->units[u].digest;
	for (size_t i = 0; i < j->d->canonical_count; i++) {
		ros_hasher_update(h, line, ros_canonical_line(&j->d->canonical[i].step->dst, line));
		for (; u < j->count && j->units[u].index == i; u++)
			ros_hasher_update(h, j->units[u].digest.byte, j->units[u].digest.len);
		j->d->canonical[i].digest = ros_hasher_finish(h);
	}
	ros_hasher_free(h);
	j->d->hashed = j->total;
	return 0;
}

int ros_digester_run(struct ros_digester *d, struct ros_error *err)
{
	struct job j = { .d = d };

	cut(&j);
	j.units = ros_arena_alloc(d->arena, j.count, sizeof *j.units, err);
	if (!j.units)
		return err->code;
	cut(&j);
	if (ros_pool_run(&(struct ros_work){ .count = j.count, .make = hash_unit, .bytes = unit_bytes, .context = &j, .phase = "hash", .total = j.total,
					     .scratch_bytes = j.scratch + (ROS_GATHER_SCRATCH * sizeof(float) + 63) / 64 * 64 }, d->run, err))
		return err->code;
	return combine(&j, err);
}

/* ---- the model's digest ---- */

struct named {
	struct ros_str name;
	const struct ros_digest *digest;
};

static int by_name(const void *a, const void *b)
{
	return ros_str_compare(((const struct named *)a)->name, ((const struct named *)b)->name);
}

struct ros_digest ros_digest_of_names(enum ros_digest_kind kind, const struct ros_str *names, const struct ros_digest *digests,
				      size_t count, struct ros_error *err)
{
	struct named *list = malloc((count + 1) * sizeof *list);
	struct ros_hasher *h = ros_hasher_new(kind);
	struct ros_digest d = { 0 };
	char hex[2 * ROS_DIGEST_MAX + 1];

	if (!list || !h) {
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "%zu digests", count);
		goto out;
	}
	for (size_t i = 0; i < count; i++)
		list[i] = (struct named){ names[i], &digests[i] };
	qsort(list, count, sizeof *list, by_name);
	for (size_t i = 0; i < count; i++) {
		ros_digest_hex(list[i].digest, hex);
		ros_hasher_update(h, hex, strlen(hex));
		ros_hasher_update(h, "  ", 2);
		ros_hasher_update(h, list[i].name.ptr, list[i].name.len);
		ros_hasher_update(h, "\n", 1);
	}
	d = ros_hasher_finish(h);
out:
	ros_hasher_free(h);
	free(list);
	return d;
}
