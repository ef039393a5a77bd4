#include "rosetta/cli/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
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

/* The unit in which TOTAL bytes are a number of one to three digits. */
static double unit_of(uint64_t total, const char **name)
{
	static const char *const names[] = { "kB", "MB", "GB", "TB" };
	double unit = 1e3;
	size_t i = 0;

	for (; (double)total >= 1e3 * unit && i + 1 < sizeof names / sizeof *names; i++)
		unit *= 1e3;
	*name = names[i];
	return unit;
}

static void draw(const struct cli_progress *p, uint64_t done, uint64_t total, int64_t now)
{
	double seconds = (double)(now - p->started_ns) / 1e9;
	double rate = seconds > 0 ? (double)done / seconds : 0;
	double left = rate > 0 ? (double)(total - done) / rate : 0;
	int full = total ? (int)(done * BAR_WIDTH / total) : BAR_WIDTH;
	const char *name;
	double unit = unit_of(total, &name);
	char bar[BAR_WIDTH + 1];

	for (int i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < full ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r%s [%s] %3d%%  %.2f of %.2f %s  %.2f %s/s  %.0f s left \033[K", p->phase, bar,
		total ? (int)(done * 100 / total) : 100, (double)done / unit, (double)total / unit, name, rate / unit, name, left);
	fflush(stderr);
}

static void on_progress(void *context, const struct ros_progress *now_at)
{
	struct cli_progress *p = context;
	int64_t now;

	if (!p->shown)
		return;
	now = now_ns();
	if (p->phase != now_at->phase) {
		p->phase = now_at->phase;
		p->started_ns = now;
	}
	if (now - p->printed_ns < REDRAW_NS || now_at->done > now_at->total)
		return;
	p->printed_ns = now;
	draw(p, now_at->done, now_at->total, now);
}

void cli_progress_end(struct cli_progress *p)
{
	if (p->shown && p->printed_ns)
		fprintf(stderr, "\r\033[K");
	p->shown = false;
}

const char *const *cli_values(const struct cli_args *args, enum cli_opt opt)
{
	static const char *lists[OPT_COUNT][CLI_MAX_REPEATS + 1];
	int n = 0;

	for (int i = 0; i < args->repeat_count; i++)
		if (args->repeat[i].opt == opt)
			lists[opt][n++] = args->repeat[i].value;
	lists[opt][n] = NULL;
	return n ? lists[opt] : NULL;
}

bool cli_run_options(const struct cli_args *args, struct ros_run_options *run, struct cli_progress *progress)
{
	uint64_t jobs = 0;

	if (!cli_count(args, OPT_JOBS, &jobs))
		return false;
	if (jobs > 1024) {
		cli_usage_error(args, "--jobs: at most 1024, found '%s'", args->value[OPT_JOBS]);
		return false;
	}
	*progress = (struct cli_progress){ .started_ns = now_ns(), .phase = "" };
	progress->shown = !args->given[OPT_QUIET] && cli_terminal(STDERR_FILENO);
	*run = (struct ros_run_options){
		.jobs = (unsigned)jobs,
		.progress = on_progress,
		.context = progress,
		.apr_rows = args->value[OPT_APR_ROWS],
		.include = cli_values(args, OPT_INCLUDE),
		.exclude = cli_values(args, OPT_EXCLUDE),
	};
	return true;
}

void cli_print_json(FILE *to, const struct ros_report *report)
{
	char *text = ros_report_json(report, 2);

	if (text)
		fprintf(to, "%s\n", text);
	free(text);
}

/* What --quiet takes away: notes, and the account of the work unless that is what was asked for. */
static unsigned text_flags(const struct cli_args *args, int fd)
{
	bool asked = args->command->lists || args->given[OPT_TENSORS] || args->given[OPT_DRY_RUN] || args->given[OPT_REPORT];
	unsigned quiet = ROS_TEXT_NO_NOTES | (asked ? 0 : ROS_TEXT_BRIEF);

	return (cli_colour(args, fd) ? ROS_TEXT_COLOR : 0) | (args->given[OPT_TENSORS] ? ROS_TEXT_ALL : 0) | (args->given[OPT_QUIET] ? quiet : 0);
}

int cli_finish(const struct cli_args *args, struct cli_progress *progress, struct ros_report *report)
{
	return cli_finish_on(stdout, args, progress, report);
}

int cli_finish_on(FILE *to, const struct cli_args *args, struct cli_progress *progress, struct ros_report *report)
{
	int status = ros_report_exit(report);
	char *text;

	if (progress)
		cli_progress_end(progress);
	if (status == 2)
		fprintf(stderr, "rosetta %s: %s\n", args->command->name, report ? ros_report_message(report) : "out of memory");
	if (status == 2 && ros_report_usage(report))
		fprintf(stderr, "Try 'rosetta help %s'.\n", args->command->name);
	if (args->given[OPT_JSON]) {
		cli_print_json(to, report);
	} else if (status != 2) {
		text = ros_report_text(report, text_flags(args, fileno(to)));
		if (text)
			fputs(text, to);
		free(text);
	}
	ros_report_free(report);
	return status;
}
