/* Agreement with judged files of $ROSETTA_TEST_DATA: every verdict of gguf-cases and apr-golden, and every
 * GGUF of the folder written back byte for byte. Skipped where the folder is absent. */
#include "config.h"

#include "formats/apr.h"
#include "formats/gguf.h"
#include "rosetta/checksum.h"
#include "tests/unit/blob.h"

#include <check.h>
#include <ftw.h>
#include <unistd.h>

static const char *root;

static const char *in_root(const char *folder, struct ros_str file, char *path)
{
	snprintf(path, 1024, "%s/%s/%.*s", root, folder, (int)file.len, file.ptr);
	return path;
}

static struct ros_json *index_of(const char *folder, struct ros_mapping *map, struct ros_arena *arena)
{
	struct ros_error err = { 0 };
	struct ros_json *j;
	char path[1024];

	ros_arena_init(arena, 0);
	ros_mapping_open(map, in_root(folder, ROS_STR("index.json"), path), &err);
	j = ros_json_parse((struct ros_str){ (const char *)map->bytes.ptr, map->bytes.len }, arena, &err);
	ck_assert_msg(j != NULL, "%s: %s", path, err.text);
	return j;
}

/* Opens the file at PATH as FORMAT without asking for its magic first. */
static enum ros_code open_as(enum ros_format_id format, const char *path, bool header_only, struct ros_model *m, struct ros_error *err)
{
	struct ros_open_options opt = { .header_only = header_only };

	*err = (struct ros_error){ 0 };
	ros_model_init(m, format);
	m->path = ros_arena_str(&m->arena, ros_str_of(path), err);
	m->parts = ros_arena_alloc(&m->arena, 1, sizeof *m->parts, err);
	m->part_count = 1;
	m->parts[0] = (struct ros_part){ .path = m->path, .map = ROS_MAPPING_INIT };
	if (!ros_mapping_open(&m->parts[0].map, path, err))
		ros_formats[format].read(m, &opt, err);
	return err->code || header_only ? err->code : (enum ros_code)ros_checksum_check(m, NULL, err);
}

/* The reference computes these sizes modulo 2^64 and accepts; a safe reader must not. */
static bool overflows(struct ros_str name)
{
	static const char *const names[] = { "nbytes_eq_2^64_m8_i64", "prod_wrap_zero_2^32x2^32", "prod_wrap_zero_4d", "two_huge_i8" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (ros_str_equal(name, ros_str_of(names[i])))
			return true;
	return false;
}

START_TEST(gguf_verdicts)
{
	struct ros_mapping map;
	struct ros_arena arena;
	unsigned count = 0;

	if (!root)
		return;
	for (const struct ros_json *c = ros_json_get(index_of("gguf-cases", &map, &arena), "cases")->first; c; c = c->next) {
		struct ros_str want = ros_json_str(ros_json_path(c, _i ? "verdict/meta" : "verdict/load"));
		bool accept = ros_str_equal(want, ROS_STR("accept")) && !overflows(ros_json_str(ros_json_get(c, "name")));
		struct ros_error err;
		struct ros_model m;
		char path[1024];

		open_as(ROS_FORMAT_GGUF, in_root("gguf-cases", ros_json_str(ros_json_get(c, "file")), path), _i, &m, &err);
		ck_assert_msg(!err.code == accept, "%s: %s", path, err.code ? err.text : "accepted");
		ros_model_release(&m);
		count++;
	}
	ck_assert_uint_gt(count, 60);
	ros_arena_release(&arena);
	ros_mapping_release(&map);
}
END_TEST

START_TEST(apr_verdicts)
{
	struct ros_mapping map;
	struct ros_arena arena;
	unsigned count = 0;

	if (!root)
		return;
	for (const struct ros_json *c = ros_json_get(index_of("apr-golden", &map, &arena), "cases")->first; c; c = c->next) {
		struct ros_str want = ros_json_str(ros_json_get(c, "want")), file = ros_json_str(ros_json_get(c, "file"));
		bool accept = ros_str_equal(want, ROS_STR("accept"));
		struct ros_error err;
		struct ros_model m;
		char path[1024];

		open_as(ROS_FORMAT_APR, in_root("apr-golden/cases", file, path), false, &m, &err);
		if (!ros_str_equal(want, ROS_STR("either")))
			ck_assert_msg(!err.code == accept, "%s: %s", path, err.code ? err.text : "accepted");
		/* The one warning that is not the container's is about values. */
		if (accept && !ros_str_equal(file, ROS_STR("odd-nan-quantized.apr")))
			ck_assert_msg(!m.warning_count == !ros_json_get(c, "warn"), "%s: warnings: %zu", path, m.warning_count);
		ros_model_release(&m);
		count++;
	}
	ck_assert_uint_gt(count, 190);
	ros_arena_release(&arena);
	ros_mapping_release(&map);
}
END_TEST

static bool same_shape(const struct ros_tensor *t, const struct ros_json *shape)
{
	const struct ros_json *d = shape->first;
	uint64_t n;

	if (shape->count != t->ndim)
		return false;
	for (unsigned i = 0; i < t->ndim; i++, d = d->next)
		if (!ros_json_u64(d, &n) || n != t->dim[i])
			return false;
	return true;
}

/* The reference writes AprQ4 for our APR_Q4. */
static enum ros_dtype reference_type(struct ros_str name)
{
	if (ros_str_equal(name, ROS_STR("AprQ4")))
		return ROS_APR_Q4;
	return ros_str_equal(name, ROS_STR("AprQ8")) ? ROS_APR_Q8 : ros_dtype_by_name(name);
}

/* Every field of every tensor, as the reference sees it. */
static void check_tensors(const struct ros_model *m, const struct ros_json *c)
{
	const struct ros_json *t = ros_json_get(c, "tensors")->first;

	for (size_t i = 0; i < m->tensor_count; i++, t = t->next) {
		struct ros_str type = ros_json_str(ros_json_get(t, "dtype"));
		uint64_t size = 0;

		ck_assert(t && ros_str_equal(m->tensors[i].name, ros_json_str(ros_json_get(t, "name"))));
		ck_assert(ros_json_u64(ros_json_get(t, "size"), &size) && size == m->tensors[i].data.len);
		ck_assert(same_shape(&m->tensors[i], ros_json_get(t, "shape")));
		ck_assert_msg(reference_type(type) == m->tensors[i].dtype, "%.*s, %s", (int)type.len, type.ptr,
			      ros_dtypes[m->tensors[i].dtype].name);
	}
	ck_assert(!t);
}

START_TEST(apr_good_files)
{
	static const char *const sets[][2] = { { "good", "apr-golden/good" }, { "models", "apr-golden/models" } };
	struct ros_mapping map;
	struct ros_arena arena;

	if (!root)
		return;
	for (const struct ros_json *c = ros_json_get(index_of("apr-golden", &map, &arena), sets[_i][0])->first; c; c = c->next) {
		struct ros_error err;
		struct ros_model m;
		char path[1024];

		open_as(ROS_FORMAT_APR, in_root(sets[_i][1], ros_json_str(ros_json_get(c, "file")), path), false, &m, &err);
		ck_assert_msg(!err.code, "%s: %s", path, err.text);
		if (_i == 0)
			check_tensors(&m, c);
		ros_model_release(&m);
	}
	ros_arena_release(&arena);
	ros_mapping_release(&map);
}
END_TEST

static unsigned rewritten;

static int rewrite(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	size_t len = strlen(path);
	struct ros_error err = { 0 };
	struct ros_arena arena;
	struct ros_output out = { .arena = &arena };
	struct blob again = { 0 };
	struct ros_model m;

	(void)st;
	(void)where;
	if (kind != FTW_F || len < 5 || strcmp(path + len - 5, ".gguf") || strstr(path, "gguf-cases") || ros_model_open(&m, path, NULL, &err))
		return 0;
	ros_arena_init(&arena, 0);
	if (m.format_version == 3 && m.part_count == 1) {
		ros_gguf_lay_out(&m, NULL, &out, &err);
		ck_assert_msg(!err.code, "%s: %s", path, err.text);
		assemble(&m, &out.files[0], &again);
		ck_assert_msg(again.len == m.file_bytes && !memcmp(again.b, m.parts[0].map.bytes.ptr, again.len), "%s differs", path);
		rewritten++;
	}
	ros_arena_release(&arena);
	ros_model_release(&m);
	blob_free(&again);
	return 0;
}

START_TEST(gguf_rewritten)
{
	if (!root)
		return;
	nftw(root, rewrite, 16, FTW_PHYS);
	ck_assert_uint_gt(rewritten, 100);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cases");
	TCase *tc = tcase_create("cases");
	SRunner *sr = srunner_create(s);
	char path[1024];
	int failed;

	root = getenv("ROSETTA_TEST_DATA");
	if (!root || access(in_root("apr-golden", ROS_STR("index.json"), path), R_OK)) {
		puts("skipped: no judged files ($ROSETTA_TEST_DATA)");
		root = NULL;
	}
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, gguf_verdicts, 0, 2);
	tcase_add_test(tc, apr_verdicts);
	tcase_add_loop_test(tc, apr_good_files, 0, 2);
	tcase_add_test(tc, gguf_rewritten);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
