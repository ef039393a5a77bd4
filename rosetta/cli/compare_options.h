/* What verify and diff have in common. */
#ifndef ROS_CLI_COMPARE_OPTIONS_H
#define ROS_CLI_COMPARE_OPTIONS_H

#include "rosetta/cli/command.h"

/* Runs COMPARE on the two operands with the options given, prints its report, returns the exit status. */
int cli_compare(const struct cli_args *args,
		struct ros_report *(*compare)(const char *a, const char *b, const struct ros_compare_options *opt));

#endif
