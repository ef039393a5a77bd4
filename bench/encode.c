/* How fast each kernel set encodes: million values per second of CPU time, one thread.
 *
 *   bench/encode [-w] [-n MILLIONS] [TYPE...]      -w: with importance of the columns
 *
 * Input: Gaussian values of F16 precision, as in the weights of a language model. */
#include "quant/kernels.h"
#include "quant/half.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { COLS = 1536 };

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static float gaussian(uint64_t *state)
{
	float sum = -6;

	for (int i = 0; i < 12; i++) {
		*state = *state * 6364136223846793005 + 1442695040888963407;
		sum += (float)(*state >> 40) * 0x1p-24f;
	}
	return sum;
}

/* Best of repeated runs of at least half a second together. */
static double rate(ros_encode_fn *encode, const float *x, uint8_t *out, size_t rows, const float *w)
{
	double best = 1e9, spent = 0;

	while (spent < 0.5) {
		double start = seconds(), took;

		encode(x, out, rows, COLS, w);
		took = seconds() - start;
		spent += took;
		best = took < best ? took : best;
	}
	return (double)(rows * COLS) / best * 1e-6;
}

static void bench(enum ros_dtype type, const float *x, uint8_t *out, size_t rows, const float *w)
{
	const struct ros_kernels *const *set;
	double reference = 0;
	size_t sets;

	set = ros_kernels_available(&sets);
	printf("%-8s", ros_dtypes[type].name);
	for (size_t s = 0; s < sets; s++) {
		double r;

		if (!set[s]->encode[type])
			continue;
		r = rate(set[s]->encode[type], x, out, s ? rows : rows / 8 + 1, w);
		reference = s ? reference : r;
		printf("  %s %7.1f M/s (%4.1fx)", set[s]->name, r, r / reference);
		fflush(stdout);
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	static const enum ros_dtype all[] = { ROS_Q2_K, ROS_Q3_K, ROS_Q4_K, ROS_Q5_K, ROS_Q6_K, ROS_IQ4_NL, ROS_IQ4_XS };
	size_t rows = 4000000 / COLS;
	uint64_t state = 1;
	bool weighted = false;
	float *x, *w;
	uint8_t *out;
	int opt;

	while ((opt = getopt(argc, argv, "wn:")) != -1) {
		if (opt == 'w')
			weighted = true;
		else if (opt == 'n')
			rows = (size_t)(atof(optarg) * 1e6) / COLS;
		else
			return 2;
	}
	rows = rows ? rows : 1;
	x = malloc(rows * COLS * sizeof *x);
	w = malloc(COLS * sizeof *w);
	out = malloc(rows * COLS * sizeof *x);
	if (!x || !w || !out)
		return 2;
	for (size_t i = 0; i < rows * COLS; i++)
		x[i] = ros_f16_to_f32(ros_f32_to_f16(gaussian(&state) * 0.02f));
	for (size_t i = 0; i < COLS; i++)
		w[i] = gaussian(&state) * 0.1f + 1;
	if (optind == argc)
		for (size_t i = 0; i < sizeof all / sizeof *all; i++)
			bench(all[i], x, out, rows, weighted ? w : NULL);
	for (; optind < argc; optind++) {
		enum ros_dtype type = ros_dtype_by_name((struct ros_str){ argv[optind], strlen(argv[optind]) });

		if (type == ROS_DTYPE_COUNT) {
			fprintf(stderr, "encode: %s is no element type\n", argv[optind]);
			return 2;
		}
		bench(type, x, out, rows, weighted ? w : NULL);
	}
	free(x);
	free(w);
	free(out);
	return 0;
}
