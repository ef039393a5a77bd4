#include "rosetta/cli/compare_options.h"

int cli_compare(const struct cli_args *args,
		struct ros_report *(*compare)(const char *a, const char *b, const struct ros_compare_options *opt))
{
	struct ros_compare_options opt = { .size = sizeof opt };
	struct cli_progress progress;

	if (!cli_run_options(args, &opt.run, &progress) || !cli_real(args, OPT_TOLERANCE, &opt.tolerance))
		return 2;
	opt.values = args->given[OPT_VALUES];
	return cli_finish(args, &progress, compare(args->operand[0], args->operand[1], &opt));
}
