/* Which word was meant by one that is none. */
#ifndef ROS_CLI_NEAREST_H
#define ROS_CLI_NEAREST_H

#include <stddef.h>

/* The best of the candidates that were offered so far. */
struct cli_nearest {
	const char *word;       /* what was given, not owned */
	const char *best;       /* NULL: none is near */
	size_t distance;
};

/* Near is what takes at most two letters to change, drop or add. */
#define CLI_NEAREST(given) { .word = (given), .best = NULL, .distance = 3 }

/* Offers CANDIDATE (not owned); the first of two equally near ones stays. */
void cli_nearest_offer(struct cli_nearest *n, const char *candidate);

#endif
