#include "rosetta/cli/command.h"
#include "rosetta/cli/nearest.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct cli_option cli_options[OPT_COUNT] = {
	[OPT_HELP] = { "help", 'h', NULL, CLI_NONE, "this help" },
	[OPT_VERSION] = { "version", 'V', NULL, CLI_NONE, "the version" },
#define CLI_OPTION(id, name, letter, metavar, value, help) [OPT_##id] = { name, letter, metavar, value, help },
#include "rosetta/cli/options.def"
#undef CLI_OPTION
};

#define LONG_BASE 256   /* getopt's values for options: letters stay below */

/* What getopt wants to know, built from the rows that the command takes. */
struct spec {
	struct option longs[OPT_COUNT + 2];
	char letters[2 * OPT_COUNT + 4];
};

static void spec_add(struct spec *s, int *n, char **letter, enum cli_opt opt)
{
	const struct cli_option *row = &cli_options[opt];

	s->longs[(*n)++] = (struct option){ row->name, row->metavar ? required_argument : no_argument, NULL,
					    LONG_BASE + (int)opt };
	if (row->letter) {
		*(*letter)++ = row->letter;
		if (row->metavar)
			*(*letter)++ = ':';
	}
}

static void spec_of(const struct command *command, struct spec *s)
{
	char *letter = s->letters;
	int n = 0;

	*letter++ = ':';        /* a missing argument is told from an unknown option */
	spec_add(s, &n, &letter, OPT_HELP);
	for (const enum cli_opt *o = command->options; *o != OPT_COUNT; o++)
		spec_add(s, &n, &letter, *o);
	*letter = '\0';
	s->longs[n] = (struct option){ 0 };
}

static enum cli_opt opt_of(const struct command *command, int c)
{
	if (c >= LONG_BASE)
		return (enum cli_opt)(c - LONG_BASE);
	if (c == cli_options[OPT_HELP].letter)
		return OPT_HELP;
	for (const enum cli_opt *o = command->options; *o != OPT_COUNT; o++)
		if (cli_options[*o].letter == c)
			return *o;
	return OPT_COUNT;
}

/* Remembers the first thing that is wrong. */
static void __attribute__((format(printf, 2, 3))) wrong(struct cli_args *args, const char *fmt, ...)
{
	va_list ap;

	if (args->trouble[0])
		return;
	va_start(ap, fmt);
	vsnprintf(args->trouble, sizeof args->trouble, fmt, ap);
	va_end(ap);
}

static void keep(struct cli_args *args, enum cli_opt opt, const char *value)
{
	args->given[opt] = true;
	args->value[opt] = value;
	if (!value)
		return;
	if (args->repeat_count == CLI_MAX_REPEATS) {
		wrong(args, "more than %d options with arguments", CLI_MAX_REPEATS);
		return;
	}
	args->repeat[args->repeat_count].opt = opt;
	args->repeat[args->repeat_count++].value = value;
}

static void operands(struct cli_args *args, int argc, char **argv)
{
	const struct command *command = args->command;
	int count = argc - optind;

	if (count < command->operands_min || count > command->operands_max || count > CLI_MAX_OPERANDS) {
		wrong(args, "%s: usage: rosetta %s [options] %s",
		      count < command->operands_min ? "an argument is missing" : "too many arguments",
		      command->name, command->synopsis);
		return;
	}
	for (int i = 0; i < count; i++) {
		if (command->operand_value == CLI_FILE && !strcmp(argv[optind + i], "-"))
			wrong(args, "a model is a file that can be read anywhere, not a stream: name one (./- if it is called so)");
		args->operand[args->operand_count++] = argv[optind + i];
	}
}

/* Which option was meant by WORD, "--name" or "--name=value", that getopt did not take. */
static void not_taken(struct cli_args *args, const char *word)
{
	char name[64], list[400] = "";
	struct cli_nearest nearest = CLI_NEAREST(name);
	size_t used = 0, count = 0;

	snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
	for (const enum cli_opt *o = args->command->options;; o++) {
		const char *candidate = cli_options[*o == OPT_COUNT ? OPT_HELP : *o].name;

		cli_nearest_offer(&nearest, candidate);
		if (!strncmp(candidate, name, strlen(name)) && used < sizeof list) {
			used += (size_t)snprintf(list + used, sizeof list - used, "%s--%s", count ? ", " : "", candidate);
			count++;
		}
		if (*o == OPT_COUNT)
			break;
	}
	if (count == 1 || (nearest.best && !nearest.distance))
		wrong(args, "option '--%s' takes no argument", nearest.best && !nearest.distance ? nearest.best : list + 2);
	else if (count)
		wrong(args, "option '--%s' may be one of %s", name, list);
	else if (nearest.best)
		wrong(args, "there is no option '--%s'; did you mean '--%s'?", name, nearest.best);
	else
		wrong(args, "there is no option '--%s'", name);
}

bool cli_parse(const struct command *command, int argc, char **argv, struct cli_args *args)
{
	struct spec spec;
	int c;

	*args = (struct cli_args){ .command = command };
	spec_of(command, &spec);
	opterr = 0;
	optind = 0;
	while ((c = getopt_long(argc, argv, spec.letters, spec.longs, NULL)) != -1) {
		if (c == ':')
			wrong(args, "option '%s' needs an argument", argv[optind - 1]);
		else if (c == '?' && optopt && optopt < LONG_BASE)
			wrong(args, "there is no option '-%c'", optopt);
		else if (c == '?')
			not_taken(args, argv[optind - 1]);
		else
			keep(args, opt_of(command, c), optarg);
	}
	if (args->given[OPT_HELP] && !args->trouble[0])
		return true;
	operands(args, argc, argv);
	if (args->trouble[0])
		cli_usage_error(args, "%s", args->trouble);
	return !args->trouble[0] && cli_colour_known(args);
}

static int tell(const struct cli_args *args, bool usage, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof text, fmt, ap);
	return cli_finish(args, NULL, ros_report_trouble(args->command->name, usage, text));
}

int cli_usage_error(const struct cli_args *args, const char *fmt, ...)
{
	va_list ap;
	int status;

	va_start(ap, fmt);
	status = tell(args, true, fmt, ap);
	va_end(ap);
	return status;
}

int cli_failure(const struct cli_args *args, const char *fmt, ...)
{
	va_list ap;
	int status;

	va_start(ap, fmt);
	status = tell(args, false, fmt, ap);
	va_end(ap);
	return status;
}

static bool not_a(const struct cli_args *args, enum cli_opt opt, const char *wanted)
{
	cli_usage_error(args, "--%s: %s wanted, found '%s'", cli_options[opt].name, wanted, args->value[opt]);
	return false;
}

bool cli_count(const struct cli_args *args, enum cli_opt opt, uint64_t *out)
{
	char *end;

	if (!args->given[opt])
		return true;
	errno = 0;
	*out = strtoull(args->value[opt], &end, 10);
	if (errno || end == args->value[opt] || *end || strchr(args->value[opt], '-'))
		return not_a(args, opt, "a whole number");
	return true;
}

bool cli_size(const struct cli_args *args, enum cli_opt opt, uint64_t *out)
{
	static const struct { const char *suffix; double factor; } units[] = {
		{ "", 1 }, { "B", 1 }, { "K", 1e3 }, { "KB", 1e3 }, { "M", 1e6 }, { "MB", 1e6 }, { "G", 1e9 }, { "GB", 1e9 },
		{ "T", 1e12 }, { "TB", 1e12 }, { "KiB", 1024 }, { "MiB", 1048576 }, { "GiB", 1073741824 }, { "TiB", 1099511627776 },
	};
	char *end;
	double n;

	if (!args->given[opt])
		return true;
	n = strtod(args->value[opt], &end);
	if (end == args->value[opt] || !(n > 0))
		return not_a(args, opt, "a size such as 5GB");
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (!strcmp(end, units[i].suffix) && n * units[i].factor < 1e18) {
			*out = (uint64_t)(n * units[i].factor);
			return *out > 0 || not_a(args, opt, "a size of at least one byte");
		}
	return not_a(args, opt, "a size such as 5GB");
}

bool cli_real(const struct cli_args *args, enum cli_opt opt, double *out)
{
	char *end;

	if (!args->given[opt])
		return true;
	*out = strtod(args->value[opt], &end);
	if (end == args->value[opt] || *end || !(*out >= 0) || *out > 1e300)
		return not_a(args, opt, "a number of at least 0");
	return true;
}
