/* Tiles against an evaluator that asks the formula of contracts/layout.h for every single element. */
#include "formats/bytes.h"
#include "quant/codec.h"
#include "rosetta/tile.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_PIECES 4
#define MAX_BYTES (1 << 20)

struct place {
	uint64_t group_rows, group_stride, group_offset, base_row;   /* group_rows 0: all */
	uint32_t rope_heads;
	bool transposed;
	enum ros_value_map value;
};

struct row {
	const char *name;
	enum ros_dtype src_type, dst_type;
	unsigned src_ndim, dst_ndim;
	uint64_t src_dim[3], dst_dim[3];
	unsigned pieces;
	bool apart;                     /* every piece has a source tensor of its own */
	uint64_t rows[MAX_PIECES], cols;
	struct place from[MAX_PIECES], to[MAX_PIECES];
	enum ros_step_kind want;
};

#define ALL { 0, 0, 0, 0, 0, false, ROS_VALUE_SAME }
#define AT(offset) { 0, 0, offset, 0, 0, false, ROS_VALUE_SAME }
#define ROPE(heads) { 0, 0, 0, 0, heads, false, ROS_VALUE_SAME }
#define TURNED(offset, base) { 0, 0, offset, base, 0, true, ROS_VALUE_SAME }
#define GROUPS(rows, stride, offset) { rows, stride, offset, 0, 0, false, ROS_VALUE_SAME }

static const struct row rows[] = {
	{ "whole, as it is", ROS_F32, ROS_F32, 2, 2, { 6, 8 }, { 6, 8 }, 1, false, { 6 }, 8, { ALL }, { ALL }, ROS_STEP_COPY },
	{ "widened", ROS_BF16, ROS_F32, 2, 2, { 6, 8 }, { 6, 8 }, 1, false, { 6 }, 8, { ALL }, { ALL }, ROS_STEP_CONVERT },
	{ "narrowed", ROS_F32, ROS_F16, 2, 2, { 6, 8 }, { 6, 8 }, 1, false, { 6 }, 8, { ALL }, { ALL }, ROS_STEP_CONVERT },
	{ "pair order", ROS_F32, ROS_F32, 2, 2, { 24, 8 }, { 24, 8 }, 1, false, { 24 }, 8, { ALL }, { ROPE(4) }, ROS_STEP_MOVE },
	{ "back from pair order, narrow", ROS_F32, ROS_BF16, 2, 2, { 24, 8 }, { 24, 8 }, 1, false, { 24 }, 8, { ROPE(4) }, { ALL }, ROS_STEP_CONVERT },
	{ "pair order, quantised rows", ROS_Q8_0, ROS_Q8_0, 2, 2, { 24, 64 }, { 24, 64 }, 1, false, { 24 }, 64, { ALL }, { ROPE(2) }, ROS_STEP_MOVE },
	{ "pair order of a bias", ROS_F32, ROS_F32, 1, 1, { 24 }, { 24 }, 1, false, { 24 }, 1, { ALL }, { ROPE(4) }, ROS_STEP_MOVE },
	{ "three joined", ROS_BF16, ROS_BF16, 2, 2, { 8, 4 }, { 16, 4 }, 3, true, { 8, 4, 4 }, 4, { ALL, ALL, ALL }, { AT(0), AT(8), AT(12) }, ROS_STEP_MOVE },
	{ "joined, pair order in one", ROS_F16, ROS_F32, 2, 2, { 8, 4 }, { 16, 4 }, 3, true, { 8, 4, 4 }, 4, { ALL, ROPE(2), ALL }, { AT(0), AT(8), AT(12) }, ROS_STEP_CONVERT },
	{ "one split off", ROS_F32, ROS_F32, 2, 2, { 16, 4 }, { 4, 4 }, 1, false, { 4 }, 4, { AT(8) }, { ALL }, ROS_STEP_MOVE },
	{ "split off, quantised", ROS_Q4_0, ROS_Q4_0, 2, 2, { 16, 32 }, { 4, 32 }, 1, false, { 4 }, 32, { AT(8) }, { ALL }, ROS_STEP_MOVE },
	{ "interleaved by groups", ROS_F32, ROS_F32, 2, 2, { 18, 4 }, { 6, 4 }, 1, false, { 6 }, 4, { GROUPS(2, 6, 2) }, { ALL }, ROS_STEP_MOVE },
	{ "to groups", ROS_BF16, ROS_BF16, 2, 2, { 12, 4 }, { 18, 4 }, 2, true, { 12, 6 }, 4, { ALL, ALL }, { GROUPS(4, 6, 0), GROUPS(2, 6, 4) }, ROS_STEP_MOVE },
	{ "stacked", ROS_F32, ROS_F32, 2, 3, { 5, 4 }, { 3, 5, 4 }, 3, true, { 5, 5, 5 }, 4, { ALL, ALL, ALL }, { AT(0), AT(5), AT(10) }, ROS_STEP_MOVE },
	{ "unstacked, widened", ROS_Q8_0, ROS_F32, 3, 2, { 3, 5, 32 }, { 5, 32 }, 1, false, { 5 }, 32, { AT(5) }, { ALL }, ROS_STEP_CONVERT },
	{ "turned", ROS_F32, ROS_F32, 2, 2, { 37, 19 }, { 19, 37 }, 1, false, { 19 }, 37, { TURNED(0, 0) }, { ALL }, ROS_STEP_MOVE },
	{ "turned, two bytes", ROS_F16, ROS_F16, 2, 2, { 19, 37 }, { 37, 19 }, 1, false, { 19 }, 37, { ALL }, { TURNED(0, 0) }, ROS_STEP_MOVE },
	{ "turned, eight bytes", ROS_F64, ROS_F64, 2, 2, { 19, 7 }, { 7, 19 }, 1, false, { 19 }, 7, { ALL }, { TURNED(0, 0) }, ROS_STEP_MOVE },
	{ "turned and split", ROS_BF16, ROS_F32, 2, 2, { 16, 12 }, { 4, 16 }, 1, false, { 4 }, 16, { TURNED(4, 0) }, { ALL }, ROS_STEP_CONVERT },
	{ "turned and joined", ROS_F32, ROS_F32, 2, 2, { 8, 5 }, { 5, 16 }, 2, true, { 8, 8 }, 5, { ALL, ALL }, { TURNED(0, 0), TURNED(8, 0) }, ROS_STEP_MOVE },
	{ "turned on both sides, split", ROS_F32, ROS_F32, 2, 2, { 5, 24 }, { 5, 8 }, 1, false, { 8 }, 5, { TURNED(16, 0) }, { TURNED(0, 0) }, ROS_STEP_MOVE },
	{ "turned, quantised source", ROS_Q8_0, ROS_F32, 2, 2, { 9, 64 }, { 20, 9 }, 1, false, { 20 }, 9, { TURNED(22, 0) }, { ALL }, ROS_STEP_CONVERT },
	{ "turned and stacked", ROS_F32, ROS_F32, 3, 2, { 3, 6, 4 }, { 4, 6 }, 1, false, { 4 }, 6, { TURNED(0, 6) }, { ALL }, ROS_STEP_MOVE },
	{ "larger than the line buffers", ROS_F32, ROS_BF16, 2, 2, { 300, 530 }, { 530, 300 }, 1, false, { 530 }, 300, { TURNED(0, 0) }, { ALL }, ROS_STEP_CONVERT },
	{ "plus one", ROS_F32, ROS_F32, 1, 1, { 40 }, { 40 }, 1, false, { 40 }, 1, { ALL }, { { 0, 0, 0, 0, 0, false, ROS_VALUE_PLUS_ONE } }, ROS_STEP_CONVERT },
	{ "plus one undone", ROS_F32, ROS_BF16, 1, 1, { 40 }, { 40 }, 1, false, { 40 }, 1, { { 0, 0, 0, 0, 0, false, ROS_VALUE_PLUS_ONE } }, { ALL }, ROS_STEP_CONVERT },
	{ "vector into a column", ROS_F32, ROS_F32, 1, 2, { 12 }, { 12, 1 }, 1, false, { 12 }, 1, { ALL }, { ALL }, ROS_STEP_MOVE },
};

static uint8_t source[MAX_PIECES][MAX_BYTES], made[MAX_BYTES], again[MAX_BYTES];

/* Values that every type here can hold in some form: small, of both signs, all different. */
static void fill(uint8_t *p, const struct ros_tensor *t, unsigned seed)
{
	uint64_t n = ros_tensor_elements(t);
	float *v = malloc(n * sizeof *v);

	for (uint64_t i = 0; i < n; i++)
		v[i] = (float)((int)((i * 2654435761u + seed * 977) >> 8 & 0xffff) - 32768) / 4096.0f;
	if (ros_codecs[t->dtype].encode)
		ros_codecs[t->dtype].encode(v, p, ros_tensor_rows(t), ros_tensor_cols(t), NULL);
	else
		for (uint64_t i = 0; i < t->data.len; i++)
			p[i] = (uint8_t)(i * 131 + seed);
	free(v);
}

static struct ros_tensor tensor(const char *name, enum ros_dtype type, unsigned ndim, const uint64_t *dim)
{
	struct ros_tensor t = { .name = ros_str_of(name), .dtype = type, .ndim = (uint8_t)ndim };

	for (unsigned i = 0; i < ndim; i++)
		t.dim[i] = dim[i];
	ck_assert(ros_dtype_nbytes(type, ndim, t.dim, false, (uint64_t *)&t.data.len));
	ck_assert_uint_le(t.data.len, MAX_BYTES);
	return t;
}

static struct ros_placement placement(const struct place *p, uint64_t rows_, uint64_t cols, unsigned ndim)
{
	struct ros_placement q = {
		.key = { 0, ROS_NO_LAYER, ROS_NO_EXPERT }, .rows = rows_, .cols = cols, .group_rows = p->group_rows ? p->group_rows : rows_,
		.group_stride = p->group_rows ? p->group_stride : rows_, .group_offset = p->group_offset, .rope_heads = p->rope_heads,
		.transposed = p->transposed, .base_row = p->base_row, .value = p->value,
	};

	return ros_placement_in(&q, ndim);
}

struct setup {
	struct ros_tensor src[MAX_PIECES];
	struct ros_piece pieces[MAX_PIECES];
	struct ros_step step;
};

static void set_up(struct setup *s, const struct row *r)
{
	struct ros_error err = { 0 };

	*s = (struct setup){ 0 };
	for (unsigned i = 0; i < r->pieces; i++) {
		uint64_t dim[3] = { r->src_dim[0], r->src_dim[1], r->src_dim[2] };

		if (r->apart && r->src_ndim)
			dim[0] = r->rows[i];
		s->src[i] = tensor("source", r->src_type, r->src_ndim, dim);
		fill(source[i], &s->src[i], i);
		s->src[i].data.ptr = source[i];
		s->pieces[i] = (struct ros_piece){ &s->src[r->apart ? i : 0], placement(&r->from[i], r->rows[i], r->cols, r->src_ndim),
						   placement(&r->to[i], r->rows[i], r->cols, r->dst_ndim) };
	}
	s->step = (struct ros_step){ .dst = tensor("made", r->dst_type, r->dst_ndim, r->dst_dim), .pieces = s->pieces, .piece_count = r->pieces };
	ck_assert_msg(!ros_step_settle(&s->step, ROS_FORMAT_GGUF, &err), "%s: %s", r->name, err.text);
	ck_assert_msg(s->step.kind == r->want, "%s: %s", r->name, ros_step_kind_name(s->step.kind));
}

/* Tensor row (or column) of atom row I, word for word as contracts/layout.h has it. */
static uint64_t formula(const struct ros_placement *p, uint64_t i)
{
	if (p->rope_heads) {
		uint64_t d = p->rows / p->rope_heads, h = i / d, half = i % d / (d / 2), j = i % (d / 2);

		i = h * d + 2 * j + half;
	}
	return i / p->group_rows * p->group_stride + p->group_offset + i % p->group_rows;
}

static uint64_t element(const struct ros_placement *p, const struct ros_tensor *t, uint64_t i, uint64_t j)
{
	uint64_t cols = ros_tensor_cols(t);

	return p->transposed ? (p->base_row + j) * cols + formula(p, i) : formula(p, i) * cols + j;
}

static float map(float v, enum ros_value_map from, enum ros_value_map to)
{
	v = from == ROS_VALUE_PLUS_ONE ? v - 1.0f : v;
	return to == ROS_VALUE_PLUS_ONE ? v + 1.0f : v;
}

/* The destination's stored bytes, an element at a time. Returns how many elements were written. */
static uint64_t evaluate(const struct setup *s, uint8_t *out)
{
	uint64_t n = ros_tensor_elements(&s->step.dst), written = 0;
	bool floats = ros_codecs[s->step.dst.dtype].encode;
	size_t each = ros_dtypes[s->step.dst.dtype].block_bytes;
	float *v = malloc(n * sizeof *v);

	for (uint32_t k = 0; k < s->step.piece_count; k++) {
		const struct ros_piece *p = &s->step.pieces[k];
		uint64_t m = ros_tensor_elements(p->src);
		float *from = malloc(m * sizeof *from);

		if (floats)
			ros_codecs[p->src->dtype].decode(p->src->data.ptr, from, ros_tensor_rows(p->src), ros_tensor_cols(p->src));
		for (uint64_t i = 0; i < p->from.rows; i++)
			for (uint64_t j = 0; j < p->from.cols; j++, written++) {
				uint64_t at = element(&p->to, &s->step.dst, i, j), of = element(&p->from, p->src, i, j);

				if (floats)
					v[at] = map(from[of], p->from.value, p->to.value);
				else
					memcpy(out + at * each, p->src->data.ptr + of * each, each);
			}
		free(from);
	}
	if (floats)
		ros_codecs[s->step.dst.dtype].encode(v, out, ros_tensor_rows(&s->step.dst), ros_tensor_cols(&s->step.dst), NULL);
	free(v);
	return written;
}

/* All rows in tiles of TILE rows. */
static void make(const struct setup *s, uint64_t tile, uint8_t *out)
{
	uint64_t all = ros_tensor_rows(&s->step.dst);
	void *scratch = aligned_alloc(64, (ros_tile_scratch(&s->step, tile) + 63) / 64 * 64);

	memset(out, 0xee, s->step.dst.data.len);
	for (uint64_t row = 0; row < all; row += tile) {
		uint64_t n = all - row < tile ? all - row : tile;

		ros_tile_make(&s->step, ros_kernels_best(), row, n, out + ros_tile_offset(&s->step, row), scratch, NULL);
	}
	free(scratch);
}

START_TEST(a_tile_is_what_the_formula_says)
{
	const struct row *r = &rows[_i];
	struct setup s;

	set_up(&s, r);
	ck_assert_msg(evaluate(&s, again) == ros_tensor_elements(&s.step.dst), "%s", r->name);
	for (uint64_t tile = 1; tile <= ros_tensor_rows(&s.step.dst); tile = tile * 3 - tile / 2) {
		make(&s, tile, made);
		ck_assert_msg(!memcmp(made, again, s.step.dst.data.len), "%s: tiles of %zu rows", r->name, (size_t)tile);
	}
}
END_TEST

/* The control: a source that differs in one element must give another tile. */
START_TEST(a_changed_source_is_seen)
{
	const struct row *r = &rows[_i];
	struct setup s;

	set_up(&s, r);
	evaluate(&s, again);
	source[0][formula(&s.pieces[0].from, 0) * (s.pieces[0].from.transposed ? 1 : ros_tensor_cols(s.pieces[0].src))
		  / ros_dtypes[r->src_type].block_len * ros_dtypes[r->src_type].block_bytes
		  + (s.pieces[0].from.transposed ? s.pieces[0].from.base_row * s.src[0].data.len / ros_tensor_rows(&s.src[0]) : 0) + ros_dtypes[r->src_type].block_bytes - 1] ^= 0x55;
	make(&s, ros_tensor_rows(&s.step.dst), made);
	ck_assert_msg(memcmp(made, again, s.step.dst.data.len), "%s", r->name);
}
END_TEST

static const struct {
	const char *name;
	enum ros_dtype src, dst;
	float value;            /* planted at element 5 */
	uint64_t nonfinite, overflow, rounded;
} notes[] = {
	{ "all well", ROS_F32, ROS_F32, 1, ROS_NONE, ROS_NONE, 0 },
	{ "NaN, copied", ROS_F32, ROS_F32, __builtin_nanf(""), 5, ROS_NONE, 0 },
	{ "infinity, widened", ROS_BF16, ROS_F32, __builtin_inff(), 5, ROS_NONE, 0 },
	{ "too large for half", ROS_F32, ROS_F16, 1e6f, ROS_NONE, 5, 1 },
	{ "rounded", ROS_F32, ROS_BF16, 1.0009765625f, ROS_NONE, ROS_NONE, 1 },
	{ "too large for bfloat", ROS_F32, ROS_BF16, 3.4e38f, ROS_NONE, 5, 1 },
};

START_TEST(odd_values_are_noted)
{
	uint64_t dim[2] = { 3, 4 };
	struct ros_tensor src = tensor("source", notes[_i].src, 2, dim);
	float v[12] = { 0 };
	struct ros_piece piece;
	struct ros_step s;
	struct ros_error err = { 0 };
	struct ros_tile_notes n = ROS_TILE_NOTES_INIT;
	_Alignas(64) static uint8_t scratch[64 << 10];

	v[5] = notes[_i].value;
	ros_codecs[src.dtype].encode(v, source[0], 3, 4, NULL);
	src.data.ptr = source[0];
	s = ros_step_copy_of(&src, &piece);
	s.dst.dtype = notes[_i].dst;
	ck_assert(!ros_step_settle(&s, ROS_FORMAT_GGUF, &err));
	for (uint64_t row = 0; row < 3; row++)
		ros_tile_make(&s, ros_kernels_best(), row, 1, made, scratch, &n);
	ck_assert_msg(n.nonfinite == notes[_i].nonfinite, "%s: nonfinite %lld", notes[_i].name, (long long)n.nonfinite);
	ck_assert_msg(n.overflow == notes[_i].overflow, "%s: overflow %lld", notes[_i].name, (long long)n.overflow);
	ck_assert_msg(n.rounded == notes[_i].rounded, "%s: rounded %lld", notes[_i].name, (long long)n.rounded);
}
END_TEST

START_TEST(what_plus_one_loses_is_counted)
{
	uint64_t dim[1] = { 3 };
	struct ros_tensor src = tensor("norm", ROS_F32, 1, dim);
	float v[3] = { 0.5f, 1e-9f, -0.25f };
	struct place same = ALL, plus = { 0, 0, 0, 0, 0, false, ROS_VALUE_PLUS_ONE };
	struct ros_piece piece = { &src, placement(&same, 3, 1, 1), placement(&plus, 3, 1, 1) };
	struct ros_step s = { .dst = src, .pieces = &piece, .piece_count = 1 };
	struct ros_error err = { 0 };
	struct ros_tile_notes n = ROS_TILE_NOTES_INIT;
	_Alignas(64) static uint8_t scratch[64 << 10];

	src.data.ptr = (uint8_t *)v;
	ck_assert(!ros_step_settle(&s, ROS_FORMAT_GGUF, &err));
	ros_tile_make(&s, ros_kernels_best(), 0, 1, made, scratch, &n);
	ck_assert_uint_eq(n.lossy, 1);
}
END_TEST

static const struct {
	const char *name;
	enum ros_dtype src, dst;
	unsigned ndim;
	uint64_t dim[2], want;          /* rows that its tiles have together */
} long_rows[] = {
	{ "a vector, copied", ROS_F32, ROS_F32, 1, { 1500007 }, 23 },
	{ "a vector, narrowed", ROS_F32, ROS_F16, 1, { 1500007 }, 23 },
	{ "long rows, quantized", ROS_F32, ROS_Q8_0, 2, { 2, 1048608 }, 33 },
	{ "long rows, widened", ROS_F16, ROS_F32, 2, { 2, 1048577 }, 33 },
	{ "rows that are not long", ROS_F32, ROS_F16, 2, { 2, 1048576 }, 2 },
	{ "a scale for all", ROS_F32, ROS_APR_Q8, 1, { 1500007 }, 1 },
};

/* A row that is too long for a tile is cut, where that changes nothing: all in one tile is the same as in many. */
START_TEST(a_long_row_is_cut)
{
	struct ros_tensor src = { .name = ROS_STR("source"), .dtype = long_rows[_i].src, .ndim = (uint8_t)long_rows[_i].ndim };
	uint8_t *bytes, *whole, *cut;
	struct ros_error err = { 0 };
	struct ros_piece piece;
	struct ros_step s;
	struct ros_tile_notes n = ROS_TILE_NOTES_INIT;
	void *scratch;

	memcpy(src.dim, long_rows[_i].dim, sizeof long_rows[_i].dim);
	src.data.len = ros_tensor_elements(&src) * ros_dtypes[src.dtype].block_bytes;
	bytes = malloc(src.data.len);
	for (size_t i = 0; i < src.data.len; i++)
		bytes[i] = (uint8_t)(i * 7 % 61 + i / 61 % 3);
	src.data.ptr = bytes;
	s = ros_step_copy_of(&src, &piece);
	s.dst.dtype = long_rows[_i].dst;
	ck_assert_msg(!ros_step_settle(&s, ROS_FORMAT_APR, &err), "%s", err.text);
	whole = malloc(s.dst.data.len);
	cut = malloc(s.dst.data.len);
	scratch = aligned_alloc(64, (ros_tile_scratch(&s, ros_tensor_rows(&s.dst)) + 63) / 64 * 64);
	ros_tile_make(&s, ros_kernels_best(), 0, ros_tensor_rows(&s.dst), whole, scratch, &n);
	ros_step_narrow(&s, NULL);
	ck_assert_uint_eq(ros_tile_all(&s), long_rows[_i].want);
	for (uint64_t row = 0, step = ros_tile_rows(&s, 200000), all = ros_tile_all(&s); row < all; row += step)
		ros_tile_make(&s, ros_kernels_best(), row, all - row < step ? all - row : step, cut + ros_tile_offset(&s, row), scratch, &n);
	ck_assert_msg(!memcmp(whole, cut, s.dst.data.len), "%s", long_rows[_i].name);
	ck_assert_uint_eq(ros_tile_elements(&s, 0, ros_tile_all(&s)), ros_tensor_elements(&s.dst));
	free(bytes);
	free(whole);
	free(cut);
	free(scratch);
}
END_TEST

static const struct {
	const char *name;
	uint64_t rows, cols, group_rows, stride, offset, base;
	uint32_t heads;
	bool transposed;
} bad[] = {
	{ "one row too far", 4, 8, 4, 4, 3, 0, 0, false },
	{ "other columns", 4, 7, 4, 4, 0, 0, 0, false },
	{ "groups that do not divide", 5, 8, 2, 2, 0, 0, 0, false },
	{ "stride below the group", 4, 8, 2, 1, 0, 0, 0, false },
	{ "odd heads", 6, 8, 6, 6, 0, 0, 2, false },
	{ "offset that wraps around", 4, 8, 4, 4, UINT64_MAX - 1, 0, 0, false },
	{ "stride that wraps around", 4, 8, 2, UINT64_MAX - 1, 0, 0, 0, false },
	{ "base row outside", 4, 3, 4, 4, 0, 4, 0, true },
	{ "no rows", 0, 8, 0, 0, 0, 0, 0, false },
};

START_TEST(a_placement_outside_its_tensor_is_refused)
{
	uint64_t dim[2] = { 6, 8 };
	struct ros_tensor t = tensor("t", ROS_F32, 2, dim);
	struct ros_placement p = { .rows = bad[_i].rows, .cols = bad[_i].cols, .group_rows = bad[_i].group_rows, .group_stride = bad[_i].stride,
				   .group_offset = bad[_i].offset, .rope_heads = bad[_i].heads, .transposed = bad[_i].transposed, .base_row = bad[_i].base };

	ck_assert_msg(!ros_placement_fits(&p, &t), "%s", bad[_i].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tile");
	TCase *tc = tcase_create("tile");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, a_tile_is_what_the_formula_says, 0, sizeof rows / sizeof *rows);
	tcase_add_loop_test(tc, a_changed_source_is_seen, 0, sizeof rows / sizeof *rows);
	tcase_add_loop_test(tc, odd_values_are_noted, 0, sizeof notes / sizeof *notes);
	tcase_add_loop_test(tc, a_long_row_is_cut, 0, sizeof long_rows / sizeof *long_rows);
	tcase_add_test(tc, what_plus_one_loses_is_counted);
	tcase_add_loop_test(tc, a_placement_outside_its_tensor_is_refused, 0, sizeof bad / sizeof *bad);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
