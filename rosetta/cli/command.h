/* The command line. main() dispatches by table; a command is one file that ends
 * in one const struct command; an option is one row of one table, and a command
 * names the rows it takes. Help, completion and the man-page check read the same rows.
 *
 * Layer: sees rosetta/rosetta.h and its own files, nothing else. */
#ifndef ROS_CLI_COMMAND_H
#define ROS_CLI_COMMAND_H

#include "rosetta/rosetta.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What a completion offers after an option or for an operand. */
enum cli_value { CLI_NONE, CLI_TEXT, CLI_FILE, CLI_FORMAT, CLI_DTYPE, CLI_FLOAT_DTYPE, CLI_QUANT, CLI_DIGEST, CLI_WHEN, CLI_COMPRESS, CLI_ROWS, CLI_SHELL, CLI_COMMAND };

/* One name per option; its row is in options.c. */
enum cli_opt {
	OPT_HELP, OPT_VERSION,
#define CLI_OPTION(id, name, letter, metavar, value, help) OPT_##id,
#include "rosetta/cli/options.def"
#undef CLI_OPTION
	OPT_COUNT
};

struct cli_option {
	const char *name;       /* long, without dashes */
	char letter;            /* 0: none */
	const char *metavar;    /* NULL: takes no argument */
	enum cli_value value;
	const char *help;
};
extern const struct cli_option cli_options[OPT_COUNT];

#define CLI_MAX_OPERANDS 16
#define CLI_MAX_REPEATS 64

/* A parsed command line; strings are argv's. */
struct cli_args {
	const struct command *command;
	bool given[OPT_COUNT];
	const char *value[OPT_COUNT];           /* the last one given */
	struct { enum cli_opt opt; const char *value; } repeat[CLI_MAX_REPEATS];   /* all, in order */
	int repeat_count;
	const char *operand[CLI_MAX_OPERANDS];
	int operand_count;
	char trouble[512];                      /* the first thing wrong with it; "" while nothing is */
};

struct cli_example {
	const char *line, *says;
};

struct command {
	const char *name;
	const char *synopsis;           /* operands as in the man page: "SRC -o DST" */
	const char *summary;            /* one line, no full stop */
	const char *description;        /* a paragraph for --help */
	const enum cli_opt *options;    /* ended by OPT_COUNT; --help is always there */
	const struct cli_example *examples;     /* ended by a NULL line */
	bool lists;                     /* the list it prints is its result: --quiet leaves it */
	int operands_min, operands_max;
	enum cli_value operand_value;   /* CLI_FILE: "-" is refused, since a model is read and written where it lies */
	enum cli_value also;            /* what completion offers beside files; CLI_NONE: nothing */
	int (*run)(const struct cli_args *args);        /* returns the exit status 0, 1 or 2 */
};

/* All commands, in the order `rosetta help` lists them, ended by NULL. */
extern const struct command *const cli_commands[];
/* NULL when there is none of that name. */
const struct command *cli_command_find(const char *name);
/* Tells that there is no command (or option before it) NAME, and which may be meant; returns 2. */
int cli_command_unknown(const char *name, bool json);

/* Parses ARGV (argv[0] is the command's name). False, with the usage error told, where it makes no sense; the whole line is
 * read first, so that --json is heeded wherever it stands. */
bool cli_parse(const struct command *command, int argc, char **argv, struct cli_args *args);
/* One line on stderr in the form "rosetta VERB: TEXT", escaped for a terminal, then where to find help; with --json also
 * the object on stdout. Returns 2. */
int cli_usage_error(const struct cli_args *args, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for what failed though the request was sound. */
int cli_failure(const struct cli_args *args, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Argument of OPT as a byte count with the suffixes K M G T (powers of 1000) or KiB MiB GiB;
 * as a whole number; as a real. False, with a usage error printed, where it is none. */
bool cli_size(const struct cli_args *args, enum cli_opt opt, uint64_t *out);
bool cli_count(const struct cli_args *args, enum cli_opt opt, uint64_t *out);
bool cli_real(const struct cli_args *args, enum cli_opt opt, double *out);

/* The list of commands on TO; a command's help on stdout. */
void cli_print_overview(FILE *to);
void cli_print_help(const struct command *command);

/* ---- the terminal ---- */

/* Whether FD is a terminal that knows control sequences: not a file, not TERM=dumb. */
bool cli_terminal(int fd);
/* False, with a usage error printed, where --color has another argument than auto, always or never. */
bool cli_colour_known(const struct cli_args *args);
/* Whether to colour STREAM: --color, then NO_COLOR, then what cli_terminal says. */
bool cli_colour(const struct cli_args *args, int fd);
/* Progress bar on stderr when cli_terminal says so: bytes, rate, time left. */
struct cli_progress {
	bool shown;
	int64_t started_ns, printed_ns;
	const char *phase;
};

/* The run options that every verb shares, from the command line: jobs, globs, row order, progress. Globs
 * are kept in storage that lives as long as the process. False with a usage error printed. */
bool cli_run_options(const struct cli_args *args, struct ros_run_options *run, struct cli_progress *progress);
/* The values of a repeatable option, NULL-ended, in order; NULL where it was not given. Static storage, one
 * list per option. */
const char *const *cli_values(const struct cli_args *args, enum cli_opt opt);
/* Takes the bar away. */
void cli_progress_end(struct cli_progress *p);

/* One JSON object and a line end. */
void cli_print_json(FILE *to, const struct ros_report *report);
/* Prints a report and frees it: JSON on stdout with --json, else text on stdout; of trouble one line on
 * stderr. PROGRESS may be NULL. Returns its exit status. */
int cli_finish(const struct cli_args *args, struct cli_progress *progress, struct ros_report *report);
/* The same with TO in place of standard output, which something else went to. */
int cli_finish_on(FILE *to, const struct cli_args *args, struct cli_progress *progress, struct ros_report *report);

#endif
