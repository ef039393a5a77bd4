/* Importance matrices in both forms: what is read, and every way a file can be wrong. */
#include "quant/imatrix.h"

#include "formats/digest.h"
#include "formats/store.h"
#include "tests/fixtures/quantize_golden.h"
#include "tests/unit/blob.h"

#include <check.h>
#include <math.h>
#include <unistd.h>

#define ROWS(t) (int)(sizeof t / sizeof *t)

/* One malformed or odd .dat per row; the words are what stands in the file, a name being four letters. */
static const struct {
	const char *name;
	uint32_t words[24];
	int count;                      /* words that the file holds */
	enum ros_code want;
	uint64_t offset;
} files[] = {
#define NAME 0x64636261                 /* "abcd" */
#define ONE 0x3f800000
	{ "one entry", { 1, 4, NAME, 2, 2, ONE, ONE }, 7, ROS_OK, 0 },
	{ "with its tail", { 1, 4, NAME, 2, 1, ONE, 7, 4, NAME }, 9, ROS_OK, 0 },
	{ "tail cut short", { 1, 4, NAME, 2, 1, ONE, 7 }, 7, ROS_OK, 0 },
	{ "data set longer than the file", { 1, 4, NAME, 2, 1, ONE, 7, 400, NAME }, 9, ROS_OK, 0 },
	{ "bytes behind the end", { 1, 4, NAME, 2, 1, ONE, 7, 4, NAME, 1, 2 }, 11, ROS_OK, 0 },
	{ "same name twice", { 2, 4, NAME, 1, 1, ONE, 4, NAME, 1, 1, ONE }, 11, ROS_OK, 0 },
	{ "no calls", { 1, 4, NAME, 0, 1, ONE }, 6, ROS_OK, 0 },
	{ "negative calls", { 1, 4, NAME, 0xffffffff, 1, ONE }, 6, ROS_OK, 0 },
	{ "empty file", { 0 }, 0, ROS_EFORMAT, 0 },
	{ "no entries", { 0, 0, 0, 0 }, 4, ROS_EFORMAT, 0 },
	{ "negative entries", { 0xffffffff, 4, NAME, 1, 1, ONE }, 6, ROS_EFORMAT, 4 },
	{ "more entries than bytes", { 2, 4, NAME, 2, 1, ONE }, 6, ROS_EFORMAT, 4 },
	{ "second entry missing", { 2, 4, NAME, 2, 1, ONE, 7, 4, NAME }, 9, ROS_EFORMAT, 35 },
	{ "name longer than the file", { 1, 400, NAME, 2, 1, ONE }, 6, ROS_EFORMAT, 8 },
	{ "negative name", { 1, 0x80000000, NAME, 2, 1, ONE }, 6, ROS_EFORMAT, 8 },
	{ "more values than bytes", { 1, 4, NAME, 2, 2, ONE }, 6, ROS_EFORMAT, 20 },
	{ "values that overflow a size", { 1, 4, NAME, 2, 0x40000001, ONE }, 6, ROS_EFORMAT, 20 },
	{ "no values", { 1, 4, NAME, 2, 0, ONE }, 6, ROS_EFORMAT, 20 },
	{ "a NaN", { 1, 4, NAME, 2, 1, 0x7fc00000 }, 6, ROS_EFORMAT, 20 },
	{ "an infinity", { 1, 4, NAME, 2, 1, 0xff800000 }, 6, ROS_EFORMAT, 20 },
};

START_TEST(dat_files)
{
	struct ros_imatrix im;
	struct ros_error err = { 0 };
	struct blob o = { 0 };
	uint8_t *exact;

	for (int i = 0; i < files[_i].count; i++)
		blob_u32(&o, files[_i].words[i]);
	exact = malloc(o.len ? o.len : 1);
	if (o.len)
		memcpy(exact, o.b, o.len);
	ros_imatrix_init(&im);
	ros_imatrix_read_dat(&im, (struct ros_bytes){ exact, o.len }, &err);
	ck_assert_msg(err.code == files[_i].want, "%s: %s (%s)", files[_i].name, ros_code_name(err.code), err.text);
	if (err.code)
		ck_assert_msg(err.offset == files[_i].offset, "%s: offset %d", files[_i].name, (int)err.offset);
	else
		ck_assert_msg(im.count == 1 && ros_str_equal(im.entries[0].name, ROS_STR("abcd")), "%s", files[_i].name);
	ros_imatrix_release(&im);
	blob_free(&o);
	free(exact);
}
END_TEST

/* Every shorter file is refused or, once the entries are whole, read. */
START_TEST(dat_cut_anywhere)
{
	static const uint32_t words[] = { 2, 4, NAME, 4, 2, ONE, ONE, 4, NAME + 1, 1, 1, ONE, 9, 4, NAME };
	uint8_t whole[sizeof words];

	for (int i = 0; i < ROWS(words); i++)
		ros_put_le32(whole + 4 * i, words[i]);
	for (size_t n = 0; n <= sizeof whole; n++) {
		struct ros_imatrix im;
		struct ros_error err = { 0 };
		uint8_t *exact = malloc(n ? n : 1);

		memcpy(exact, whole, n);
		ros_imatrix_init(&im);
		ros_imatrix_read_dat(&im, (struct ros_bytes){ exact, n }, &err);
		ck_assert_int_eq(err.code, n < 48 ? ROS_EFORMAT : ROS_OK);
		if (n == sizeof whole) {
			ck_assert_uint_eq(im.chunks, 9);
			ck_assert(ros_str_equal(im.dataset, ROS_STR("abcd")));
			ck_assert_float_eq(im.entries[0].weights[1], 0.25f);
			ck_assert_float_eq(ros_imatrix_find(&im, ROS_STR("bbcd"))->weights[0], 1);
			ck_assert_ptr_null(ros_imatrix_find(&im, ROS_STR("abc")));
		}
		ros_imatrix_release(&im);
		free(exact);
	}
}
END_TEST

/* A GGUF importance matrix in memory: two matrices of two columns, defects by MODE. */
enum { GOOD, NO_COUNTS, NO_SUMS, WRONG_TYPE, WRONG_COUNT, NOT_FINITE, INFINITE_COUNT, NO_KEY, ZERO_COUNT, MODES };

static void gguf_model(struct ros_model *m, int mode)
{
	static const struct ros_str names[] = { ROS_STR("wiki.txt"), ROS_STR("more.txt") };
	float sums[4] = { 2, 4, 6, 8 }, counts[2] = { 2, 4 };
	struct ros_error err = { 0 };
	uint8_t *p;

	if (mode == NOT_FINITE)
		sums[2] = NAN;
	if (mode == INFINITE_COUNT)
		counts[1] = INFINITY;
	if (mode == ZERO_COUNT)
		counts[1] = 0;
	ros_model_init(m, ROS_FORMAT_GGUF);
	m->alignment = 32;
	m->format_version = 3;
	ros_meta_add(&m->meta, ROS_STR("general.type"), ros_meta_str(ROS_STR("imatrix")), &err);
	if (mode != NO_KEY)
		ros_meta_add(&m->meta, ROS_STR("imatrix.datasets"), ros_meta_str_array(names, 2), &err);
	ros_meta_add(&m->meta, ROS_STR("imatrix.chunk_count"), ros_meta_u32(5), &err);
	ros_meta_add(&m->meta, ROS_STR("imatrix.chunk_size"), ros_meta_u32(512), &err);
	ros_model_alloc_tensors(m, 2, &err);
	p = ros_arena_alloc(&m->arena, 6, 4, &err);
	for (int i = 0; i < 4; i++)
		ros_put_le32(p + 4 * i, ros_f32_bits(sums[i]));
	for (int i = 0; i < 2; i++)
		ros_put_le32(p + 16 + 4 * i, ros_f32_bits(counts[i]));
	m->tensors[0] = (struct ros_tensor){ .name = ROS_STR("blk.0.x.weight.in_sum2"), .dtype = ROS_F32, .ndim = 2, .dim = { 2, 2 }, .data = { p, 16 } };
	m->tensors[1] = (struct ros_tensor){ .name = ROS_STR("blk.0.x.weight.counts"), .dtype = ROS_F32, .ndim = 2, .dim = { 2, 1 }, .data = { p + 16, 8 } };
	if (mode == NO_COUNTS)
		m->tensors[1].name = ROS_STR("other");
	if (mode == NO_SUMS)
		m->tensors[0].name = ROS_STR("other");
	if (mode == WRONG_TYPE)
		m->tensors[1].dtype = ROS_I32;
	if (mode == WRONG_COUNT)
		m->tensors[0].data.len = 12;
	ck_assert(!ros_model_index(m, &err) && !err.code);
}

START_TEST(gguf_form)
{
	struct ros_model m;
	struct ros_imatrix im;
	struct ros_error err = { 0 };

	gguf_model(&m, _i);
	ros_imatrix_init(&im);
	ros_imatrix_read_gguf(&im, &m, &err);
	ck_assert_msg(err.code == (_i == GOOD || _i == ZERO_COUNT ? ROS_OK : ROS_EFORMAT), "mode %d: %s", _i, err.text);
	if (!err.code) {
		const struct ros_imatrix_entry *e = ros_imatrix_find(&im, ROS_STR("blk.0.x.weight"));

		ck_assert_ptr_nonnull(e);
		ck_assert_uint_eq(e->count, 4);
		ck_assert_float_eq(e->weights[0], 1);
		ck_assert_float_eq(e->weights[1], 2);
		ck_assert_float_eq(e->weights[2], _i == ZERO_COUNT ? 1 : 1.5f);
		ck_assert_float_eq(e->weights[3], _i == ZERO_COUNT ? 1 : 2);
		ck_assert_uint_eq(im.chunks, 5);
		ck_assert(ros_str_equal(im.dataset, ROS_STR("wiki.txt")));
	}
	ros_imatrix_release(&im);
	ros_model_release(&m);
}
END_TEST

START_TEST(files_of_both_forms)
{
	char folder[] = "/tmp/test_imatrix.XXXXXX", path[300];
	struct ros_imatrix im;
	struct ros_model m;
	struct ros_error err = { 0 };
	struct blob o = { 0 };

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/im.gguf", folder);
	gguf_model(&m, GOOD);
	ck_assert_msg(!ros_model_store(&m, ROS_FORMAT_GGUF, path, NULL, &err), "%s", err.text);
	ck_assert_msg(!ros_imatrix_open(&im, path, &err), "%s", err.text);
	ck_assert_uint_eq(im.count, 1);
	ros_imatrix_release(&im);
	unlink(path);
	for (int i = 0; i < files[1].count; i++)
		blob_u32(&o, files[1].words[i]);
	blob_save(&o, folder, "im.dat");
	snprintf(path, sizeof path, "%s/im.dat", folder);
	ck_assert(!ros_imatrix_open(&im, path, &err));
	ck_assert_uint_eq(im.chunks, 7);
	ros_imatrix_release(&im);
	unlink(path);
	ck_assert_int_eq(ros_imatrix_open(&im, path, &err), ROS_EIO);
	ck_assert_uint_eq(im.count, 0);
	rmdir(folder);
	blob_free(&o);
	ros_model_release(&m);
}
END_TEST

START_TEST(weights_of_a_tensor)
{
	struct ros_tensor t = { .name = ROS_STR("blk.0.x.weight"), .ndim = 3, .dim = { 2, 8, 2 } };
	const float *w = NULL;
	struct ros_imatrix im;
	struct ros_model m;
	struct ros_error err = { 0 };

	gguf_model(&m, GOOD);
	ros_imatrix_init(&im);
	ck_assert(!ros_imatrix_read_gguf(&im, &m, &err));
	ck_assert(!ros_imatrix_for(&im, &t, &w, &err));
	ck_assert_ptr_eq(w, im.entries[0].weights);
	t.name = ROS_STR("blk.1.x.weight");
	ck_assert(!ros_imatrix_for(&im, &t, &w, &err));
	ck_assert_ptr_null(w);
	t.name = ROS_STR("blk.0.x.weight");
	t.dim[0] = 3;
	ck_assert_int_eq(ros_imatrix_for(&im, &t, &w, &err), ROS_EMISMATCH);
	err = (struct ros_error){ 0 };
	im.entries[0].name = t.name = ROS_STR("token_embd.weight");
	ck_assert(!ros_imatrix_for(&im, &t, &w, &err));
	ck_assert_ptr_null(w);
	ros_imatrix_filter(&im, (const char *const[]){ "embd", NULL }, NULL);
	ck_assert_uint_eq(im.count, 1);
	ros_imatrix_filter(&im, NULL, (const char *const[]){ "embd", NULL });
	ck_assert_uint_eq(im.count, 0);
	ros_imatrix_release(&im);
	ros_model_release(&m);
}
END_TEST

/* The .dat that the recorded outputs were made with: its bytes, then its values. */
START_TEST(golden_matrices)
{
	struct golden g;

	if (!golden_open(&g))
		return;
	for (const struct ros_json *model = ros_json_get(g.index, "models")->first; model; model = model->next) {
		struct ros_str want = ros_json_str(ros_json_get(model, "imatrix_dat_sha256"));
		struct ros_model m;
		struct ros_imatrix im;
		struct ros_error err = { 0 };
		struct ros_bytes dat;
		struct ros_digest d;
		char hex[2 * ROS_DIGEST_MAX + 1];

		golden_input(&g, model, false, &m);
		dat = golden_imatrix(&m);
		d = ros_digest_of(ROS_SHA256, dat.ptr, dat.len);
		ros_digest_hex(&d, hex);
		if (want.ptr)
			ck_assert_msg(ros_str_equal(ros_str_of(hex), want), "%.*s", (int)model->key.len, model->key.ptr);
		ros_imatrix_init(&im);
		ck_assert(!ros_imatrix_read_dat(&im, dat, &err));
		for (size_t i = 0; i < m.tensor_count; i++) {
			const float *w;

			ck_assert(!ros_imatrix_for(&im, &m.tensors[i], &w, &err));
			if (w)
				ck_assert_float_eq(w[0], golden_value(1000 + i, 0) * 8 + 1);
		}
		ros_imatrix_release(&im);
		free((void *)dat.ptr);
		ros_model_release(&m);
	}
	golden_close(&g);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("imatrix");
	TCase *tc = tcase_create("all");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, dat_files, 0, ROWS(files));
	tcase_add_test(tc, dat_cut_anywhere);
	tcase_add_loop_test(tc, gguf_form, 0, MODES);
	tcase_add_test(tc, files_of_both_forms);
	tcase_add_test(tc, weights_of_a_tensor);
	tcase_add_test(tc, golden_matrices);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
