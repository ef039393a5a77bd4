#include "rosetta/cli/convert_options.h"

static int run(const struct cli_args *args)
{
	struct ros_convert_options opt;
	struct cli_progress progress;

	if (!args->given[OPT_OUTPUT])
		return cli_usage_error(args, "where to? give -o DST");
	if (!cli_target_is_file(args, args->value[OPT_OUTPUT]) || !cli_convert_options(args, &opt, &progress))
		return 2;
	return cli_finish(args, &progress, ros_chain(args->operand[0], args->value[OPT_OUTPUT], args->operand[1], &opt));
}

const struct command ros_cmd_chain = {
	.name = "chain",
	.synopsis = "SRC FORMAT,FORMAT... -o DST",
	.summary = "Convert through several formats, verifying each hop",
	.description = "Each hop is converted and compared with the first source; the files on the way are removed, DST is the last.",
	.options = (const enum cli_opt[]){
		OPT_OUTPUT, OPT_FORCE, OPT_JOBS, OPT_DIGEST, OPT_APR_ROWS, OPT_ALLOW_NONFINITE, OPT_ALLOW_UNKNOWN, OPT_TENSORS, OPT_JSON, OPT_COLOR, OPT_QUIET, OPT_COUNT },
	.examples = (const struct cli_example[]){
		{ "rosetta chain ./adder apr,gguf,st -o adder-back", "around the house and back to a folder" },
		{ NULL, NULL } },
	.operands_min = 2,
	.operands_max = 2,
	.operand_value = CLI_FILE,
	.run = run,
};
