/* The limit for verify, diff and digests: one fused pass over the bytes of several files, read side by side in blocks by
 * some threads, each block summed so that it is really looked at. Usage:
 *
 *   bench/read_pass [-j THREADS] [-c] [-m] FILE ...    prints bytes, seconds, GB/s; -c: compares the first two files
 *                                                      instead of adding up (they must be equally long)
 *
 * Blocks are read with pread into a buffer that stays in cache, or with -m from a mapping. Which is faster depends on the
 * file system (tmpfs maps small pages, ext4 large ones): the limit is the faster of both. */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BLOCK (256u << 10)
#define MOST_FILES 64
#define MOST_THREADS 256

static struct { int fd; uint64_t size; const uint8_t *map; } files[MOST_FILES];
static unsigned file_count;
static uint64_t longest;
static int comparing, mapping;
static _Atomic uint64_t next_block, sum, done;

/* The block of file F at AT, read into BUFFER or mapped; *WHERE says which. */
static size_t read_block(unsigned f, uint64_t at, const uint8_t **where, uint8_t *buffer)
{
	uint64_t left = at < files[f].size ? files[f].size - at : 0;
	ssize_t n;

	*where = mapping ? files[f].map + at : buffer;
	if (mapping || !left)
		return left < BLOCK ? (size_t)left : BLOCK;
	n = pread(files[f].fd, buffer, BLOCK, (off_t)at);
	return n > 0 ? (size_t)n : 0;
}

static uint64_t add_up(const uint8_t *p, size_t n)
{
	uint64_t s = 0, x;

	for (size_t i = 0; i + 8 <= n; i += 8) {
		memcpy(&x, p + i, 8);
		s += x;
	}
	return s;
}

static void *work(void *arg)
{
	uint8_t *a = malloc(BLOCK), *b = malloc(BLOCK);
	const uint8_t *first = a, *second = b;
	uint64_t at, s = 0, bytes = 0;

	(void)arg;
	while (a && b && (at = atomic_fetch_add(&next_block, 1) * BLOCK) < longest) {
		for (unsigned f = 0; f < file_count; f++) {
			const uint8_t **to = f % 2 ? &second : &first;
			size_t n = read_block(f, at, to, f % 2 ? b : a);

			bytes += n;
			if (!comparing)
				s += add_up(*to, n);
			else if (f == 1)
				s += memcmp(first, second, n) != 0;
		}
	}
	free(a);
	free(b);
	atomic_fetch_add(&sum, s);
	atomic_fetch_add(&done, bytes);
	return NULL;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int open_file(const char *path)
{
	struct stat st;

	if (file_count == MOST_FILES)
		return fprintf(stderr, "too many files\n"), 1;
	files[file_count].fd = open(path, O_RDONLY);
	if (files[file_count].fd < 0 || fstat(files[file_count].fd, &st) < 0)
		return perror(path), 1;
	files[file_count].size = (uint64_t)st.st_size;
	files[file_count].map = mapping && st.st_size ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, files[file_count].fd, 0) : NULL;
	if (files[file_count].map == MAP_FAILED)
		return perror(path), 1;
	if (files[file_count].size > longest)
		longest = files[file_count].size;
	file_count++;
	return 0;
}

int main(int argc, char **argv)
{
	pthread_t threads[MOST_THREADS];
	unsigned long jobs = (unsigned long)sysconf(_SC_NPROCESSORS_ONLN), started = 0;
	double start;
	int opt;

	while ((opt = getopt(argc, argv, "cj:m")) != -1)
		if (opt == 'c')
			comparing = 1;
		else if (opt == 'm')
			mapping = 1;
		else if (opt != 'j' || !(jobs = strtoul(optarg, NULL, 10)))
			return 2;
	for (int i = optind; i < argc; i++)
		if (open_file(argv[i]))
			return 2;
	if (!file_count || jobs > MOST_THREADS) {
		fprintf(stderr, "usage: %s [-j THREADS] [-c] [-m] FILE ...\n", argv[0]);
		return 2;
	}
	start = now();
	while (started < jobs && !pthread_create(&threads[started], NULL, work, NULL))
		started++;
	for (unsigned long i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	printf("%" PRIu64 " bytes %.4f s %.2f GB/s (%016" PRIx64 ")\n", (uint64_t)done, now() - start, (double)done / (now() - start) / 1e9,
		(uint64_t)sum);
	return started == 0;
}
