#include "rosetta/cli/command.h"

#include <string.h>

static int run(const struct cli_args *args)
{
	const struct command *command;

	if (!args->operand_count) {
		cli_print_overview(stdout);
		return 0;
	}
	command = cli_command_find(args->operand[0]);
	if (!command)
		return cli_command_unknown(args->operand[0], false);
	cli_print_help(command);
	return 0;
}

const struct command ros_cmd_help = {
	.name = "help",
	.synopsis = "[COMMAND]",
	.summary = "Explain a command",
	.description = "Without COMMAND: the list of all commands.",
	.options = (const enum cli_opt[]){ OPT_COUNT },
	.operands_max = 1,
	.operand_value = CLI_COMMAND,
	.run = run,
};
