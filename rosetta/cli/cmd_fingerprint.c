#include "rosetta/cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Says what went wrong with PATH and removes TEMP; returns 2. */
static int cannot_write(const struct cli_args *args, const char *path, const char *temp, int errnum)
{
	remove(temp);
	return cli_failure(args, "cannot write %s: %s", path, strerror(errnum));
}

/* Writes TEXT as PATH, whole or not at all; "-" is standard output. */
static int write_manifest(const struct cli_args *args, const char *path, const char *text)
{
	char temp[4096];
	FILE *f;

	if (!strcmp(path, "-"))
		return fputs(text, stdout) < 0 ? cannot_write(args, "standard output", "", errno) : 0;
	if (!args->given[OPT_FORCE] && !access(path, F_OK))
		return cli_usage_error(args, "%s exists; --force replaces it", path);
	if ((size_t)snprintf(temp, sizeof temp, "%s.%ld.tmp", path, (long)getpid()) >= sizeof temp)
		return cli_usage_error(args, "the name of the manifest is too long");
	f = fopen(temp, "wx");
	if (!f)
		return cannot_write(args, path, "", errno);
	if (fputs(text, f) < 0 || fflush(f) || fsync(fileno(f))) {
		int errnum = errno;

		fclose(f);
		return cannot_write(args, path, temp, errnum);
	}
	if (fclose(f) || rename(temp, path))
		return cannot_write(args, path, temp, errno);
	return 0;
}

#define MANIFEST_MAX ((size_t)1 << 30)

/* All of standard input, malloc'ed; NULL, the reason told, where it cannot be had. */
static char *read_stdin(const struct cli_args *args, size_t *len)
{
	size_t room = 1 << 16, got;
	char *text = malloc(room), *more;

	*len = 0;
	while (text && (got = fread(text + *len, 1, room - *len, stdin)) > 0) {
		*len += got;
		if (*len < room)
			continue;
		more = room < MANIFEST_MAX ? realloc(text, room *= 2) : NULL;
		if (!more)
			free(text);
		text = more;
	}
	if (!text || ferror(stdin))
		cli_failure(args, "cannot read the manifest from standard input: %s", text ? strerror(errno) : "too large");
	if (text && ferror(stdin)) {
		free(text);
		text = NULL;
	}
	return text;
}

/* The manifest to compare with; *TEXT is the caller's to free. False where it cannot be read. */
static bool check_with(const struct cli_args *args, struct ros_fingerprint_options *opt, char **text)
{
	*text = NULL;
	opt->check = args->value[OPT_CHECK];
	if (!opt->check || strcmp(opt->check, "-"))
		return true;
	*text = read_stdin(args, &opt->check_len);
	opt->check_text = *text;
	opt->check = "standard input";
	return *text;
}

static int run(const struct cli_args *args)
{
	struct ros_fingerprint_options opt = { .size = sizeof opt };
	struct cli_progress progress;
	struct ros_report *report;
	char *manifest, *given;
	int status = 0;
	bool to_stdout = args->given[OPT_OUTPUT] && !strcmp(args->value[OPT_OUTPUT], "-");

	if (to_stdout && args->given[OPT_JSON])
		return cli_usage_error(args, "the manifest and the JSON report cannot both go to standard output");
	if (!cli_run_options(args, &opt.run, &progress) || !check_with(args, &opt, &given))
		return 2;
	opt.digest = args->value[OPT_DIGEST];
	opt.files = args->given[OPT_OUTPUT];
	report = ros_fingerprint(args->operand[0], &opt);
	free(given);
	if (args->given[OPT_OUTPUT] && ros_report_exit(report) == 0) {
		manifest = ros_report_manifest(report);
		cli_progress_end(&progress);
		status = manifest ? write_manifest(args, args->value[OPT_OUTPUT], manifest) : cli_failure(args, "out of memory");
		free(manifest);
	}
	if (!status)
		return cli_finish_on(to_stdout ? stderr : stdout, args, &progress, report);
	ros_report_free(report);
	return status;
}

const struct command ros_cmd_fingerprint = {
	.name = "fingerprint",
	.synopsis = "MODEL",
	.summary = "Digest a model, so that equal values have equal digests in any format",
	.description =
		"Prints for every tensor and for the model the canonical digest (the values in Hugging Face names and order, widened to\n"
		"float32), the same in SafeTensors, GGUF and APR, and the raw digest (the stored bytes, under the file's own names).\n"
		"What the canonical digest leaves out is listed.\n"
		"--include and --exclude match Hugging Face names.",
	.options = (const enum cli_opt[]){
		OPT_OUTPUT, OPT_CHECK, OPT_DIGEST, OPT_FORCE, OPT_INCLUDE, OPT_EXCLUDE, OPT_APR_ROWS, OPT_JOBS, OPT_JSON, OPT_COLOR, OPT_QUIET, OPT_COUNT },
	.examples = (const struct cli_example[]){
		{ "rosetta fingerprint model.gguf", "print the digests" },
		{ "rosetta fingerprint model.gguf -o model.sums && sha256sum -c model.sums", "a manifest that other tools read" },
		{ "rosetta fingerprint ./model-hf --check model.sums", "is the folder the same model as that GGUF?" },
		{ NULL, NULL } },
	.lists = true,
	.operands_min = 1,
	.operands_max = 1,
	.operand_value = CLI_FILE,
	.run = run,
};
