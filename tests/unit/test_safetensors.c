/* SafeTensors files, good and bad, built here; the collection of cases judged by the reference, where it is at hand;
 * and writing: the reference's order and bytes, shards, repetition of what was read. */
#include "formats/format.h"
#include "formats/bytes.h"
#include "formats/foreign.h"
#include "formats/json.h"
#include "formats/safetensors.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS(t) (sizeof t / sizeof *t)
#define T(name, dtype, shape, begin, end) "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" #begin "," #end "]}"

/* Writes header TEXT (its length in front, plus LIE) and DATA zero bytes as NAME in the scratch folder. */
static char *write_file(struct scratch *s, const char *name, const char *text, int64_t lie, size_t data)
{
	size_t len = strlen(text);
	uint8_t *bytes = calloc(1, 8 + len + data);
	char *path;

	ros_put_le64(bytes, (uint64_t)((int64_t)len + lie));
	memcpy(bytes + 8, text, len);
	for (size_t i = 0; i < data; i++)
		bytes[8 + len + i] = (uint8_t)(i * 7 + 1);
	path = scratch_write(s, name, bytes, 8 + len + data);
	free(bytes);
	return path;
}

#define SIXTEEN "\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0,\"i\":0,\"j\":0,\"k\":0,\"l\":0,\"m\":0,\"n\":0,\"o\":0,\"p\":0,"

static const struct {
	const char *name, *header;
	int64_t lie;
	size_t data;
	enum ros_code want;
	const char *says;               /* part of the message */
} files[] = {
	{ "one", "{" T("a", "F32", "2", 0, 8) "}", 0, 8, ROS_OK, NULL },
	{ "none", "{}      ", 0, 0, ROS_OK, NULL },
	{ "scalar", "{" T("a", "F32", "", 0, 4) "}", 0, 4, ROS_OK, NULL },
	{ "blanks before", " \n{" T("a", "U8", "1", 0, 1) "}", 0, 1, ROS_OK, NULL },
	{ "metadata only", "{\"__metadata__\":{\"format\":\"pt\"}}", 0, 0, ROS_OK, NULL },
	{ "any order", "{" T("b", "U8", "3", 2, 5) "," T("a", "F16", "1", 0, 2) "}", 0, 5, ROS_OK, NULL },
	{ "empty tensors share a place", "{" T("a", "U8", "0", 1, 1) "," T("b", "U8", "1", 0, 1) "," T("c", "F32", "0,5", 1, 1) "}", 0, 1, ROS_OK, NULL },
	{ "zero before huge", "{" T("a", "F32", "0,18446744073709551615,2", 0, 0) "}", 0, 0, ROS_OK, NULL },
	{ "F4 pair", "{" T("a", "F4", "1,2", 0, 1) "}", 0, 1, ROS_OK, NULL },
	{ "unknown field", "{\"a\":{\"dtype\":\"U8\",\"x\":[{}],\"shape\":[1],\"data_offsets\":[0,1]}}", 0, 1, ROS_OK, NULL },
	{ "8 dimensions", "{" T("a", "U8", "1,1,1,1,1,1,1,1", 0, 1) "}", 0, 1, ROS_OK, NULL },
	{ "9 dimensions", "{" T("a", "U8", "1,1,1,1,1,1,1,1,1", 0, 1) "}", 0, 1, ROS_ELIMIT, "dimensions" },
	{ "one byte short", "{" T("a", "F32", "2", 0, 8) "}", 0, 7, ROS_EFORMAT, "cut short" },
	{ "one byte over", "{" T("a", "F32", "2", 0, 8) "}", 0, 9, ROS_EFORMAT, "follow the last tensor" },
	{ "length one short", "{" T("a", "U8", "1", 0, 1) "}", -1, 1, ROS_EFORMAT, "JSON" },
	{ "length past the end", "{}", 7, 0, ROS_EFORMAT, "cut short" },
	{ "length over the cap", "{}", 100000001, 0, ROS_ELIMIT, "cap" },
	{ "length negative", "{}", -3, 0, ROS_ELIMIT, "cap" },
	{ "hole at the start", "{" T("a", "U8", "1", 1, 2) "}", 0, 2, ROS_EFORMAT, "hole" },
	{ "hole between", "{" T("a", "U8", "1", 0, 1) "," T("b", "U8", "1", 2, 3) "}", 0, 3, ROS_EFORMAT, "hole" },
	{ "overlap", "{" T("a", "U8", "2", 0, 2) "," T("b", "U8", "2", 1, 3) "}", 0, 3, ROS_EFORMAT, "overlap" },
	{ "reversed", "{" T("a", "U8", "0", 2, 0) "}", 0, 2, ROS_EFORMAT, "one before" },
	{ "span and shape differ", "{" T("a", "F32", "1", 0, 8) "}", 0, 8, ROS_EFORMAT, "by dtype and shape" },
	{ "product overflows", "{" T("a", "F32", "4294967296,4294967296", 0, 0) "}", 0, 0, ROS_EFORMAT, "overflows" },
	{ "huge before zero", "{" T("a", "F32", "18446744073709551615,2,0", 0, 0) "}", 0, 0, ROS_EFORMAT, "overflows" },
	{ "F4 odd", "{" T("a", "F4", "3", 0, 2) "}", 0, 2, ROS_EFORMAT, "whole bytes" },
	{ "end near 2^64", "{" T("a", "U8", "18446744073709551615", 0, 18446744073709551615) "}", 0, 1, ROS_EFORMAT, "cut short" },
	{ "dtype unknown", "{" T("a", "Q4_0", "1", 0, 1) "}", 0, 1, ROS_EUNSUPPORTED, "Q4_0" },
	{ "dtype in small letters", "{" T("a", "f32", "1", 0, 4) "}", 0, 4, ROS_EUNSUPPORTED, "f32" },
	{ "shape negative", "{" T("a", "U8", "-1", 0, 1) "}", 0, 1, ROS_EFORMAT, "whole numbers" },
	{ "shape real", "{" T("a", "U8", "1.0", 0, 1) "}", 0, 1, ROS_EFORMAT, "whole numbers" },
	{ "shape minus zero", "{" T("a", "U8", "-0", 0, 0) "}", 0, 0, ROS_EFORMAT, "whole numbers" },
	{ "three offsets", "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,1]}}", 0, 1, ROS_EFORMAT, "two numbers" },
	{ "one offset", "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}", 0, 1, ROS_EFORMAT, "second" },
	{ "field missing", "{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 0, 1, ROS_EFORMAT, "lacks its data_offsets" },
	{ "field twice", "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,1]}}", 0, 1, ROS_EFORMAT, "twice" },
	{ "unknown field twice", "{\"a\":{\"x\":1,\"dtype\":\"U8\",\"shape\":[1],\"x\":2,\"data_offsets\":[0,1]}}", 0, 1, ROS_EFORMAT, "twice" },
	{ "sixteen unknown fields", "{\"a\":{" SIXTEEN "\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 0, 1, ROS_OK, NULL },
	{ "seventeen unknown fields", "{\"a\":{" SIXTEEN "\"q\":1,\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 0, 1, ROS_ELIMIT, "more than 16" },
	{ "name twice", "{" T("a", "U8", "1", 0, 1) "," T("a", "U8", "1", 1, 2) "}", 0, 2, ROS_EFORMAT, "twice" },
	{ "name twice by escape", "{" T("a", "U8", "1", 0, 1) "," T("\\u0061", "U8", "1", 1, 2) "}", 0, 2, ROS_EFORMAT, "twice" },
	{ "metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, 0, ROS_EFORMAT, "twice" },
	{ "metadata key twice", "{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}", 0, 0, ROS_EFORMAT, "twice" },
	{ "metadata null", "{\"__metadata__\":null}", 0, 0, ROS_EFORMAT, "object" },
	{ "metadata number", "{\"__metadata__\":{\"a\":1}}", 0, 0, ROS_EFORMAT, "string" },
	{ "entry an array", "{\"a\":[\"U8\",[1],[0,1]]}", 0, 1, ROS_EFORMAT, "object" },
	{ "two values", "{}{}", 0, 0, ROS_EFORMAT, "follows" },
};

START_TEST(file_is_judged)
{
	struct scratch s = scratch_new();
	char *path = write_file(&s, "model.safetensors", files[_i].header, files[_i].lie, files[_i].data);
	struct ros_error err = { 0 };
	struct ros_model m;

	ros_model_open(&m, path, NULL, &err);
	ck_assert_msg(err.code == files[_i].want, "%s: %s '%s'", files[_i].name, ros_code_name(err.code), err.text);
	if (files[_i].says)
		ck_assert_msg(strstr(err.text, files[_i].says), "%s: '%s'", files[_i].name, err.text);
	if (err.code)
		ck_assert_msg(strstr(err.file, "model.safetensors"), "%s: no file named", files[_i].name);
	ros_model_release(&m);
	free(path);
	scratch_remove(&s);
}
END_TEST

START_TEST(tensors_come_in_data_order)
{
	struct scratch s = scratch_new();
	char *path = write_file(&s, "x", "{\"__metadata__\":{\"k\":\"v\\u0000w\"}," T("b", "U8", "3", 4, 7) "," T("a", "F16", "2,1", 0, 4) "}", 0, 7);
	struct ros_error err = { 0 };
	const struct ros_meta_value *v;
	const struct ros_tensor *t;
	struct ros_model m;

	ck_assert_int_eq(ros_model_open(&m, path, NULL, &err), 0);
	ck_assert_uint_eq(m.tensor_count, 2);
	ck_assert(ros_str_equal(m.tensors[0].name, ROS_STR("a")));
	t = ros_model_find(&m, ROS_STR("b"));
	ck_assert_ptr_nonnull(t);
	ck_assert_uint_eq(t->data.len, 3);
	ck_assert_uint_eq(t->data.ptr[0], 4 * 7 + 1);
	ck_assert_uint_eq(t->offset, m.header_bytes + 4);
	ck_assert_uint_eq(m.file_bytes, m.header_bytes + 7);
	v = ros_meta_get(&m.meta, ROS_STR("k"));
	ck_assert(v && ros_str_equal(v->str, ROS_STR("v\0w")));
	ros_model_release(&m);
	free(path);
	scratch_remove(&s);
}
END_TEST

START_TEST(a_header_alone_opens_on_request)
{
	struct scratch s = scratch_new();
	char *path = write_file(&s, "x", "{" T("a", "U8", "9", 0, 9) "," T("b", "F32", "1", 9, 13) "}", 0, 9);
	const struct ros_open_options opt = { .header_only = true };
	struct ros_error err = { 0 };
	struct ros_model m;

	ck_assert_int_eq(ros_model_open(&m, path, &opt, &err), 0);
	ck_assert_uint_eq(m.tensors[0].data.len, 9);
	ck_assert_ptr_null(m.tensors[1].data.ptr);
	ros_model_release(&m);
	free(path);
	scratch_remove(&s);
}
END_TEST

#define START(literal) literal, sizeof(literal) - 1

static const struct {
	const char *name, *bytes;
	size_t len;
	const char *says;
} foreign[] = {
	{ "nothing", START(""), "empty" },
	{ "git lfs", START("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"), "git lfs pull" },
	{ "html", START("<!DOCTYPE HTML><html><head>"), "HTML page" },
	{ "html after a line", START("\n\t \r\n<!DOCTYPE html>\n<html>"), "HTML page" },
	{ "html after a mark", START("\xef\xbb\xbf<html lang=en>"), "HTML page" },
	{ "html without its start", START("<HEAD><TITLE>404 Not Found</TITLE></HEAD>"), "HTML page" },
	{ "zip of nothing", START("PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "empty ZIP" },
	{ "pickled list, protocol 0", START("(lp0\nI1\naI2\na."), "pickle" },
	{ "pickled dict, protocol 0", START("(dp0\nVa\np1\nI1\ns."), "pickle" },
	{ "pickled class, protocol 0", START("ccollections\nOrderedDict\np0\n(tRp1\n."), "pickle" },
	{ "pickled dict, protocol 1", START("}q\0X\x01\0\0\0aq\1K\1s."), "pickle" },
	{ "pickled class, protocol 1", START("ctorch._utils\n_rebuild_tensor\nq\0(X"), "pickle" },
	{ "zip of pickles", START("PK\x03\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00archive/data.pkl"), "PyTorch" },
	{ "zip", START("PK\x03\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00hello.txt.."), "ZIP" },
	{ "pickle", START("\x80\x02}q\x00(X\x03\x00\x00\x00"), "pickle" },
	{ "gzip", START("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"), "gzip" },
	{ "zstd", START("\x28\xb5\x2f\xfd\x24\x00\x01\x00\x00"), "zstd" },
	{ "elf", START("\x7f" "ELF\x02\x01\x01\x00\x00\x00"), "ELF" },
	{ "pdf", START("%PDF-1.7\n%...."), "PDF" },
	{ "npy", START("\x93NUMPY\x01\x00v\x00{'descr"), "NumPy" },
	{ "zeros", START("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "all zeros" },
	{ "seven bytes", START("abcdefg"), "too short" },
	{ "json", START("{\"hidden_size\": 64}"), "JSON" },
	{ "noise", START("What is this text about, if not weights?"), "neither SafeTensors, GGUF nor APR" },
};

START_TEST(what_is_no_model_is_named)
{
	struct scratch s = scratch_new();
	char *path = scratch_write(&s, "x", foreign[_i].bytes, foreign[_i].len);
	struct ros_error err = { 0 };
	struct ros_model m;

	ck_assert_int_ne(ros_model_open(&m, path, NULL, &err), 0);
	ck_assert_msg(strstr(err.text, foreign[_i].says), "%s: '%s'", foreign[_i].name, err.text);
	ros_model_release(&m);
	free(path);
	scratch_remove(&s);
}
END_TEST

/* ---- writing ---- */

/* Puts the files of OUT, with the data of M's tensors, into the scratch folder. */
static void write_output(struct scratch *s, const struct ros_model *m, const struct ros_output *out)
{
	for (size_t f = 0; f < out->file_count; f++) {
		const struct ros_output_file *file = &out->files[f];
		uint8_t *bytes = calloc(1, file->size ? file->size : 1);

		memcpy(bytes, file->header.ptr, file->header.len);
		for (size_t e = 0; e < file->extent_count; e++) {
			const struct ros_tensor *t = &m->tensors[file->extents[e].tensor];

			ck_assert_uint_eq(t->data.len, file->extents[e].bytes);
			if (t->data.len)
				memcpy(bytes + file->extents[e].offset, t->data.ptr, t->data.len);
		}
		free(scratch_write(s, file->name.ptr, bytes, file->size));
		free(bytes);
	}
	for (size_t f = 0; f < out->side_count; f++)
		free(scratch_write(s, out->side[f].name.ptr, out->side[f].data.ptr, out->side[f].data.len));
}

/* Opens PATH, lays it out under OPT and writes that into TO. */
static void rewrite(struct scratch *to, const char *path, struct ros_write_options opt)
{
	struct ros_error err = { 0 };
	struct ros_output out = { 0 };
	struct ros_arena arena;
	struct ros_model m;

	ck_assert_msg(!ros_model_open(&m, path, NULL, &err), "%s", err.text);
	ros_arena_init(&arena, 0);
	out.arena = &arena;
	opt.origin = &m;
	ck_assert_msg(!ros_safetensors_lay_out(&m, &opt, &out, &err), "%s", err.text);
	write_output(to, &m, &out);
	ros_arena_release(&arena);
	ros_model_release(&m);
}

static const char unordered[] = " {" T("z", "F32", "2", 0, 8) "," T("a\\u0062", "U8", "3", 8, 11) ", " T("y", "I64", "1", 11, 19) ","
	"\"__metadata__\":{\"k\":\"2\",\"b\":\"\\u00e9\\u0001\"} , " T("c", "F32", "", 19, 23) "}  \t";

START_TEST(default_order_is_the_references)
{
	struct scratch s = scratch_new(), to = scratch_new();
	char *path = write_file(&s, "x", unordered, 0, 23);
	/* As the reference lays these out: I64, F32 by name, U8; metadata first. */
	static const char want[] = "{\"__metadata__\":{\"b\":\"\xc3\xa9\\u0001\",\"k\":\"2\"}," T("y", "I64", "1", 0, 8) "," T("c", "F32", "", 8, 12) ","
		T("z", "F32", "2", 12, 20) "," T("ab", "U8", "3", 20, 23) "}";
	size_t len, padded = (sizeof want - 1 + 7) / 8 * 8;
	uint8_t *bytes;

	rewrite(&to, path, (struct ros_write_options){ 0 });
	bytes = scratch_read(&to, "model.safetensors", &len);
	ck_assert_uint_eq(len, 8 + padded + 23);
	ck_assert_uint_eq(ros_le64(bytes), padded);
	ck_assert_mem_eq(bytes + 8, want, sizeof want - 1);
	for (size_t i = sizeof want - 1; i < padded; i++)
		ck_assert_uint_eq(bytes[8 + i], ' ');
	ck_assert_uint_eq(bytes[8 + padded], 11 * 7 + 1);
	ck_assert_uint_eq(bytes[8 + padded + 8], 19 * 7 + 1);
	free(bytes);
	free(path);
	scratch_remove(&s);
	scratch_remove(&to);
}
END_TEST

START_TEST(preserve_repeats_every_byte)
{
	struct scratch s = scratch_new(), to = scratch_new();
	char *path = write_file(&s, "model.safetensors", unordered, 0, 23);
	size_t a, b;
	uint8_t *before = scratch_read(&s, "model.safetensors", &a), *after;

	rewrite(&to, path, (struct ros_write_options){ .preserve = true });
	after = scratch_read(&to, "model.safetensors", &b);
	ck_assert_uint_eq(a, b);
	ck_assert_mem_eq(before, after, a);
	free(before);
	free(after);
	free(path);
	scratch_remove(&s);
	scratch_remove(&to);
}
END_TEST

START_TEST(an_empty_model_is_16_bytes)
{
	struct scratch s = scratch_new(), to = scratch_new();
	char *path = write_file(&s, "x", "{}", 0, 0);
	size_t len;
	uint8_t *bytes;

	rewrite(&to, path, (struct ros_write_options){ 0 });
	bytes = scratch_read(&to, "model.safetensors", &len);
	ck_assert_uint_eq(len, 16);
	ck_assert_mem_eq(bytes, "\x08\0\0\0\0\0\0\0{}      ", 16);
	free(bytes);
	free(path);
	scratch_remove(&s);
	scratch_remove(&to);
}
END_TEST

START_TEST(shards_are_cut_and_indexed_as_the_hub_does)
{
	struct scratch s = scratch_new(), to = scratch_new(), again = scratch_new();
	char *path = write_file(&s, "x", "{" T("a", "U8", "4", 0, 4) "," T("b", "U8", "5", 4, 9) "," T("c", "U8", "20", 9, 29) "," T("d", "U8", "1", 29, 30) "}", 0, 30), *index;
	static const char want[] = "{\n  \"metadata\": {\n    \"total_size\": 30\n  },\n  \"weight_map\": {\n"
		"    \"a\": \"model-00001-of-00003.safetensors\",\n    \"b\": \"model-00001-of-00003.safetensors\",\n"
		"    \"c\": \"model-00002-of-00003.safetensors\",\n    \"d\": \"model-00003-of-00003.safetensors\"\n  }\n}\n";
	struct ros_error err = { 0 };
	struct ros_model m;
	size_t len;
	uint8_t *bytes;

	rewrite(&to, path, (struct ros_write_options){ .max_shard_bytes = 9 });
	bytes = scratch_read(&to, "model.safetensors.index.json", &len);
	ck_assert_uint_eq(len, sizeof want - 1);
	ck_assert_mem_eq(bytes, want, len);
	free(bytes);
	index = scratch_path(&to, "model-00002-of-00003.safetensors");
	ck_assert_msg(!ros_model_open(&m, index, NULL, &err), "%s", err.text);
	ck_assert_uint_eq(m.tensor_count, 4);
	ck_assert_uint_eq(m.warning_count, 0);
	ros_model_release(&m);
	rewrite(&again, to.path, (struct ros_write_options){ .preserve = true });
	bytes = scratch_read(&again, "model.safetensors.index.json", &len);
	ck_assert_mem_eq(bytes, want, sizeof want - 1);
	free(bytes);
	free(index);
	free(path);
	scratch_remove(&s);
	scratch_remove(&to);
	scratch_remove(&again);
}
END_TEST


static const struct {
	const char *name;
	struct ros_tensor tensors[2];
	size_t count;
	struct ros_meta_value value;
	enum ros_code want;
} unwritable[] = {
	{ "block type", { { .name = { "a", 1 }, .dtype = ROS_Q4_0, .ndim = 1, .dim = { 32 } } }, 1, { .type = ROS_META_STRING }, ROS_EUNSUPPORTED },
	{ "called __metadata__", { { .name = { "__metadata__", 12 }, .dtype = ROS_F32 } }, 1, { .type = ROS_META_STRING }, ROS_EUNSUPPORTED },
	{ "name not UTF-8", { { .name = { "\xff", 1 }, .dtype = ROS_F32 } }, 1, { .type = ROS_META_STRING }, ROS_EUNSUPPORTED },
	{ "name twice", { { .name = { "a", 1 }, .dtype = ROS_F32 }, { .name = { "a", 1 }, .dtype = ROS_F16 } }, 2, { .type = ROS_META_STRING }, ROS_EFORMAT },
	{ "F4 odd", { { .name = { "a", 1 }, .dtype = ROS_F4, .ndim = 1, .dim = { 3 } } }, 1, { .type = ROS_META_STRING }, ROS_EFORMAT },
	{ "metadata number", { { .name = { "a", 1 }, .dtype = ROS_F32 } }, 1, { .type = ROS_META_U32 }, ROS_EUNSUPPORTED },
	{ "sum over a file", { { .name = { "a", 1 }, .dtype = ROS_U8, .ndim = 1, .dim = { INT64_MAX } }, { .name = { "b", 1 }, .dtype = ROS_U8, .ndim = 1, .dim = { 1 } } }, 2, { .type = ROS_META_STRING }, ROS_ELIMIT },
};

START_TEST(what_cannot_be_said_is_refused)
{
	const struct ros_write_options opt = { 0 };
	struct ros_error err = { 0 };
	struct ros_arena arena;
	struct ros_output out = { .arena = &arena };
	struct ros_model m;

	ros_arena_init(&arena, 0);
	ros_model_init(&m, ROS_FORMAT_SAFETENSORS);
	ros_model_alloc_tensors(&m, unwritable[_i].count, &err);
	memcpy(m.tensors, unwritable[_i].tensors, unwritable[_i].count * sizeof *m.tensors);
	ros_meta_add(&m.meta, ROS_STR("k"), unwritable[_i].value, &err);
	ros_safetensors_lay_out(&m, &opt, &out, &err);
	ck_assert_msg(err.code == unwritable[_i].want, "%s: %s '%s'", unwritable[_i].name, ros_code_name(err.code), err.text);
	ros_model_release(&m);
	ros_arena_release(&arena);
}
END_TEST

START_TEST(a_large_header_is_read_in_one_pass)
{
	enum { COUNT = 20000 };
	struct scratch s = scratch_new();
	char *text = malloc(COUNT * 100), *p = text, *path;
	struct ros_error err = { 0 };
	struct ros_model m;

	for (int i = 0; i < COUNT; i++)
		p += sprintf(p, "%c\"model.layers.%d.w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%d,%d]}", i ? ',' : '{', i, i, i + 1);
	strcpy(p, "}");
	path = write_file(&s, "x", text, 0, COUNT);
	ck_assert_int_eq(ros_model_open(&m, path, NULL, &err), 0);
	ck_assert_uint_eq(m.tensor_count, COUNT);
	ck_assert_uint_eq(ros_model_find(&m, ROS_STR("model.layers.19999.w"))->offset, m.file_bytes - 1);
	ros_model_release(&m);
	free(text);
	free(path);
	scratch_remove(&s);
}
END_TEST

/* ---- the collection ---- */

static bool agrees(const char *folder, const struct ros_json *c)
{
	struct ros_str file = ros_json_str(ros_json_get(c, "file")), verdict = ros_json_str(ros_json_get(c, "verdict"));
	bool want = ros_str_equal(verdict, ROS_STR("accept")) && !ros_json_get(c, "strict");
	const struct ros_json *tensors = ros_json_get(c, "tensors");
	struct ros_error err = { 0 };
	struct ros_model m;
	char path[4096];
	bool good, accepted;

	snprintf(path, sizeof path, "%s/%.*s", folder, (int)file.len, file.ptr);
	ros_model_open(&m, path, NULL, &err);
	accepted = !err.code && m.format == ROS_FORMAT_SAFETENSORS;   /* one case is a GGUF under a false name */
	good = want == accepted && (!accepted || !tensors || tensors->count == m.tensor_count);
	if (!good)
		fprintf(stderr, "%s: %s '%s'\n", path, ros_code_name(err.code), err.text);
	for (size_t i = 0; good && accepted && tensors && i < tensors->count; i++) {
		const struct ros_json *t = ros_json_at(tensors, i), *shape = ros_json_get(t, "shape");

		good = ros_str_equal(m.tensors[i].name, ros_json_str(ros_json_get(t, "name"))) &&
		       ros_str_equal(ros_str_of(ros_dtypes[m.tensors[i].dtype].safetensors), ros_json_str(ros_json_get(t, "dtype"))) &&
		       shape->count == m.tensors[i].ndim;
		if (!good)
			fprintf(stderr, "%s: tensor %zu differs\n", path, i);
	}
	ros_model_release(&m);
	return good;
}

START_TEST(the_reference_agrees_on_every_case)
{
	const char *data = getenv("ROSETTA_TEST_DATA");
	char folder[4000], path[4096];
	struct ros_error err = { 0 };
	struct ros_mapping map;
	struct ros_arena arena;
	const struct ros_json *cases;
	size_t agreed = 0;

	snprintf(folder, sizeof folder, "%s/safetensors-bad", data ? data : "");
	snprintf(path, sizeof path, "%s/index.json", folder);
	if (!data || access(path, R_OK)) {
		printf("skipped: no ROSETTA_TEST_DATA/safetensors-bad\n");
		return;
	}
	ros_arena_init(&arena, 0);
	ck_assert_int_eq(ros_mapping_open(&map, path, &err), 0);
	cases = ros_json_get(ros_json_parse((struct ros_str){ (const char *)map.bytes.ptr, map.bytes.len }, &arena, &err), "cases");
	ck_assert_msg(cases && cases->count >= 100, "%s", err.text);
	for (const struct ros_json *c = cases->first; c; c = c->next)
		agreed += agrees(folder, c);
	ck_assert_msg(agreed == cases->count, "%zu of %zu agree", agreed, cases->count);
	ros_mapping_release(&map);
	ros_arena_release(&arena);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("safetensors");
	TCase *tc = tcase_create("safetensors");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, file_is_judged, 0, ROWS(files));
	tcase_add_test(tc, tensors_come_in_data_order);
	tcase_add_test(tc, a_header_alone_opens_on_request);
	tcase_add_loop_test(tc, what_is_no_model_is_named, 0, ROWS(foreign));
	tcase_add_test(tc, default_order_is_the_references);
	tcase_add_test(tc, preserve_repeats_every_byte);
	tcase_add_test(tc, an_empty_model_is_16_bytes);
	tcase_add_test(tc, shards_are_cut_and_indexed_as_the_hub_does);
	tcase_add_loop_test(tc, what_cannot_be_said_is_refused, 0, ROWS(unwritable));
	tcase_add_test(tc, a_large_header_is_read_in_one_pass);
	tcase_add_test(tc, the_reference_agrees_on_every_case);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
