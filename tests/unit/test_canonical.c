/* Canonical digests against a second, naive computation; what must change them and what must not. */
#include "formats/bytes.h"
#include "quant/codec.h"
#include "rosetta/canonical.h"
#include "rosetta/model_digest.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define ROWS 300
#define COLS 4500           /* 5.4 MB of float32: two blocks, whose border falls inside a row */
#define N ((size_t)ROWS * COLS)

static float values[N];
static uint8_t stored[N * 4];

static void fill(unsigned seed)
{
	for (size_t i = 0; i < N; i++)
		values[i] = (float)((int)((i * 2654435761u + seed) >> 9 & 0x7fff) - 16384) / 256.0f;   /* BF16 rounds these, F16 too */
}

static struct ros_tensor tensor_of(enum ros_dtype type)
{
	struct ros_tensor t = { .name = ROS_STR("w"), .dtype = type, .ndim = 2, .dim = { ROWS, COLS } };

	ck_assert(ros_dtype_nbytes(type, 2, t.dim, false, (uint64_t *)&t.data.len));
	ros_codecs[type].encode(values, stored, ROWS, COLS, NULL);
	t.data.ptr = stored;
	return t;
}

/* The digest of STEP by JOBS threads. */
static struct ros_digest digest_of(const struct ros_step *step, unsigned jobs, enum ros_digest_kind kind)
{
	struct ros_run_options run = { .jobs = jobs };
	struct ros_canonical c = { .step = step };
	struct ros_model none = { 0 };
	struct ros_arena arena;
	struct ros_digester d = { .model = &none, .kind = kind, .canonical = &c, .canonical_count = 1, .run = &run, .kernels = ros_kernels_best(), .arena = &arena };
	struct ros_error err = { 0 };

	ros_arena_init(&arena, 0);
	ck_assert_msg(!ros_digester_run(&d, &err), "%s", err.text);
	ros_arena_release(&arena);
	return c.digest;
}

/* The step that widens T as it is. */
static struct ros_step widen(const struct ros_tensor *t, struct ros_piece *piece)
{
	struct ros_step s = ros_step_copy_of(t, piece);
	struct ros_error err = { 0 };

	s.dst.dtype = ROS_F32;
	ck_assert_msg(!ros_step_settle(&s, ROS_FORMAT_COUNT, &err), "%s", err.text);
	return s;
}

static struct ros_digest canonical(const struct ros_tensor *t, unsigned jobs)
{
	struct ros_piece piece;
	struct ros_step s = widen(t, &piece);

	return digest_of(&s, jobs, ROS_SHA256);
}

/* The definition, word for word, from V[n]. */
static struct ros_digest naive(const float *v, size_t n, const char *line)
{
	struct ros_hasher *h = ros_hasher_new(ROS_SHA256);
	uint8_t *bytes = malloc(4 * n);
	struct ros_digest d;

	for (size_t i = 0; i < n; i++)
		ros_put_le32(bytes + 4 * i, v[i] != v[i] ? 0x7fc00000 : ros_f32_bits(v[i]));
	ros_hasher_update(h, line, strlen(line));
	for (size_t at = 0; at < 4 * n; at += 4194304) {
		d = ros_digest_of(ROS_SHA256, bytes + at, 4 * n - at < 4194304 ? 4 * n - at : 4194304);
		ros_hasher_update(h, d.byte, 32);
	}
	d = ros_hasher_finish(h);
	ros_hasher_free(h);
	free(bytes);
	return d;
}

static bool same(struct ros_digest a, struct ros_digest b)
{
	return a.len == b.len && !memcmp(a.byte, b.byte, a.len);
}

static const struct {
	const char *name;
	enum ros_dtype type;
} types[] = { { "F32", ROS_F32 }, { "F16", ROS_F16 }, { "BF16", ROS_BF16 } };
static const unsigned jobs[] = { 1, 2, 7 };

START_TEST(the_digest_is_the_definition)
{
	struct ros_tensor t;

	fill(1);
	t = tensor_of(types[_i].type);
	ros_codecs[t.dtype].decode(stored, values, ROWS, COLS);
	for (size_t j = 0; j < sizeof jobs / sizeof *jobs; j++)
		ck_assert_msg(same(canonical(&t, jobs[j]), naive(values, N, "rosetta-canonical-1 f 300x4500\n")), "%s, %u threads", types[_i].name, jobs[j]);
}
END_TEST

START_TEST(element_type_does_not_matter)
{
	struct ros_tensor t;
	struct ros_digest narrow, wide;

	fill(2);
	t = tensor_of(types[_i].type);
	narrow = canonical(&t, 2);
	ros_codecs[t.dtype].decode(stored, values, ROWS, COLS);
	t = tensor_of(ROS_F32);
	wide = canonical(&t, 2);
	ck_assert_msg(same(narrow, wide), "%s", types[_i].name);
}
END_TEST

/* Rows that lie in another order, or turned, or in two tensors, give the same digest as those in order. */
START_TEST(layout_does_not_matter)
{
	struct ros_placement in_order = { .rows = ROWS, .cols = COLS, .group_rows = ROWS, .group_stride = ROWS }, as = in_order;
	struct ros_tensor t;
	struct ros_piece piece;
	struct ros_step s;
	struct ros_digest want;
	struct ros_error err = { 0 };
	float *moved = malloc(N * sizeof *moved);

	fill(3);
	want = naive(values, N, "rosetta-canonical-1 f 300x4500\n");
	as.rope_heads = _i == 0 ? 10 : 0;
	as.transposed = _i == 1;
	for (size_t r = 0; r < ROWS; r++)
		for (size_t c = 0; c < COLS; c++)
			moved[_i == 1 ? c * ROWS + r : ros_placement_row(&as, r) * COLS + c] = values[r * COLS + c];
	memcpy(values, moved, N * sizeof *moved);
	free(moved);
	t = tensor_of(ROS_F32);
	if (_i == 1) {
		t.dim[0] = COLS;
		t.dim[1] = ROWS;
	}
	piece = (struct ros_piece){ &t, as, in_order };
	s = (struct ros_step){ .dst = { .name = t.name, .dtype = ROS_F32, .ndim = 2, .dim = { ROWS, COLS } }, .pieces = &piece, .piece_count = 1 };
	ck_assert_msg(!ros_step_settle(&s, ROS_FORMAT_COUNT, &err), "%s", err.text);
	for (size_t j = 0; j < sizeof jobs / sizeof *jobs; j++)
		ck_assert(same(digest_of(&s, jobs[j], ROS_SHA256), want));
}
END_TEST

static const struct {
	const char *name;
	size_t at;
	uint32_t before, after;
	bool changes;
} edits[] = {
	{ "one bit of the first", 0, 0x3f800000, 0x3f800001, true },
	{ "one bit of the last", N - 1, 0x3f800000, 0x3f800001, true },
	{ "the last of the first block", 1048575, 0x3f800000, 0x3f800001, true },
	{ "the first of the second block", 1048576, 0x3f800000, 0x3f800001, true },
	{ "the sign of zero", 7, 0x00000000, 0x80000000, true },
	{ "NaN for another NaN", 7, 0x7fc00000, 0xffc12345, false },
	{ "a signalling NaN for a quiet one", 7, 0x7fc00000, 0x7f800001, false },
	{ "infinity for NaN", 7, 0x7fc00000, 0x7f800000, true },
	{ "the smallest number for zero", 7, 0x00000000, 0x00000001, true },
};

START_TEST(what_is_edited_shows)
{
	struct ros_tensor t;
	struct ros_digest before;

	fill(4);
	t = tensor_of(ROS_F32);
	ros_put_le32(stored + 4 * edits[_i].at, edits[_i].before);
	before = canonical(&t, 2);
	ros_put_le32(stored + 4 * edits[_i].at, edits[_i].after);
	ck_assert_msg(same(before, canonical(&t, 2)) != edits[_i].changes, "%s", edits[_i].name);
}
END_TEST

static const struct {
	const char *name;
	enum ros_dtype type;
	uint8_t ndim;
	uint64_t dim[3];
	const char *line;
} lines[] = {
	{ "matrix", ROS_BF16, 2, { 3, 4 }, "rosetta-canonical-1 f 3x4\n" },
	{ "quantised", ROS_Q4_K, 2, { 3, 256 }, "rosetta-canonical-1 f 3x256\n" },
	{ "vector", ROS_I64, 1, { 5 }, "rosetta-canonical-1 I64 5\n" },
	{ "scalar", ROS_F32, 0, { 0 }, "rosetta-canonical-1 f \n" },
	{ "F64 is no float32", ROS_F64, 3, { 1, 2, 3 }, "rosetta-canonical-1 F64 1x2x3\n" },
	{ "bool", ROS_BOOL, 1, { 0 }, "rosetta-canonical-1 BOOL 0\n" },
};

START_TEST(the_first_line_says_class_and_shape)
{
	struct ros_tensor t = { .dtype = lines[_i].type, .ndim = lines[_i].ndim };
	char text[256];

	memcpy(t.dim, lines[_i].dim, sizeof lines[_i].dim);
	ck_assert_uint_eq(ros_canonical_line(&t, text), strlen(lines[_i].line));
	ck_assert_str_eq(text, lines[_i].line);
}
END_TEST

START_TEST(other_types_are_hashed_as_they_lie)
{
	struct ros_tensor t = { .name = ROS_STR("ids"), .dtype = ROS_I64, .ndim = 1, .dim = { 600000 }, .data = { stored, 4800000 } };
	struct ros_piece piece;
	struct ros_step s = ros_step_copy_of(&t, &piece);
	struct ros_hasher *h = ros_hasher_new(ROS_SHA256);
	struct ros_digest d;

	for (size_t i = 0; i < t.data.len; i++)
		stored[i] = (uint8_t)(i * 7 + (i >> 11));
	ros_hasher_update(h, "rosetta-canonical-1 I64 600000\n", 31);
	d = ros_digest_of(ROS_SHA256, stored, 4194304);
	ros_hasher_update(h, d.byte, 32);
	d = ros_digest_of(ROS_SHA256, stored + 4194304, 4800000 - 4194304);
	ros_hasher_update(h, d.byte, 32);
	d = ros_hasher_finish(h);
	ros_hasher_free(h);
	ck_assert(same(digest_of(&s, 2, ROS_SHA256), d));
}
END_TEST

START_TEST(the_models_digest_is_that_of_sorted_lines)
{
	struct ros_str names[] = { ROS_STR("b"), ROS_STR("a.weight"), ROS_STR("a") };
	struct ros_digest d[3], got;
	struct ros_error err = { 0 };
	char text[512] = "", hex[2 * ROS_DIGEST_MAX + 1];
	static const int order[] = { 2, 1, 0 };

	for (int i = 0; i < 3; i++)
		d[i] = ros_digest_of(ROS_SHA256, names[i].ptr, names[i].len);
	for (int i = 0; i < 3; i++) {
		ros_digest_hex(&d[order[i]], hex);
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s  %s\n", hex, names[order[i]].ptr);
	}
	got = ros_digest_of_names(ROS_SHA256, names, d, 3, &err);
	ck_assert(same(got, ros_digest_of(ROS_SHA256, text, strlen(text))));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("canonical");
	TCase *tc = tcase_create("canonical");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, the_digest_is_the_definition, 0, sizeof types / sizeof *types);
	tcase_add_loop_test(tc, element_type_does_not_matter, 0, sizeof types / sizeof *types);
	tcase_add_loop_test(tc, layout_does_not_matter, 0, 2);
	tcase_add_loop_test(tc, what_is_edited_shows, 0, sizeof edits / sizeof *edits);
	tcase_add_loop_test(tc, the_first_line_says_class_and_shape, 0, sizeof lines / sizeof *lines);
	tcase_add_test(tc, other_types_are_hashed_as_they_lie);
	tcase_add_test(tc, the_models_digest_is_that_of_sorted_lines);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
