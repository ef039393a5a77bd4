/* Split GGUF models: written, opened by any of their files, refused when the files tell different stories. */
#include "formats/gguf.h"
#include "formats/store.h"
#include "tests/unit/blob.h"
#include "tests/unit/folder.h"

#include <check.h>

#define TENSORS 7

static float values[TENSORS][40];

/* Seven tensors of 4, 44, 84 ... elements' bytes and two keys. */
static void make_model(struct ros_model *m)
{
	struct ros_error err = { 0 };

	ros_model_init(m, ROS_FORMAT_GGUF);
	ros_meta_add(&m->meta, ROS_STR("general.architecture"), ros_meta_str(ROS_STR("test")), &err);
	ros_meta_add(&m->meta, ROS_STR("test.block_count"), ros_meta_u32(7), &err);
	ros_model_alloc_tensors(m, TENSORS, &err);
	for (int i = 0; i < TENSORS; i++) {
		for (int j = 0; j < 40; j++)
			values[i][j] = (float)(i * 100 + j);
		m->tensors[i] = (struct ros_tensor){
			.name = ros_arena_printf(&m->arena, &err, "blk.%d.weight", i), .dtype = ROS_F32, .ndim = 2, .dim = { 4, 10 },
			.data = { (const uint8_t *)values[i], sizeof values[i] },
		};
	}
}

static void store(const struct folder *f, const struct ros_write_options *opt)
{
	struct ros_error err = { 0 };
	struct ros_model m;
	char path[512];

	make_model(&m);
	ros_model_store(&m, ROS_FORMAT_GGUF, folder_path(f, "model.gguf", path), opt, &err);
	ck_assert_msg(!err.code, "%s", err.text);
	ros_model_release(&m);
}

static int open_in(const struct folder *f, const char *name, struct ros_model *m, struct ros_error *err)
{
	char path[512];

	*err = (struct ros_error){ 0 };
	return ros_model_open(m, folder_path(f, name, path), NULL, err);
}

static const struct { const char *name; struct ros_write_options opt; size_t files; } cuts[] = {
	{ "one file", { 0 }, 1 },
	{ "three a file", { .max_shard_tensors = 3 }, 3 },
	{ "one a file", { .max_shard_tensors = 1 }, 7 },
	{ "all fit", { .max_shard_tensors = 7 }, 1 },
	{ "by bytes, two fit", { .max_shard_bytes = 320 }, 4 },
	{ "by bytes, one byte short of two", { .max_shard_bytes = 319 }, 7 },
	{ "less than any tensor", { .max_shard_bytes = 1 }, 7 },
	{ "both", { .max_shard_bytes = 320, .max_shard_tensors = 3 }, 4 },
};

/* Whatever the cut and whichever file is named, the model is the same. */
START_TEST(any_file_opens_all)
{
	struct folder f = folder_new();
	struct ros_error err;
	struct ros_model m;

	store(&f, &cuts[_i].opt);
	ck_assert_uint_eq(folder_count(&f), cuts[_i].files);
	for (size_t i = 0; i < cuts[_i].files; i++) {
		char name[64] = "model.gguf";

		if (cuts[_i].files > 1)
			snprintf(name, sizeof name, "model-%05zu-of-%05zu.gguf", i + 1, cuts[_i].files);
		open_in(&f, name, &m, &err);
		ck_assert_msg(!err.code, "%s: %s: %s", cuts[_i].name, name, err.text);
		ck_assert_uint_eq(m.tensor_count, TENSORS);
		ck_assert_uint_eq(m.part_count, cuts[_i].files);
		ck_assert_uint_eq(m.meta.count, cuts[_i].files > 1 ? 5 : 2);
		for (int t = 0; t < TENSORS; t++) {
			const struct ros_tensor *x = &m.tensors[t];

			ck_assert_mem_eq(x->data.ptr, values[t], sizeof values[t]);
			ck_assert_ptr_eq(x->data.ptr, m.parts[x->part].map.bytes.ptr + x->offset);
		}
		ros_model_release(&m);
	}
	folder_remove(&f);
}
END_TEST

/* Joined again the split keys are gone and the file is what one writing makes. */
START_TEST(joined_again)
{
	struct folder f = folder_new(), g = folder_new();
	struct ros_mapping a, b;
	struct ros_error err;
	struct ros_model m;
	char path[512];

	store(&f, &(struct ros_write_options){ .max_shard_tensors = 3 });
	store(&g, NULL);
	open_in(&f, "model-00002-of-00003.gguf", &m, &err);
	ros_model_store(&m, ROS_FORMAT_GGUF, folder_path(&f, "joined.gguf", path), NULL, &err);
	ck_assert_msg(!err.code, "%s", err.text);
	ros_model_release(&m);
	ros_mapping_open(&a, path, &err);
	ros_mapping_open(&b, folder_path(&g, "model.gguf", path), &err);
	ck_assert_uint_eq(a.bytes.len, b.bytes.len);
	ck_assert_mem_eq(a.bytes.ptr, b.bytes.ptr, a.bytes.len);
	ros_mapping_release(&a);
	ros_mapping_release(&b);
	folder_remove(&f);
	folder_remove(&g);
}
END_TEST

/* Overwrites the bytes found AFTER the text KEY in file NAME, SKIP bytes on. */
static void patch(const struct folder *f, const char *name, const char *after, size_t skip, const char *bytes)
{
	char path[512], text[4096];
	FILE *file = fopen(folder_path(f, name, path), "r+b");
	size_t n = fread(text, 1, sizeof text, file), at = 0;

	while (at + strlen(after) < n && memcmp(text + at, after, strlen(after)))
		at++;
	fseek(file, (long)(at + strlen(after) + skip), SEEK_SET);
	fwrite(bytes, 1, 1, file);
	fclose(file);
}

static void lose_one(const struct folder *f)
{
	char path[512];

	unlink(folder_path(f, "model-00003-of-00003.gguf", path));
}

static void lose_opened_name(const struct folder *f)
{
	char from[512], to[512];

	rename(folder_path(f, "model-00001-of-00003.gguf", from), folder_path(f, "other.gguf", to));
}

static void change_no(const struct folder *f) { patch(f, "model-00002-of-00003.gguf", "split.no", 4, "\2"); }
static void change_count(const struct folder *f) { patch(f, "model-00002-of-00003.gguf", "split.count", 4, "\2"); }
static void change_total(const struct folder *f) { patch(f, "model-00001-of-00003.gguf", "split.tensors.count", 4, "\x08"); }
static void same_name(const struct folder *f) { patch(f, "model-00003-of-00003.gguf", "blk.", 0, "0"); }
static void not_gguf(const struct folder *f) { patch(f, "model-00002-of-00003.gguf", "", 0, "g"); }

static void pointer(const struct folder *f)
{
	char path[512];
	FILE *file = fopen(folder_path(f, "model-00002-of-00003.gguf", path), "w");

	fputs("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", file);
	fclose(file);
}

static const struct {
	const char *name;
	void (*spoil)(const struct folder *f);
	const char *open, *says;
} defects[] = {
	{ "a file is missing", lose_one, "model-00001-of-00003.gguf", "cannot open" },
	{ "a file without its number", lose_opened_name, "other.gguf", "name should end in" },
	{ "split.no of another place", change_no, "model-00001-of-00003.gguf", "split.no is 2" },
	{ "split.no, the file itself opened", change_no, "model-00002-of-00003.gguf", "split.no is 2" },
	{ "split.count differs", change_count, "model-00001-of-00003.gguf", "split.count 2" },
	{ "split.tensors.count differs", change_total, "model-00003-of-00003.gguf", "hold 7 tensors" },
	{ "a name in two files", same_name, "model-00001-of-00003.gguf", "twice" },
	{ "a file that is no GGUF", not_gguf, "model-00001-of-00003.gguf", "magic" },
	{ "a pointer instead of a file", pointer, "model-00001-of-00003.gguf", "git lfs pull" },
};

START_TEST(defect_is_named)
{
	struct folder f = folder_new();
	struct ros_error err;
	struct ros_model m;

	store(&f, &(struct ros_write_options){ .max_shard_tensors = 3 });
	defects[_i].spoil(&f);
	open_in(&f, defects[_i].open, &m, &err);
	ck_assert_msg(err.code, "%s", defects[_i].name);
	ck_assert_msg(strstr(err.text, defects[_i].says) != NULL, "%s: %s: %s", defects[_i].name, err.file, err.text);
	folder_remove(&f);
}
END_TEST

/* What only a later file says is dropped, and that is said. */
START_TEST(metadata_of_a_later_file)
{
	struct folder f = folder_new();
	struct ros_error err;
	struct ros_model m;

	store(&f, &(struct ros_write_options){ .max_shard_tensors = 3 });
	open_in(&f, "model-00001-of-00003.gguf", &m, &err);
	ck_assert_uint_eq(m.warning_count, 0);
	ros_model_release(&m);
	patch(&f, "model-00002-of-00003.gguf", "split.no", 4 + 2 + 8, "S");     /* split.tensors.count is called otherwise */
	open_in(&f, "model-00001-of-00003.gguf", &m, &err);
	ck_assert_msg(!err.code, "%s", err.text);
	ck_assert_uint_eq(m.warning_count, 1);
	ck_assert(ros_str_equal(m.warnings[0].rule, ROS_STR("gguf.split-metadata")) && ros_str_equal(m.warnings[0].subject, ROS_STR("Split.tensors.count")));
	ros_model_release(&m);
	folder_remove(&f);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gguf split");
	TCase *tc = tcase_create("gguf split");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, any_file_opens_all, 0, sizeof cuts / sizeof *cuts);
	tcase_add_test(tc, joined_again);
	tcase_add_test(tc, metadata_of_a_later_file);
	tcase_add_loop_test(tc, defect_is_named, 0, sizeof defects / sizeof *defects);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
