#include "rosetta/cli/command.h"

static int run(const struct cli_args *args)
{
	struct ros_compare_options opt = { .size = sizeof opt };
	struct cli_progress progress;

	if (!cli_run_options(args, &opt.run, &progress) || !cli_real(args, OPT_TOLERANCE, &opt.tolerance))
		return 2;
	opt.values = args->given[OPT_VALUES];
	return cli_finish(args, &progress, ros_verify(args->operand[0], args->operand[1], &opt));
}

const struct command ros_cmd_verify = {
	.name = "verify",
	.synopsis = "A B",
	.summary = "Prove that B is what A converts to",
	.description =
		"Brings A to B's format, names, layout and element types and compares every tensor's bytes and values with B's.\n"
		"A difference is named with its tensor, first offset and size. Comparing nothing is a failure.",
	.options = (const enum cli_opt[]){
		OPT_TOLERANCE, OPT_VALUES, OPT_INCLUDE, OPT_EXCLUDE, OPT_APR_ROWS, OPT_JOBS, OPT_TENSORS, OPT_JSON, OPT_COLOR, OPT_QUIET, OPT_COUNT },
	.examples = (const struct cli_example[]){
		{ "rosetta verify ./Qwen2.5-0.5B qwen.gguf", "every byte as the conversion makes it" },
		{ "rosetta verify --values a.gguf b.safetensors", "the same values, whatever the element types" },
		{ NULL, NULL } },
	.operands_min = 2,
	.operands_max = 2,
	.operand_value = CLI_FILE,
	.run = run,
};
