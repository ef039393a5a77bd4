/* The GGUF reader's rules one by one, on files built here; writing back what was read. */
#include "formats/gguf.h"
#include "tests/unit/blob.h"

#include <check.h>

static void head(struct blob *o, uint32_t version, uint64_t tensors, uint64_t kvs)
{
	blob_put(o, "GGUF", 4);
	blob_u32(o, version);
	blob_u64(o, tensors);
	blob_u64(o, kvs);
}

static void text(struct blob *o, const char *s)
{
	blob_u64(o, strlen(s));
	blob_put(o, s, strlen(s));
}

static void key(struct blob *o, const char *name, uint32_t type)
{
	text(o, name);
	blob_u32(o, type);
}

static void key_u32(struct blob *o, const char *name, uint32_t v)
{
	key(o, name, ROS_META_U32);
	blob_u32(o, v);
}

/* A record; dimensions end at the first 0, fastest first. */
static void tensor(struct blob *o, const char *name, uint64_t d0, uint64_t d1, uint64_t d2, uint64_t d3, uint32_t type, uint64_t offset)
{
	uint64_t dim[4] = { d0, d1, d2, d3 };
	uint32_t n = 0;

	while (n < 4 && dim[n])
		n++;
	text(o, name);
	blob_u32(o, n);
	for (uint32_t i = 0; i < n; i++)
		blob_u64(o, dim[i]);
	blob_u32(o, type);
	blob_u64(o, offset);
}

static void data(struct blob *o, size_t align, size_t len)
{
	blob_align(o, align);
	blob_fill(o, len);
	blob_align(o, align);
}

static void one(struct blob *o, uint32_t type, uint64_t d0, uint64_t d1, size_t bytes)
{
	head(o, 3, 1, 0);
	tensor(o, "t", d0, d1, 0, 0, type, 0);
	data(o, 32, bytes);
}

static void two(struct blob *o, const char *a, const char *b, uint64_t offset)
{
	head(o, 3, 2, 0);
	tensor(o, a, 8, 0, 0, 0, 0, 0);
	tensor(o, b, 8, 0, 0, 0, 0, offset);
	data(o, 32, 64);
}

static void aligned(struct blob *o, uint32_t align, size_t to)
{
	head(o, 3, 1, 1);
	key_u32(o, "general.alignment", align);
	tensor(o, "t", 8, 0, 0, 0, 0, 0);
	data(o, to, 32);
}

static void nested(struct blob *o, bool architecture, unsigned depth)
{
	head(o, 3, 0, architecture ? 2 : 1);
	if (architecture) {
		key(o, "general.architecture", ROS_META_STRING);
		text(o, "test");
	}
	key(o, "a", ROS_META_ARRAY);
	for (unsigned i = 1; i < depth; i++) {
		blob_u32(o, ROS_META_ARRAY);
		blob_u64(o, 1);
	}
	blob_u32(o, ROS_META_I16);
	blob_u64(o, 3);
	blob_fill(o, 6);
	blob_align(o, 32);
}

/* Makers of the rows below. */
static void make_nothing(struct blob *o) { (void)o; }
static void make_ok(struct blob *o) { one(o, 0, 8, 0, 32); }
static void make_empty(struct blob *o) { head(o, 3, 0, 0); }
static void make_v1(struct blob *o) { head(o, 1, 0, 0); }
static void make_v2(struct blob *o) { one(o, 0, 8, 0, 32); o->b[4] = 2; }
static void make_v4(struct blob *o) { head(o, 4, 0, 0); }
static void make_v0(struct blob *o) { head(o, 0, 0, 0); }
static void make_big_endian(struct blob *o) { head(o, 0x03000000, 0, 0); }
static void make_lower(struct blob *o) { make_ok(o); o->b[0] = 'g'; }
static void make_many_tensors(struct blob *o) { head(o, 3, UINT64_MAX, 0); }
static void make_many_keys(struct blob *o) { head(o, 3, 0, UINT64_MAX / 2); }
static void make_cut(struct blob *o) { make_ok(o); o->len -= 1; }
static void make_cut_padding(struct blob *o) { one(o, 0, 3, 0, 12); o->len -= 1; }
static void make_cut_before_data(struct blob *o) { make_ok(o); o->len -= 33; }
static void make_trailing(struct blob *o) { make_ok(o); blob_u8(o, 1); }
static void make_zero_dim(struct blob *o) { head(o, 3, 1, 0); text(o, "t"); blob_u32(o, 2); blob_u64(o, 0); blob_u64(o, 5); blob_u32(o, 0); blob_u64(o, 0); blob_align(o, 32); }
static void make_scalar(struct blob *o) { one(o, 0, 0, 0, 4); }
static void make_dup_name(struct blob *o) { two(o, "x", "x", 32); }
static void make_gap(struct blob *o) { two(o, "x", "y", 64); }
static void make_overlap(struct blob *o) { two(o, "x", "y", 0); }
static void make_unaligned(struct blob *o) { two(o, "x", "y", 33); }
static void make_name_63(struct blob *o) { two(o, "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", "y", 32); }
static void make_name_64(struct blob *o) { two(o, "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", "y", 32); }
static void make_align_8(struct blob *o) { aligned(o, 8, 8); }
static void make_align_64(struct blob *o) { aligned(o, 64, 64); }
static void make_align_1(struct blob *o) { aligned(o, 1, 1); }
static void make_align_0(struct blob *o) { aligned(o, 0, 32); }
static void make_align_24(struct blob *o) { aligned(o, 24, 24); }
static void make_align_huge(struct blob *o) { aligned(o, 1u << 31, 32); }
static void make_align_i32(struct blob *o) { head(o, 3, 0, 1); key(o, "general.alignment", ROS_META_I32); blob_u32(o, 64); }
static void make_wrap_to_zero(struct blob *o) { one(o, 24, 1ull << 32, 1ull << 32, 32); }
static void make_wrap_padding(struct blob *o) { one(o, 27, (1ull << 61) - 1, 0, 32); }
static void make_wrap_4d(struct blob *o) { head(o, 3, 1, 0); tensor(o, "t", 1 << 16, 1 << 16, 1 << 16, 1 << 16, 0, 0); data(o, 32, 32); }
static void make_ggml_nbytes(struct blob *o) { one(o, 0, 262144, (1ull << 42) + 1, 32); }
static void make_two_huge(struct blob *o) { head(o, 3, 2, 0); tensor(o, "t", (1ull << 63) - 64, 0, 0, 0, 24, 0); tensor(o, "u", (1ull << 63) - 64, 0, 0, 0, 24, (1ull << 63) - 64); data(o, 32, 32); }
static void make_negative_dim(struct blob *o) { one(o, 24, 1ull << 63, 0, 32); }
static void make_five_dims(struct blob *o) { head(o, 3, 1, 0); text(o, "t"); blob_u32(o, 5); blob_fill(o, 64); }
static void make_removed(struct blob *o) { one(o, 31, 256, 0, 1024); }
static void make_unknown(struct blob *o) { one(o, 43, 256, 0, 1024); }
static void make_minus_one(struct blob *o) { one(o, UINT32_MAX, 256, 0, 1024); }
static void make_q4_0_33(struct blob *o) { one(o, 2, 33, 0, 64); }
static void make_empty_key(struct blob *o) { head(o, 3, 0, 1); key_u32(o, "", 1); }
static void make_dup_key(struct blob *o) { head(o, 3, 0, 2); key_u32(o, "a", 1); key_u32(o, "a", 1); }
static void make_key_too_long(struct blob *o) { head(o, 3, 0, 1); blob_u64(o, 1000); blob_fill(o, 40); }
static void make_type_13(struct blob *o) { head(o, 3, 0, 1); key(o, "a", 13); blob_u64(o, 0); }
static void make_bool_2(struct blob *o) { head(o, 3, 0, 1); key(o, "a", ROS_META_BOOL); blob_u8(o, 2); }
static void make_array_13(struct blob *o) { head(o, 3, 0, 1); key(o, "a", ROS_META_ARRAY); blob_u32(o, 13); blob_u64(o, 0); }
static void make_array_huge(struct blob *o) { head(o, 3, 0, 1); key(o, "a", ROS_META_ARRAY); blob_u32(o, ROS_META_U64); blob_u64(o, 1ull << 61); blob_fill(o, 64); }
static void make_strings_cut(struct blob *o) { head(o, 3, 0, 1); key(o, "a", ROS_META_ARRAY); blob_u32(o, ROS_META_STRING); blob_u64(o, 2); text(o, "x"); blob_u64(o, 9); blob_fill(o, 8); }
static void make_nested(struct blob *o) { nested(o, true, 3); }
static void make_nested_alone(struct blob *o) { nested(o, false, 2); }
static void make_nested_deep(struct blob *o) { nested(o, true, 200); }
/* Arrays of empty arrays, one more than may be, under two keys. */
static void make_nested_many(struct blob *o)
{
	head(o, 3, 0, 3);
	key(o, "general.architecture", ROS_META_STRING);
	text(o, "test");
	for (int i = 0; i < 2; i++) {
		key(o, i ? "b" : "a", ROS_META_ARRAY);
		blob_u32(o, ROS_META_ARRAY);
		blob_u64(o, ROS_MAX_NESTED_ARRAYS / 2 + (uint64_t)i);
		for (uint64_t n = 0; n < ROS_MAX_NESTED_ARRAYS / 2 + (uint64_t)i; n++) {
			blob_u32(o, ROS_META_U8);
			blob_u64(o, 0);
		}
	}
}

static const struct {
	const char *name;
	void (*make)(struct blob *o);
	enum ros_code want;
	const char *says;       /* part of the error's text, or the rule of a warning */
} rows[] = {
	{ "no bytes", make_nothing, ROS_EFORMAT, "magic" },
	{ "one tensor", make_ok, ROS_OK, NULL },
	{ "nothing in it", make_empty, ROS_OK, NULL },
	{ "version 1", make_v1, ROS_EUNSUPPORTED, "version 1" },
	{ "version 2", make_v2, ROS_OK, NULL },
	{ "version 4", make_v4, ROS_EUNSUPPORTED, "version 4" },
	{ "version 0", make_v0, ROS_EFORMAT, "version 0" },
	{ "big endian", make_big_endian, ROS_EUNSUPPORTED, "big-endian" },
	{ "lower-case magic", make_lower, ROS_EFORMAT, "magic" },
	{ "tensor count 2^64-1", make_many_tensors, ROS_EFORMAT, "tensor count" },
	{ "key count 2^63", make_many_keys, ROS_EFORMAT, "metadata count" },
	{ "data one byte short", make_cut, ROS_EFORMAT, "cut short" },
	{ "last padding one byte short", make_cut_padding, ROS_EFORMAT, "padding after the last" },
	{ "cut before the data", make_cut_before_data, ROS_EFORMAT, "starts at 64" },
	{ "trailing byte", make_trailing, ROS_OK, "gguf.trailing" },
	{ "a dimension of 0", make_zero_dim, ROS_OK, NULL },
	{ "no dimensions", make_scalar, ROS_OK, NULL },
	{ "name twice", make_dup_name, ROS_EFORMAT, "twice" },
	{ "gap between tensors", make_gap, ROS_EFORMAT, "offset 64, 32 wanted" },
	{ "overlap", make_overlap, ROS_EFORMAT, "offset 0, 32 wanted" },
	{ "offset not aligned", make_unaligned, ROS_EFORMAT, "offset 33" },
	{ "name of 63 bytes", make_name_63, ROS_OK, NULL },
	{ "name of 64 bytes", make_name_64, ROS_EFORMAT, "tensor name" },
	{ "alignment 8", make_align_8, ROS_OK, NULL },
	{ "alignment 64", make_align_64, ROS_OK, NULL },
	{ "alignment 1", make_align_1, ROS_OK, "gguf.alignment" },
	{ "alignment 0", make_align_0, ROS_EFORMAT, "power of two" },
	{ "alignment 24", make_align_24, ROS_EFORMAT, "power of two" },
	{ "alignment 2^31", make_align_huge, ROS_ELIMIT, "cap" },
	{ "alignment as i32", make_align_i32, ROS_EFORMAT, "u32 wanted" },
	{ "product wraps to 0", make_wrap_to_zero, ROS_EFORMAT, "63-bit" },
	{ "padded size wraps to 0", make_wrap_padding, ROS_EFORMAT, "63-bit" },
	{ "product of four wraps", make_wrap_4d, ROS_EFORMAT, "63-bit" },
	{ "262144 x 2^42+1", make_ggml_nbytes, ROS_EFORMAT, "cut short" },
	{ "sum of sizes wraps", make_two_huge, ROS_EFORMAT, "past 2^63" },
	{ "negative dimension", make_negative_dim, ROS_EFORMAT, "negative" },
	{ "five dimensions", make_five_dims, ROS_EFORMAT, "5 dimensions" },
	{ "removed type", make_removed, ROS_EUNSUPPORTED, "Q4_0_4_4" },
	{ "type past the last", make_unknown, ROS_EUNSUPPORTED, "type 43" },
	{ "type -1", make_minus_one, ROS_EUNSUPPORTED, "type -1" },
	{ "row not whole blocks", make_q4_0_33, ROS_EFORMAT, "multiple of 32" },
	{ "empty key", make_empty_key, ROS_EFORMAT, "empty" },
	{ "key twice", make_dup_key, ROS_EFORMAT, "twice" },
	{ "key longer than the file", make_key_too_long, ROS_EFORMAT, "metadata key" },
	{ "value type 13", make_type_13, ROS_EFORMAT, "value type 13" },
	{ "bool of 2", make_bool_2, ROS_OK, "gguf.bool" },
	{ "empty array of type 13", make_array_13, ROS_EFORMAT, "element type 13" },
	{ "array larger than the file", make_array_huge, ROS_EFORMAT, "array count" },
	{ "strings run out", make_strings_cut, ROS_EFORMAT, "string 1 of 2" },
	{ "nested array", make_nested, ROS_OK, "gguf.nested-array" },
	{ "nested array, no architecture", make_nested_alone, ROS_EFORMAT, "array of arrays" },
	{ "too many in others", make_nested_many, ROS_ELIMIT, "65537 arrays inside others" },
	{ "nested too deep", make_nested_deep, ROS_ELIMIT, "deeper" },
};

START_TEST(reader_rule)
{
	struct ros_error err = { 0 };
	struct blob o = { 0 };
	struct ros_model m;

	rows[_i].make(&o);
	open_bytes(&m, ROS_FORMAT_GGUF, o.b, o.len, ros_gguf_read, NULL, &err);
	ck_assert_msg(err.code == rows[_i].want, "%s: %s: %s", rows[_i].name, ros_code_name(err.code), err.text);
	if (rows[_i].says && err.code)
		ck_assert_msg(strstr(err.text, rows[_i].says) != NULL, "%s: %s", rows[_i].name, err.text);
	else if (rows[_i].says)
		ck_assert_msg(has_warning(&m, rows[_i].says), "%s: no warning %s", rows[_i].name, rows[_i].says);
	else
		ck_assert_msg(!m.warning_count, "%s: %s", rows[_i].name, m.warning_count ? m.warnings[0].text.ptr : "");
	ros_model_release(&m);
	blob_free(&o);
}
END_TEST

/* Every prefix of a good file is refused, none is read past its end. */
START_TEST(every_prefix_is_refused)
{
	struct blob o = { 0 };

	head(&o, 3, 2, 1);
	key(&o, "tokens", ROS_META_ARRAY);
	blob_u32(&o, ROS_META_STRING);
	blob_u64(&o, 2);
	text(&o, "one");
	text(&o, "");
	tensor(&o, "x", 32, 2, 0, 0, 2, 0);
	tensor(&o, "y", 5, 0, 0, 0, 0, 64);
	data(&o, 32, 64);
	data(&o, 32, 20);
	for (size_t len = 0; len <= o.len; len++) {
		struct ros_error err = { 0 };
		struct ros_model m;

		open_bytes(&m, ROS_FORMAT_GGUF, o.b, len, ros_gguf_read, NULL, &err);
		ck_assert_msg(!err.code == (len == o.len), "%zu of %zu bytes: %s", len, o.len, err.text);
		ck_assert_msg(!err.code || len < 4 || strstr(err.text, "cut short"), "%zu of %zu bytes: %s", len, o.len, err.text);
		ros_model_release(&m);
	}
	blob_free(&o);
}
END_TEST

/* A file with every value type and every tensor type, in ggml's order of numbers. */
static void make_everything(struct blob *o)
{
	static const uint8_t bits[8] = { 0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0x38 };
	uint64_t offset = 0, types = 0;

	for (uint32_t id = 0; id < 64; id++)
		types += ros_dtype_by_gguf(id) != ROS_DTYPE_COUNT;
	head(o, 3, types, 4 + 2 * (ROS_META_TYPE_COUNT - 2));
	key(o, "general.architecture", ROS_META_STRING);
	text(o, "everything");
	for (uint32_t t = 0; t < ROS_META_TYPE_COUNT; t++) {
		char name[32];
		uint8_t value[8];

		if (!ros_meta_types[t].bytes)
			continue;
		memcpy(value, bits, sizeof value);
		if (t == ROS_META_BOOL)
			value[0] = 1;
		snprintf(name, sizeof name, "scalar.%s", ros_meta_types[t].name);
		key(o, name, t);
		blob_put(o, value, ros_meta_types[t].bytes);
		snprintf(name, sizeof name, "array.%s", ros_meta_types[t].name);
		key(o, name, ROS_META_ARRAY);
		blob_u32(o, t);
		blob_u64(o, 2);
		blob_put(o, value, ros_meta_types[t].bytes);
		blob_put(o, t == ROS_META_BOOL ? (const uint8_t *)"\0" : value, ros_meta_types[t].bytes);
	}
	key(o, "strings", ROS_META_ARRAY);
	blob_u32(o, ROS_META_STRING);
	blob_u64(o, 2);
	text(o, "\xff\xfe not UTF-8");
	text(o, "");
	key(o, "nested", ROS_META_ARRAY);
	blob_u32(o, ROS_META_ARRAY);
	blob_u64(o, 2);
	for (int i = 0; i < 2; i++) {
		blob_u32(o, ROS_META_U16);
		blob_u64(o, 2);
		blob_fill(o, 4);
	}
	key_u32(o, "general.alignment", 64);
	for (uint32_t id = 0; id < 64; id++) {
		enum ros_dtype t = ros_dtype_by_gguf(id);

		if (t == ROS_DTYPE_COUNT)
			continue;
		tensor(o, ros_dtypes[t].name, ros_dtypes[t].block_len, 3, 1, 0, id, offset);
		offset += (ros_dtypes[t].block_bytes * 3 + 63) / 64 * 64;
	}
	blob_align(o, 64);
	for (uint32_t id = 0; id < 64; id++)
		if (ros_dtype_by_gguf(id) != ROS_DTYPE_COUNT)
			data(o, 64, ros_dtypes[ros_dtype_by_gguf(id)].block_bytes * 3);
}

static void write_back(const struct ros_model *m, const struct ros_write_options *opt, struct ros_output *out,
		       struct ros_arena *arena, struct ros_error *err)
{
	ros_arena_init(arena, 0);
	*out = (struct ros_output){ .arena = arena };
	ros_gguf_lay_out(m, opt, out, err);
}

START_TEST(written_back_it_is_the_same)
{
	struct ros_error err = { 0 };
	struct blob o = { 0 }, again = { 0 };
	struct ros_arena arena;
	struct ros_output out;
	struct ros_model m;
	const struct ros_tensor *t;

	make_everything(&o);
	open_bytes(&m, ROS_FORMAT_GGUF, o.b, o.len, ros_gguf_read, NULL, &err);
	ck_assert_msg(!err.code, "%s at %llu", err.text, (unsigned long long)err.offset);
	t = ros_model_find(&m, ROS_STR("Q4_K"));
	ck_assert(t && t->ndim == 3 && t->dim[0] == 1 && t->dim[1] == 3 && t->dim[2] == 256 && t->data.len == 432);
	ck_assert_int_eq(ros_meta_get(&m.meta, ROS_STR("scalar.i16"))->type, ROS_META_I16);
	ck_assert_int_eq(ros_meta_get(&m.meta, ROS_STR("scalar.i16"))->i, (int16_t)0x9281);
	ck_assert_uint_eq(ros_meta_get(&m.meta, ROS_STR("nested"))->array.arrays[1].count, 2);
	write_back(&m, NULL, &out, &arena, &err);
	ck_assert_msg(!err.code, "%s", err.text);
	assemble(&m, &out.files[0], &again);
	ck_assert_uint_eq(again.len, o.len);
	ck_assert_mem_eq(again.b, o.b, o.len);
	blob_free(&again);
	ros_arena_release(&arena);
	ros_model_release(&m);
	blob_free(&o);
}
END_TEST

START_TEST(version_2_is_written_as_3)
{
	struct ros_error err = { 0 };
	struct blob o = { 0 }, again = { 0 };
	struct ros_arena arena;
	struct ros_output out;
	struct ros_model m;

	make_everything(&o);
	o.b[4] = 2;
	open_bytes(&m, ROS_FORMAT_GGUF, o.b, o.len, ros_gguf_read, NULL, &err);
	ck_assert_uint_eq(m.format_version, 2);
	write_back(&m, NULL, &out, &arena, &err);
	assemble(&m, &out.files[0], &again);
	o.b[4] = 3;
	ck_assert_mem_eq(again.b, o.b, o.len);
	blob_free(&again);
	ros_arena_release(&arena);
	ros_model_release(&m);
	blob_free(&o);
}
END_TEST

START_TEST(header_only_needs_no_payload)
{
	struct ros_open_options opt = { .header_only = true };
	struct ros_error err = { 0 };
	struct blob o = { 0 };
	struct ros_model m;

	make_ok(&o);
	o.len -= 8;
	open_bytes(&m, ROS_FORMAT_GGUF, o.b, o.len, ros_gguf_read, &opt, &err);
	ck_assert_msg(!err.code, "%s", err.text);
	ck_assert(!m.tensors[0].data.ptr && m.tensors[0].data.len == 32);
	ros_model_release(&m);
	blob_free(&o);
}
END_TEST

/* What GGUF cannot say is refused by the writer, naming the tensor. */
START_TEST(writer_refuses)
{
	static const struct { const char *name, *says; enum ros_dtype type; uint8_t ndim; uint64_t cols, rows; } bad[] = {
		{ "complex", "C64", ROS_C64, 1, 8, 1 },
		{ "deep", "5 dimensions", ROS_F32, 5, 8, 1 },
		{ "rows", "multiple of 256", ROS_Q4_K, 1, 100, 1 },
		{ "empty", "dimension 1 is negative", ROS_F32, 2, 0, 1ull << 63 },
		{ "huge", "63-bit", ROS_I8, 2, 1ull << 32, 1ull << 31 },
		{ "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", "64 bytes", ROS_F32, 1, 8, 1 },
		{ "a\0b", "NUL", ROS_F32, 1, 8, 1 },
	};
	struct ros_error err = { 0 };
	struct ros_arena arena;
	struct ros_output out;
	struct ros_model m;

	ros_model_init(&m, ROS_FORMAT_GGUF);
	ros_model_alloc_tensors(&m, 1, &err);
	m.tensors[0] = (struct ros_tensor){ .name = { bad[_i].name, *bad[_i].says == 'N' ? 3 : strlen(bad[_i].name) }, .dtype = bad[_i].type, .ndim = bad[_i].ndim };
	for (int d = 0; d < bad[_i].ndim; d++)
		m.tensors[0].dim[d] = d + 1 == bad[_i].ndim ? bad[_i].cols : bad[_i].rows;
	write_back(&m, NULL, &out, &arena, &err);
	ck_assert_int_eq(err.code, ROS_EUNSUPPORTED);
	ck_assert_msg(strstr(err.text, bad[_i].says) != NULL, "%s", err.text);
	ros_arena_release(&arena);
	ros_model_release(&m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gguf");
	TCase *tc = tcase_create("gguf");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, reader_rule, 0, sizeof rows / sizeof *rows);
	tcase_add_test(tc, every_prefix_is_refused);
	tcase_add_test(tc, written_back_it_is_the_same);
	tcase_add_test(tc, version_2_is_written_as_3);
	tcase_add_test(tc, header_only_needs_no_payload);
	tcase_add_loop_test(tc, writer_refuses, 0, 7);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
