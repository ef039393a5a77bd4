/* Digests against published vectors; every CRC-32 path against the plain tables, all lengths and alignments. */
#include "config.h"

#include "formats/crc32.h"
#include "formats/digest.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	enum ros_digest_kind kind;
	const char *text, *hex;
} known[] = {
	{ "sha256 empty (FIPS 180-4)", ROS_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "sha256 abc (FIPS 180-4)", ROS_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "xxh3-128 empty", ROS_XXH3_128, "", "99aa06d3014798d86001c324468d497f" },
};

START_TEST(digest_is_the_published_one)
{
	struct ros_digest d = ros_digest_of(known[_i].kind, known[_i].text, strlen(known[_i].text));
	char hex[2 * ROS_DIGEST_MAX + 1];

	ros_digest_hex(&d, hex);
	ck_assert_msg(!strcmp(hex, known[_i].hex), "%s: %s", known[_i].name, hex);
}
END_TEST

START_TEST(pieces_equal_the_whole_and_finish_restarts)
{
	enum ros_digest_kind kind = (enum ros_digest_kind)_i;
	struct ros_hasher *h = ros_hasher_new(kind);
	uint8_t data[1000];
	struct ros_digest whole, pieces;

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 31 + 7);
	whole = ros_digest_of(kind, data, sizeof data);
	for (int round = 0; round < 2; round++) {
		for (size_t at = 0; at < sizeof data; at += 37)
			ros_hasher_update(h, data + at, at + 37 <= sizeof data ? 37 : sizeof data - at);
		pieces = ros_hasher_finish(h);
		ck_assert_uint_eq(pieces.len, whole.len);
		ck_assert_msg(!memcmp(pieces.byte, whole.byte, whole.len), "%s, round %d", ros_digest_name(kind), round);
	}
	ros_hasher_free(h);
}
END_TEST

START_TEST(crc_of_the_check_string)
{
	/* The "check" value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms. */
	ck_assert_uint_eq(ros_crc32(0, "123456789", 9), 0xcbf43926);
	ck_assert_uint_eq(ros_crc32(ros_crc32(0, "12345", 5), "6789", 4), 0xcbf43926);
	ck_assert_uint_eq(ros_crc32(0, NULL, 0), 0);
}
END_TEST

/* One bit at a time, straight from the polynomial. */
static uint32_t slow_crc(uint32_t crc, const uint8_t *p, size_t len)
{
	crc = ~crc;
	while (len--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

START_TEST(crc_shift_patches_a_header)
{
	static const size_t lengths[] = { 0, 1, 2, 7, 64, 4095, 70000 };
	static uint8_t data[70100];

	for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
		uint32_t before, head;

		for (size_t i = 0; i < sizeof data; i++)
			data[i] = (uint8_t)(i * 131 + k);
		before = ros_crc32(0, data, 100 + lengths[k]);
		head = ros_crc32(0, data, 100);
		memset(data + 20, 'x', 64);
		ck_assert_uint_eq(before ^ ros_crc32_shift(head ^ ros_crc32(0, data, 100), lengths[k]), ros_crc32(0, data, 100 + lengths[k]));
	}
}
END_TEST

START_TEST(crc_ways_agree)
{
	uint8_t data[1000];

	srand(1);
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)rand();
	for (size_t start = 0; start < 17; start++)
		for (size_t len = 0; start + len <= sizeof data; len++) {
			uint32_t want = slow_crc((uint32_t)len * 0x9e3779b9u, data + start, len);

			ck_assert_uint_eq(ros_crc32_tables((uint32_t)len * 0x9e3779b9u, data + start, len), want);
			ck_assert_uint_eq(ros_crc32((uint32_t)len * 0x9e3779b9u, data + start, len), want);
#ifdef ROS_BUILD_PCLMUL
			if (len % 16 == 0 && len >= 64 && ros_crc32_has_pclmul())
				ck_assert_uint_eq(ros_crc32_pclmul((uint32_t)len * 0x9e3779b9u, data + start, len), want);
#endif
#ifdef ROS_BUILD_VPCLMUL
			if (len % 16 == 0 && len >= 256 && ros_crc32_has_vpclmul())
				ck_assert_uint_eq(ros_crc32_vpclmul((uint32_t)len * 0x9e3779b9u, data + start, len), want);
#endif
		}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("digest");
	TCase *tc = tcase_create("digest");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, digest_is_the_published_one, 0, sizeof known / sizeof *known);
	tcase_add_loop_test(tc, pieces_equal_the_whole_and_finish_restarts, 0, ROS_DIGEST_COUNT);
	tcase_add_test(tc, crc_of_the_check_string);
	tcase_add_test(tc, crc_shift_patches_a_header);
	tcase_add_test(tc, crc_ways_agree);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
