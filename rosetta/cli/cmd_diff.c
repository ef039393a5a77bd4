#include "rosetta/cli/command.h"

static int run(const struct cli_args *args)
{
	struct ros_compare_options opt = { .size = sizeof opt };
	struct cli_progress progress;

	if (!cli_run_options(args, &opt.run, &progress) || !cli_real(args, OPT_TOLERANCE, &opt.tolerance))
		return 2;
	opt.values = args->given[OPT_VALUES];
	return cli_finish(args, &progress, ros_diff(args->operand[0], args->operand[1], &opt));
}

const struct command ros_cmd_diff = {
	.name = "diff",
	.synopsis = "A B",
	.summary = "Show how two models differ: metadata, tensors, values",
	.description =
		"Brings both to the canonical form (Hugging Face names and row order, float32 values) and compares: metadata,\n"
		"missing and extra tensors, and per tensor the largest, mean and root mean square difference, cosine and equal count.",
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
