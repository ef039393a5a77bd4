/* Runs a fuzz target without a fuzzer: see fuzz.h. Arguments: files to run, or -w FOLDER to write the seeds. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PLACES 1024     /* larger seeds are cut and changed at every second byte, every third ... */

static unsigned long runs;
static const char *folder;

/* From a heap block of exactly that size, so that a sanitizer sees any byte too many. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	if (!exact)
		abort();
	if (size)
		memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	runs++;
}

static void run_around(const char *name, const uint8_t *data, size_t size)
{
	static const uint8_t changes[] = { 0x01, 0x80, 0xff };
	uint8_t *copy = malloc(size ? size : 1);
	size_t step = 1 + size / PLACES;

	(void)name;
	if (!copy)
		abort();
	for (size_t n = size % step; n <= size; n += step)
		run(data, n);
	for (size_t i = 0; i < size; i += step)
		for (size_t c = 0; c < sizeof changes; c++) {
			memcpy(copy, data, size);
			copy[i] ^= changes[c];
			run(copy, size);
		}
	free(copy);
}

static void save(const char *name, const uint8_t *data, size_t size)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "wb");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f)) {
		perror(path);
		exit(2);
	}
}

static void run_file(const char *path)
{
	struct stat st;
	FILE *f = fopen(path, "rb");
	uint8_t *data;

	if (!f || fstat(fileno(f), &st)) {
		perror(path);
		exit(2);
	}
	data = malloc((size_t)st.st_size + 1);
	if (!data || fread(data, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
		exit(2);
	fclose(f);
	run(data, (size_t)st.st_size);
	free(data);
}

/* Every file of tests/fuzz/corpus/SUBJECT, where that exists; SUBJECT stands in the program's name. */
static void run_corpus(const char *program)
{
	const char *srcdir = getenv("srcdir"), *subject = strstr(program, "replay_");
	char path[4096], file[8192];
	struct dirent *e;
	DIR *d;

	if (!subject)
		return;
	snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".", subject + strlen("replay_"));
	d = opendir(path);
	while (d && (e = readdir(d))) {
		snprintf(file, sizeof file, "%s/%s", path, e->d_name);
		if (e->d_name[0] != '.')
			run_file(file);
	}
	if (d)
		closedir(d);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "-w")) {
		folder = argv[2];
		mkdir(folder, 0777);
		fuzz_seeds(save);
		return 0;
	}
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	if (argc == 1) {
		fuzz_seeds(run_around);
		run_corpus(argv[0]);
	}
	printf("%lu inputs\n", runs);
	return runs == 0;
}
