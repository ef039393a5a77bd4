#include "rosetta/cli/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cli_terminal(int fd)
{
	const char *term = getenv("TERM");

	return term && *term && strcmp(term, "dumb") && isatty(fd);
}

bool cli_colour_known(const struct cli_args *args)
{
	const char *when = args->given[OPT_COLOR] ? args->value[OPT_COLOR] : "auto";

	if (!strcmp(when, "auto") || !strcmp(when, "always") || !strcmp(when, "never"))
		return true;
	cli_usage_error(args, "--color: auto, always or never wanted, found '%s'", when);
	return false;
}

bool cli_colour(const struct cli_args *args, int fd)
{
	const char *when = args->given[OPT_COLOR] ? args->value[OPT_COLOR] : "auto";
	const char *no = getenv("NO_COLOR");

	if (!strcmp(when, "always"))
		return true;
	if (!strcmp(when, "never"))
		return false;
	return !(no && *no) && cli_terminal(fd);
}
