/* Codecs against vectors that ggml itself wrote: index.json in the data folder lists, per type, the
 * encoding of one input (with and without importance), its decoding, and random blocks with theirs.
 * Every kernel set that this CPU has must give every byte. */
#include "quant/kernels.h"

#include "formats/bytes.h"

#include <check.h>
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>

static char folder[4096];
static cJSON *list;               /* index.json */
static float *input, *importance;
static size_t rows, cols;

/* The whole file NAME of the folder, *LEN bytes; NULL where there is none. free() it. */
static void *slurp(const char *name, size_t *len)
{
	char path[5000];
	FILE *f;
	void *data = NULL;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "rb");
	if (!f)
		return NULL;
	if (!fseek(f, 0, SEEK_END)) {
		*len = (size_t)ftell(f);
		data = calloc(1, *len + 1);
		rewind(f);
		if (data && fread(data, 1, *len, f) != *len)
			*len = 0;
	}
	fclose(f);
	return data;
}

static void *named(const cJSON *type, const char *key, size_t *len)
{
	const cJSON *name = cJSON_GetObjectItemCaseSensitive(type, key);
	void *data;

	if (!name)
		return NULL;
	data = slurp(name->valuestring, len);
	ck_assert_msg(data && *len, "%s: cannot read", name->valuestring);
	return data;
}

static bool load(void)
{
	const char *root = getenv("ROSETTA_TEST_DATA");
	size_t len;
	char *text;

	snprintf(folder, sizeof folder, "%s/quant-golden", root ? root : ".");
	text = slurp("index.json", &len);
	if (!text)
		return false;
	list = cJSON_ParseWithLength(text, len);
	free(text);
	ck_assert_msg(list != NULL, "index.json does not parse");
	const cJSON *in = cJSON_GetObjectItem(list, "input");

	rows = (size_t)cJSON_GetObjectItem(in, "n_rows")->valueint;
	cols = (size_t)cJSON_GetObjectItem(in, "n_per_row")->valueint;
	input = named(in, "file", &len);
	ck_assert_uint_eq(len, rows * cols * sizeof *input);
	importance = named(cJSON_GetObjectItem(list, "imatrix"), "file", &len);
	ck_assert_uint_eq(len, cols * sizeof *importance);
	return true;
}

static void unload(void)
{
	cJSON_Delete(list);
	free(input);
	free(importance);
}

static enum ros_dtype type_of(const cJSON *type)
{
	const char *name = cJSON_GetObjectItem(type, "name")->valuestring;
	enum ros_dtype t = ros_dtype_by_name((struct ros_str){ name, strlen(name) });

	ck_assert_msg(t < ROS_DTYPE_COUNT, "%s: not in the table", name);
	ck_assert_int_eq(ros_dtypes[t].gguf_id, cJSON_GetObjectItem(type, "id")->valueint);
	return t;
}

static void same(const char *what, const struct ros_kernels *k, const char *file, const uint8_t *got,
	const uint8_t *want, size_t len, size_t unit)
{
	size_t bad = 0, first = len;

	for (size_t i = 0; i < len; i += unit)
		if (memcmp(got + i, want + i, unit)) {
			first = bad++ ? first : i;
		}
	ck_assert_msg(!bad, "%s, %s: %s differs in %zu of %zu units of %zu bytes, first at byte %zu", what, k->name, file,
		bad, len / unit, unit, first);
}

/* A kernel equal to the reference's is the reference: checked once. */
static bool seen(size_t set, const struct ros_kernels *const *sets, enum ros_dtype t, bool encode)
{
	return set && (encode ? sets[set]->encode[t] == sets[set - 1]->encode[t] : sets[set]->decode[t] == sets[set - 1]->decode[t]);
}

static unsigned check_decode(const cJSON *type, const char *blocks, const char *floats)
{
	enum ros_dtype t = type_of(type);
	size_t n_sets, src_len = 0, want_len = 0;
	const struct ros_kernels *const *sets = ros_kernels_available(&n_sets);
	uint8_t *src = named(type, blocks, &src_len), *want = named(type, floats, &want_len);
	unsigned done = 0;

	if (src && want) {
		size_t n = src_len / ros_dtypes[t].block_bytes * ros_dtypes[t].block_len;
		float *got = malloc(n * sizeof *got);

		ck_assert_uint_eq(want_len, n * sizeof *got);
		for (size_t s = 0; s < n_sets; s++) {
			if (seen(s, sets, t, false))
				continue;
			ck_assert_msg(sets[s]->decode[t] != NULL, "%s: no decoder", ros_dtypes[t].name);
			memset(got, 0xa5, n * sizeof *got);
			sets[s]->decode[t](src, got, 1, n);
			same("decode", sets[s], cJSON_GetObjectItem(type, floats)->valuestring, (uint8_t *)got, want, want_len, 4);
			done++;
		}
		free(got);
	}
	free(src);
	free(want);
	return done;
}

static unsigned check_encode(const cJSON *type, const char *blocks, const float *weights)
{
	enum ros_dtype t = type_of(type);
	size_t n_sets, want_len = 0;
	const struct ros_kernels *const *sets = ros_kernels_available(&n_sets);
	uint8_t *want = named(type, blocks, &want_len);
	unsigned done = 0;

	if (want) {
		uint8_t *got = malloc(want_len);

		ck_assert_uint_eq(want_len, rows * ros_row_bytes(t, cols));
		for (size_t s = 0; s < n_sets; s++) {
			if (seen(s, sets, t, true))
				continue;
			ck_assert_msg(sets[s]->encode[t] != NULL, "%s: no encoder", ros_dtypes[t].name);
			memset(got, 0xa5, want_len);
			sets[s]->encode[t](input, got, rows, cols, weights);
			same("encode", sets[s], cJSON_GetObjectItem(type, blocks)->valuestring, got, want, want_len,
				ros_dtypes[t].block_bytes);
			done++;
		}
		free(got);
	}
	free(want);
	return done;
}

START_TEST(golden_vectors)
{
	const cJSON *type;
	unsigned types = 0, runs = 0;

	if (!load()) {
		printf("skipped: no quant-golden folder under ROSETTA_TEST_DATA\n");
		return;
	}
	cJSON_ArrayForEach(type, cJSON_GetObjectItem(list, "types")) {
		types++;
		runs += check_encode(type, "quantized", NULL);
		runs += check_encode(type, "quantized_imatrix", importance);
		runs += check_decode(type, "quantized", "dequantized");
		runs += check_decode(type, "quantized_imatrix", "dequantized_imatrix");
		runs += check_decode(type, "random_blocks", "random_blocks_dequantized");
	}
	printf("golden: %u types, %u comparisons\n", types, runs);
	ck_assert_uint_gt(runs, types);
	unload();
}
END_TEST

/* Every half widened, and float32 corner cases narrowed to both 16-bit types. */
START_TEST(golden_halves)
{
	size_t n_sets, len, n;
	const struct ros_kernels *const *sets = ros_kernels_available(&n_sets);

	if (!load()) {
		printf("skipped: no quant-golden folder under ROSETTA_TEST_DATA\n");
		return;
	}
	uint8_t *wide = slurp("f16_all_65536.f32", &len), *edge = slurp("f32_edge_bits.u32", &n);
	uint8_t *to_f16 = slurp("f32_edge_to_f16.u16", &len), *to_bf16 = slurp("f32_edge_to_bf16.u16", &len);
	uint8_t *all = malloc(65536 * 2), *got = malloc(65536 * 4);

	for (unsigned h = 0; h < 65536; h++)
		ros_put_le16(all + 2 * h, (uint16_t)h);
	for (size_t s = 0; s < n_sets; s++) {
		sets[s]->decode[ROS_F16](all, (float *)got, 1, 65536);
		same("decode", sets[s], "f16_all_65536.f32", got, wide, 65536 * 4, 4);
		sets[s]->encode[ROS_F16]((float *)edge, got, 1, n / 4, NULL);
		same("encode", sets[s], "f32_edge_to_f16.u16", got, to_f16, n / 2, 2);
		sets[s]->encode[ROS_BF16]((float *)edge, got, 1, n / 4, NULL);
		same("encode", sets[s], "f32_edge_to_bf16.u16", got, to_bf16, n / 2, 2);
	}
	free(all), free(got), free(wide), free(edge), free(to_f16), free(to_bf16);
	unload();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("golden");
	TCase *tc = tcase_create("vectors");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, golden_vectors);
	tcase_add_test(tc, golden_halves);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
