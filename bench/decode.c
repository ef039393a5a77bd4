/* How fast tensors widen to float32 and narrow back, per type and kernel set: bytes of float32 per
 * second, one thread, beside memset, ordinary stores and memcpy of the same size in the same run, turn
 * by turn. Usage:
 *
 *   bench/decode [-m MIB] [-r REPEATS] [TYPE ...]      default: 256 MiB of floats, best of 5, fast types
 *
 * A figure is a ratio first: write speed differs from machine to machine and from hour to hour. */
#include "quant/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct bench {
	size_t floats, cols, repeats;
	uint8_t *stored;
	float *wide;
	double memset_speed, store_speed;   /* beside the last figure */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Called through volatile pointers, so that nothing is left out as dead. */
static void *(*volatile fill)(void *, int, size_t) = memset;
static void *(*volatile copy)(void *, const void *, size_t) = memcpy;

typedef double once_fn(const struct bench *, const void *);

static double once_fill(const struct bench *b, const void *arg)
{
	double start = now();

	(void)arg;
	fill(b->wide, 0x3c, b->floats * 4);
	return now() - start;
}

/* Ordinary stores, which read each line before they own it, as the decoders' do; memset goes around that for
 * sizes beyond the caches, so it is no measure of what a decoder could reach there. */
static double once_store(const struct bench *b)
{
	double start = now();

	for (size_t i = 0; i < b->floats; i += 16)
		for (size_t k = 0; k < 16; k++)
			b->wide[i + k] = 1.5f;
	return now() - start;
}

static double once_copy(const struct bench *b, const void *arg)
{
	double start = now();

	(void)arg;
	copy(b->wide, b->stored, b->floats * 4);
	return now() - start;
}

/* The best speed of ONCE and, turn by turn with it, of memset and of ordinary stores. */
static double best_of(struct bench *b, once_fn *once, const void *arg)
{
	double best = 1e30, best_fill = 1e30, best_store = 1e30;

	for (size_t i = 0; i < b->repeats; i++) {
		double fill_time = once_fill(b, NULL), store_time = once_store(b), t = once(b, arg);

		best = t < best ? t : best;
		best_fill = fill_time < best_fill ? fill_time : best_fill;
		best_store = store_time < best_store ? store_time : best_store;
	}
	b->store_speed = (double)b->floats * 4 / best_store / 1e9;
	b->memset_speed = (double)b->floats * 4 / best_fill / 1e9;
	return (double)b->floats * 4 / best / 1e9;
}

struct job {
	const struct ros_kernels *set;
	enum ros_dtype type;
};

static double once_decode(const struct bench *b, const void *arg)
{
	const struct job *j = arg;
	double start = now();

	j->set->decode[j->type](b->stored, b->wide, b->floats / b->cols, b->cols);
	return now() - start;
}

static double once_encode(const struct bench *b, const void *arg)
{
	const struct job *j = arg;
	double start = now();

	j->set->encode[j->type](b->wide, b->stored, b->floats / b->cols, b->cols, NULL);
	return now() - start;
}

static double once_scan(const struct bench *b, const void *arg)
{
	const struct job *j = arg;
	double start = now();

	if (j->set->first_nonfinite[j->type](b->stored, b->floats) != b->floats)
		puts("not finite?");
	return now() - start;
}

/* Values like those of a trained layer: a sum of uniforms of small variance. */
static void fill_values(const struct bench *b)
{
	uint32_t s = 1;

	for (size_t i = 0; i < b->floats; i++) {
		s = s * 1664525 + 1013904223;
		b->wide[i] = ((float)(s >> 8 & 0xff) + (float)(s >> 16 & 0xff) + (float)(s >> 24) - 382.5f) * 1e-4f;
	}
}

static void report(struct bench *b, enum ros_dtype t)
{
	size_t n;
	const struct ros_kernels *const *sets = ros_kernels_available(&n);

	for (size_t s = 0; s < n; s++) {
		const struct job j = { sets[s], t };
		bool fresh_decode = !s || sets[s]->decode[t] != sets[s - 1]->decode[t];
		bool fresh_encode = !s || sets[s]->encode[t] != sets[s - 1]->encode[t];
		double speed;

		if (!sets[s]->decode[t] || (!fresh_decode && !fresh_encode))
			continue;
		printf("%-8s %-7s", ros_dtypes[t].name, sets[s]->name);
		fill_values(b);
		if (sets[s]->encode[t] && !ros_codecs[t].needs_weights) {
			double quickest = 1e30;

			for (size_t r = 0; r < (fresh_encode ? b->repeats : 1); r++) {
				double took = once_encode(b, &j);

				quickest = took < quickest ? took : quickest;
			}
			if (fresh_encode)
				printf("  encode %6.2f GB/s", (double)b->floats * 4 / quickest / 1e9);
			else
				printf("  %18s", "");
		}
		if (fresh_decode) {
			speed = best_of(b, once_decode, &j);
			printf("  decode %6.2f GB/s (%3.0f %% of memset, %3.0f %% of stores)", speed, 100 * speed / b->memset_speed,
				100 * speed / b->store_speed);
		}
		if (sets[s]->first_nonfinite[t]) {
			speed = best_of(b, once_scan, &j) * ros_dtypes[t].block_bytes / 4;
			printf("  scan %6.2f GB/s stored", speed);
		}
		putchar('\n');
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	static const char *const usual[] = { "F32", "F16", "BF16", "F8_E4M3", "Q8_0", "Q4_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K" };
	struct bench b = { .floats = 64u << 20, .cols = 4096, .repeats = 5 };
	int i = 1;

	for (; i + 1 < argc && argv[i][0] == '-'; i += 2)
		if (argv[i][1] == 'm')
			b.floats = strtoul(argv[i + 1], NULL, 10) << 18;
		else
			b.repeats = strtoul(argv[i + 1], NULL, 10);
	b.wide = malloc(b.floats * 4);
	b.stored = malloc(b.floats * 5);
	if (!b.wide || !b.stored || !b.repeats)
		return 2;
	memset(b.stored, 0x11, b.floats * 5);
	memset(b.wide, 0x11, b.floats * 4);
	printf("%zu MiB of float32: memcpy %.2f GB/s, ", b.floats >> 18, best_of(&b, once_copy, NULL));
	printf("memset %.2f GB/s, ordinary stores %.2f GB/s\n", b.memset_speed, b.store_speed);
	for (size_t u = 0; i == argc && u < sizeof usual / sizeof *usual; u++)
		report(&b, ros_dtype_by_name((struct ros_str){ usual[u], strlen(usual[u]) }));
	for (; i < argc; i++) {
		enum ros_dtype t = ros_dtype_by_name((struct ros_str){ argv[i], strlen(argv[i]) });

		if (t == ROS_DTYPE_COUNT)
			return fprintf(stderr, "%s: no such type\n", argv[i]), 2;
		report(&b, t);
	}
	free(b.wide);
	free(b.stored);
	return 0;
}
