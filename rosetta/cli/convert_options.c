#include "rosetta/cli/convert_options.h"

#include <string.h>

static bool compat(const struct cli_args *args, struct ros_convert_options *opt)
{
	if (!args->given[OPT_COMPAT])
		return true;
	opt->llama_cpp_2025 = !strcmp(args->value[OPT_COMPAT], "llama.cpp-2025");
	if (!opt->llama_cpp_2025 && strcmp(args->value[OPT_COMPAT], "llama.cpp")) {
		cli_usage_error(args, "--compat: llama.cpp or llama.cpp-2025 wanted, found '%s'", args->value[OPT_COMPAT]);
		return false;
	}
	opt->compat_llama_cpp = true;
	return true;
}

bool cli_convert_options(const struct cli_args *args, struct ros_convert_options *opt, struct cli_progress *progress)
{
	uint64_t tensors = 0;

	*opt = (struct ros_convert_options){ .size = sizeof *opt };
	if (!cli_run_options(args, &opt->run, progress) || !cli_size(args, OPT_MAX_SHARD_SIZE, &opt->split_max_size) ||
	    !cli_size(args, OPT_SPLIT_MAX_SIZE, &opt->split_max_size) ||
	    !cli_count(args, OPT_SPLIT_MAX_TENSORS, &tensors) || !compat(args, opt))
		return false;
	if (args->given[OPT_SPLIT_MAX_TENSORS] && !tensors) {
		cli_usage_error(args, "--%s: a number of at least 1 wanted", cli_options[OPT_SPLIT_MAX_TENSORS].name);
		return false;
	}
	opt->split_max_tensors = tensors > UINT32_MAX ? UINT32_MAX : (uint32_t)tensors;
	opt->to = args->value[OPT_TO];
	opt->dtype = args->value[OPT_DTYPE];
	opt->quantize = args->value[OPT_QUANTIZE];
	opt->dry_run = args->given[OPT_DRY_RUN];
	opt->force = args->given[OPT_FORCE];
	opt->preserve = args->given[OPT_PRESERVE];
	opt->strip = args->given[OPT_STRIP];
	opt->own_metadata = args->given[OPT_OWN_METADATA];
	opt->digest = args->value[OPT_DIGEST];
	opt->allow_nonfinite = args->given[OPT_ALLOW_NONFINITE];
	opt->allow_overflow = args->given[OPT_ALLOW_OVERFLOW];
	opt->allow_unknown = args->given[OPT_ALLOW_UNKNOWN];
	opt->compress = args->value[OPT_COMPRESS];
	opt->override_kv = cli_values(args, OPT_OVERRIDE_KV);
	opt->tensor_types = cli_values(args, OPT_TENSOR_TYPE);
	opt->token_embedding_type = args->value[OPT_TOKEN_TYPE];
	opt->output_tensor_type = args->value[OPT_OUTPUT_TYPE];
	opt->imatrix = args->value[OPT_IMATRIX];
	opt->pure = args->given[OPT_PURE];
	opt->leave_output_tensor = args->given[OPT_LEAVE_OUTPUT];
	opt->allow_requantize = args->given[OPT_ALLOW_REQUANTIZE];
	opt->quality = args->given[OPT_REPORT];
	return true;
}

bool cli_target_is_file(const struct cli_args *args, const char *dst)
{
	if (!dst || strcmp(dst, "-"))
		return true;
	cli_usage_error(args, "a model appears whole or not at all, so it is no stream: name a file or folder (./- if it is called so)");
	return false;
}

bool cli_source_target(const struct cli_args *args, int count, const char **src, const char **dst)
{
	*src = args->operand[0];
	*dst = args->given[OPT_OUTPUT] ? args->value[OPT_OUTPUT] : count > 1 ? args->operand[1] : NULL;
	if (args->given[OPT_OUTPUT] && count > 1) {
		cli_usage_error(args, "two targets: '%s' and -o '%s'", args->operand[1], args->value[OPT_OUTPUT]);
		return false;
	}
	if (!*dst && !args->given[OPT_DRY_RUN]) {
		cli_usage_error(args, "where to? give -o DST");
		return false;
	}
	return cli_target_is_file(args, *dst);
}
