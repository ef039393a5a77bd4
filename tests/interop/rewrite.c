/* Opens a model of any format and stores it again, for the scripts here that hand our files to other programs.
 *
 *     rewrite IN OUT [shard=TENSORS] [bytes=BYTES] [lz4|zstd]
 *
 * The format is OUT's suffix. Exit 0 done, 1 refused with the reason on standard error, 2 usage. */
#include "formats/apr.h"
#include "formats/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool option(struct ros_write_options *opt, const char *text)
{
	if (!strncmp(text, "shard=", 6))
		opt->max_shard_tensors = (uint32_t)strtoul(text + 6, NULL, 10);
	else if (!strncmp(text, "bytes=", 6))
		opt->max_shard_bytes = strtoull(text + 6, NULL, 10);
	else if (!strcmp(text, "lz4"))
		opt->compress = ROS_COMPRESS_LZ4;
	else if (!strcmp(text, "zstd"))
		opt->compress = ROS_COMPRESS_ZSTD;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	struct ros_write_options opt = { .force = true };
	struct ros_error err = { 0 };
	enum ros_format_id format;
	struct ros_model m;
	bool good = argc >= 3;

	for (int i = 3; i < argc; i++)
		good = good && option(&opt, argv[i]);
	format = good ? ros_format_by_suffix(ros_str_of(argv[2])) : ROS_FORMAT_COUNT;
	if (format == ROS_FORMAT_COUNT) {
		fputs("usage: rewrite IN OUT [shard=TENSORS] [bytes=BYTES] [lz4|zstd]\n", stderr);
		return 2;
	}
	if (!ros_model_open(&m, argv[1], NULL, &err)) {
		ros_model_store(&m, format, argv[2], &opt, &err);
		ros_model_release(&m);
	}
	if (!err.code && opt.compress)
		ros_apr_compress_file(argv[2], argv[2], opt.compress, opt.compress_level, true, &err);
	if (err.code)
		fprintf(stderr, "%s: %s\n", err.file, err.text);
	return err.code != 0;
}
