/* Blocks of many kinds, made here and read by the library, made by the library and read here; damage is an error, never a crash. */
#include "formats/lz4_block.h"
#include "tests/unit/blob.h"

#include <check.h>
#include <lz4.h>

#define PIECE ((size_t)4 << 20)         /* of the encoder: where pieces meet, sequences are joined */

static bool gather(void *context, const uint8_t *bytes, size_t len, size_t in)
{
	(void)in;
	blob_put(context, bytes, len);
	return true;
}

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static uint8_t noise(size_t i, uint32_t *state)
{
	(void)i;
	return (uint8_t)next(state);
}

static uint8_t zeros(size_t i, uint32_t *state)
{
	(void)i, (void)state;
	return 0;
}

static uint8_t text(size_t i, uint32_t *state)
{
	(void)i;
	return (uint8_t)("etaoin shrdlu"[next(state) % 13]);
}

/* Noise, then it again and again from further back than 64 KB and from nearer. */
static uint8_t periods(size_t i, uint32_t *state)
{
	uint32_t at = (uint32_t)(i % (i / PIECE % 2 ? 65535 : 70001)) * 2654435761u;

	(void)state;
	return (uint8_t)(at >> 24);
}

/* Runs of one byte up to a length that changes: every overlap of a match. */
static uint8_t runs(size_t i, uint32_t *state)
{
	if (next(state) % (1 + i % 300) == 0)
		*state ^= (uint32_t)i;
	return (uint8_t)(i / (1 + i % 7 * 40));
}

static uint8_t (*const kinds[])(size_t, uint32_t *) = { noise, zeros, text, periods, runs };
static const size_t lengths[] = { 0, 1, 5, 12, 13, 14, 15, 269, 270, 65540, 3 * PIECE - 1, 3 * PIECE, 3 * PIECE + 1 };
#define KINDS (sizeof kinds / sizeof *kinds)
#define LENGTHS (sizeof lengths / sizeof *lengths)

static void check_inflates(const struct blob *block, const struct blob *plain)
{
	struct ros_error err = { 0 };
	struct blob back = { 0 };

	ck_assert_msg(!ros_lz4_inflate((struct ros_bytes){ block->b, block->len }, gather, &back, &err), "%s", err.text);
	ck_assert(back.len == plain->len && !memcmp(back.b, plain->b, back.len));
	blob_free(&back);
}

static void check_library_reads(const struct blob *block, const struct blob *plain)
{
	char *back = malloc(plain->len + 1);

	ck_assert_int_eq(LZ4_decompress_safe((const char *)block->b, back, (int)block->len, (int)plain->len), (int)plain->len);
	ck_assert(!memcmp(back, plain->b, plain->len));
	free(back);
}

START_TEST(both_ways)
{
	size_t kind = (size_t)_i / LENGTHS, len = lengths[(size_t)_i % LENGTHS];
	struct blob plain = { 0 }, block = { 0 };
	struct ros_error err = { 0 };
	uint32_t state = 1;

	for (size_t i = 0; i < len; i++)
		blob_u8(&plain, kinds[kind](i, &state));
	blob_put(&plain, "tail!", 5);
	for (int level = 0; level <= 9; level += 9) {
		block.len = 0;
		ros_lz4_deflate((struct ros_bytes){ plain.b, len }, (struct ros_bytes){ plain.b + len, 5 }, level, gather, &block, &err);
		ck_assert_msg(!err.code, "%s", err.text);
		check_inflates(&block, &plain);
		check_library_reads(&block, &plain);
	}
	block.len = 0;
	blob_fill(&block, (size_t)LZ4_compressBound((int)plain.len));
	block.len = (size_t)LZ4_compress_default((char *)plain.b, (char *)block.b, (int)plain.len, (int)block.len);
	check_inflates(&block, &plain);
	blob_free(&plain);
	blob_free(&block);
}
END_TEST

/* Every byte changed, every length cut: read from a block of exactly that size, for a sanitizer to see. */
START_TEST(damage)
{
	uint8_t plain[3000], packed[4000];
	uint32_t state = 7;
	int len;

	for (size_t i = 0; i < sizeof plain; i++)
		plain[i] = i % 1000 < 600 ? text(i, &state) : runs(i, &state);
	len = LZ4_compress_default((char *)plain, (char *)packed, sizeof plain, sizeof packed);
	for (int i = 0; i < 2 * len; i++) {
		int size = i < len ? i : len;
		uint8_t *copy = malloc(size ? (size_t)size : 1);
		struct ros_error err = { 0 };
		struct blob back = { 0 };

		memcpy(copy, packed, (size_t)size);
		if (i >= len)
			copy[i - len] ^= 0x55;
		ros_lz4_inflate((struct ros_bytes){ copy, (size_t)size }, gather, &back, &err);
		ck_assert_msg(err.code || back.len != sizeof plain || i >= len, "%d of %d bytes", size, len);
		blob_free(&back);
		free(copy);
	}
}
END_TEST

static bool enough(void *context, const uint8_t *bytes, size_t len, size_t in)
{
	(void)bytes, (void)in;
	*(size_t *)context += len;
	return false;
}

/* A gigabyte of zeros in 4 MB: who has enough is asked no more. */
START_TEST(stops)
{
	struct ros_error err = { 0 };
	struct blob block = { 0 };
	size_t got = 0;

	blob_put(&block, "\x1fz\1\0", 4);
	for (int i = 0; i < 4 << 20; i++)
		blob_u8(&block, 255);
	blob_put(&block, "\0\x50" "12345", 7);
	ck_assert_int_eq(ros_lz4_inflate((struct ros_bytes){ block.b, block.len }, enough, &got, &err), 0);
	ck_assert_uint_gt(got, 0);
	ck_assert_uint_lt(got, 8u << 20);
	blob_free(&block);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lz4_block");
	TCase *tc = tcase_create("lz4_block");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, both_ways, 0, (int)(KINDS * LENGTHS));
	tcase_add_test(tc, damage);
	tcase_add_test(tc, stops);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
