#include "rosetta/cli/command.h"

static int run(const struct cli_args *args)
{
	struct ros_inspect_options opt = { .size = sizeof opt, .tensors = true, .verb = "tensors", .payload_unread = true };
	struct cli_progress progress;

	if (!cli_run_options(args, &opt.run, &progress))
		return 2;
	return cli_finish(args, &progress, ros_inspect(args->operand[0], &opt));
}

const struct command ros_cmd_tensors = {
	.name = "tensors",
	.synopsis = "MODEL",
	.summary = "List the tensors of a model",
	.description = "One line a tensor: name, element type, shape (outermost first), bytes.\n"
		"--include and --exclude match the file's own names; exit 1 where nothing is left.",
	.options = (const enum cli_opt[]){ OPT_INCLUDE, OPT_EXCLUDE, OPT_JSON, OPT_COLOR, OPT_QUIET, OPT_COUNT },
	.examples = (const struct cli_example[]){
		{ "rosetta tensors model.gguf --include 'blk.0.*'", "the first layer" },
		{ NULL, NULL } },
	.lists = true,
	.operands_min = 1,
	.operands_max = 1,
	.operand_value = CLI_FILE,
	.run = run,
};
