#include "tests/kernels/agree.h"

#include "quant/nonfinite.h"

#include "formats/bytes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define GUARD 64        /* bytes after an output that must stay as they were */
#define MARK 0xa5

/* A small generator (PCG, O'Neill 2014): the same numbers everywhere. */
static uint32_t next(uint64_t *state)
{
	uint64_t old = *state;
	uint32_t x = (uint32_t)((old >> 18 ^ old) >> 27), turn = (uint32_t)(old >> 59);

	*state = old * 6364136223846793005u + 1442695040888963407u;
	return x >> turn | x << (-turn & 31);
}

static float uniform(uint64_t *state)
{
	return (float)(int32_t)next(state) * 0x1p-31f;
}

/* A sum of three; one statement each, since C leaves the order of operands open. */
static float bell(uint64_t *state)
{
	float sum = uniform(state);

	sum += uniform(state);
	sum += uniform(state);
	return sum;
}

/* What an encoder may meet; each fills N floats. */
static void fill_gauss(uint64_t *s, float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = bell(s) * 0.02f;
}

static void fill_bits(uint64_t *s, float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = ros_bits_f32(next(s));
}

static void fill_ties(uint64_t *s, float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = (float)((int)(next(s) % 513) - 256) * 0.5f;
}

static void fill_denormal(uint64_t *s, float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = ros_bits_f32(next(s) & 0x807fffff);
}

static void fill_bf16(uint64_t *s, float *x, size_t n)
{
	fill_gauss(s, x, n);
	for (size_t i = 0; i < n; i++)
		x[i] = ros_bits_f32(ros_f32_bits(x[i]) & 0xffff0000);
}

static void fill_corners(uint64_t *s, float *x, size_t n)
{
	static const uint32_t corner[] = { 0, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc12345, 0x7f800001,
		0x7f7fffff, 0xff7fffff, 1, 0x80000001, 0x00800000, 0x3f800000, 0xbf800000, 0x477fefff, 0x477ff000,
		0x33000000, 0x33000001, 0x387fffff, 0x7f7f8000, 0x7f7f7fff, 0x42fe0000, 0x3effffff, 0x3f000000 };

	for (size_t i = 0; i < n; i++)
		x[i] = ros_bits_f32(corner[next(s) % (sizeof corner / sizeof *corner)]);
}

static void fill_sparse(uint64_t *s, float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = next(s) % 40 ? (next(s) & 1 ? -0.0f : 0.0f) : uniform(s);
}

static void fill_constant(uint64_t *s, float *x, size_t n)
{
	float v = uniform(s);

	for (size_t i = 0; i < n; i++)
		x[i] = i % 512 < 256 ? v : i & 1 ? v : -v;
}

/* One step of the float either side of whole numbers and a half, under a scale of 1 for Q8_0: the hardest to round. */
static void fill_halves(uint64_t *s, float *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t r = next(s), bits = ros_f32_bits((float)(r % 17) + 0.5f) + (r >> 8) % 3 - 1;

		x[i] = i % 32 == 7 ? 127 : ros_bits_f32(bits | (r & 0x80000000));
	}
}

static const struct {
	const char *name;
	void (*fill)(uint64_t *, float *, size_t);
} inputs[] = {
	{ "gauss", fill_gauss },       { "ties", fill_ties },       { "denormal", fill_denormal },
	{ "bf16", fill_bf16 },         { "sparse", fill_sparse },   { "constant", fill_constant },
	{ "halves", fill_halves },     { "corners", fill_corners }, { "bits", fill_bits },
};
#define INPUTS (int)(sizeof inputs / sizeof *inputs)
#define FINITE_INPUTS 7   /* the first ones */

static const struct shape { size_t rows, blocks, extra; } shapes[] = {
	{ 1, 0, 0 }, { 1, 1, 0 }, { 3, 2, 0 }, { 2, 7, 0 }, { 1, 16, 0 }, { 1, 33, 0 },
	{ 1, 0, 1 }, { 1, 0, 7 }, { 1, 1, 15 }, { 3, 3, 5 }, { 2, 2, 31 },   /* rows that end inside a block */
};
#define SHAPES (int)(sizeof shapes / sizeof *shapes)

static const struct ros_kernels *reference(void)
{
	size_t n;

	return ros_kernels_available(&n)[0];
}

/* Columns of a shape for a type: blocks of it, and a ragged end for types that may have one. */
static size_t columns(enum ros_dtype t, const struct shape *s)
{
	size_t len = ros_dtypes[t].block_len == 1 ? 16 : ros_dtypes[t].block_len;

	return s->blocks * len + s->extra;
}

/* Where two buffers differ first; LEN where they are equal. */
static size_t first_difference(const void *a, const void *b, size_t len)
{
	size_t i = 0;

	if (!memcmp(a, b, len))
		return len;
	while (((const uint8_t *)a)[i] == ((const uint8_t *)b)[i])
		i++;
	return i;
}

/* Of blocks whose scale and offset are both NaN, which of the two a sum hands on is the compiler's choice. */
static void one_nan(enum ros_dtype t, float *y, size_t n)
{
	for (size_t i = 0; ros_dtypes[t].quantised && i < n; i++)
		if (isnan(y[i]))
			y[i] = ros_bits_f32(0x7fc00000);
}

static bool decode_agrees(const struct ros_kernels *k, enum ros_dtype t, const struct shape *s, uint64_t seed, char *text)
{
	size_t cols = columns(t, s), n = s->rows * cols, len = s->rows * ros_row_bytes(t, cols), at;
	uint8_t *src = malloc(len + 1);
	float *want = malloc(n * 4 + GUARD), *got = malloc(n * 4 + GUARD);

	for (size_t i = 0; i < len; i++)
		src[i] = (uint8_t)next(&seed);
	memset(want, MARK, n * 4 + GUARD);
	memset(got, MARK, n * 4 + GUARD);
	reference()->decode[t](src, want, s->rows, cols);
	k->decode[t](src, got, s->rows, cols);
	one_nan(t, want, n);
	one_nan(t, got, n);
	at = first_difference(got, want, n * 4 + GUARD);
	if (at < n * 4 + GUARD)
		snprintf(text, AGREE_TEXT, "%s decode %s, %zu rows of %zu: element %zu of %zu: %08x, wanted %08x", k->name,
			ros_dtypes[t].name, s->rows, cols, at / 4, n, ros_f32_bits(got[at / 4]), ros_f32_bits(want[at / 4]));
	free(src), free(want), free(got);
	return at == n * 4 + GUARD;
}

bool agree_decode(const struct ros_kernels *k, enum ros_dtype t, char *text)
{
	for (int s = 0; s < SHAPES; s++)
		for (uint64_t seed = 1; seed <= 20; seed++)
			if (!decode_agrees(k, t, &shapes[s], seed, text))
				return false;
	return true;
}

static bool encode_agrees(const struct ros_kernels *k, enum ros_dtype t, const struct shape *s, int input, bool weighted,
	char *text)
{
	uint64_t seed = (uint64_t)input * 77 + s->blocks;
	size_t cols = columns(t, s), n = s->rows * cols, len = s->rows * ros_row_bytes(t, cols), at;
	float *x = malloc(n * 4 + 4), *w = malloc(cols * 4 + 4);
	uint8_t *want = malloc(len + GUARD), *got = malloc(len + GUARD);

	inputs[input].fill(&seed, x, n);
	for (size_t i = 0; i < cols; i++)
		w[i] = fabsf(uniform(&seed)) + 0.01f;
	memset(want, MARK, len + GUARD);
	memset(got, MARK, len + GUARD);
	reference()->encode[t](x, want, s->rows, cols, weighted ? w : NULL);
	k->encode[t](x, got, s->rows, cols, weighted ? w : NULL);
	at = first_difference(got, want, len + GUARD);
	if (at < len + GUARD)
		snprintf(text, AGREE_TEXT, "%s encode %s%s of %s, %zu rows of %zu: byte %zu of %zu: %02x, wanted %02x", k->name,
			ros_dtypes[t].name, weighted ? " weighted" : "", inputs[input].name, s->rows, cols, at, len, got[at], want[at]);
	free(x), free(w), free(want), free(got);
	return at == len + GUARD;
}

bool agree_encode(const struct ros_kernels *k, enum ros_dtype t, char *text)
{
	for (int s = 0; s < SHAPES; s++)
		for (int input = 0; input < INPUTS; input++) {
			if (!ros_codecs[t].needs_weights && !encode_agrees(k, t, &shapes[s], input, false, text))
				return false;
			if (ros_codecs[t].uses_weights && !encode_agrees(k, t, &shapes[s], input, true, text))
				return false;
		}
	return true;
}

bool agree_scan(const struct ros_kernels *k, enum ros_dtype t, char *text)
{
	const struct ros_nonfinite *p = &ros_nonfinites[t];
	enum { N = 300 };
	uint8_t data[N * 4];

	memset(data, 0x11, sizeof data);
	for (size_t at = 0; at <= N; at++) {      /* at N: clean */
		for (unsigned i = 0; at < N && i < p->width; i++)
			data[at * p->width + i] = (uint8_t)(p->want >> 8 * i);
		for (size_t n = at; n <= N; n += n > at + 2 ? 62 : 1)
			if (k->first_nonfinite[t](data, n) != (n > at ? at : n)) {
				snprintf(text, AGREE_TEXT, "%s scan %s: %zu of %zu", k->name, ros_dtypes[t].name, at, n);
				return false;
			}
		if (at < N)
			memset(data + at * p->width, 0x11, p->width);
	}
	return true;
}

/* FNV-1a, 64 bits. */
static uint64_t fold(uint64_t h, const void *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h = (h ^ ((const uint8_t *)data)[i]) * 0x100000001b3u;
	return h;
}

#define DIGEST_ROWS 2
#define DIGEST_COLS 1024
#define FNV_START 0xcbf29ce484222325u

uint64_t agree_digest_encode(const struct ros_kernels *k, enum ros_dtype t, bool weighted)
{
	size_t n = DIGEST_ROWS * DIGEST_COLS, len = DIGEST_ROWS * ros_row_bytes(t, DIGEST_COLS);
	float *x = malloc(n * 4), w[DIGEST_COLS];
	uint8_t *out = malloc(len);
	uint64_t seed = 2026, h = FNV_START;

	for (size_t i = 0; i < DIGEST_COLS; i++)
		w[i] = fabsf(uniform(&seed)) + 0.01f;
	for (int input = 0; input < FINITE_INPUTS; input++) {
		inputs[input].fill(&seed, x, n);
		memset(out, 0, len);
		k->encode[t](x, out, DIGEST_ROWS, DIGEST_COLS, weighted ? w : NULL);
		h = fold(h, out, len);
	}
	free(x), free(out);
	return h;
}

uint64_t agree_digest_decode(const struct ros_kernels *k, enum ros_dtype t)
{
	size_t n = DIGEST_ROWS * DIGEST_COLS, len = DIGEST_ROWS * ros_row_bytes(t, DIGEST_COLS);
	float *y = malloc(n * 4);
	uint8_t *src = malloc(len);
	uint64_t seed = 11, h = FNV_START;

	for (int round = 0; round < 8; round++) {
		for (size_t i = 0; i < len; i++)
			src[i] = (uint8_t)next(&seed);
		k->decode[t](src, y, DIGEST_ROWS, DIGEST_COLS);
		for (size_t i = 0; i < n; i++)     /* which NaN comes out of inf - inf is the CPU's choice */
			h = fold(h, &(uint32_t){ isnan(y[i]) ? 0x7fc00000 : ros_f32_bits(y[i]) }, 4);
	}
	free(y), free(src);
	return h;
}

static unsigned report(bool ok, const char *text)
{
	if (!ok)
		printf("%s\n", text);
	return !ok;
}

static unsigned digest_differs(const struct ros_kernels *k, enum ros_dtype t, const char *what, uint64_t got, uint64_t want)
{
	if (got != want)
		printf("%s %s %s: digest %016" PRIx64 ", wanted %016" PRIx64 "\n", k->name, what, ros_dtypes[t].name, got, want);
	return got != want;
}

static unsigned check_digests(const struct ros_kernels *k, enum ros_dtype t, unsigned *done)
{
	const struct agree_digests *want = &agree_digests[t];
	unsigned bad = 0;

	if (k->encode[t] && !ros_codecs[t].needs_weights)
		bad += digest_differs(k, t, "encode", agree_digest_encode(k, t, false), want->encode), ++*done;
	if (k->encode[t] && ros_codecs[t].uses_weights)
		bad += digest_differs(k, t, "weighted encode", agree_digest_encode(k, t, true), want->weighted), ++*done;
	if (k->decode[t])
		bad += digest_differs(k, t, "decode", agree_digest_decode(k, t), want->decode), ++*done;
	return bad;
}

unsigned agree_all(const struct ros_kernels *k, unsigned *done)
{
	const struct ros_kernels *ref = reference();
	char text[AGREE_TEXT];
	unsigned bad = 0;

	*done = 0;
	for (int t = 0; t < ROS_DTYPE_COUNT; t++) {
		bool decodes = k->decode[t] && (k == ref || k->decode[t] != ref->decode[t]);
		bool encodes = k->encode[t] && (k == ref || k->encode[t] != ref->encode[t]);

		if (decodes && k != ref)
			bad += report(agree_decode(k, t, text), text), ++*done;
		if (encodes && k != ref)
			bad += report(agree_encode(k, t, text), text), ++*done;
		if (k->first_nonfinite[t])
			bad += report(agree_scan(k, t, text), text), ++*done;
		if (decodes || encodes)
			bad += check_digests(k, t, done);
	}
	return bad;
}
