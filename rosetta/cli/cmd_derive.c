#include "rosetta/cli/command.h"

static int run(const struct cli_args *args)
{
	struct ros_derive_options opt = { .size = sizeof opt };
	struct cli_progress progress;

	if (!cli_run_options(args, &opt.run, &progress))
		return 2;
	opt.reproduce = args->given[OPT_REPRODUCE];
	opt.imatrix = args->value[OPT_IMATRIX];
	return cli_finish(args, &progress, ros_derive(args->operand[0], args->operand[1], &opt));
}

const struct command ros_cmd_derive = {
	.name = "derive",
	.synopsis = "SOURCE QUANTIZED",
	.summary = "Was this quantized file made from those weights?",
	.description =
		"Judges every tensor of QUANTIZED against SOURCE: identical, reproduced, consistent, within_bound or not_derived, and holds\n"
		"tokenizer, chat template and hyper-parameters against the source's files. Needs neither the tool nor the importance\n"
		"matrix that made the file. What each status proves, and what it does not, is in rosetta-derive(1).\n"
		"--include and --exclude match QUANTIZED's names.",
	.options = (const enum cli_opt[]){
		OPT_REPRODUCE, OPT_IMATRIX, OPT_INCLUDE, OPT_EXCLUDE, OPT_APR_ROWS, OPT_JOBS, OPT_TENSORS, OPT_JSON, OPT_COLOR, OPT_QUIET, OPT_COUNT },
	.examples = (const struct cli_example[]){
		{ "rosetta derive ./Qwen2.5-0.5B qwen-q4_k_m.gguf", "every code against its source weight" },
		{ "rosetta derive --reproduce ./Qwen2.5-0.5B qwen-q8_0.gguf", "encode again and compare bytes" },
		{ NULL, NULL } },
	.operands_min = 2,
	.operands_max = 2,
	.operand_value = CLI_FILE,
	.run = run,
};
