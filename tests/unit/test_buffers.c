/* Buffers of a SafeTensors origin: what rosetta.json may say of them, and what comes back. */
#include "contracts/buffers.h"

#include "contracts/contract.h"

#include <check.h>
#include <string.h>

#define HEAD "[{\"name\":\"m\",\"dtype\":"
#define MASK HEAD "\"U8\",\"shape\":[1,3,3],\"make\":\"causal_mask\"}"
#define BIG HEAD "\"F32\",\"shape\":[4096,4096],\"make\":\"causal_mask\"}"

static const struct { const char *name, *list; enum ros_code code; size_t count, len; const char *bytes; } rows[] = {
	{ "none", "null", ROS_OK, 0, 0, NULL },
	{ "no list", "{}", ROS_OK, 0, 0, NULL },
	{ "a mask of bytes", MASK "]", ROS_OK, 1, 9, "\1\0\0\1\1\0\1\1\1" },
	{ "two heads", HEAD "\"BOOL\",\"shape\":[2,2,2],\"make\":\"causal_mask\"}]", ROS_OK, 1, 8, "\1\0\1\1\1\0\1\1" },
	{ "a mask of halves", HEAD "\"F16\",\"shape\":[2,2],\"make\":\"causal_mask\"}]", ROS_OK, 1, 8, "\0\x3c\0\0\0\x3c\0\x3c" },
	{ "a mask of brain floats", HEAD "\"BF16\",\"shape\":[1,1],\"make\":\"causal_mask\"}]", ROS_OK, 1, 2, "\x80\x3f" },
	{ "the same again", MASK ",{\"name\":\"n\",\"dtype\":\"U8\",\"shape\":[9],\"like\":\"m\"}]", ROS_OK, 2, 9, "\1\0\0\1\1\0\1\1\1" },
	{ "a scalar", HEAD "\"F32\",\"shape\":[],\"base64\":\"AEAcxg==\"}]", ROS_OK, 1, 4, "\0\x40\x1c\xc6" },
	{ "dropped", HEAD "\"F32\",\"shape\":[70000],\"dropped\":true}]", ROS_OK, 1, 280000, NULL },
	{ "no name", "[{\"dtype\":\"U8\",\"shape\":[],\"base64\":\"AA==\"}]", ROS_EFORMAT, 0, 0, NULL },
	{ "a name with NUL", "[{\"name\":\"a\\u0000\",\"dtype\":\"U8\",\"shape\":[],\"base64\":\"AA==\"}]", ROS_EFORMAT, 0, 0, NULL },
	{ "no type", "[{\"name\":\"m\",\"shape\":[],\"base64\":\"AA==\"}]", ROS_EFORMAT, 0, 0, NULL },
	{ "a block type", HEAD "\"Q8_0\",\"shape\":[32],\"dropped\":true}]", ROS_EFORMAT, 0, 0, NULL },
	{ "no shape", HEAD "\"U8\",\"base64\":\"AA==\"}]", ROS_EFORMAT, 0, 0, NULL },
	{ "nine dimensions", HEAD "\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"base64\":\"AA==\"}]", ROS_EFORMAT, 0, 0, NULL },
	{ "a negative dimension", HEAD "\"U8\",\"shape\":[-1],\"dropped\":true}]", ROS_EFORMAT, 0, 0, NULL },
	{ "a size that overflows", HEAD "\"F32\",\"shape\":[4294967296,4294967296],\"make\":\"causal_mask\"}]", ROS_EFORMAT, 0, 0, NULL },
	{ "a mask that is not square", HEAD "\"U8\",\"shape\":[3,2],\"make\":\"causal_mask\"}]", ROS_EFORMAT, 0, 0, NULL },
	{ "a mask of integers", HEAD "\"I64\",\"shape\":[2,2],\"make\":\"causal_mask\"}]", ROS_EFORMAT, 0, 0, NULL },
	{ "a mask of no elements", HEAD "\"U8\",\"shape\":[0,0],\"make\":\"causal_mask\"}]", ROS_EFORMAT, 0, 0, NULL },
	{ "a mask over the cap", HEAD "\"U8\",\"shape\":[65536,65536],\"make\":\"causal_mask\"}]", ROS_EFORMAT, 0, 0, NULL },
	{ "masks over the cap together", BIG ",{\"name\":\"n\",\"dtype\":\"U8\",\"shape\":[1,1],\"make\":\"causal_mask\"}]", ROS_ELIMIT, 0, 0, NULL },
	{ "another recipe", HEAD "\"U8\",\"shape\":[2,2],\"make\":\"soup\"}]", ROS_EFORMAT, 0, 0, NULL },
	{ "no recipe", HEAD "\"U8\",\"shape\":[2,2]}]", ROS_EFORMAT, 0, 0, NULL },
	{ "bytes missing", HEAD "\"F32\",\"shape\":[2],\"base64\":\"AEAcxg==\"}]", ROS_EFORMAT, 0, 0, NULL },
	{ "no base64", HEAD "\"F32\",\"shape\":[],\"base64\":\"*\"}]", ROS_EFORMAT, 0, 0, NULL },
	{ "like nothing", HEAD "\"U8\",\"shape\":[9],\"like\":\"x\"}]", ROS_EFORMAT, 0, 0, NULL },
	{ "like what comes later", HEAD "\"U8\",\"shape\":[1],\"like\":\"n\"},{\"name\":\"n\",\"dtype\":\"U8\",\"shape\":[],\"base64\":\"AA==\"}]", ROS_EFORMAT, 0, 0, NULL },
	{ "like another size", MASK ",{\"name\":\"n\",\"dtype\":\"U8\",\"shape\":[8],\"like\":\"m\"}]", ROS_EFORMAT, 0, 0, NULL },
};

START_TEST(reading)
{
	struct ros_arena arena;
	struct ros_error err = { 0 };
	struct ros_tensor *t;
	size_t count;

	ros_arena_init(&arena, 0);
	ros_buffers_read(ros_json_parse(ros_str_of(rows[_i].list), &arena, &err), &arena, &t, &count, &err);
	ck_assert_msg(err.code == rows[_i].code, "%s: code %d: %s", rows[_i].name, err.code, err.text);
	if (!err.code) {
		ck_assert_msg(count == rows[_i].count, "%s: %zu buffers", rows[_i].name, count);
		for (size_t i = 0; i < count; i++) {
			ck_assert_msg(t[i].data.len == rows[_i].len && !t[i].data.ptr == !rows[_i].bytes, "%s: %zu bytes", rows[_i].name, t[i].data.len);
			ck_assert_msg(!rows[_i].bytes || !memcmp(t[i].data.ptr, rows[_i].bytes, rows[_i].len), "%s: other bytes", rows[_i].name);
		}
	}
	ros_arena_release(&arena);
}
END_TEST

static uint8_t mask[9] = { 1, 0, 0, 1, 1, 0, 1, 1, 1 }, banded[9] = { 1, 0, 0, 1, 1, 0, 0, 1, 1 }, big[ROS_BUFFER_CARRIED + 1];

/* Payloads and how rosetta.json tells them. */
static const struct { const char *name; uint64_t n; uint8_t *data; const char *tells; } told[] = {
	{ "a mask", 3, mask, "\"make\":\"causal_mask\"" },
	{ "a band", 3, banded, "\"base64\":\"" },
	{ "too large", 0, big, "\"dropped\":true" },
};

/* Two equal buffers of row ROW and a weight, as a model whose contract knows the buffers. */
START_TEST(there_and_back)
{
	struct ros_layout_tensor buffer = { .presence = ROS_DERIVABLE }, weight = { .presence = ROS_REQUIRED };
	const struct ros_layout_tensor *is[] = { &buffer, &weight, &buffer };
	uint64_t n = told[_i].n, len = n ? n * n : sizeof big;
	struct ros_tensor t[3] = { { .name = ROS_STR("a"), .dtype = ROS_U8, .ndim = n ? 2 : 1, .dim = { n ? n : len, n }, .data = { told[_i].data, len } } };
	struct ros_model m = { .tensors = t, .tensor_count = 3 };
	struct ros_binding b = { .model = &m, .is = is };
	struct ros_error err = { 0 };
	struct ros_json_out o;
	struct ros_arena arena;
	struct ros_tensor *back;
	size_t count;

	t[1] = t[2] = t[0];
	t[1].name = ROS_STR("w");
	t[2].name = ROS_STR("b");
	ros_arena_init(&arena, 0);
	ros_json_out_init(&o, 0);
	ros_json_open_object(&o, NULL);
	ros_buffers_put(&o, &b, &arena, &err);
	ros_json_close_object(&o);
	ck_assert_msg(strstr(o.text, told[_i].tells) && strstr(o.text, "\"like\":\"a\""), "%s: %s", told[_i].name, o.text);
	ros_buffers_read(ros_json_get(ros_json_parse((struct ros_str){ o.text, o.len }, &arena, &err), "buffers"), &arena, &back, &count, &err);
	ck_assert_msg(!err.code && count == 2, "%s: %s", told[_i].name, err.text);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_msg(ros_str_equal(back[i].name, t[2 * i].name) && back[i].ndim == t[0].ndim && back[i].dim[0] == t[0].dim[0]
			      && back[i].data.len == len, "%s: another tensor", told[_i].name);
		ck_assert_msg(!n ? !back[i].data.ptr : !memcmp(back[i].data.ptr, told[_i].data, len), "%s: other bytes", told[_i].name);
	}
	ros_json_out_release(&o);
	ros_arena_release(&arena);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("buffers");
	TCase *tc = tcase_create("buffers");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, reading, 0, sizeof rows / sizeof *rows);
	tcase_add_loop_test(tc, there_and_back, 0, sizeof told / sizeof *told);
	suite_add_tcase(s, tc);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
