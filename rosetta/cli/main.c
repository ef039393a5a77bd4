#include "rosetta/cli/command.h"
#include "rosetta/cli/nearest.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

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

int cli_command_unknown(const char *name, bool json)
{
	struct cli_nearest nearest = CLI_NEAREST(name);
	struct ros_report *report;
	char text[512];

	for (const struct command *const *c = cli_commands; *c; c++)
		cli_nearest_offer(&nearest, (*c)->name);
	snprintf(text, sizeof text, "there is no %s '%.200s'%s%s%s", *name == '-' ? "option" : "command", name,
		 nearest.best ? "; did you mean '" : "", nearest.best ? nearest.best : "", nearest.best ? "'?" : "");
	report = ros_report_trouble(NULL, true, text);
	fprintf(stderr, "rosetta: %s\nTry 'rosetta help'.\n", ros_report_message(report));
	if (json)
		cli_print_json(stdout, report);
	ros_report_free(report);
	return 2;
}

/* Without a command there is no option table: only the very word is known. */
static bool asked_for_json(int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return false;
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

/* Every shard of a set is kept open, what is read and what is written: a shell's limit of 1024 files is too few for large sets. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int run(int argc, char **argv)
{
	const struct command *command;
	struct cli_args args;

	if (argc < 2 || !strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		cli_print_overview(argc < 2 ? stderr : stdout);
		return argc < 2 ? 2 : 0;
	}
	if (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version")) {
		printf("rosetta %s\n", ros_version());
		return 0;
	}
	command = cli_command_find(argv[1]);
	if (!command)
		return cli_command_unknown(argv[1], asked_for_json(argc, argv));
	if (!cli_parse(command, argc - 1, argv + 1, &args))
		return 2;
	if (args.given[OPT_HELP]) {
		cli_print_help(command);
		return 0;
	}
	catch_signals();
	raise_file_limit();
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
