/* The APR reader's rules one by one, on files built here; the writer against a known answer. */
#include "formats/store.h"
#include "tests/unit/apr_file.h"
#include "tests/unit/folder.h"

#include <check.h>

static void make_good(struct blob *o) { base(o); }
static void make_no_footer(struct blob *o) { base(o); o->len -= 4; }
static void make_half_footer(struct blob *o) { base(o); o->len -= 2; }
static void make_after_footer(struct blob *o) { base(o); blob_u8(o, 0); }
static void make_resealed_tail(struct blob *o) { base(o); o->len -= 4; blob_fill(o, 20); blob_u32(o, 0); seal(o); }
static void make_cut_in_padding(struct blob *o) { base(o); o->len -= 10; }
static void make_cut_header(struct blob *o) { base(o); o->len = 63; }
static void make_magic(struct blob *o, const char *magic) { base(o); memcpy(o->b, magic, 4); seal(o); }
static void make_aprn(struct blob *o) { make_magic(o, "APRN"); }
static void make_apr1(struct blob *o) { make_magic(o, "APR1"); }
static void make_apr2(struct blob *o) { make_magic(o, "APR2"); }
static void make_aprx(struct blob *o) { make_magic(o, "APRx"); }
static void make_major_1(struct blob *o) { base(o); o->b[4] = 1; seal(o); }
static void make_minor_1(struct blob *o) { base(o); o->b[5] = 1; seal(o); }
static void make_header_bit(struct blob *o) { base(o); o->b[41] ^= 1; }
static void make_data_bit(struct blob *o) { base(o); o->b[DATA_AT] ^= 1; }
static void make_reserved(struct blob *o) { base(o); o->b[50] = 1; seal(o); }
static void make_flags(struct blob *o, uint16_t flags) { base(o); ros_put_le16(o->b + 6, flags); seal(o); }
static void make_encrypted(struct blob *o) { make_flags(o, 0x0404); }
static void make_column_major(struct blob *o) { make_flags(o, 0x0c00); }
static void make_both(struct blob *o) { make_flags(o, 0x0403); }
static void make_flag_only(struct blob *o) { make_flags(o, 0x0401); }
static void make_no_layout(struct blob *o) { make_flags(o, 0); }
static void put64(struct blob *o, size_t at, uint64_t v) { base(o); ros_put_le64(o->b + at, v); seal(o); }
static void make_meta_in_header(struct blob *o) { put64(o, 12, 32); }
static void make_meta_past_end(struct blob *o) { put64(o, 12, UINT64_MAX); }
static void make_index_in_meta(struct blob *o) { put64(o, 24, 64); }
static void make_index_past_end(struct blob *o) { put64(o, 24, UINT64_MAX); }
static void make_data_in_index(struct blob *o) { put64(o, 32, 192); }
static void make_data_unaligned(struct blob *o) { put64(o, 32, DATA_AT + 8); }
static void make_data_past_end(struct blob *o) { put64(o, 32, 1 << 20); }
static void make_offset_wraps(struct blob *o) { put64(o, ENTRY_B + 21, UINT64_MAX - 255); }
static void make_offset_unaligned(struct blob *o) { put64(o, ENTRY_B + 21, 20); }
static void make_overlap(struct blob *o) { put64(o, ENTRY_B + 21, 0); }
static void make_size_short(struct blob *o) { put64(o, ENTRY_B + 29, 80); }
static void make_size_max(struct blob *o) { put64(o, ENTRY_B + 29, UINT64_MAX); }
static void make_dim_wraps(struct blob *o) { put64(o, ENTRY_B + 5, 1ull << 62); }
static void make_type_31(struct blob *o) { base(o); o->b[ENTRY_B + 3] = 31; seal(o); }
static void make_type_2(struct blob *o) { base(o); o->b[ENTRY_B + 3] = 2; seal(o); }
static void make_ndim_9(struct blob *o) { base(o); o->b[ENTRY_B + 4] = 9; seal(o); }
static void make_unsorted(struct blob *o) { base(o); o->b[ENTRY_B + 2] = 'A'; seal(o); }
static void make_twice(struct blob *o) { base(o); o->b[ENTRY_B + 2] = 'a'; seal(o); }
static void make_nul_name(struct blob *o) { base(o); o->b[INDEX_AT + 2] = 0; seal(o); }
static void make_bad_utf8(struct blob *o) { base(o); o->b[ENTRY_B + 2] = 0xff; seal(o); }
static void make_name_300(struct blob *o) { base(o); ros_put_le16(o->b + ENTRY_B, 300); seal(o); }
static void make_count(struct blob *o, uint32_t n) { base(o); ros_put_le32(o->b + 8, n); seal(o); }
static void make_count_less(struct blob *o) { make_count(o, 2); }
static void make_count_zero(struct blob *o) { make_count(o, 0); }
static void make_count_max(struct blob *o) { make_count(o, UINT32_MAX); }
static void make_padding(struct blob *o) { base(o); o->b[DATA_AT + 30] = 7; seal(o); }
static void one(struct blob *o, uint8_t type, uint64_t rows, uint64_t cols, uint64_t size)
{
	struct spec t = { "w", type, 2, { rows, cols }, size };

	build(o, META, ROS_APR_ROW_MAJOR, &t, 1);
}
static void make_old_bf16(struct blob *o) { one(o, 2, 3, 32, 192); }
static void make_ggml_q4_0(struct blob *o) { one(o, 2, 3, 32, 54); }
static void make_f64(struct blob *o) { one(o, 3, 3, 32, 768); }
static void make_ggml_q4_1(struct blob *o) { one(o, 3, 3, 32, 60); }
static void make_old_q4(struct blob *o) { one(o, 8, 3, 33, 72); }
static void make_old_q8(struct blob *o) { one(o, 9, 3, 33, 103); }
static void make_q4k_rows(struct blob *o) { one(o, 12, 3, 300, 864); }
static void make_q4k_flat(struct blob *o) { one(o, 12, 3, 300, 576); }
static void make_tied(struct blob *o)
{
	struct spec t[] = { { "a", 0, 1, { 16 }, 64 }, { "b", 0, 1, { 16 }, 0 } };

	build(o, META, ROS_APR_ROW_MAJOR, t, 2);
	ros_put_le64(o->b + ENTRY_B + 13, 0);
	ros_put_le64(o->b + ENTRY_B + 21, 64);
	seal(o);
}

static const struct {
	const char *name;
	void (*make)(struct blob *o);
	enum ros_code want;
	const char *says;       /* part of the error's text, or the rule of a warning */
} rows[] = {
	{ "by the book", make_good, ROS_OK, NULL },
	{ "no footer", make_no_footer, ROS_OK, "apr.no-footer" },
	{ "half a footer", make_half_footer, ROS_EFORMAT, "cut short" },
	{ "a byte after the footer", make_after_footer, ROS_EFORMAT, "after the footer" },
	{ "content before the footer", make_resealed_tail, ROS_EFORMAT, "after the footer" },
	{ "cut in the last padding", make_cut_in_padding, ROS_EFORMAT, "cut short" },
	{ "63 bytes", make_cut_header, ROS_EFORMAT, "header" },
	{ "APRN", make_aprn, ROS_EUNSUPPORTED, "version 1" },
	{ "APR1", make_apr1, ROS_EUNSUPPORTED, "whisper" },
	{ "APR2", make_apr2, ROS_EUNSUPPORTED, "APR2" },
	{ "APRx", make_aprx, ROS_EFORMAT, "magic" },
	{ "version 1.0", make_major_1, ROS_EUNSUPPORTED, "version 1.0" },
	{ "version 2.1", make_minor_1, ROS_OK, "apr.version" },
	{ "header checksum", make_header_bit, ROS_EFORMAT, "header checksum" },
	{ "a bit of the data", make_data_bit, ROS_EFORMAT, "footer checksum" },
	{ "reserved bytes", make_reserved, ROS_OK, "apr.reserved" },
	{ "encrypted", make_encrypted, ROS_EUNSUPPORTED, "encrypted" },
	{ "column major", make_column_major, ROS_EFORMAT, "LAYOUT-002" },
	{ "both compressions", make_both, ROS_EFORMAT, "both compression" },
	{ "LZ4 flag on a plain body", make_flag_only, ROS_OK, "apr.not-compressed" },
	{ "no layout flag", make_no_layout, ROS_OK, "apr.layout-flag" },
	{ "metadata in the header", make_meta_in_header, ROS_EFORMAT, "metadata_offset" },
	{ "metadata past the end", make_meta_past_end, ROS_EFORMAT, "metadata" },
	{ "index in the metadata", make_index_in_meta, ROS_EFORMAT, "tensor_index_offset" },
	{ "index past the end", make_index_past_end, ROS_EFORMAT, "before the index" },
	{ "data in the index", make_data_in_index, ROS_EFORMAT, "wanted" },
	{ "data not aligned", make_data_unaligned, ROS_EFORMAT, "64-byte" },
	{ "data past the end", make_data_past_end, ROS_EFORMAT, "data_offset" },
	{ "offset wraps", make_offset_wraps, ROS_EFORMAT, "past 2^63" },
	{ "offset not aligned", make_offset_unaligned, ROS_EFORMAT, "64-byte" },
	{ "overlap", make_overlap, ROS_EFORMAT, "overlap" },
	{ "size too small", make_size_short, ROS_EFORMAT, "need 84" },
	{ "size 2^64-1", make_size_max, ROS_EFORMAT, "need 84" },
	{ "dimensions wrap", make_dim_wraps, ROS_EFORMAT, "64-bit" },
	{ "type 31", make_type_31, ROS_EUNSUPPORTED, "type number 31" },
	{ "type 2 of neither size", make_type_2, ROS_EUNSUPPORTED, "type number 2" },
	{ "nine dimensions", make_ndim_9, ROS_EFORMAT, "9 dimensions" },
	{ "not sorted", make_unsorted, ROS_EFORMAT, "not sorted" },
	{ "name twice", make_twice, ROS_EFORMAT, "twice" },
	{ "NUL in a name", make_nul_name, ROS_EFORMAT, "NUL" },
	{ "name not UTF-8", make_bad_utf8, ROS_EFORMAT, "UTF-8" },
	{ "name of 300 bytes", make_name_300, ROS_EFORMAT, "300 bytes" },
	{ "a hidden entry", make_count_less, ROS_EFORMAT, "not zero" },
	{ "count 0 with entries", make_count_zero, ROS_EFORMAT, "not zero" },
	{ "count 2^32-1", make_count_max, ROS_EFORMAT, "tensor_count" },
	{ "padding not zero", make_padding, ROS_OK, "apr.padding" },
	{ "BF16 under 2", make_old_bf16, ROS_OK, "apr.dtype" },
	{ "Q4_0 under 2", make_ggml_q4_0, ROS_OK, "apr.dtype" },
	{ "F64 under 3", make_f64, ROS_OK, NULL },
	{ "Q4_1 under 3", make_ggml_q4_1, ROS_OK, "apr.dtype" },
	{ "APR_Q4 under 8", make_old_q4, ROS_OK, "apr.dtype" },
	{ "APR_Q8 under 9", make_old_q8, ROS_OK, "apr.dtype" },
	{ "Q4_K in padded rows", make_q4k_rows, ROS_OK, NULL },
	{ "Q4_K flat", make_q4k_flat, ROS_EFORMAT, "need 864" },
	{ "two names, one tensor", make_tied, ROS_OK, "apr.shared" },
};

static void judge(const struct blob *o, const char *name, enum ros_code want, const char *says)
{
	struct ros_error err = { 0 };
	struct ros_model m;

	open_bytes(&m, ROS_FORMAT_APR, o->b, o->len, read_whole, NULL, &err);
	ck_assert_msg(err.code == want, "%s: %s: %s", name, ros_code_name(err.code), err.text);
	if (says && err.code)
		ck_assert_msg(strstr(err.text, says) != NULL, "%s: %s", name, err.text);
	else if (says)
		ck_assert_msg(has_warning(&m, says), "%s: no warning %s", name, says);
	else
		ck_assert_msg(!m.warning_count, "%s: %s", name, m.warning_count ? m.warnings[0].text.ptr : "");
	ros_model_release(&m);
}

START_TEST(reader_rule)
{
	struct blob o = { 0 };

	rows[_i].make(&o);
	judge(&o, rows[_i].name, rows[_i].want, rows[_i].says);
	blob_free(&o);
}
END_TEST

#define M "\"model_type\":\"t\""
static const struct { const char *json; enum ros_code want; const char *says; } metas[] = {
	{ "{" M "}", ROS_OK, NULL },
	{ "{}", ROS_OK, "apr.model-type" },
	{ "[]", ROS_EFORMAT, "object" },
	{ "{" M "} ", ROS_OK, NULL },
	{ "{" M ",}", ROS_EFORMAT, "JSON" },
	{ "{" M "}{}", ROS_EFORMAT, "JSON" },
	{ "{" M ",\"x\":1,\"x\":1}", ROS_EFORMAT, "twice" },
	{ "{\"model_type\":null}", ROS_EFORMAT, "model_type" },
	{ "{" M ",\"param_count\":-1}", ROS_EFORMAT, "param_count" },
	{ "{" M ",\"param_count\":8.0}", ROS_EFORMAT, "param_count" },
	{ "{" M ",\"param_count\":18446744073709551616}", ROS_EFORMAT, "param_count" },
	{ "{" M ",\"param_count\":18446744073709551615}", ROS_OK, NULL },
	{ "{" M ",\"hidden_size\":\"8\"}", ROS_EFORMAT, "hidden_size" },
	{ "{" M ",\"hidden_size\":null}", ROS_OK, "apr.null" },
	{ "{" M ",\"license\":null}", ROS_OK, NULL },
	{ "{" M ",\"rope_type\":4294967296}", ROS_EFORMAT, "rope_type" },
	{ "{" M ",\"rope_theta\":1e39}", ROS_EFORMAT, "rope_theta" },
	{ "{" M ",\"rope_theta\":1000000}", ROS_OK, NULL },
	{ "{" M ",\"quantization\":{\"quant_type\":\"q\"}}", ROS_EFORMAT, "quantization" },
	{ "{" M ",\"quantization\":{\"quant_type\":\"q\",\"bits\":4,\"symmetric\":true}}", ROS_OK, NULL },
	{ "{" M ",\"num_layers\":2,\"n_layer\":2}", ROS_OK, "apr.alias" },
	{ "{" M ",\"num_layers\":2,\"n_layer\":3}", ROS_EFORMAT, "one field" },
	{ "{" M ",\"n_layers\":null,\"num_hidden_layers\":2,\"n_layer\":3}", ROS_EFORMAT, "one field" },
	{ "{" M ",\"num_layers\":null,\"n_layer\":3}", ROS_OK, "apr.alias" },
	{ "{" M ",\"rms_norm_eps\":1e-5,\"norm_eps\":0.00001}", ROS_OK, "apr.alias" },
	{ "{" M ",\"name\":\"a\\u0000b\"}", ROS_OK, "apr.nul" },
};

START_TEST(metadata_rule)
{
	struct blob o = { 0 };

	build(&o, metas[_i].json, ROS_APR_ROW_MAJOR, three, 3);
	judge(&o, metas[_i].json, metas[_i].want, metas[_i].says);
	blob_free(&o);
}
END_TEST

START_TEST(every_prefix_is_refused)
{
	struct blob o = { 0 };

	base(&o);
	for (size_t len = 0; len < o.len; len++) {
		struct ros_error err = { 0 };
		struct ros_model m;

		open_bytes(&m, ROS_FORMAT_APR, o.b, len, read_whole, NULL, &err);
		ck_assert_msg(!err.code == (len == o.len - 4), "%zu of %zu bytes: %s", len, o.len, err.text);
		ck_assert_msg(!err.code || strstr(err.text, "cut short"), "%zu of %zu bytes: %s", len, o.len, err.text);
		ros_model_release(&m);
	}
	blob_free(&o);
}
END_TEST

static void lay_out(const struct ros_model *m, struct blob *o)
{
	struct ros_error err = { 0 };
	struct ros_arena arena;
	struct ros_output out = { .arena = &arena };

	ros_arena_init(&arena, 0);
	ros_apr_lay_out(m, NULL, &out, &err);
	ck_assert_msg(!err.code, "%s", err.text);
	assemble(m, &out.files[0], o);
	blob_u32(o, ros_crc32(0, o->b, o->len));
	ros_arena_release(&arena);
}

/* The reference writer's own golden file: 516 bytes, SHA-256 047642c8... */
START_TEST(known_answer)
{
	static const float weights[8] = { 1, 2, 0.5f, -0.5f, 4, -2, 0.25f, 8 }, bias[1] = { 0.125f };
	static const char json[] = "{\"model_type\":\"linear_regression\",\"name\":\"golden-v2\",\"license\":null,\"data_source\":null,"
		"\"data_license\":null,\"version\":\"0.0.0-golden\",\"created_at\":\"1700000000\",\"total_size\":0,\"param_count\":8}";
	char hex[2 * ROS_DIGEST_MAX + 1];
	struct ros_error err = { 0 };
	struct ros_digest d;
	struct blob o = { 0 };
	struct ros_model m;

	ros_model_init(&m, ROS_FORMAT_APR);
	ros_model_alloc_tensors(&m, 2, &err);
	m.tensors[0] = (struct ros_tensor){ .name = ROS_STR("weights"), .dtype = ROS_F32, .ndim = 1, .dim = { 8 },
		.data = { (const uint8_t *)weights, sizeof weights } };
	m.tensors[1] = (struct ros_tensor){ .name = ROS_STR("bias"), .dtype = ROS_F32, .ndim = 1, .dim = { 1 },
		.data = { (const uint8_t *)bias, sizeof bias } };
	ros_meta_add(&m.meta, ROS_STR(ROS_APR_META_KEY), ros_meta_str(ros_str_of(json)), &err);
	lay_out(&m, &o);
	ck_assert_uint_eq(o.len, 516);
	ck_assert_uint_eq(ros_le32(o.b + 40), 0x3bc08c02);
	ck_assert_uint_eq(ros_le32(o.b + 512), 0x550f3f35);
	d = ros_digest_of(ROS_SHA256, o.b, o.len);
	ros_digest_hex(&d, hex);
	ck_assert_str_eq(hex, "047642c8a09f5807466374928c28e370855ddb96f527d4445ee359a591594c2c");
	ros_model_release(&m);
	blob_free(&o);
}
END_TEST

/* What was read is written back byte for byte, flags of ours included. */
START_TEST(written_back_it_is_the_same)
{
	static const struct { const char *meta; uint16_t flags; struct spec t; } cases[] = {
		{ META, ROS_APR_ROW_MAJOR, { "w", 0, 1, { 5 }, 20 } },
		{ META, ROS_APR_ROW_MAJOR | ROS_APR_QUANTIZED, { "w", 12, 2, { 3, 300 }, 864 } },
		{ META, ROS_APR_ROW_MAJOR | ROS_APR_QUANTIZED, { "w", 129, 2, { 3, 33 }, 103 } },
		{ "{" M ",\"tokenizer.vocabulary\":[\"a\"]}", ROS_APR_ROW_MAJOR | ROS_APR_HAS_VOCAB, { "w", 30, 0, { 0 }, 2 } },
	};
	struct blob o = { 0 }, again = { 0 };
	struct ros_error err = { 0 };
	struct ros_model m;

	build(&o, cases[_i].meta, cases[_i].flags, &cases[_i].t, 1);
	open_bytes(&m, ROS_FORMAT_APR, o.b, o.len, read_whole, NULL, &err);
	ck_assert_msg(!err.code, "%s", err.text);
	lay_out(&m, &again);
	ck_assert_uint_eq(again.len, o.len);
	ck_assert_mem_eq(again.b, o.b, o.len);
	ros_model_release(&m);
	blob_free(&o);
	blob_free(&again);
}
END_TEST

/* Opening reads no payload; the checksum over it finds damage in each of the pieces that it is made of. */
START_TEST(checksum_later)
{
	const uint64_t size = 9u << 20;
	struct spec t = { "w", 3, 1, { size / 8 }, size };
	struct ros_error err = { 0 };
	struct blob o = { 0 };
	struct ros_model m;

	build(&o, META, ROS_APR_ROW_MAJOR, &t, 1);
	if (_i)
		o.b[o.len - 4 - (size_t)(3 - _i) * (4u << 20) - 1] ^= 1;
	open_bytes(&m, ROS_FORMAT_APR, o.b, o.len, ros_apr_read, NULL, &err);
	ck_assert_msg(!err.code, "%s", err.text);
	ck_assert_int_eq(ros_checksum_check(&m, NULL, &err), _i ? ROS_EFORMAT : ROS_OK);
	ros_model_release(&m);
	blob_free(&o);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("apr");
	TCase *tc = tcase_create("apr");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, reader_rule, 0, sizeof rows / sizeof *rows);
	tcase_add_loop_test(tc, metadata_rule, 0, sizeof metas / sizeof *metas);
	tcase_add_test(tc, every_prefix_is_refused);
	tcase_add_test(tc, known_answer);
	tcase_add_loop_test(tc, written_back_it_is_the_same, 0, 4);
	tcase_add_loop_test(tc, checksum_later, 0, 4);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
