/* The named mixtures of GGUF files: what `-q Q4_K_M` means and what general.file_type records.
 * Source: llama.h (enum llama_ftype), llama.cpp's quantize tool (names and aliases), llama-quant.cpp (default types). */
#ifndef ROS_QUANT_FTYPE_H
#define ROS_QUANT_FTYPE_H

#include "formats/dtype.h"

/* Numbered as general.file_type stores them; gaps are types that were withdrawn. */
enum ros_ftype {
	ROS_FT_F32 = 0, ROS_FT_F16 = 1, ROS_FT_Q4_0 = 2, ROS_FT_Q4_1 = 3, ROS_FT_Q8_0 = 7, ROS_FT_Q5_0 = 8, ROS_FT_Q5_1 = 9,
	ROS_FT_Q2_K = 10, ROS_FT_Q3_K_S = 11, ROS_FT_Q3_K_M = 12, ROS_FT_Q3_K_L = 13, ROS_FT_Q4_K_S = 14, ROS_FT_Q4_K_M = 15,
	ROS_FT_Q5_K_S = 16, ROS_FT_Q5_K_M = 17, ROS_FT_Q6_K = 18, ROS_FT_IQ2_XXS = 19, ROS_FT_IQ2_XS = 20, ROS_FT_Q2_K_S = 21,
	ROS_FT_IQ3_XS = 22, ROS_FT_IQ3_XXS = 23, ROS_FT_IQ1_S = 24, ROS_FT_IQ4_NL = 25, ROS_FT_IQ3_S = 26, ROS_FT_IQ3_M = 27,
	ROS_FT_IQ2_S = 28, ROS_FT_IQ2_M = 29, ROS_FT_IQ4_XS = 30, ROS_FT_IQ1_M = 31, ROS_FT_BF16 = 32, ROS_FT_TQ1_0 = 36,
	ROS_FT_TQ2_0 = 37, ROS_FT_MXFP4_MOE = 38, ROS_FT_NVFP4 = 39, ROS_FT_Q1_0 = 40, ROS_FT_Q2_0 = 41,
	ROS_FT_COUNT
};

/* A set of them. */
#define ROS_FT_BIT(ftype) (UINT64_C(1) << (ftype))

struct ros_ftype_info {
	const char *name;       /* NULL in a gap */
	const char *alias;      /* or NULL */
	enum ros_dtype type;    /* of a tensor that no rule singles out */
};

extern const struct ros_ftype_info ros_ftypes[ROS_FT_COUNT];

/* By name or alias in any case ('-' counts as '_'), or by its number; ROS_FT_COUNT where none fits. */
enum ros_ftype ros_ftype_by_name(struct ros_str name);

#endif
