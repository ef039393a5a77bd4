#include "rosetta/cli/convert_options.h"

static int run(const struct cli_args *args)
{
	struct ros_convert_options opt;
	struct cli_progress progress;
	const char *src, *dst;

	if (!cli_source_target(args, args->operand_count, &src, &dst) || !cli_convert_options(args, &opt, &progress))
		return 2;
	return cli_finish(args, &progress, ros_convert(src, dst, &opt));
}

const struct command ros_cmd_convert = {
	.name = "convert",
	.synopsis = "SRC -o DST",
	.summary = "Convert a model to another format or element type",
	.description =
		"Writes SRC as DST, losslessly unless --dtype or --quantize ask otherwise: tensors, tokenizer, chat template and\n"
		"configuration go along, and the digests of the source. A DST without suffix and '-t safetensors' is a Hugging Face\n"
		"folder. NaN, Inf, a wrong dimension or a failed checksum stop the conversion, and nothing is left behind.\n"
		"--include and --exclude match the names that the target has.",
	.options = (const enum cli_opt[]){
		OPT_OUTPUT, OPT_TO, OPT_DTYPE, OPT_QUANTIZE, OPT_IMATRIX, OPT_TENSOR_TYPE, OPT_TOKEN_TYPE, OPT_OUTPUT_TYPE,
		OPT_LEAVE_OUTPUT, OPT_PURE, OPT_ALLOW_REQUANTIZE, OPT_COMPAT, OPT_REPORT, OPT_DRY_RUN, OPT_FORCE, OPT_JOBS, OPT_MAX_SHARD_SIZE, OPT_SPLIT_MAX_SIZE, OPT_SPLIT_MAX_TENSORS,
		OPT_PRESERVE, OPT_COMPRESS, OPT_STRIP, OPT_OWN_METADATA, OPT_DIGEST, OPT_APR_ROWS, OPT_OVERRIDE_KV, OPT_INCLUDE, OPT_EXCLUDE,
		OPT_ALLOW_NONFINITE, OPT_ALLOW_OVERFLOW, OPT_ALLOW_UNKNOWN, OPT_TENSORS, OPT_JSON, OPT_COLOR, OPT_QUIET, OPT_COUNT },
	.examples = (const struct cli_example[]){
		{ "rosetta convert ./Qwen2.5-0.5B -o qwen.gguf", "a Hugging Face folder to GGUF, every weight as it is" },
		{ "rosetta convert qwen.gguf -t safetensors -o qwen-hf", "and back to a folder" },
		{ "rosetta convert ./Qwen2.5-0.5B -q q4_k_m -o qwen-q4.gguf", "straight to a quantized GGUF" },
		{ "rosetta convert -n ./Qwen2.5-0.5B -t apr --dtype f16", "only show the plan" },
		{ NULL, NULL } },
	.operands_min = 1,
	.operands_max = 2,
	.operand_value = CLI_FILE,
	.run = run,
};
