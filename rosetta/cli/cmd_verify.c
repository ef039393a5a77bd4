#include "rosetta/cli/compare_options.h"

static int run(const struct cli_args *args)
{
	return cli_compare(args, ros_verify);
}

const struct command ros_cmd_verify = {
	.name = "verify",
	.synopsis = "A B",
	.summary = "Prove that B is what A converts to",
	.description =
		"Brings A to B's format, names, layout and element types and compares every tensor's bytes and values with B's.\n"
		"A difference is named with its tensor, first offset and size. Comparing nothing is a failure.\n"
		"--include and --exclude match B's names.",
	.options = (const enum cli_opt[]){
		OPT_TOLERANCE, OPT_VALUES, OPT_INCLUDE, OPT_EXCLUDE, OPT_APR_ROWS, OPT_JOBS, OPT_TENSORS, OPT_JSON, OPT_COLOR, OPT_QUIET, OPT_COUNT },
	.examples = (const struct cli_example[]){
		{ "rosetta verify ./Qwen2.5-0.5B qwen.gguf", "every byte as the conversion makes it" },
		{ "rosetta verify --values a.gguf b.gguf", "the same values, whatever the element types" },
		{ NULL, NULL } },
	.operands_min = 2,
	.operands_max = 2,
	.operand_value = CLI_FILE,
	.run = run,
};
