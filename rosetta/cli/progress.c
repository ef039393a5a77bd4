#include "rosetta/cli/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH 24
#define REDRAW_NS 100000000

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void cli_progress_start(struct cli_progress *p, const struct cli_args *args)
{
	*p = (struct cli_progress){ .verb = args->command->name, .started_ns = now_ns() };
	p->shown = !args->given[OPT_QUIET] && isatty(STDERR_FILENO);
}

static void draw(const struct cli_progress *p, uint64_t done, uint64_t total, int64_t now)
{
	double seconds = (double)(now - p->started_ns) / 1e9;
	double rate = seconds > 0 ? (double)done / seconds : 0;
	double left = rate > 0 ? (double)(total - done) / rate : 0;
	int full = total ? (int)(done * BAR_WIDTH / total) : BAR_WIDTH;
	char bar[BAR_WIDTH + 1];

	for (int i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < full ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r%s [%s] %3d%%  %.2f of %.2f GB  %.2f GB/s  %.0f s left \033[K", p->verb, bar,
		total ? (int)(done * 100 / total) : 100, (double)done / 1e9, (double)total / 1e9, rate / 1e9, left);
	fflush(stderr);
}

int cli_progress(void *data, uint64_t done, uint64_t total)
{
	struct cli_progress *p = data;
	int64_t now;

	if (!p->shown)
		return 0;
	now = now_ns();
	if (now - p->printed_ns < REDRAW_NS || done > total)
		return 0;
	p->printed_ns = now;
	draw(p, done, total, now);
	return 0;
}

void cli_progress_end(struct cli_progress *p)
{
	if (p->shown && p->printed_ns)
		fprintf(stderr, "\r\033[K");
	p->shown = false;
}
