/* A compressed file that does not hold what was compressed gets no name: one written byte after the other is spoiled on its way. */
#include "tests/unit/apr_file.h"
#include "tests/unit/folder.h"

#include <check.h>

static uint64_t spoiled;        /* the place in the file */

static int put_spoiled(struct ros_writer *w, const void *data, size_t len)
{
	uint8_t *copy = calloc(1, len + 1);
	int code;

	if (len)
		memcpy(copy, data, len);
	if (spoiled >= w->pos && spoiled - w->pos < len)
		copy[spoiled - w->pos] ^= 0x10;
	code = ros_writer_put(w, copy, len);
	free(copy);
	return code;
}

static int compress_spoiled(const char *src, const char *dst, int kind, int level, bool force, struct ros_error *err);

#define ros_apr_compress_file compress_spoiled
#define ros_writer_put put_spoiled
#include "formats/apr_compress.c"
#undef ros_writer_put
#undef ros_apr_compress_file

/* It may be a byte that means the same all the same (zstd ignores a bit): then the file is sound. */
START_TEST(spoiled_on_its_way)
{
	struct folder f = folder_new();
	char plain[512], packed[512];
	struct ros_error err = { 0 };
	struct blob o = { 0 };
	struct ros_mapping map;
	struct ros_model m;
	size_t len, refused = 0;

	base(&o);
	blob_save(&o, f.path, "plain.apr");
	folder_path(&f, "plain.apr", plain);
	folder_path(&f, "packed.apr", packed);
	ck_assert_msg(!ros_apr_compress_file(plain, packed, _i, 0, false, &err), "%s", err.text);
	ck_assert_int_eq(ros_mapping_open(&map, packed, &err), 0);
	len = map.bytes.len;
	ros_mapping_release(&map);
	for (spoiled = 0; spoiled < len; spoiled++) {
		remove(packed);
		err = (struct ros_error){ 0 };
		compress_spoiled(plain, packed, _i, 0, false, &err);
		ck_assert_uint_eq(folder_count(&f), err.code ? 1 : 2);
		if (err.code) {
			ck_assert_msg(err.code == ROS_EFORMAT && strstr(err.text, "does not hold what was compressed"), "byte %zu: %s", (size_t)spoiled, err.text);
			refused++;
			continue;
		}
		ck_assert_msg(!ros_model_open(&m, packed, NULL, &err) && !ros_checksum_check(&m, NULL, &err), "byte %zu: %s", (size_t)spoiled, err.text);
		ros_model_release(&m);
	}
	ck_assert_uint_gt(refused, len - 8);
	folder_remove(&f);
	blob_free(&o);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("apr_press");
	TCase *tc = tcase_create("apr_press");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, spoiled_on_its_way, ROS_COMPRESS_LZ4, ROS_COMPRESS_ZSTD + 1);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
