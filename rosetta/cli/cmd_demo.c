#include "rosetta/cli/command.h"
#include "rosetta/cli/demo_model.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The demonstration's folder and what it has found so far. */
struct demo {
	char dir[512];
	char first_digest[80];
	bool colour;
	int failures;
};

static void path_in(const struct demo *d, const char *name, char path[1024])
{
	snprintf(path, 1024, "%s/%s", d->dir, name);
}

/* One line: a tick or a cross, what was done, what came of it. */
static void tell(struct demo *d, bool good, const char *what, const char *detail)
{
	printf("  %s%s%s %-44s %s\n", d->colour ? (good ? "\033[32m" : "\033[31m") : "", good ? "ok " : "BAD", d->colour ? "\033[0m" : "",
	       what, detail);
	d->failures += !good;
}

static bool write_file(const char *path, const unsigned char *start, size_t size)
{
	FILE *f = fopen(path, "wbx");
	bool good = f && fwrite(start, 1, size, f) == size;

	if (f)
		good &= fclose(f) == 0;
	return good;
}

static bool unpack(struct demo *d)
{
	char path[1024];
	const char *tmp = getenv("TMPDIR");

	snprintf(d->dir, sizeof d->dir, "%s/rosetta-demo-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(d->dir))
		return false;
	path_in(d, "adder", path);
	if (mkdir(path, 0700))
		return false;
	for (const struct demo_file *f = demo_files; f->name; f++) {
		snprintf(path, sizeof path, "%s/adder/%s", d->dir, f->name);
		if (!write_file(path, f->start, (size_t)(f->end - f->start)))
			return false;
	}
	return true;
}

/* FROM -> TO in FORMAT; then TO is compared with FROM. */
static void hop(struct demo *d, const char *from, const char *to, const char *format)
{
	struct ros_convert_options copt = { .size = sizeof copt, .to = format };
	struct ros_compare_options vopt = { .size = sizeof vopt };
	char a[1024], b[1024], what[128];
	struct ros_report *r;

	path_in(d, from, a);
	path_in(d, to, b);
	r = ros_convert(a, b, &copt);
	snprintf(what, sizeof what, "convert %s -> %s", from, to);
	tell(d, ros_report_exit(r) == 0, what, ros_report_exit(r) ? ros_report_message(r) : "");
	ros_report_free(r);
	r = ros_verify(a, b, &vopt);
	snprintf(what, sizeof what, "verify  %s = %s", from, to);
	tell(d, ros_report_exit(r) == 0, what, ros_report_message(r));
	ros_report_free(r);
}

/* The canonical digest must be the first one's. */
static void fingerprint(struct demo *d, const char *name)
{
	struct ros_fingerprint_options opt = { .size = sizeof opt };
	char path[1024], what[128];
	struct ros_report *r;
	char *digest;

	path_in(d, name, path);
	r = ros_fingerprint(path, &opt);
	digest = ros_report_canonical(r);
	if (digest && !d->first_digest[0])
		snprintf(d->first_digest, sizeof d->first_digest, "%s", digest);
	snprintf(what, sizeof what, "fingerprint %s", name);
	tell(d, digest && !strcmp(digest, d->first_digest), what, digest ? digest : ros_report_message(r));
	free(digest);
	ros_report_free(r);
}

/* Flips the lowest bit of one byte in the middle of NAME's weights. */
static bool flip_byte(const struct demo *d, const char *name)
{
	char path[1024];
	unsigned char byte = 0;
	struct stat st;
	bool good;
	int fd;

	path_in(d, name, path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	good = !fstat(fd, &st) && pread(fd, &byte, 1, st.st_size / 2) == 1;
	byte ^= 1;
	good = good && pwrite(fd, &byte, 1, st.st_size / 2) == 1;
	return !close(fd) && good;
}

/* The planted defect has to be found, and the tensor named. */
static void negative_control(struct demo *d, const char *source, const char *damaged)
{
	struct ros_compare_options opt = { .size = sizeof opt };
	char a[1024], b[1024], detail[512] = "not found";
	struct ros_report *r;
	bool caught;

	path_in(d, source, a);
	path_in(d, damaged, b);
	r = ros_verify(a, b, &opt);
	caught = ros_report_exit(r) == 1 && ros_report_finding_count(r) > 0;
	for (size_t i = 0; caught && i < ros_report_finding_count(r); i++)
		if (ros_report_finding(r, i).fatal) {
			snprintf(detail, sizeof detail, "found: %s %s", ros_report_finding(r, i).tensor, ros_report_finding(r, i).message);
			break;
		}
	tell(d, caught, "verify, after one bit was flipped", detail);
	ros_report_free(r);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int run(const struct cli_args *args)
{
	struct demo d = { .colour = cli_colour(args, STDOUT_FILENO) };

	if (!unpack(&d))
		return cli_failure(args, "cannot write in %s: %s", d.dir, strerror(errno));
	printf("A model of 1.28 million weights that adds two numbers, around the house and back:\n\n");
	hop(&d, "adder", "adder.apr", "apr");
	hop(&d, "adder.apr", "adder.gguf", "gguf");
	hop(&d, "adder.gguf", "adder-back", "safetensors");
	printf("\nThe same values have the same canonical fingerprint in every format:\n\n");
	fingerprint(&d, "adder");
	fingerprint(&d, "adder.apr");
	fingerprint(&d, "adder.gguf");
	fingerprint(&d, "adder-back");
	printf("\nAnd what is not the same is found:\n\n");
	if (flip_byte(&d, "adder.gguf"))
		negative_control(&d, "adder", "adder.gguf");
	else
		tell(&d, false, "flip a bit of adder.gguf", strerror(errno));
	nftw(d.dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	printf("\n%s\n", d.failures ? "Something is wrong: see above." : "All of it holds. Next: rosetta help convert");
	return d.failures ? 1 : 0;
}

const struct command ros_cmd_demo = {
	.name = "demo",
	.synopsis = "",
	.summary = "Show the whole main job on a built-in model, offline, in seconds",
	.description = "Unpacks a small trained model into a temporary folder, converts it SafeTensors -> APR -> GGUF -> SafeTensors,\n"
		"verifies every hop, compares fingerprints, flips one bit and shows that it is found. Leaves nothing behind.",
	.options = (const enum cli_opt[]){ OPT_COLOR, OPT_COUNT },
	.run = run,
};
