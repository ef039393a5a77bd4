#include "rosetta/cli/command.h"

#include <stdio.h>
#include <string.h>

#define HELP_COLUMN 30

static void print_option(enum cli_opt opt)
{
	const struct cli_option *row = &cli_options[opt];
	char left[64];
	int used;

	used = row->letter ? snprintf(left, sizeof left, "  -%c, --%s", row->letter, row->name)
			   : snprintf(left, sizeof left, "      --%s", row->name);
	if (row->metavar)
		used += snprintf(left + used, sizeof left - (size_t)used, " %s", row->metavar);
	if (used >= HELP_COLUMN)
		printf("%s\n%*s%s\n", left, HELP_COLUMN, "", row->help);
	else
		printf("%-*s%s\n", HELP_COLUMN, left, row->help);
}

void cli_print_help(const struct command *command)
{
	printf("rosetta %s: %s\n\nUsage: rosetta %s [options]%s%s\n\n%s\n\nOptions:\n",
	       command->name, command->summary, command->name, *command->synopsis ? " " : "", command->synopsis, command->description);
	for (const enum cli_opt *o = command->options; *o != OPT_COUNT; o++)
		print_option(*o);
	print_option(OPT_HELP);
	if (command->examples && command->examples->line) {
		printf("\nExamples:\n");
		for (const struct cli_example *e = command->examples; e->line; e++)
			printf("  %s\n      %s\n", e->line, e->says);
	}
	printf("\nExit status: 0 done or the same, 1 a difference or a finding, 2 trouble.\n");
}

void cli_print_overview(FILE *to)
{
	fprintf(to, "rosetta: translate model weights between SafeTensors, GGUF and APR, and prove the translation\n\n"
		"Usage: rosetta COMMAND [options] ...\n\nCommands:\n");
	for (const struct command *const *c = cli_commands; *c; c++)
		fprintf(to, "  %-14s%s\n", (*c)->name, (*c)->summary);
	fprintf(to, "\n'rosetta help COMMAND' or 'rosetta COMMAND --help' tells more; 'rosetta demo' shows it all in seconds.\n"
		"A model is a file, a sharded set's index or first shard, or a Hugging Face folder.\n");
}
