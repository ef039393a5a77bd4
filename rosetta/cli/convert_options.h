/* What convert, chain and quantize have in common: from the command line to ros_convert_options. */
#ifndef ROS_CLI_CONVERT_OPTIONS_H
#define ROS_CLI_CONVERT_OPTIONS_H

#include "rosetta/cli/command.h"

/* Fills OPT; false with a usage error printed. PROGRESS must outlive the call of the library. */
bool cli_convert_options(const struct cli_args *args, struct ros_convert_options *opt, struct cli_progress *progress);

/* SRC and DST from "SRC -o DST" or "SRC DST", of which COUNT are operands; false with a usage error printed. A dry run
 * needs no DST: NULL. */
bool cli_source_target(const struct cli_args *args, int count, const char **src, const char **dst);

/* False, with a usage error printed, where DST (may be NULL) is "-". */
bool cli_target_is_file(const struct cli_args *args, const char *dst);

#endif
