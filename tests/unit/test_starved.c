/* Every allocation fails once: each failure comes back as an error, nothing crashes and nothing leaks (sanitizers say).
 * The linker puts the functions below in the place of malloc, calloc and realloc for our objects alone. */
#include "formats/format.h"
#include "formats/json.h"
#include "formats/safetensors.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long countdown = -1;     /* allocations until the one that fails; -1: none fails */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool fails(void)
{
	return countdown >= 0 && countdown-- == 0;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

static struct scratch folder;

static void fill_folder(void)
{
	static const char one[] = "\x60\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"__metadata__\":{\"k\\u0041\":\"v\"}}                 x";
	static const char two[] = "\x38\0\0\0\0\0\0\0{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}    y";
	static const char index[] = "{\"weight_map\":{\"\\u0061\":\"model-00001-of-00002.safetensors\",\"b\":\"model-00002-of-00002.safetensors\"}}";

	folder = scratch_new();
	free(scratch_write(&folder, "model-00001-of-00002.safetensors", one, 8 + 0x60 + 1));
	free(scratch_write(&folder, "model-00002-of-00002.safetensors", two, 8 + 0x38 + 1));
	free(scratch_write(&folder, "model.safetensors.index.json", index, strlen(index)));
	free(scratch_write(&folder, "config.json", "{}", 2));
}

static void open_by_index(struct ros_error *err)
{
	struct ros_model m;

	ros_model_open(&m, folder.path, NULL, err);
	ros_model_release(&m);
}

static void open_by_shard(struct ros_error *err)
{
	struct ros_model m;
	char path[4096];

	snprintf(path, sizeof path, "%s/model-00002-of-00002.safetensors", folder.path);
	ros_model_open(&m, path, NULL, err);
	ros_model_release(&m);
}

static void lay_out(struct ros_error *err)
{
	const struct ros_write_options opt = { .max_shard_bytes = 1 };
	struct ros_arena arena;
	struct ros_output out = { .arena = &arena };
	struct ros_model m;

	ros_arena_init(&arena, 0);
	if (!ros_model_open(&m, folder.path, NULL, err))
		ros_safetensors_lay_out(&m, &opt, &out, err);
	ros_model_release(&m);
	ros_arena_release(&arena);
}

static void parse_json(struct ros_error *err)
{
	struct ros_arena arena;

	ros_arena_init(&arena, 0);
	ros_json_parse(ROS_STR("{\"a\":[1,2,\"x\\n\"],\"b\":{\"c\":1,\"d\":2,\"e\":3,\"f\":4,\"g\":5,\"h\":6,\"i\":7,\"j\":8,\"k\":9}}"), &arena, err);
	ros_arena_release(&arena);
}

/* Once as a new file, once over it, which takes a temporary name. */
static void write_file(struct ros_error *err)
{
	struct ros_writer w = ROS_WRITER_INIT;
	char path[4096];

	snprintf(path, sizeof path, "%s/out", folder.path);
	for (int i = 0; i < 2 && !err->code; i++) {
		ros_writer_open(&w, path, 0, true, err);
		ros_writer_put(&w, "x", 1);
		ros_writer_commit(&w);
		ros_writer_release(&w);
	}
}

static const struct {
	const char *name;
	void (*run)(struct ros_error *err);
} rows[] = {
	{ "open by index", open_by_index }, { "open by shard", open_by_shard }, { "lay out shards", lay_out },
	{ "parse JSON", parse_json }, { "write a file", write_file },
};

START_TEST(each_failure_is_an_error)
{
	long n = 0;

	fill_folder();
	for (bool more = true; more; n++) {
		struct ros_error err = { 0 };

		countdown = n;
		rows[_i].run(&err);
		more = countdown < 0;
		countdown = -1;
		/* A row whose failed allocation only cost a warning or a faster way may succeed; it never says something else. */
		ck_assert_msg(err.code == ROS_OK || err.code == ROS_ENOMEM || (more && err.code == ROS_EIO),
			      "%s, allocation %ld: %s '%s'", rows[_i].name, n, ros_code_name(err.code), err.text);
		ck_assert_msg(more || !err.code, "%s: '%s'", rows[_i].name, err.text);
	}
	ck_assert_msg(n > 2, "%s: nothing was allocated", rows[_i].name);
	scratch_remove(&folder);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("starved");
	TCase *tc = tcase_create("starved");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, each_failure_is_an_error, 0, sizeof rows / sizeof *rows);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
