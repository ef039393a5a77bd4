#include "rosetta/cli/convert_options.h"

#include <string.h>

static bool ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), m = strlen(tail);

	return n >= m && !strcmp(s + n - m, tail);
}

/* IN OUT TYPE, or IN TYPE with -o OUT. */
static int run(const struct cli_args *args)
{
	struct ros_convert_options opt;
	struct cli_progress progress;
	const char *src, *dst;

	if (!cli_source_target(args, args->operand_count - 1, &src, &dst) || !cli_convert_options(args, &opt, &progress))
		return 2;
	opt.verb = "quantize";
	opt.quantize = args->operand[args->operand_count - 1];
	if (!opt.to)
		opt.to = dst && ends_with(dst, ".apr") ? "apr" : dst && ends_with(dst, ".safetensors") ? "safetensors" : "gguf";
	return cli_finish(args, &progress, ros_convert(src, dst, &opt));
}

const struct command ros_cmd_quantize = {
	.name = "quantize",
	.synopsis = "IN OUT TYPE",
	.summary = "Quantize a model, each tensor as llama-quantize does",
	.description =
		"Writes IN, a model of any format, as OUT (GGUF, or APR by its suffix), each tensor in the type that llama-quantize\n"
		"chooses and with the bytes that it writes. TYPE: q4_k_m, q5_k_m, q6_k, q8_0, q4_0, iq4_xs, q3_k_m, mxfp4_moe, f16 ...\n"
		"With --compat llama.cpp the whole file is the same. Types that had to be replaced are named.\n"
		"--include and --exclude match the names that OUT has.",
	.options = (const enum cli_opt[]){
		OPT_OUTPUT, OPT_TO, OPT_IMATRIX, OPT_TENSOR_TYPE, OPT_TOKEN_TYPE, OPT_OUTPUT_TYPE, OPT_LEAVE_OUTPUT, OPT_PURE, OPT_ALLOW_REQUANTIZE,
		OPT_COMPAT, OPT_REPORT, OPT_DRY_RUN, OPT_FORCE, OPT_JOBS, OPT_MAX_SHARD_SIZE, OPT_SPLIT_MAX_SIZE, OPT_SPLIT_MAX_TENSORS, OPT_STRIP, OPT_DIGEST, OPT_APR_ROWS,
		OPT_OVERRIDE_KV, OPT_INCLUDE, OPT_EXCLUDE, OPT_ALLOW_NONFINITE, OPT_ALLOW_OVERFLOW, OPT_ALLOW_UNKNOWN, OPT_TENSORS, OPT_JSON,
		OPT_COLOR, OPT_QUIET, OPT_COUNT },
	.examples = (const struct cli_example[]){
		{ "rosetta quantize ./Qwen2.5-0.5B qwen-q4.gguf q4_k_m", "straight from the folder" },
		{ "rosetta quantize --report qwen-f16.gguf qwen-q6.gguf q6_k", "and say what each tensor lost" },
		{ "rosetta quantize -n ./Qwen2.5-0.5B q5_k_m", "only the types and the exact sizes" },
		{ NULL, NULL } },
	.operands_min = 2,
	.operands_max = 3,
	.operand_value = CLI_FILE,
	.also = CLI_QUANT,
	.run = run,
};
