/* Sets of shards and folders: what agrees opens, what does not is named; links stay inside. */
#include "formats/bytes.h"
#include "formats/format.h"
#include "formats/hf_folder.h"
#include "formats/json.h"
#include "formats/shards.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROWS(t) (sizeof t / sizeof *t)
#define ONE "model-00001-of-00002.safetensors"
#define TWO "model-00002-of-00002.safetensors"
#define INDEX "model.safetensors.index.json"

static const struct {
	const char *name;
	enum ros_code want;
} names[] = {
	{ "model.safetensors", ROS_OK }, { "sub/model.safetensors", ROS_OK }, { "./model.safetensors", ROS_OK },
	{ "a..b.safetensors", ROS_OK }, { "...safetensors", ROS_OK },
	{ "", ROS_EFORMAT }, { ".safetensors", ROS_EFORMAT }, { "model.bin", ROS_EFORMAT }, { "model.safetensors.exe", ROS_EFORMAT },
	{ "../model.safetensors", ROS_EFORMAT }, { "a/../../model.safetensors", ROS_EFORMAT }, { "a\\..\\model.safetensors", ROS_EFORMAT },
	{ "/etc/model.safetensors", ROS_EFORMAT }, { "\\model.safetensors", ROS_EFORMAT }, { "\\\\host\\share\\m.safetensors", ROS_EFORMAT },
	{ "C:model.safetensors", ROS_EFORMAT }, { "C:\\model.safetensors", ROS_EFORMAT }, { "https://x/m.safetensors", ROS_EFORMAT },
	{ "a\x1b[2J.safetensors", ROS_EFORMAT }, { "a\nb.safetensors", ROS_EFORMAT },
};

START_TEST(name_is_judged)
{
	struct ros_error err = { 0 };

	ros_shards_check_name(ros_str_of(names[_i].name), &err);
	ck_assert_msg(err.code == names[_i].want, "'%s': '%s'", names[_i].name, err.text);
}
END_TEST

static const struct {
	const char *name;
	uint32_t number, count;         /* 0: none */
} numbers[] = {
	{ "model-00001-of-00003.safetensors", 1, 3 }, { "model_00002-of-00072.safetensors", 2, 72 },
	{ "m-000010-of-000100.safetensors", 10, 100 }, { "model.safetensors", 0, 0 }, { "model-1-of-3.safetensors", 0, 0 },
	{ "model-00004-of-00003.safetensors", 0, 0 }, { "model-00000-of-00003.safetensors", 0, 0 },
	{ "model-00002-of-00004-003.safetensors", 0, 0 }, { "00001-of-00003.safetensors", 0, 0 }, { "model-00001-of-000003.safetensors", 0, 0 },
	{ "a-00001-of-00002", 0, 0 }, { "", 0, 0 }, { ".", 0, 0 },
};

START_TEST(number_is_found)
{
	struct ros_shard_number n = { .number = 0 };
	bool yes = ros_shards_number(ros_str_of(numbers[_i].name), &n);

	ck_assert_msg(yes == (numbers[_i].count > 0), "%s", numbers[_i].name);
	ck_assert_msg(!yes || (n.number == numbers[_i].number && n.count == numbers[_i].count), "%s", numbers[_i].name);
}
END_TEST

static const struct {
	const char *name, *text;
	size_t tensors, files;
	enum ros_code want;
} indexes[] = {
	{ "plain", "{\"metadata\":{\"total_size\":5},\"weight_map\":{\"a\":\"y.safetensors\",\"b\":\"x.safetensors\",\"c\":\"y.safetensors\"}}", 3, 2, ROS_OK },
	{ "no metadata", "{\"weight_map\":{}}", 0, 0, ROS_OK },
	{ "metadata odd", "{\"metadata\":[1,{\"weight_map\":2}],\"weight_map\":{},\"dtype\":\"x\"}", 0, 0, ROS_OK },
	{ "total a string", "{\"metadata\":{\"total_size\":\"5\"},\"weight_map\":{}}", 0, 0, ROS_OK },
	{ "total an object", "{\"metadata\":{\"total_size\":{\"a\":[1]},\"x\":[]},\"weight_map\":{}}", 0, 0, ROS_OK },
	{ "no map", "{\"metadata\":{}}", 0, 0, ROS_EFORMAT },
	{ "map an array", "{\"weight_map\":[]}", 0, 0, ROS_EFORMAT },
	{ "an array", "[]", 0, 0, ROS_EFORMAT },
	{ "map twice", "{\"weight_map\":{},\"weight_map\":{}}", 0, 0, ROS_EFORMAT },
	{ "tensor twice", "{\"weight_map\":{\"a\":\"x.safetensors\",\"a\":\"x.safetensors\"}}", 0, 0, ROS_EFORMAT },
	{ "file a number", "{\"weight_map\":{\"a\":1}}", 0, 0, ROS_EFORMAT },
	{ "file climbs by escape", "{\"weight_map\":{\"a\":\"\\u002e./x.safetensors\"}}", 0, 0, ROS_EFORMAT },
	{ "NUL in file", "{\"weight_map\":{\"a\":\"x\\u0000.safetensors\"}}", 0, 0, ROS_EFORMAT },
	{ "broken", "{\"weight_map\":{", 0, 0, ROS_EFORMAT },
};

START_TEST(index_is_judged)
{
	struct ros_shard_index index;
	struct ros_error err = { 0 };
	struct ros_arena arena;

	ros_arena_init(&arena, 0);
	ros_shard_index_parse(&index, ros_str_of(indexes[_i].text), &arena, &err);
	ck_assert_msg(err.code == indexes[_i].want, "%s: '%s'", indexes[_i].name, err.text);
	ck_assert_msg(index.tensors.count == indexes[_i].tensors && index.file_count == indexes[_i].files, "%s", indexes[_i].name);
	ros_shard_index_release(&index);
	ros_arena_release(&arena);
}
END_TEST

/* A shard with one-byte tensors named by the letters of TENSORS. */
static void write_shard(const struct scratch *s, const char *name, const char *tensors)
{
	uint8_t bytes[2048] = { 0 };
	char *text = (char *)bytes + 8, *p = text;
	size_t n = strlen(tensors);

	for (size_t i = 0; i < n; i++)
		p += sprintf(p, "%c\"%c\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%zu,%zu]}", i ? ',' : '{', tensors[i], i, i + 1);
	p += sprintf(p, "%s}", n ? "" : "{");
	ros_put_le64(bytes, (uint64_t)(p - text));
	memcpy(p, tensors, n);
	free(scratch_write(s, name, bytes, (size_t)(p - text) + 8 + n));
}

static void write_text(const struct scratch *s, const char *name, const char *text)
{
	free(scratch_write(s, name, text, strlen(text)));
}

/* "NAME:TEXT", or a shard called so. */
static void write_more(const struct scratch *s, const char *more)
{
	const char *colon = strchr(more, ':');
	char name[100];

	if (!colon) {
		write_shard(s, more, "q");
		return;
	}
	snprintf(name, sizeof name, "%.*s", (int)(colon - more), more);
	write_text(s, name, colon + 1);
}

#define MAP(total) "{\"metadata\":{\"total_size\":" total "},\"weight_map\":{\"a\":\"" ONE "\",\"b\":\"" ONE "\",\"c\":\"" TWO "\"}}"

/* What lies in the folder: two shards ("-" for none), an index, and what it comes to when opened by OPEN. */
static const struct {
	const char *name, *one, *two, *index, *more, *open;
	enum ros_code want;
	const char *says;               /* in the message, or the rule of the only warning; NULL: no warning */
} sets[] = {
	{ "good, by folder", "ab", "c", MAP("3"), NULL, "", ROS_OK, NULL },
	{ "good, by index", "ab", "c", MAP("3"), NULL, INDEX, ROS_OK, NULL },
	{ "good, by second shard", "ab", "c", MAP("3"), NULL, TWO, ROS_OK, NULL },
	{ "total wrong", "ab", "c", MAP("4"), NULL, "", ROS_OK, "safetensors.total-size" },
	{ "total a string", "ab", "c", MAP("\"3\""), NULL, "", ROS_OK, "safetensors.total-size" },
	{ "one more file", "ab", "c", MAP("3"), "stray.safetensors", INDEX, ROS_OK, "safetensors.unlisted-file" },
	{ "model.safetensors beside", "ab", "c", MAP("3"), "model.safetensors", "", ROS_OK, "safetensors.index-stale" },
	{ "shard missing", "ab", "-", MAP("3"), NULL, "", ROS_EIO, TWO },
	{ "tensor missing", "a", "c", MAP("3"), NULL, "", ROS_EMISMATCH, "no shard holds: 'b'" },
	{ "tensor not listed", "abz", "c", MAP("3"), NULL, "", ROS_EMISMATCH, "stale index?): 'z'" },
	{ "tensor elsewhere", "a", "bc", MAP("3"), NULL, "", ROS_EMISMATCH, "another shard" },
	{ "all that can be", "azy", "bx", MAP("3"), NULL, "", ROS_EMISMATCH,
	  "the index lists 1 tensors that no shard holds: 'c'; the shards hold 3 tensors that the index does not list (a stale index?): 'z', 'y'; "
	  "1 tensors lie in another shard than the index says: 'b'" },
	{ "index under any name", "ab", "c", NULL, "list:" MAP("3"), "list", ROS_OK, NULL },
	{ "index broken", "ab", "c", "{\"weight_map\":{\"a\":3}}", NULL, "", ROS_EFORMAT, INDEX },
	{ "shard broken", "ab", "c", NULL, ONE ":{", ONE, ROS_EFORMAT, ONE },
	{ "lone file broken", "-", "-", NULL, "model.safetensors:\2\1\1\1\1\1\1\1{}", "", ROS_ELIMIT, "/model.safetensors" },
	{ "shard a pointer", "ab", "c", MAP("3"), TWO ":version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "", ROS_EFORMAT, "git lfs pull" },
	{ "shard a pointer's file", "ab", "c", MAP("3"), TWO ":version https://git-lfs.github.com/spec/v1\n", "", ROS_EFORMAT, TWO },
	{ "shard a page", "ab", "c", NULL, TWO ":\n<html><body>Not Found</body></html>", ONE, ROS_EFORMAT, "HTML page" },
	{ "shard a GGUF", "ab", "c", MAP("3"), TWO ":GGUF\3\0\0\0", "", ROS_EFORMAT, "the file is gguf" },
	{ "config a pointer", "ab", "c", MAP("3"), "config.json:version https://git-lfs.github.com/spec/v1\n", "", ROS_EFORMAT, "git lfs pull" },
	{ "config a page", "ab", "c", MAP("3"), "config.json:<!doctype html>", "", ROS_EFORMAT, "/config.json" },
	{ "config a pickle", "ab", "c", MAP("3"), "config.json:(dp0\n.", "", ROS_EFORMAT, "pickle" },
	{ "tokenizer a pointer", "ab", "c", MAP("3"), "tokenizer.model:version https://git-lfs.github.com/spec/v1\n", "", ROS_EFORMAT, "git lfs pull" },
	{ "template a tag", "ab", "c", MAP("3"), "chat_template.jinja:{{ x }}", "", ROS_OK, NULL },
	{ "words in brackets", "ab", "c", MAP("3"), "vocab.txt:[PAD]\n", "", ROS_OK, NULL },
	{ "no special tokens", "ab", "c", MAP("3"), "special_tokens_map.json:", "", ROS_OK, NULL },
	{ "tensor in both", "ab", "bc", MAP("3"), NULL, "", ROS_EFORMAT, "'b' occurs twice" },
	{ "no index", "ab", "c", NULL, NULL, ONE, ROS_OK, "safetensors.index-missing" },
	{ "no index, by folder", "ab", "c", NULL, NULL, "", ROS_OK, "safetensors.index-missing" },
	{ "no index, shard missing", "ab", "-", NULL, NULL, ONE, ROS_EIO, TWO },
	{ "index lists nothing", "-", "-", "{\"weight_map\":{}}", NULL, "", ROS_OK, "safetensors.index-empty" },
	{ "index climbs", "-", "-", "{\"weight_map\":{\"a\":\"../x.safetensors\"}}", NULL, "", ROS_EFORMAT, "climbs" },
	{ "numbers with a hole", "ab", "-", "{\"weight_map\":{\"a\":\"" ONE "\",\"b\":\"" ONE "\"}}", NULL, "", ROS_OK, "safetensors.shard-numbers" },
	{ "empty folder", "-", "-", NULL, NULL, "", ROS_EFORMAT, "holds no .safetensors" },
	{ "only a pickle", "-", "-", NULL, "pytorch_model.bin", "", ROS_EFORMAT, "pickles" },
};

START_TEST(set_is_reconciled)
{
	struct scratch s = scratch_new();
	struct ros_error err = { 0 };
	struct ros_model m;
	char *path = scratch_path(&s, sets[_i].open);

	if (*sets[_i].one != '-')
		write_shard(&s, ONE, sets[_i].one);
	if (*sets[_i].two != '-')
		write_shard(&s, TWO, sets[_i].two);
	if (sets[_i].index)
		write_text(&s, INDEX, sets[_i].index);
	if (sets[_i].more)
		write_more(&s, sets[_i].more);
	ros_model_open(&m, path, NULL, &err);
	ck_assert_msg(err.code == sets[_i].want, "%s: %s '%s'", sets[_i].name, ros_code_name(err.code), err.text);
	if (err.code) {
		ck_assert_msg(strstr(err.text, sets[_i].says) || strstr(err.file, sets[_i].says), "%s: '%s' in '%s'", sets[_i].name, err.text, err.file);
	} else {
		ck_assert_msg(m.warning_count == (sets[_i].says != NULL), "%s: %zu warnings, first %s", sets[_i].name, m.warning_count,
			      m.warning_count ? m.warnings[0].rule.ptr : "");
		if (sets[_i].says)
			ck_assert_msg(!strcmp(m.warnings[0].rule.ptr, sets[_i].says), "%s: %s", sets[_i].name, m.warnings[0].rule.ptr);
	}
	ros_model_release(&m);
	free(path);
	scratch_remove(&s);
}
END_TEST

START_TEST(tensors_know_their_shard)
{
	struct scratch s = scratch_new();
	struct ros_error err = { 0 };
	const struct ros_tensor *c;
	struct ros_model m;

	write_shard(&s, ONE, "ab");
	write_shard(&s, TWO, "c");
	write_text(&s, INDEX, MAP("3"));
	write_text(&s, "config.json", "{}");
	write_text(&s, "tokenizer.json", "{\"version\":\"1.0\"}");
	ck_assert_int_eq(ros_model_open(&m, s.path, NULL, &err), 0);
	ck_assert_uint_eq(m.part_count, 2);
	c = ros_model_find(&m, ROS_STR("c"));
	ck_assert_uint_eq(c->part, 1);
	ck_assert_uint_eq(*c->data.ptr, 'c');
	ck_assert_ptr_eq(c->data.ptr, m.parts[1].map.bytes.ptr + c->offset);
	ck_assert_uint_eq(m.file_count, 2);
	ck_assert_uint_eq(ros_model_file(&m, ROS_STR("tokenizer.json"))->data.len, 17);
	ck_assert(ros_str_equal(m.shard_index.name, ROS_STR(INDEX)));
	ros_model_release(&m);
	scratch_remove(&s);
}
END_TEST

/* Links: 0 inside the folder, 1 out of it, 2 out of a snapshot into its blobs, 3 out of a snapshot to another model. */
START_TEST(links_stay_inside)
{
	static const char *const folders[] = { "model", "model", "models--a--b/snapshots/0123", "models--a--b/snapshots/0123" };
	static const char *const targets[] = { "real.bin", "../outside", "../../blobs/77", "../../../models--c--d/77" };
	struct scratch s = scratch_new();
	struct ros_error err = { 0 };
	char command[16000], path[4200], link[4400];
	struct ros_model m;

	snprintf(path, sizeof path, "%s/%s", s.path, folders[_i]);
	snprintf(command, sizeof command, "mkdir -p '%s' '%s/models--a--b/blobs' '%s/models--c--d'", path, s.path, s.path);
	ck_assert_int_eq(system(command), 0);
	snprintf(link, sizeof link, "%s/%s", folders[_i], targets[_i]);
	write_shard(&s, link, "a");
	snprintf(link, sizeof link, "%s/model.safetensors", path);
	ck_assert_int_eq(symlink(targets[_i], link), 0);
	ros_model_open(&m, path, NULL, &err);
	ck_assert_msg(err.code == (_i % 2 ? ROS_EFORMAT : ROS_OK), "%s: %s", targets[_i], err.text);
	if (err.code)
		ck_assert_msg(strstr(err.text, "by a link"), "%s", err.text);
	ros_model_release(&m);
	scratch_remove(&s);
}
END_TEST

START_TEST(the_cache_opens_its_main_snapshot)
{
	static const char *const commits[] = { "0123456789abcdef0123456789abcdef01234567", "../../elsewhere" };
	struct scratch s = scratch_new();
	struct ros_error err = { 0 };
	char command[16000];
	struct ros_model m;

	snprintf(command, sizeof command, "mkdir -p '%s/refs' '%s/snapshots/%s'", s.path, s.path, commits[0]);
	ck_assert_int_eq(system(command), 0);
	write_text(&s, "refs/main", commits[_i]);
	write_shard(&s, "snapshots/0123456789abcdef0123456789abcdef01234567/model.safetensors", "ab");
	ros_model_open(&m, s.path, NULL, &err);
	ck_assert_msg(err.code == (_i ? ROS_EFORMAT : ROS_OK), "%s: %s", commits[_i], err.text);
	ck_assert_uint_eq(m.tensor_count, _i ? 0 : 2);
	ros_model_release(&m);
	scratch_remove(&s);
}
END_TEST

START_TEST(the_hub_agrees_on_every_index)
{
	const char *data = getenv("ROSETTA_TEST_DATA");
	char path[4096];
	struct ros_error err = { 0 };
	struct ros_mapping map, text;
	struct ros_arena arena;
	const struct ros_json *cases;

	snprintf(path, sizeof path, "%s/safetensors-bad/index.json", data ? data : "");
	if (!data || access(path, R_OK)) {
		printf("skipped: no ROSETTA_TEST_DATA/safetensors-bad\n");
		return;
	}
	ros_arena_init(&arena, 0);
	ck_assert_int_eq(ros_mapping_open(&map, path, &err), 0);
	cases = ros_json_path(ros_json_parse((struct ros_str){ (const char *)map.bytes.ptr, map.bytes.len }, &arena, &err), "shard_index/cases");
	ck_assert_msg(cases && cases->count > 0, "%s", err.text);
	for (const struct ros_json *c = cases->first; c; c = c->next) {
		struct ros_str file = ros_json_str(ros_json_get(c, "file")), tool = ros_json_str(ros_json_get(c, "tool"));
		/* "tool" says where we are to be stricter than the hub. */
		bool want = ros_str_equal(ros_json_str(ros_json_get(c, "verdict")), ROS_STR("accept")) && !(tool.len > 6 && !memcmp(tool.ptr, "reject", 6));
		struct ros_shard_index index;

		err = (struct ros_error){ 0 };
		snprintf(path, sizeof path, "%s/safetensors-bad/%.*s", data, (int)file.len, file.ptr);
		ck_assert_int_eq(ros_mapping_open(&text, path, &err), 0);
		ros_shard_index_parse(&index, (struct ros_str){ (const char *)text.bytes.ptr, text.bytes.len }, &arena, &err);
		ck_assert_msg(want == !err.code, "%s: '%s'", path, err.text);
		ros_shard_index_release(&index);
		ros_mapping_release(&text);
	}
	ros_mapping_release(&map);
	ros_arena_release(&arena);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("shards");
	TCase *tc = tcase_create("shards");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, name_is_judged, 0, ROWS(names));
	tcase_add_loop_test(tc, number_is_found, 0, ROWS(numbers));
	tcase_add_loop_test(tc, index_is_judged, 0, ROWS(indexes));
	tcase_add_loop_test(tc, set_is_reconciled, 0, ROWS(sets));
	tcase_add_test(tc, tensors_know_their_shard);
	tcase_add_loop_test(tc, links_stay_inside, 0, 4);
	tcase_add_loop_test(tc, the_cache_opens_its_main_snapshot, 0, 2);
	tcase_add_test(tc, the_hub_agrees_on_every_index);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
