#include "rosetta/cli/command.h"

static int run(const struct cli_args *args)
{
	struct ros_inspect_options opt = { .size = sizeof opt };
	struct cli_progress progress;

	if (!cli_run_options(args, &opt.run, &progress))
		return 2;
	opt.tensors = args->given[OPT_TENSORS];
	opt.metadata = args->given[OPT_METADATA];
	return cli_finish(args, &progress, ros_inspect(args->operand[0], &opt));
}

const struct command ros_cmd_inspect = {
	.name = "inspect",
	.synopsis = "MODEL",
	.summary = "Say what a model file is and whether it is sound",
	.description = "Reads the header, checks every count, size and extent against the file, and tells format, family,\n"
		"dimensions, element types and what is odd. Exit 0: accepted; 2: refused, the reason on standard error.\n"
		"--include and --exclude match the file's own names.",
	.options = (const enum cli_opt[]){ OPT_TENSORS, OPT_METADATA, OPT_INCLUDE, OPT_EXCLUDE, OPT_APR_ROWS, OPT_JSON, OPT_COLOR, OPT_QUIET, OPT_COUNT },
	.examples = (const struct cli_example[]){
		{ "rosetta inspect model.gguf", "format, family, dimensions, element types" },
		{ "rosetta inspect --json ./Qwen2.5-0.5B", "a Hugging Face folder, for a script" },
		{ NULL, NULL } },
	.lists = true,
	.operands_min = 1,
	.operands_max = 1,
	.operand_value = CLI_FILE,
	.run = run,
};
