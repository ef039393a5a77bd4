/* The comparer: every status, each with the defect that earns it, for any number of threads. */
#include "formats/bytes.h"
#include "quant/codec.h"
#include "rosetta/compare.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS 96
#define COLS 4096           /* several tiles */
#define N ((size_t)ROWS * COLS)

static float a_values[N], b_values[N];
static uint8_t a_stored[N * 4], b_stored[N * 4];

/* What is done to B's stored bytes after it was made from the same values as A. */
static void leave(void) {}
static void flip_last(void) { b_stored[4 * N - 1] ^= 0x80; }
static void flip_bit(void) { b_stored[4 * 5000 + 0] ^= 1; }
static void small_change(void) { ros_put_le32(b_stored + 4 * 5000, ros_f32_bits(a_values[5000] + 0.0005f)); }
static void nan_there(void) { ros_put_le32(b_stored + 4 * 17, 0x7fc00000); }
static void half_bit(void) { b_stored[2 * 5000] ^= 1; }
static void block_bit(void) { b_stored[34 * 9 + 2] ^= 1; }

static const struct row {
	const char *name;
	enum ros_dtype a, b;
	double tolerance;
	void (*defect)(void);
	enum ros_status want;
	uint64_t different, first_offset;       /* ROS_NONE: none */
} rows[] = {
	{ "the same", ROS_F32, ROS_F32, 0, leave, ROS_IDENTICAL, 0, ROS_NONE },
	{ "the same quantised", ROS_Q8_0, ROS_Q8_0, 0, leave, ROS_IDENTICAL, 0, ROS_NONE },
	{ "widened", ROS_BF16, ROS_F32, 0, leave, ROS_EQUAL, 0, ROS_NONE },
	{ "dequantised", ROS_Q8_0, ROS_F32, 0, leave, ROS_EQUAL, 0, ROS_NONE },
	{ "narrowed exactly", ROS_F32, ROS_F16, 0, leave, ROS_EQUAL, 0, ROS_NONE },
	{ "narrowed with loss", ROS_F32, ROS_BF16, 0, leave, ROS_ROUNDED, 0, ROS_NONE },
	{ "the last sign", ROS_F32, ROS_F32, 0, flip_last, ROS_DIFFERENT, 1, 4 * N - 1 },
	{ "one bit", ROS_F32, ROS_F32, 0, flip_bit, ROS_DIFFERENT, 1, 4 * 5000 },
	{ "one bit, widened", ROS_BF16, ROS_F32, 0, flip_bit, ROS_DIFFERENT, 1, 4 * 5000 },
	{ "one bit, narrowed", ROS_F32, ROS_F16, 0, half_bit, ROS_DIFFERENT, 1, 2 * 5000 },
	{ "one code, dequantised", ROS_F32, ROS_Q8_0, 1, block_bit, ROS_WITHIN_TOLERANCE, ROS_NONE, ROS_NONE },
	{ "little, within tolerance", ROS_F32, ROS_F32, 0.001, small_change, ROS_WITHIN_TOLERANCE, 1, ROS_NONE },
	{ "little, over the tolerance", ROS_F32, ROS_F32, 0.0001, small_change, ROS_DIFFERENT, 1, ROS_NONE },
	{ "a NaN is over any tolerance", ROS_F32, ROS_F32, 1e9, nan_there, ROS_DIFFERENT, 1, ROS_NONE },
};

static struct ros_tensor tensor_of(enum ros_dtype type, const float *v, uint8_t *bytes)
{
	struct ros_tensor t = { .name = ROS_STR("w"), .dtype = type, .ndim = 2, .dim = { ROWS, COLS } };

	ck_assert(ros_dtype_nbytes(type, 2, t.dim, false, (uint64_t *)&t.data.len));
	ros_codecs[type].encode(v, bytes, ROWS, COLS, NULL);
	t.data.ptr = bytes;
	return t;
}

static struct ros_pair compare(const struct row *r, unsigned jobs)
{
	struct ros_tensor a, b;
	struct ros_piece pa, pb;
	struct ros_step sa, sb;
	struct ros_pair pair = { .a = &sa, .b = &sb };
	struct ros_run_options run = { .jobs = jobs };
	struct ros_model none = { 0 };
	struct ros_arena arena;
	struct ros_compare c = { &pair, 1, &none, &none, r->tolerance, &run, ros_kernels_best(), &arena };
	struct ros_error err = { 0 };

	for (size_t i = 0; i < N; i++)   /* eleven significant bits: F16 holds them, BF16 does not */
		a_values[i] = (float)((int)((i * 2654435761u) >> 9 & 0x7ff) - 1024) / 64.0f;
	a = tensor_of(r->a, a_values, a_stored);
	ros_codecs[r->a].decode(a_stored, b_values, ROWS, COLS);
	b = tensor_of(r->b, b_values, b_stored);
	r->defect();
	sa = ros_step_copy_of(&a, &pa);
	sa.dst.dtype = ros_dtypes[b.dtype].block_len == 1 || r->a == r->b ? b.dtype : ROS_F32;
	ck_assert_msg(!ros_step_settle(&sa, ROS_FORMAT_GGUF, &err), "%s", err.text);
	sb = ros_step_copy_of(&b, &pb);
	ros_arena_init(&arena, 0);
	ck_assert_msg(!ros_compare_run(&c, &err), "%s", err.text);
	ros_arena_release(&arena);
	pair.a = pair.b = NULL;
	pair.stored = NULL;
	return pair;
}

START_TEST(each_defect_earns_its_status)
{
	const struct row *r = &rows[_i];
	struct ros_pair p = compare(r, 2);

	ck_assert_msg(p.status == r->want, "%s: %s", r->name, ros_status_name(p.status));
	ck_assert_msg(r->different == ROS_NONE || p.different == r->different, "%s: %zu differ", r->name, (size_t)p.different);
	ck_assert_msg(r->first_offset == ROS_NONE || p.first_offset == r->first_offset, "%s: at %zu", r->name, (size_t)p.first_offset);
	ck_assert_msg((r->want == ROS_ROUNDED) == (p.rounded > 0), "%s: %zu rounded", r->name, (size_t)p.rounded);
}
END_TEST

START_TEST(threads_do_not_change_a_digit)
{
	struct ros_pair one = compare(&rows[_i], 1), two = compare(&rows[_i], 2), seven = compare(&rows[_i], 7);

	ck_assert_msg(!memcmp(&one, &two, sizeof one), "%s", rows[_i].name);
	ck_assert_msg(!memcmp(&one, &seven, sizeof one), "%s", rows[_i].name);
}
END_TEST

START_TEST(figures_are_those_of_a_plain_sum)
{
	static const struct row r = { "quantised", ROS_F32, ROS_Q8_0, 0, leave, ROS_DIFFERENT, ROS_NONE, ROS_NONE };
	struct ros_pair p = compare(&r, 2);
	double max = 0, abs = 0, sq = 0, dot = 0, na = 0, nb = 0;
	uint64_t different = 0;

	ros_codecs[ROS_Q8_0].decode(b_stored, b_values, ROWS, COLS);
	for (size_t i = 0; i < N; i++) {
		double x = a_values[i], y = b_values[i], d = fabs(x - y);

		different += x != y;
		max = d > max ? d : max;
		abs += d;
		sq += d * d;
		dot += x * y;
		na += x * x;
		nb += y * y;
	}
	ck_assert_int_eq(p.status, ROS_DIFFERENT);
	ck_assert_uint_eq(p.different, different);
	ck_assert_double_eq(p.max_abs, max);
	ck_assert_double_eq_tol(p.mean_abs, abs / N, 1e-12);
	ck_assert_double_eq_tol(p.rmse, sqrt(sq / N), 1e-12);
	ck_assert_double_eq_tol(p.cosine, dot / sqrt(na) / sqrt(nb), 1e-12);
}
END_TEST

START_TEST(one_sided_pairs_are_missing_or_extra)
{
	struct ros_tensor t = { .name = ROS_STR("w"), .dtype = ROS_F32, .ndim = 1, .dim = { 4 }, .data = { a_stored, 16 } }, u = t;
	struct ros_piece piece, other;
	struct ros_step s = ros_step_copy_of(&t, &piece), shaped;
	struct ros_pair pairs[3] = { { .a = &s }, { .b = &s }, { .a = &s, .b = &shaped } };
	struct ros_model none = { 0 };
	struct ros_arena arena;
	struct ros_compare c = { pairs, 3, &none, &none, 0, NULL, ros_kernels_best(), &arena };
	struct ros_error err = { 0 };

	u.dim[0] = 3;
	u.data.len = 12;
	shaped = ros_step_copy_of(&u, &other);
	ros_arena_init(&arena, 0);
	ck_assert(!ros_compare_run(&c, &err));
	ck_assert_int_eq(pairs[0].status, ROS_MISSING);
	ck_assert_int_eq(pairs[1].status, ROS_EXTRA);
	ck_assert_int_eq(pairs[2].status, ROS_DIFFERENT);
	ck_assert_str_eq(pairs[2].why, "shape");
	ros_arena_release(&arena);
}
END_TEST

/* Every dimension counts; only a GGUF cannot say that it has outer ones. */
static const struct shaped {
	enum ros_format_id a, b;
	struct { uint8_t ndim; uint64_t dim[3]; } x, y;
	bool same;
} shaped[] = {
	{ ROS_FORMAT_SAFETENSORS, ROS_FORMAT_SAFETENSORS, { 3, { 2, 3, 4 } }, { 3, { 2, 3, 4 } }, true },
	{ ROS_FORMAT_SAFETENSORS, ROS_FORMAT_SAFETENSORS, { 3, { 2, 3, 4 } }, { 3, { 3, 2, 4 } }, false },
	{ ROS_FORMAT_SAFETENSORS, ROS_FORMAT_SAFETENSORS, { 3, { 2, 3, 4 } }, { 2, { 6, 4 } }, false },
	{ ROS_FORMAT_SAFETENSORS, ROS_FORMAT_APR, { 1, { 4 } }, { 2, { 1, 4 } }, false },
	{ ROS_FORMAT_SAFETENSORS, ROS_FORMAT_GGUF, { 2, { 1, 4 } }, { 1, { 4 } }, true },
	{ ROS_FORMAT_GGUF, ROS_FORMAT_SAFETENSORS, { 2, { 6, 4 } }, { 3, { 1, 6, 4 } }, true },
	{ ROS_FORMAT_GGUF, ROS_FORMAT_SAFETENSORS, { 2, { 6, 4 } }, { 3, { 6, 1, 4 } }, false },
	{ ROS_FORMAT_GGUF, ROS_FORMAT_GGUF, { 2, { 6, 4 } }, { 3, { 2, 3, 4 } }, false },
};

START_TEST(every_dimension_counts)
{
	const struct shaped *r = &shaped[_i];
	struct ros_tensor a = { .name = ROS_STR("w"), .dtype = ROS_F32, .ndim = r->x.ndim }, b = { .name = ROS_STR("w"), .dtype = ROS_F32, .ndim = r->y.ndim };
	struct ros_piece pa, pb;
	struct ros_step sa, sb;
	struct ros_pair pair = { .a = &sa, .b = &sb };
	struct ros_model ma = { .format = r->a }, mb = { .format = r->b };
	struct ros_arena arena;
	struct ros_compare c = { &pair, 1, &ma, &mb, 0, NULL, ros_kernels_best(), &arena };
	struct ros_error err = { 0 };

	memcpy(a.dim, r->x.dim, sizeof r->x.dim);
	memcpy(b.dim, r->y.dim, sizeof r->y.dim);
	a.data = (struct ros_bytes){ a_stored, 4 * ros_tensor_elements(&a) };
	b.data = (struct ros_bytes){ a_stored, 4 * ros_tensor_elements(&b) };
	sa = ros_step_copy_of(&a, &pa);
	sb = ros_step_copy_of(&b, &pb);
	sa.dst.dtype = sb.dst.dtype = ROS_BF16;         /* made, not looked at in a file */
	ck_assert(!ros_step_settle(&sa, ROS_FORMAT_COUNT, &err) && !ros_step_settle(&sb, ROS_FORMAT_COUNT, &err));
	ros_arena_init(&arena, 0);
	ck_assert_msg(!ros_compare_run(&c, &err), "%s", err.text);
	ros_arena_release(&arena);
	ck_assert_msg((pair.status == ROS_DIFFERENT) != r->same, "row %d: %s", _i, ros_status_name(pair.status));
}
END_TEST

/* Stored bytes that are more than a tile's values would take: blocks padded at the end of short rows, one scale for all. */
static const struct wide {
	const char *name;
	enum ros_dtype type;
	uint64_t rows, cols;
} wide[] = {
	{ "rows of one element, a block each", ROS_Q8_0, 5000, 1 },
	{ "rows of three elements, a superblock each", ROS_Q4_K, 700, 3 },
	{ "one scale, many tiles", ROS_APR_Q8, 2100, 512 },
};

/* A model of one tensor that lies in a file. */
static void put_in_file(struct ros_model *m, struct ros_part *part, struct ros_tensor *t)
{
	FILE *f = tmpfile();

	ck_assert(f && fwrite(t->data.ptr, 1, t->data.len, f) == t->data.len && !fflush(f));
	*part = (struct ros_part){ .name = ROS_STR("w"), .path = ROS_STR("w"), .map = { .bytes = t->data, .fd = dup(fileno(f)), .heap = true } };
	fclose(f);
	*m = (struct ros_model){ .parts = part, .part_count = 1, .tensors = t, .tensor_count = 1 };
}

static enum ros_status status_in_files(struct ros_tensor *a, struct ros_tensor *b)
{
	struct ros_piece pa, pb;
	struct ros_step sa = ros_step_copy_of(a, &pa), sb = ros_step_copy_of(b, &pb);
	struct ros_pair pair = { .a = &sa, .b = &sb };
	struct ros_run_options run = { .jobs = 2 };
	struct ros_model ma, mb;
	struct ros_part part_a, part_b;
	struct ros_arena arena;
	struct ros_compare c = { &pair, 1, &ma, &mb, 0, &run, ros_kernels_best(), &arena };
	struct ros_error err = { 0 };

	put_in_file(&ma, &part_a, a);
	put_in_file(&mb, &part_b, b);
	sa.dst.dtype = sb.dst.dtype = ROS_F32;
	ck_assert(!ros_step_settle(&sa, ROS_FORMAT_COUNT, &err) && !ros_step_settle(&sb, ROS_FORMAT_COUNT, &err));
	ros_arena_init(&arena, 0);
	ck_assert_msg(!ros_compare_run(&c, &err), "%s", err.text);
	ros_arena_release(&arena);
	close(part_a.map.fd);
	close(part_b.map.fd);
	return pair.status;
}

START_TEST(stored_bytes_may_be_many)
{
	const struct wide *w = &wide[_i];
	struct ros_tensor a = { .name = ROS_STR("w"), .dtype = w->type, .ndim = 2, .dim = { w->rows, w->cols } }, b;
	size_t n = w->rows * w->cols;
	float *values = malloc(n * sizeof *values);
	uint8_t *one, *other;
	enum ros_status same, different;

	ck_assert(ros_dtype_nbytes(w->type, 2, a.dim, true, (uint64_t *)&a.data.len));
	one = malloc(a.data.len);
	other = malloc(a.data.len);
	for (size_t i = 0; i < n; i++)
		values[i] = (float)(i * 2654435761u >> 9 & 0xff) - 128;
	ros_codecs[w->type].encode(values, one, w->rows, w->cols, NULL);
	memcpy(other, one, a.data.len);
	b = a;
	a.data.ptr = one;
	b.data.ptr = other;
	same = status_in_files(&a, &b);
	if (w->type == ROS_Q4_K)
		other[a.data.len - 144] ^= 4;   /* the last row's scale */
	else
		other[w->type == ROS_Q8_0 ? a.data.len - 32 : a.data.len - 1] ^= 1;     /* the last value */
	different = status_in_files(&a, &b);
	free(values);
	free(one);
	free(other);
	ck_assert_msg(same == ROS_IDENTICAL, "%s: %s", w->name, ros_status_name(same));
	ck_assert_msg(different == ROS_DIFFERENT, "%s, one value changed: %s", w->name, ros_status_name(different));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("compare");
	TCase *tc = tcase_create("compare");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, each_defect_earns_its_status, 0, sizeof rows / sizeof *rows);
	tcase_add_loop_test(tc, threads_do_not_change_a_digit, 0, sizeof rows / sizeof *rows);
	tcase_add_loop_test(tc, stored_bytes_may_be_many, 0, sizeof wide / sizeof *wide);
	tcase_add_loop_test(tc, every_dimension_counts, 0, sizeof shaped / sizeof *shaped);
	tcase_add_test(tc, figures_are_those_of_a_plain_sum);
	tcase_add_test(tc, one_sided_pairs_are_missing_or_extra);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
