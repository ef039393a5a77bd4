#include "rosetta/cli/command.h"

static int run(const struct cli_args *args)
{
	struct ros_stats_options opt = { .size = sizeof opt };
	struct cli_progress progress;

	if (!cli_run_options(args, &opt.run, &progress))
		return 2;
	opt.allow_nonfinite = args->given[OPT_ALLOW_NONFINITE];
	return cli_finish(args, &progress, ros_stats(args->operand[0], &opt));
}

const struct command ros_cmd_stats = {
	.name = "stats",
	.synopsis = "MODEL",
	.summary = "Measure every tensor and name what is odd",
	.description =
		"Minimum, maximum, mean, standard deviation, zeros, NaN and infinities of every floating tensor, quantized ones by\n"
		"their values. NaN, Inf and matrices whose values are all one are findings.\n"
		"--include and --exclude match Hugging Face names.",
	.options = (const enum cli_opt[]){
		OPT_INCLUDE, OPT_EXCLUDE, OPT_ALLOW_NONFINITE, OPT_APR_ROWS, OPT_JOBS, OPT_JSON, OPT_COLOR, OPT_QUIET, OPT_COUNT },
	.examples = (const struct cli_example[]){
		{ "rosetta stats model.gguf", "every tensor under its Hugging Face name" },
		{ "rosetta stats --quiet ./model-hf && echo sound", "only what is odd, for a script" },
		{ NULL, NULL } },
	.operands_min = 1,
	.operands_max = 1,
	.operand_value = CLI_FILE,
	.run = run,
};
