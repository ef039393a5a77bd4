/* Compressed APR files: written and read back, damaged, too large, without room for what they inflate to. */
#include "tests/unit/apr_file.h"
#include "tests/unit/folder.h"

#include <check.h>
#include <lz4.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <zstd.h>

static const struct { int kind, level; } presses[] = {
	{ ROS_COMPRESS_LZ4, 0 }, { ROS_COMPRESS_LZ4, 9 }, { ROS_COMPRESS_ZSTD, 0 }, { ROS_COMPRESS_ZSTD, 19 },
};

static bool same_data(const struct ros_model *m, const struct blob *plain)
{
	return m->parts[0].map.bytes.len == plain->len &&
		!memcmp(m->parts[0].map.bytes.ptr + ROS_APR_HEADER, plain->b + ROS_APR_HEADER, plain->len - ROS_APR_HEADER - 4);
}

/* Compressed and opened again it is the same model. Damage anywhere in it is refused, unless the stream means
 * the same all the same (a bit that zstd ignores, another match with equal bytes). */
START_TEST(compressed)
{
	struct folder f = folder_new();
	char plain[512], packed[512];
	struct ros_error err = { 0 };
	struct blob o = { 0 };
	struct ros_mapping map;
	struct ros_model m;

	base(&o);
	blob_save(&o, f.path, "plain.apr");
	folder_path(&f, "plain.apr", plain);
	folder_path(&f, "packed.apr", packed);
	ros_apr_compress_file(plain, packed, presses[_i].kind, presses[_i].level, false, &err);
	ck_assert_msg(!err.code, "%s", err.text);
	ck_assert_int_eq(ros_model_open(&m, packed, NULL, &err), 0);
	ck_assert_uint_eq(m.warning_count, 0);
	ck_assert_uint_eq(m.tensor_count, 3);
	ck_assert(same_data(&m, &o));
	ck_assert(m.parts[0].map.image && !m.parts[0].map.heap);        /* pages of a file, whatever the size */
	ros_model_release(&m);
	ros_mapping_open(&map, packed, &err);
	for (size_t at = 0; at < map.bytes.len; at++) {
		uint8_t *bad = malloc(map.bytes.len);

		memcpy(bad, map.bytes.ptr, map.bytes.len);
		bad[at] ^= 0x10;
		open_bytes(&m, ROS_FORMAT_APR, bad, map.bytes.len, read_whole, NULL, &err);
		ck_assert_msg(err.code || same_data(&m, &o), "byte %zu of %zu", at, map.bytes.len);
		err = (struct ros_error){ 0 };
		ros_model_release(&m);
		open_bytes(&m, ROS_FORMAT_APR, map.bytes.ptr, at, read_whole, NULL, &err);
		ck_assert_msg(err.code, "%zu of %zu bytes", at, map.bytes.len);
		err = (struct ros_error){ 0 };
		ros_model_release(&m);
		free(bad);
	}
	ros_mapping_release(&map);
	folder_remove(&f);
	blob_free(&o);
}
END_TEST

/* PLAIN as a compressed file, its last EXTRA bytes zeros that no index speaks of. */
static void press(const struct blob *plain, bool lz4, size_t extra, struct blob *packed)
{
	size_t len = plain->len - ROS_APR_HEADER + extra, room = len + 1024, made;
	uint8_t *body = calloc(1, len), *out = malloc(room);
	struct ros_apr_header h = ros_apr_header_get(plain->b);
	uint8_t header[ROS_APR_HEADER];

	memcpy(body, plain->b + ROS_APR_HEADER, plain->len - ROS_APR_HEADER);
	made = lz4 ? (size_t)LZ4_compress_default((char *)body, (char *)out, (int)len, (int)room) : ZSTD_compress(out, room, body, len, 1);
	h.flags |= lz4 ? ROS_APR_LZ4 : ROS_APR_ZSTD;
	ros_apr_header_put(&h, header);
	blob_put(packed, header, sizeof header);
	if (lz4)
		blob_u32(packed, (uint32_t)len);
	blob_put(packed, out, made);
	free(body);
	free(out);
}

/* How large a compressed file becomes is what its index asks for: a tensor of zeros may be thousands of times its compressed
 * size, and what nothing asks for is refused before it is made. */
START_TEST(inflates_to_what_its_index_says)
{
	struct spec zeros = { "zeros", 0, 1, { 4u << 20 }, 16u << 20 };
	struct ros_error err = { 0 };
	struct blob plain = { 0 }, packed = { 0 };
	struct ros_model m;

	build(&plain, META, ROS_APR_ROW_MAJOR, &zeros, 1);
	memset(plain.b + plain.len - 4 - zeros.size, 0, zeros.size);
	press(&plain, _i % 2, _i < 2 ? 0 : 64u << 20, &packed);
	open_bytes(&m, ROS_FORMAT_APR, packed.b, packed.len, ros_apr_read, NULL, &err);
	if (_i < 2)
		ck_assert_msg(!err.code && m.tensors[0].data.len == zeros.size, "%s", err.text);
	else
		ck_assert_msg(err.code == ROS_EFORMAT && strstr(err.text, "bytes that its index speaks of"), "%s", err.text);
	ros_model_release(&m);
	blob_free(&plain);
	blob_free(&packed);
}
END_TEST

static const struct ros_open_options unread = { .payload_unread = true }, absent = { .header_only = true };

/* Where nobody looks at the payload no byte of it is made: a stream that ends early or goes on is then not seen. */
START_TEST(head_alone)
{
	struct spec zeros = { "zeros", 0, 1, { 4u << 20 }, 16u << 20 };
	struct ros_error err = { 0 };
	struct blob plain = { 0 }, packed = { 0 };
	struct ros_model m;

	build(&plain, META, ROS_APR_ROW_MAJOR, &zeros, 1);
	press(&plain, _i % 2, _i < 4 ? 0 : 1u << 20, &packed);
	packed.len -= _i / 2 == 1;
	open_bytes(&m, ROS_FORMAT_APR, packed.b, packed.len, ros_apr_read, _i % 4 < 2 ? &unread : &absent, &err);
	ck_assert_msg(!err.code, "%s", err.text);
	ck_assert_uint_eq(m.warning_count, 0);
	ck_assert_uint_eq(m.file_bytes, packed.len);
	ck_assert_uint_eq(m.parts[0].map.bytes.len, m.header_bytes);
	ck_assert(m.tensors[0].data.len == zeros.size && !m.tensors[0].data.ptr);
	ros_model_release(&m);
	open_bytes(&m, ROS_FORMAT_APR, packed.b, packed.len, ros_apr_read, NULL, &err);
	ck_assert_int_eq(err.code, _i < 2 ? ROS_OK : ROS_EFORMAT);
	ros_model_release(&m);
	blob_free(&plain);
	blob_free(&packed);
}
END_TEST

/* PLAIN, which has one tensor by the name "zeros", says that this is of SIZE bytes. */
static void claim(struct blob *plain, uint64_t size)
{
	uint8_t *entry = plain->b + INDEX_AT;

	ros_put_le64(entry + 9, size / 4);
	ros_put_le64(entry + 25, size);
}

/* 100 MB of zeros in a file of nothing else are a model; an index that asks for more than its file is worth is not. */
static const struct { uint64_t zeros, claimed; enum ros_code wanted; } proportions[] = {
	{ 100u << 20, 100u << 20, ROS_OK }, { 64, 300u << 20, ROS_ELIMIT }, { 64, 1ull << 41, ROS_ELIMIT }, { 64, 1ull << 43, ROS_ELIMIT },
};

START_TEST(inflates_in_proportion)
{
	const uint64_t size = proportions[_i / 2].zeros;
	struct spec zeros = { "zeros", 0, 1, { size / 4 }, size };
	enum ros_code wanted = proportions[_i / 2].wanted;
	struct ros_error err = { 0 }, head_err = { 0 };
	struct blob plain = { 0 }, packed = { 0 };
	struct ros_model m;

	build(&plain, META, ROS_APR_ROW_MAJOR, &zeros, 1);
	memset(plain.b + plain.len - 4 - size, 0, size);
	claim(&plain, proportions[_i / 2].claimed);
	press(&plain, _i % 2, 0, &packed);
	open_bytes(&m, ROS_FORMAT_APR, packed.b, packed.len, ros_apr_read, NULL, &err);
	ck_assert_msg(err.code == wanted && (!wanted || strstr(err.text, "the cap of a compressed file of")), "%s", err.text);
	ros_model_release(&m);
	open_bytes(&m, ROS_FORMAT_APR, packed.b, packed.len, ros_apr_read, &unread, &head_err);
	ck_assert_msg(head_err.code == wanted, "%s", head_err.text);
	ros_model_release(&m);
	blob_free(&plain);
	blob_free(&packed);
}
END_TEST

/* A file large enough (a hole, behind its stream) to ask for more than any disk has. */
START_TEST(no_room_is_known_before)
{
	struct folder f = folder_new();
	struct spec zeros = { "zeros", 0, 1, { 1u << 20 }, 4u << 20 };
	struct blob plain = { 0 }, packed = { 0 };
	struct ros_error err = { 0 };
	struct ros_model m;
	struct statvfs fs;
	char path[512];

	build(&plain, META, ROS_APR_ROW_MAJOR, &zeros, 1);
	claim(&plain, (4ull << 40) - (1u << 20));
	press(&plain, false, 0, &packed);
	blob_save(&packed, f.path, "large.apr");
	folder_path(&f, "large.apr", path);
	setenv("TMPDIR", f.path, 1);
	if (!truncate(path, (off_t)4 << 30) && !statvfs(f.path, &fs) && fs.f_bavail < (4ull << 40) / fs.f_frsize) {
		ros_model_open(&m, path, NULL, &err);
		ck_assert_msg(err.code == ROS_EIO && strstr(err.text, " free in '") && strstr(err.text, f.path), "%s", err.text);
		err = (struct ros_error){ 0 };
		ck_assert_msg(!ros_model_open(&m, path, &unread, &err), "%s", err.text);
		ros_model_release(&m);
	}
	folder_remove(&f);
	blob_free(&plain);
	blob_free(&packed);
}
END_TEST

/* Who compresses a finished file leaves the footer as it was, over the header without the flag. Damage is seen all the same,
 * in the data (2, 3) and in the footer (4, 5). */
START_TEST(footer_of_the_plain_file)
{
	struct ros_error err = { 0 };
	struct blob plain = { 0 }, packed = { 0 };
	struct ros_model m;

	base(&plain);
	plain.b[_i < 4 ? DATA_AT : plain.len - 1] ^= _i >= 2;
	press(&plain, _i % 2, 0, &packed);
	open_bytes(&m, ROS_FORMAT_APR, packed.b, packed.len, read_whole, NULL, &err);
	ck_assert_msg(err.code == (_i < 2 ? ROS_OK : ROS_EFORMAT), "%s", err.text);
	ck_assert_int_eq(m.warning_count, _i < 2);
	ros_model_release(&m);
	blob_free(&plain);
	blob_free(&packed);
}
END_TEST

/* The image goes into a temporary file: no folder for it and no room in it are errors, and nothing stays. */
START_TEST(no_room_for_the_image)
{
	struct folder f = folder_new();
	struct ros_error err = { 0 };
	struct blob plain = { 0 }, packed = { 0 };
	struct ros_model m;

	base(&plain);
	press(&plain, _i % 2, 0, &packed);
	if (_i < 2) {
		setenv("TMPDIR", "/nonexistent/folder", 1);
	} else {
		setenv("TMPDIR", f.path, 1);
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 200, RLIM_INFINITY });
	}
	open_bytes(&m, ROS_FORMAT_APR, packed.b, packed.len, ros_apr_read, NULL, &err);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	ck_assert_int_eq(err.code, ROS_EIO);
	ck_assert_msg(strstr(err.text, "temporary file") != NULL, "%s", err.text);
	ros_model_release(&m);
	ck_assert_uint_eq(folder_count(&f), 0);
	folder_remove(&f);
	blob_free(&plain);
	blob_free(&packed);
}
END_TEST

/* Without a footer; zeros that shrink so well that the result would be refused, by the one that makes it too. */
static const struct { int kind; uint64_t zeros; enum ros_code wanted; } refusals[] = {
	{ ROS_COMPRESS_ZSTD, 0, ROS_EUSAGE }, { ROS_COMPRESS_ZSTD, 300u << 20, ROS_ELIMIT }, { ROS_COMPRESS_LZ4, 300u << 20, ROS_OK },
};

START_TEST(compressing_refuses)
{
	const uint64_t size = refusals[_i].zeros;
	struct spec zeros = { "zeros", 0, 1, { 16 }, 64 };
	struct folder f = folder_new();
	char plain[512], packed[512];
	struct ros_error err = { 0 };
	struct blob o = { 0 };

	build(&o, META, ROS_APR_ROW_MAJOR, &zeros, 1);
	o.len -= 4;
	if (size)
		claim(&o, size);
	blob_save(&o, f.path, "plain.apr");
	folder_path(&f, "plain.apr", plain);
	folder_path(&f, "packed.apr", packed);
	ck_assert(!size || !truncate(plain, (off_t)(o.len - 64 + size + 4)));   /* a hole */
	ros_apr_compress_file(plain, packed, refusals[_i].kind, 0, false, &err);
	ck_assert_msg(err.code == refusals[_i].wanted, "%s", err.text);
	ck_assert_uint_eq(folder_count(&f), err.code ? 1 : 2);
	folder_remove(&f);
	blob_free(&o);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("apr_compressed");
	TCase *tc = tcase_create("apr_compressed");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, compressed, 0, sizeof presses / sizeof *presses);
	tcase_add_loop_test(tc, inflates_to_what_its_index_says, 0, 4);
	tcase_add_loop_test(tc, head_alone, 0, 6);
	tcase_add_loop_test(tc, inflates_in_proportion, 0, 2 * sizeof proportions / sizeof *proportions);
	tcase_add_loop_test(tc, no_room_for_the_image, 0, 4);
	tcase_add_test(tc, no_room_is_known_before);
	tcase_add_loop_test(tc, footer_of_the_plain_file, 0, 6);
	tcase_add_loop_test(tc, compressing_refuses, 0, sizeof refusals / sizeof *refusals);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
