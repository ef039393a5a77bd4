/* Whole files: the synthetic models are quantized here, and every file must have the bytes (SHA-256) of the
 * one that llama-quantize wrote. By default a share of the 88 recorded outputs; ROSETTA_TEST_SLOW=1 runs all. */
#include "quant/compat.h"

#include "formats/digest.h"
#include "formats/store.h"
#include "quant/kernels.h"
#include "tests/fixtures/quantize_golden.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_TENSORS 256

/* Encoded payloads, kept from one output to the next: many share tensors of one type. */
static struct {
	const uint8_t *bytes;
	size_t len;
} made[MAX_TENSORS][ROS_DTYPE_COUNT][2];
static struct ros_arena made_arena;

static unsigned outputs;
static char folder[] = "/tmp/test_compat.XXXXXX";

/* The payload of T as TYPE, each matrix with its slice of WEIGHTS. */
static struct ros_bytes encode(const struct ros_tensor *t, size_t index, enum ros_dtype type, const float *weights)
{
	size_t cols = ros_tensor_cols(t), rows = ros_tensor_rows(t), matrices = t->ndim > 2 ? t->dim[0] : 1;
	size_t bytes = ros_row_bytes(type, cols) * rows, each = rows / matrices;
	struct ros_error err = { 0 };
	uint8_t *out;

	if (made[index][type][weights != NULL].bytes)
		return (struct ros_bytes){ made[index][type][weights != NULL].bytes, bytes };
	out = ros_arena_alloc(&made_arena, bytes, 1, &err);
	ck_assert_ptr_nonnull(out);
	for (size_t e = 0; e < matrices; e++)
		ros_kernels_best()->encode[type]((const float *)(const void *)t->data.ptr + e * each * cols,
			out + bytes / matrices * e, each, cols, weights ? weights + e * cols : NULL);
	made[index][type][weights != NULL].bytes = out;
	return (struct ros_bytes){ out, bytes };
}

static void digest_of_file(const char *path, char *hex)
{
	struct ros_mapping map = ROS_MAPPING_INIT;
	struct ros_error err = { 0 };
	struct ros_digest d;

	ck_assert_msg(!ros_mapping_open(&map, path, &err), "%s", err.text);
	d = ros_digest_of(ROS_SHA256, map.bytes.ptr, map.bytes.len);
	ros_digest_hex(&d, hex);
	ros_mapping_release(&map);
}

static void check_keys(const struct ros_meta *meta, const struct ros_json *want, const char *what)
{
	size_t i = 0;

	for (want = want->first; want; want = want->next, i++)
		ck_assert_msg(i < meta->count && ros_str_equal(meta->entries[i].key, ros_json_str(want)), "%s: key %zu", what, i);
	ck_assert_uint_eq(i, meta->count);
}

static void check_output(const struct ros_model *m, const char *model, const struct ros_imatrix *im,
	const struct ros_json *keys, const struct ros_json *run)
{
	struct ros_recipe r = { .ftype = ros_ftype_by_name(run->key), .generation = ROS_RECIPE_2025, .have_imatrix = im,
		ROS_RECIPE_NO_TYPES };
	struct ros_recipe_choice choices[MAX_TENSORS];
	uint32_t source[MAX_TENSORS];
	char what[64], path[128], hex[2 * ROS_DIGEST_MAX + 1];
	struct ros_error err = { 0 };
	struct ros_model out;

	snprintf(what, sizeof what, "%s %.*s%s", model, (int)run->key.len, run->key.ptr, im ? " with imatrix" : "");
	snprintf(path, sizeof path, "%s/out.gguf", folder);
	ros_recipe_read_meta(&r.hparams, &m->meta);
	ck_assert_msg(!ros_recipe_choose(&r, m->tensors, m->tensor_count, choices, &err), "%s: %s", what, err.text);
	ck_assert_msg(!ros_compat_header(m, &r, choices, NULL, im, ROS_STR("imx.dat"), &out, source, &err), "%s: %s", what, err.text);
	check_keys(&out.meta, keys, what);
	for (size_t i = 0; i < out.tensor_count; i++) {
		const struct ros_tensor *from = &m->tensors[source[i]];
		const float *w = NULL;

		if (im)
			ck_assert(!ros_imatrix_for(im, from, &w, &err));
		out.tensors[i].data = out.tensors[i].dtype == from->dtype ? from->data : encode(from, source[i], out.tensors[i].dtype, w);
	}
	ck_assert_msg(!ros_model_store(&out, ROS_FORMAT_GGUF, path, &(struct ros_write_options){ .force = true }, &err), "%s: %s", what, err.text);
	digest_of_file(path, hex);
	ck_assert_msg(ros_str_equal(ros_str_of(hex), ros_json_str(ros_json_get(run, "sha256"))), "%s: other bytes than llama-quantize's", what);
	ros_model_release(&out);
	outputs++;
}

/* The default share: every type once, and what differs between whole files. */
static bool is_chosen(const char *model, bool imatrix, struct ros_str ftype)
{
	static const char *const quick[] = {
		"dense Q4_K_M", "dense Q2_K", "dense TQ2_0", "dense F16", "dense+ IQ1_S", "dense+ IQ2_XXS", "dense+ IQ3_XS",
		"tied Q5_0", "tied BF16", "tied TQ1_0", "tied+ IQ2_S", "tied+ IQ2_M", "tied+ Q4_0", "tied+ IQ4_XS", "tied+ Q3_K_L",
		"odd Q3_K_S", "odd Q4_K_S", "odd Q5_K_M", "odd Q6_K", "odd TQ1_0", "odd IQ3_M", "moe8 Q8_0",
	};
	const char *slow = getenv("ROSETTA_TEST_SLOW");
	char name[64];

	snprintf(name, sizeof name, "%s%s %.*s", model, imatrix ? "+" : "", (int)ftype.len, ftype.ptr);
	for (size_t i = 0; i < sizeof quick / sizeof *quick; i++)
		if (!strcmp(name, quick[i]))
			return true;
	return slow && *slow == '1';
}

/* The input goes through a file, as a user's would. */
static void make_input(struct golden *g, const struct ros_json *model, const char *path)
{
	char hex[2 * ROS_DIGEST_MAX + 1];
	struct ros_error err = { 0 };
	struct ros_model m;

	golden_input(g, model, true, &m);
	ck_assert_msg(!ros_model_store(&m, ROS_FORMAT_GGUF, path, &(struct ros_write_options){ .force = true }, &err), "%s", err.text);
	ros_model_release(&m);
	digest_of_file(path, hex);
	ck_assert_msg(ros_str_equal(ros_str_of(hex), ros_json_str(ros_json_get(model, "input_sha256"))), "the input's own bytes");
}

static void check_model(struct golden *g, const struct ros_json *model)
{
	static const char *const kinds[] = { "plain", "with_imatrix" };
	struct ros_error err = { 0 };
	struct ros_imatrix im;
	struct ros_model m;
	struct ros_bytes dat;
	char path[128], name[32];

	snprintf(path, sizeof path, "%s/in.gguf", folder);
	snprintf(name, sizeof name, "%.*s", (int)model->key.len, model->key.ptr);
	make_input(g, model, path);
	ck_assert_msg(!ros_model_open(&m, path, NULL, &err), "%s", err.text);
	dat = golden_imatrix(&m);
	ros_imatrix_init(&im);
	ck_assert(!ros_imatrix_read_dat(&im, dat, &err));
	memset(made, 0, sizeof made);
	for (int k = 0; k < 2; k++) {
		const struct ros_json *kind = ros_json_get(model, kinds[k]), *runs = ros_json_get(kind, "ftypes");

		for (runs = runs ? runs->first : NULL; runs; runs = runs->next)
			if (is_chosen(name, k == 1, runs->key))
				check_output(&m, name, k ? &im : NULL, ros_json_get(kind, "kv_order"), runs);
	}
	ros_arena_release(&made_arena);
	ros_imatrix_release(&im);
	free((void *)dat.ptr);
	ros_model_release(&m);
	unlink(path);
	snprintf(path, sizeof path, "%s/out.gguf", folder);
	unlink(path);
}

START_TEST(files_equal_llama_quantize)
{
	struct golden g;

	if (!golden_open(&g))
		return;
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ros_arena_init(&made_arena, 0);
	for (const struct ros_json *model = ros_json_get(g.index, "models")->first; model; model = model->next)
		check_model(&g, model);
	rmdir(folder);
	printf("compat: %u whole files\n", outputs);
	ck_assert_uint_ge(outputs, 22);
	golden_close(&g);
}
END_TEST

/* Keys that move, keys that go, keys that are set, in both generations. */
START_TEST(keys)
{
	static const char *const want[] = { "general.architecture", "general.alignment", "a", "general.quantization_version", "general.file_type",
		"b", "c", "quantize.imatrix.file", "quantize.imatrix.entries_count" };
	struct ros_tensor t[] = { { .name = ROS_STR("x"), .ndim = 3, .dim = { 1, 1, 5 } }, { .name = ROS_STR("s"), .ndim = 0 } };
	struct ros_recipe r = { .ftype = ROS_FT_Q8_0, .generation = _i ? ROS_RECIPE_2025 : ROS_RECIPE_2026, ROS_RECIPE_NO_TYPES };
	struct ros_recipe_choice choices[2];
	struct ros_imatrix im = { .count = 3 };
	struct ros_model src, out;
	struct ros_meta set;
	struct ros_error err = { 0 };
	uint32_t source[2];

	ros_model_init(&src, ROS_FORMAT_GGUF);
	ros_meta_init(&set, &src.arena);
	ros_meta_add(&src.meta, ROS_STR("general.architecture"), ros_meta_str(ROS_STR("x")), &err);
	ros_meta_add(&src.meta, ROS_STR("general.file_type"), ros_meta_u32(1), &err);
	ros_meta_add(&src.meta, ROS_STR("split.no"), ros_meta_u32(0), &err);
	ros_meta_add(&src.meta, ROS_STR("general.alignment"), ros_meta_u32(32), &err);
	ros_meta_add(&src.meta, ROS_STR("split.count"), ros_meta_u32(0), &err);
	ros_meta_add(&src.meta, ROS_STR("split.tensors.count"), ros_meta_u32(0), &err);
	ros_meta_add(&src.meta, ROS_STR("b"), ros_meta_u32(0), &err);
	ros_meta_add(&src.meta, ROS_STR("a"), ros_meta_u32(0), &err);
	ros_meta_add(&set, ROS_STR("b"), (struct ros_meta_value){ .type = ROS_META_I64, .i = -7 }, &err);
	ros_meta_add(&set, ROS_STR("c"), (struct ros_meta_value){ .type = ROS_META_F64, .f = 0.1 }, &err);
	src.tensors = t;
	src.tensor_count = 2;
	ck_assert(!ros_recipe_choose(&r, t, 2, choices, &err));
	ck_assert(!ros_compat_header(&src, &r, choices, &set, &im, ROS_STR("p"), &out, source, &err));
	ck_assert_uint_eq(out.meta.count, sizeof want / sizeof *want);
	for (size_t i = 0; i < out.meta.count; i++)
		ck_assert_msg(ros_str_equal(out.meta.entries[i].key, ros_str_of(want[i])), "%s", want[i]);
	ck_assert_int_eq(out.meta.entries[5].value.type, _i ? ROS_META_I32 : ROS_META_U32);
	ck_assert_int_eq(out.meta.entries[5].value.i, _i ? -7 : 7);
	ck_assert_int_eq(out.meta.entries[6].value.type, ROS_META_F32);
	ck_assert_int_eq(out.meta.entries[8].value.type, _i ? ROS_META_I32 : ROS_META_U32);
	ck_assert(source[0] == 1 && out.tensors[0].ndim == 1 && out.tensors[0].dim[0] == 1);
	ck_assert(source[1] == 0 && out.tensors[1].ndim == 1 && out.tensors[1].dim[0] == 5);
	ros_model_release(&out);
	r.copy_only = true;
	ck_assert(!ros_compat_header(&src, &r, choices, NULL, NULL, (struct ros_str){ 0 }, &out, source, &err));
	ck_assert_uint_eq(ros_meta_get(&out.meta, ROS_STR("general.file_type"))->u, 1);
	ros_model_release(&out);
	ros_meta_remove(&src.meta, ROS_STR("general.file_type"));
	t[0].dtype = t[1].dtype = ROS_Q3_K;
	ck_assert(!ros_compat_header(&src, &r, choices, NULL, NULL, (struct ros_str){ 0 }, &out, source, &err));
	ck_assert_uint_eq(ros_meta_get(&out.meta, ROS_STR("general.file_type"))->u, 1024 + ROS_FT_Q3_K_M);
	ros_model_release(&out);
	ros_model_release(&src);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("compat");
	TCase *tc = tcase_create("all");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 900);
	tcase_add_test(tc, files_equal_llama_quantize);
	tcase_add_loop_test(tc, keys, 0, 2);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
