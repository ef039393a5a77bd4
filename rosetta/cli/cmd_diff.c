#include "rosetta/cli/compare_options.h"

static int run(const struct cli_args *args)
{
	return cli_compare(args, ros_diff);
}

const struct command ros_cmd_diff = {
	.name = "diff",
	.synopsis = "A B",
	.summary = "Show how two models differ: metadata, tensors, values",
	.description =
		"Brings both to the canonical form (Hugging Face names and row order, float32 values) and compares: metadata,\n"
		"missing and extra tensors, and per tensor the largest, mean and root mean square difference, cosine and equal count.\n"
		"--include and --exclude match Hugging Face names.",
	.options = (const enum cli_opt[]){
		OPT_TOLERANCE, OPT_VALUES, OPT_INCLUDE, OPT_EXCLUDE, OPT_APR_ROWS, OPT_JOBS, OPT_TENSORS, OPT_JSON, OPT_COLOR, OPT_QUIET, OPT_COUNT },
	.examples = (const struct cli_example[]){
		{ "rosetta diff base.gguf finetuned.safetensors", "what the fine-tuning changed" },
		{ NULL, NULL } },
	.operands_min = 2,
	.operands_max = 2,
	.operand_value = CLI_FILE,
	.run = run,
};
