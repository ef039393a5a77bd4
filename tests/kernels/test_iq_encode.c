/* The grid encoders against blocks that ggml made of the same floats, with and without an importance
 * matrix, and every kernel set against the reference. */
#include "quant/kernels.h"
#include "quant/lattice.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 16
#define COLS 1024
#define MAX_BYTES (ROWS * COLS / 256 * 110)

static const struct {
	const char *name;
	enum ros_dtype type;
	bool weighted;
} rows[] = {
	{ "iq2_xxs.imat", ROS_IQ2_XXS, true }, { "iq2_xs.imat", ROS_IQ2_XS, true },
	{ "iq2_s", ROS_IQ2_S, false },         { "iq2_s.imat", ROS_IQ2_S, true },
	{ "iq3_xxs", ROS_IQ3_XXS, false },     { "iq3_xxs.imat", ROS_IQ3_XXS, true },
	{ "iq3_s", ROS_IQ3_S, false },         { "iq3_s.imat", ROS_IQ3_S, true },
	{ "iq1_s.imat", ROS_IQ1_S, true },
	{ "iq1_m", ROS_IQ1_M, false },         { "iq1_m.imat", ROS_IQ1_M, true },
};
#define ROW_COUNT (int)(sizeof rows / sizeof *rows)

/* A golden file's bytes into BUF; 0 where the data folder is absent. */
static size_t golden(const char *name, void *buf, size_t room)
{
	const char *data = getenv("ROSETTA_TEST_DATA");
	char path[512];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/quant-golden/%s", data ? data : "", name);
	f = data ? fopen(path, "rb") : NULL;
	if (!f) {
		printf("skipped: no %s\n", path);
		return 0;
	}
	n = fread(buf, 1, room, f);
	fclose(f);
	return n;
}

static bool inputs(float *x, float *w)
{
	return golden("input.f32", x, ROWS * COLS * sizeof *x) == ROWS * COLS * sizeof *x
		&& golden("imatrix.f32", w, COLS * sizeof *w) == COLS * sizeof *w;
}

START_TEST(equals_ggml)
{
	static float x[ROWS * COLS], w[COLS];
	static uint8_t want[MAX_BYTES], got[MAX_BYTES];
	const struct ros_dtype_info *info = &ros_dtypes[rows[_i].type];
	char file[64];
	size_t n;

	snprintf(file, sizeof file, "%s.q.bin", rows[_i].name);
	n = golden(file, want, sizeof want);
	if (!n || !inputs(x, w))
		return;
	ck_assert_uint_eq(n, ROWS * COLS / 256 * info->block_bytes);
	ros_codecs[rows[_i].type].encode(x, got, ROWS, COLS, rows[_i].weighted ? w : NULL);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(got[i] == want[i], "%s: block %zu (element %zu), byte %zu: %02x, ggml has %02x", rows[_i].name,
			i / info->block_bytes, i / info->block_bytes * 256, i % info->block_bytes, got[i], want[i]);
}
END_TEST

/* Numbers in a fixed, uneven spread: signs, sizes, zeros, exact ties. */
static void fill(float *x, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		x[i] = ldexpf((float)(int32_t)(seed >> 40) - (1 << 23), -24 - (int)(seed >> 20 & 3));
		if ((seed >> 30 & 15) == 0)
			x[i] = (float)(int)(seed >> 34 & 3) * 0.25f - 0.25f;
	}
}

START_TEST(every_kernel_set_agrees)
{
	static float x[ROWS * COLS], w[COLS];
	static uint8_t want[MAX_BYTES], got[MAX_BYTES];
	const enum ros_dtype type = rows[_i].type;
	size_t count, n = ROWS * COLS / 256 * ros_dtypes[type].block_bytes;
	const struct ros_kernels *const *sets = ros_kernels_available(&count);

	fill(x, ROWS * COLS, 1);
	fill(w, COLS, 2);
	for (size_t c = 0; c < COLS; c++)
		w[c] = fabsf(w[c]);
	x[700] = INFINITY;
	x[1800] = NAN;
	x[2900] = -INFINITY;
	for (size_t c = 3072; c < 3328; c++)
		x[c] = 1e-42f * (float)(c % 5);
	ros_codecs[type].encode(x, want, ROWS, COLS, rows[_i].weighted ? w : NULL);
	for (size_t s = 0; s < count; s++) {
		memset(got, 0xa5, n);
		sets[s]->encode[type](x, got, ROWS, COLS, rows[_i].weighted ? w : NULL);
		ck_assert_msg(!memcmp(got, want, n), "%s: kernel set %s differs", rows[_i].name, sets[s]->name);
	}
}
END_TEST

START_TEST(rows_stand_alone)
{
	static float x[ROWS * COLS], w[COLS];
	static uint8_t want[MAX_BYTES], got[MAX_BYTES];
	const enum ros_dtype type = rows[_i].type;
	size_t row = COLS / 256 * ros_dtypes[type].block_bytes;

	fill(x, ROWS * COLS, 3);
	fill(w, COLS, 4);
	for (size_t c = 0; c < COLS; c++)
		w[c] = fabsf(w[c]);
	ros_codecs[type].encode(x, want, ROWS, COLS, w);
	for (size_t r = ROWS; r-- > 0;)
		ros_codecs[type].encode(x + r * COLS, got + r * row, 1, COLS, w);
	ck_assert_msg(!memcmp(got, want, ROWS * row), "%s", rows[_i].name);
}
END_TEST

/* Every tuple of digits maps to its point or to a list of points. */
START_TEST(lattice_is_whole)
{
	const struct ros_lattice *lat = ros_lattice_get((enum ros_lattice_id)_i);
	const struct ros_grid *g = lat->grid;
	unsigned on = 0, off = 0;

	for (unsigned u = 0; u < 1u << g->digits * g->bits; u++) {
		bool valid = true;

		for (unsigned i = 0; i < g->digits && g->bits == 2; i++)
			valid &= (u >> 2 * i & 3) != 3;
		if (!valid)
			continue;
		if (lat->at[u] >= 0) {
			ck_assert_uint_eq(g->code[lat->at[u]], u);
			on++;
			continue;
		}
		ck_assert_uint_ge(lat->near[~lat->at[u]], 1);
		for (unsigned k = 1; k <= lat->near[~lat->at[u]]; k++)
			ck_assert_int_ge(lat->at[lat->near[~lat->at[u] + k]], 0);
		off++;
	}
	ck_assert_uint_eq(on, g->size);
	ck_assert_uint_eq(on + off, g->bits == 2 ? 6561 : 4096);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("iq_encode");
	TCase *tc = tcase_create("all");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, equals_ggml, 0, ROW_COUNT);
	tcase_add_loop_test(tc, every_kernel_set_agrees, 0, ROW_COUNT);
	tcase_add_loop_test(tc, rows_stand_alone, 0, ROW_COUNT);
	tcase_add_loop_test(tc, lattice_is_whole, 0, ROS_LATTICE_COUNT);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
