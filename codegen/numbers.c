/* The names of the numbers, read from contracts/hparams.def as text. */
#include "codegen/formula.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct number *numbers;
size_t number_count;

static int kind_of(const char *word)
{
	static const char *const kinds[] = { "UINT", "REAL", "BOOL", "SCALING" };
	int i;

	for (i = 0; i < 4; i++)
		if (!strcmp(word, kinds[i]))
			return i;
	return -1;
}

bool numbers_load(const char *file)
{
	FILE *f = fopen(file, "r");
	char line[512], id[64], nm[64], kind[16];
	double cap;
	int at = 0;

	if (!f) {
		fprintf(stderr, "%s:1:1: cannot be opened\n", file);
		return false;
	}
	while (fgets(line, sizeof line, f)) {
		at++;
		if (strncmp(line, "HP(", 3) != 0)
			continue;
		if (sscanf(line, "HP(%63[A-Z0-9_], %63[a-z0-9_], %15[A-Z], %lf,", id, nm, kind, &cap) != 4 || kind_of(kind) < 0) {
			fprintf(stderr, "%s:%d:1: HP(ID, name, kind, cap, text) expected\n", file, at);
			fclose(f);
			return false;
		}
		numbers = need(realloc(numbers, (number_count + 1) * sizeof *numbers));
		numbers[number_count++] = (struct number){ text_of("%s", id), text_of("%s", nm), kind_of(kind), cap };
	}
	fclose(f);
	return number_count > 0;
}

int number_by_name(const char *wanted)
{
	size_t i;

	for (i = 0; i < number_count; i++)
		if (!strcmp(numbers[i].name, wanted))
			return (int)i;
	return -1;
}

int scaling_by_word(const char *wanted)
{
	static const char *const words[] = { "none", "linear", "dynamic", "yarn", "llama3", "longrope" };
	int i;

	for (i = 0; i < 6; i++)
		if (!strcmp(words[i], wanted))
			return i;
	return -1;
}
