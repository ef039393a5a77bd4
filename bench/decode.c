/* How fast tensors widen to float32 in memory, per type and kernel set, beside what memory takes. Usage:
 *
 *   bench/decode [-c] [-m MIB] [-r ROUNDS] [-j THREADS] [TYPE ...]
 *                 default: 512 MiB of floats, 9 rounds, 1 thread and then all, the types with fast decoders
 *                 -c: the CPU time of the slowest thread instead of the clock's: waiting for memory counts, waiting for a
 *                 core that another program has does not
 *
 * All figures are GB of float32 written per second. Each round runs, in turn, on the same buffers, touched beforehand,
 * and with the same threads: memset, ordinary stores and streaming stores of a constant, reading the stored bytes and
 * streaming as many floats without arithmetic, ros_decode_to_memory, and the set's decode by itself (ordinary stores).
 * A column says the median of the rounds; (in brackets) the best. Fractions are taken round by round, each against what ran
 * beside it, and their median and least are printed: another program's load then strikes both sides.
 *
 * The limit. Constants need no reading: of every 4 bytes that such a loop moves, 4 are counted. A decoder of F16 or
 * BF16 moves 6 (4 out, 2 in), of Q8_0 5.06, of Q4_K 4.56. Where memory is the bottleneck, and streamed constants fill it,
 * decoders stop at 4/6 = 67 %, 79 % and 88 % of them; "read+write" measures that limit. An ordinary store reads its line
 * first and moves 8 bytes for 4, so against those, and a memset made of them, a streaming decoder passes 100 %.
 *
 * The floats should be several times the last-level cache, all of it if the machine is shared. */
#include "bench/bandwidth.h"
#include "quant/to_memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COLS 4096
#define MOST_ROUNDS 99
#define MOST_THREADS 256
#define PAGE (2u << 20)

enum way { MEMSET, STORE, STREAM, READ_WRITE, TO_MEMORY, DECODE, WAYS };

static const struct { const char *name; bandwidth_fn *run; } ways[WAYS] = {
	[MEMSET] = { "memset", bandwidth_memset },           [STORE] = { "stores", bandwidth_store },
	[STREAM] = { "streamed", bandwidth_stream },         [READ_WRITE] = { "read+write", bandwidth_read_write },
	[TO_MEMORY] = { "to memory", NULL },                 [DECODE] = { "decode", NULL },
};

struct bench {
	size_t floats, rounds;
	unsigned threads;
	uint8_t *stored;
	float *wide;
	const struct ros_kernels *set;      /* of the job at hand */
	enum ros_dtype type;
	enum way way;
	bool over, by_cpu;
	double cpu_seconds[MOST_THREADS];   /* of each worker, the way just run */
	pthread_barrier_t barrier;
	double seconds[WAYS][MOST_ROUNDS];
};

struct worker { struct bench *bench; unsigned index; pthread_t thread; };

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Worker INDEX's share of the rows. */
static void run_share(const struct bench *b, unsigned index)
{
	const struct ros_dtype_info *d = &ros_dtypes[b->type];
	size_t all = b->floats / COLS, row = all * index / b->threads, rows = all * (index + 1) / b->threads - row;
	const uint8_t *src = b->stored + row * ros_row_bytes(b->type, COLS);
	float *dst = b->wide + row * COLS;

	if (b->way == TO_MEMORY)
		ros_decode_to_memory(b->set, b->type, src, dst, rows, COLS);
	else if (b->way == DECODE)
		b->set->decode[b->type](src, dst, rows, COLS);
	else
		ways[b->way].run(src, dst, rows * COLS, d->block_bytes * 16 / d->block_len);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (;;) {
		double start;

		pthread_barrier_wait(&w->bench->barrier);
		if (w->bench->over)
			return NULL;
		start = now(CLOCK_THREAD_CPUTIME_ID);
		run_share(w->bench, w->index);
		w->bench->cpu_seconds[w->index] = now(CLOCK_THREAD_CPUTIME_ID) - start;
		pthread_barrier_wait(&w->bench->barrier);
	}
}

static double once(struct bench *b)
{
	double start = now(CLOCK_MONOTONIC), most = 0;

	pthread_barrier_wait(&b->barrier);
	pthread_barrier_wait(&b->barrier);
	for (unsigned i = 0; i < b->threads; i++)
		most = b->cpu_seconds[i] > most ? b->cpu_seconds[i] : most;
	return b->by_cpu ? most : now(CLOCK_MONOTONIC) - start;
}

static void run_rounds(struct bench *b)
{
	for (size_t r = 0; r < b->rounds; r++)
		for (b->way = 0; b->way < WAYS; b->way++)
			b->seconds[b->way][r] = once(b);
}

static int ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sorted in place: the median; the least and the greatest stand at the ends. */
static double median(double *v, size_t n)
{
	qsort(v, n, sizeof *v, ascending);
	return v[n / 2];
}

/* Percent of WAY's speed that ros_decode_to_memory reached, median and least of the rounds. */
static double fraction(const struct bench *b, enum way way, double *least)
{
	double f[MOST_ROUNDS], middle;

	for (size_t r = 0; r < b->rounds; r++)
		f[r] = 100 * b->seconds[way][r] / b->seconds[TO_MEMORY][r];
	middle = median(f, b->rounds);
	*least = f[0];
	return middle;
}

static void print_titles(const struct bench *b)
{
	printf("\n%zu MiB of float32, %u thread%s, %zu rounds, %s; GB/s, median (best)\n%-15s", b->floats >> 18, b->threads,
		b->threads > 1 ? "s" : "", b->rounds, b->by_cpu ? "CPU time" : "wall time", "");
	for (int w = 0; w < WAYS; w++)
		printf(" %13s", ways[w].name);
	printf("   to memory, of: memset   stores  streamed (least)  read+write\n");
}

static void report(struct bench *b)
{
	double least, of[WAYS], sorted[MOST_ROUNDS], gb = (double)b->floats * 4e-9;

	run_rounds(b);
	printf("%-7s %-7s", ros_dtypes[b->type].name, b->set->name);
	for (int w = 0; w < WAYS; w++) {
		memcpy(sorted, b->seconds[w], sizeof sorted);
		double middle = median(sorted, b->rounds);

		printf("  %5.2f (%5.2f)", gb / middle, gb / sorted[0]);
	}
	for (int w = 0; w < TO_MEMORY; w++)
		if (w != STREAM)
			of[w] = fraction(b, w, &least);
	of[STREAM] = fraction(b, STREAM, &least);
	printf("  %19.0f %% %6.0f %% %7.0f %% (%3.0f) %9.0f %%\n", of[MEMSET], of[STORE], of[STREAM], least, of[READ_WRITE]);
	fflush(stdout);
}

/* Blocks as of a trained layer: a sum of uniforms of small variance, encoded once and repeated. Types that cannot be
 * encoded without importance keep what was there. */
static void fill_stored(const struct bench *b, const struct ros_kernels *best)
{
	size_t rows = b->floats / COLS < 64 ? b->floats / COLS : 64, len = rows * ros_row_bytes(b->type, COLS);
	size_t all = b->floats / COLS * ros_row_bytes(b->type, COLS);
	uint32_t s = 1;

	for (size_t i = 0; i < rows * COLS; i++) {
		s = s * 1664525 + 1013904223;
		b->wide[i] = ((float)(s >> 8 & 0xff) + (float)(s >> 16 & 0xff) + (float)(s >> 24) - 382.5f) * 1e-4f;
	}
	if (!best->encode[b->type] || ros_codecs[b->type].needs_weights)
		return;
	best->encode[b->type](b->wide, b->stored, rows, COLS, NULL);
	for (size_t at = len; at < all; at += len)
		memcpy(b->stored + at, b->stored, all - at < len ? all - at : len);
}

static void bench_type(struct bench *b, enum ros_dtype type)
{
	size_t n;
	const struct ros_kernels *const *sets = ros_kernels_available(&n);

	b->type = type;
	fill_stored(b, sets[n - 1]);
	for (size_t s = 1; s < n; s++)
		if (sets[s]->decode[type]) {
			b->set = sets[s];
			report(b);
		}
}

static void bench_all(struct bench *b, unsigned threads, const enum ros_dtype *types, size_t n)
{
	struct worker w[MOST_THREADS];

	b->threads = threads;
	b->over = false;
	pthread_barrier_init(&b->barrier, NULL, threads + 1);
	for (unsigned i = 0; i < threads; i++) {
		w[i] = (struct worker){ .bench = b, .index = i };
		if (pthread_create(&w[i].thread, NULL, work, &w[i]))
			exit(2);
	}
	print_titles(b);
	for (size_t i = 0; i < n; i++)
		bench_type(b, types[i]);
	b->over = true;
	pthread_barrier_wait(&b->barrier);
	for (unsigned i = 0; i < threads; i++)
		pthread_join(w[i].thread, NULL);
	pthread_barrier_destroy(&b->barrier);
}

static void *touched(size_t len)
{
	void *p = aligned_alloc(PAGE, (len + PAGE - 1) / PAGE * PAGE);

	return p ? memset(p, 0x11, len) : NULL;
}

int main(int argc, char **argv)
{
	static const enum ros_dtype usual[] = { ROS_F32, ROS_F16, ROS_BF16, ROS_Q8_0, ROS_Q4_0, ROS_Q2_K, ROS_Q3_K, ROS_Q4_K, ROS_Q5_K, ROS_Q6_K };
	static struct bench b = { .floats = 512u << 18, .rounds = 9 };
	enum ros_dtype types[ROS_DTYPE_COUNT];
	size_t n = 0, widest = 0;
	long all = sysconf(_SC_NPROCESSORS_ONLN), threads = 0;

	for (int opt; (opt = getopt(argc, argv, "cm:r:j:")) != -1;)
		if (opt == 'c')
			b.by_cpu = true;
		else if (opt == 'm')
			b.floats = strtoul(optarg, NULL, 10) << 18;
		else if (opt == 'r')
			b.rounds = strtoul(optarg, NULL, 10);
		else if (opt == 'j')
			threads = strtol(optarg, NULL, 10);
		else
			return 2;
	for (; optind < argc && n < ROS_DTYPE_COUNT; optind++, n++) {
		types[n] = ros_dtype_by_name((struct ros_str){ argv[optind], strlen(argv[optind]) });
		if (types[n] == ROS_DTYPE_COUNT || !ros_codecs[types[n]].decode || ros_codecs[types[n]].whole_tensor)
			return fprintf(stderr, "decode: %s has no decoder by rows\n", argv[optind]), 2;
	}
	if (!n)
		memcpy(types, usual, sizeof usual), n = sizeof usual / sizeof *usual;
	for (size_t i = 0; i < n; i++)
		widest = ros_row_bytes(types[i], COLS) > widest ? ros_row_bytes(types[i], COLS) : widest;
	if (!b.rounds || b.rounds > MOST_ROUNDS || !b.floats || threads < 0 || threads > MOST_THREADS)
		return fprintf(stderr, "usage: decode [-c] [-m MIB] [-r ROUNDS] [-j THREADS] [TYPE ...]\n"), 2;
	b.wide = touched(b.floats * 4);
	b.stored = touched(b.floats / COLS * widest + 64);
	if (!b.wide || !b.stored)
		return 2;
	bench_all(&b, threads ? (unsigned)threads : 1, types, n);
	if (!threads && all > 1)
		bench_all(&b, all < MOST_THREADS ? (unsigned)all : MOST_THREADS, types, n);
	free(b.wide);
	free(b.stored);
	return 0;
}
