#include "rosetta/cli/nearest.h"

#include <string.h>

#define LONGEST 40      /* of the words compared; longer ones are near nothing */

/* Letters to change, drop or add to make A into B (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), row[LONGEST + 1];

	if (la > LONGEST || lb > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t change = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			row[j] = row[j] + 1 < row[j - 1] + 1 ? row[j] + 1 : row[j - 1] + 1;
			if (change < row[j])
				row[j] = change;
		}
	}
	return row[lb];
}

void cli_nearest_offer(struct cli_nearest *n, const char *candidate)
{
	size_t d = distance(n->word, candidate);

	if (d >= n->distance)
		return;
	n->distance = d;
	n->best = candidate;
}
