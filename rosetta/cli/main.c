#include "rosetta/cli/command.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

extern const struct command ros_cmd_convert, ros_cmd_chain, ros_cmd_quantize, ros_cmd_verify, ros_cmd_fingerprint, ros_cmd_diff, ros_cmd_derive,
	ros_cmd_inspect, ros_cmd_tensors, ros_cmd_stats, ros_cmd_demo, ros_cmd_completion, ros_cmd_help;

const struct command *const cli_commands[] = {
	&ros_cmd_convert, &ros_cmd_chain, &ros_cmd_quantize, &ros_cmd_verify, &ros_cmd_fingerprint, &ros_cmd_diff, &ros_cmd_derive,
	&ros_cmd_inspect, &ros_cmd_tensors, &ros_cmd_stats, &ros_cmd_demo, &ros_cmd_completion, &ros_cmd_help,
	NULL
};

const struct command *cli_command_find(const char *name)
{
	for (const struct command *const *c = cli_commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

/* Letters to change, drop or add to make A into B, capped at the lengths of command names. */
static size_t distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), row[32];

	if (la > 30 || lb > 30)
		return 31;
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

static int unknown_command(const char *name)
{
	const struct command *nearest = NULL;
	size_t best = 3;

	for (const struct command *const *c = cli_commands; *c; c++)
		if (distance(name, (*c)->name) < best) {
			best = distance(name, (*c)->name);
			nearest = *c;
		}
	/* What a script was fed may hold anything: only plain words are repeated. */
	if (strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == strlen(name))
		fprintf(stderr, "rosetta: there is no command '%s'", name);
	else
		fprintf(stderr, "rosetta: there is no such command");
	fprintf(stderr, "%s%s%s\nTry 'rosetta help'.\n", nearest ? "; did you mean '" : "", nearest ? nearest->name : "", nearest ? "'?" : "");
	return 2;
}

/* Ctrl-C and kind leave nothing half-written behind. */
static void on_signal(int number)
{
	ros_remove_temporaries();
	signal(number, SIG_DFL);
	raise(number);
}

static void catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGXFSZ };

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (signal(numbers[i], on_signal) == SIG_IGN)
			signal(numbers[i], SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);       /* a file size limit is an error of write, not a death */
	signal(SIGPIPE, SIG_DFL);
}

static int run(int argc, char **argv)
{
	const struct command *command;
	struct cli_args args;

	if (argc < 2 || !strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		cli_print_overview();
		return argc < 2 ? 2 : 0;
	}
	if (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version")) {
		printf("rosetta %s\n", ros_version());
		return 0;
	}
	command = cli_command_find(argv[1]);
	if (!command)
		return unknown_command(argv[1]);
	if (!cli_parse(command, argc - 1, argv + 1, &args))
		return 2;
	if (args.given[OPT_HELP]) {
		cli_print_help(command);
		return 0;
	}
	catch_signals();
	return command->run(&args);
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);

	if (fflush(stdout) || ferror(stdout)) {
		perror("rosetta: standard output");
		return 2;
	}
	return status;
}
