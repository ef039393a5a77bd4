/* How long a model takes to open and list, inside the process: the library's own calls, everything warm.
 * Usage: bench/open PATH [REPEATS]        prints median and best in milliseconds */
#include "formats/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MOST 10000

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Opens PATH and looks at every tensor; what it saw goes to *SEEN. */
static int open_and_list(const char *path, uint64_t *tensors, uint64_t *seen)
{
	struct ros_error err = { 0 };
	struct ros_model m;

	if (ros_model_open(&m, path, NULL, &err)) {
		fprintf(stderr, "%s: %s\n", path, err.text);
		return 1;
	}
	*tensors = m.tensor_count;
	for (size_t i = 0; i < m.tensor_count; i++)
		*seen += m.tensors[i].name.len + m.tensors[i].data.len + ros_tensor_elements(&m.tensors[i]);
	ros_model_release(&m);
	return 0;
}

int main(int argc, char **argv)
{
	static double took[MOST];
	size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 200;
	uint64_t seen = 0, tensors = 0;

	if (argc < 2 || !n || n > MOST) {
		fprintf(stderr, "usage: %s PATH [REPEATS]\n", argv[0]);
		return 2;
	}
	for (size_t i = 0; i < n; i++) {
		double start = now();

		if (open_and_list(argv[1], &tensors, &seen))
			return 1;
		took[i] = now() - start;
	}
	qsort(took, n, sizeof *took, by_value);
	printf("open and list %" PRIu64 " tensors: median %.3f ms, best %.3f ms of %zu\n", tensors, took[n / 2] * 1e3, took[0] * 1e3, n);
	return seen == 0;
}
