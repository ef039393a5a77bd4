/* Which element type each tensor of a GGUF file gets when it is quantized to a named mixture,
 * chosen as llama.cpp's llama-quantize chooses.
 *
 *     struct ros_recipe r = { .ftype = ROS_FT_Q4_K_M, .hparams = { .n_layer = 28, ... }, ROS_RECIPE_NO_TYPES };
 *     ros_recipe_choose(&r, tensors, count, choices, &err);
 *
 * The rules themselves are rows of quant/recipe_rules.c. Two generations of the tool differ:
 *
 *                                   2025 (Feb, c392e50)          2026
 *     attn_qkv, attn_kv_b           rule of its own, none        as attn_v
 *     q2_K, q3_K that do not fit    iq4_nl                       q4_0
 *     32-blocks that do not fit     error                        f16
 *     shape fallback with pure      no: error                    yes
 *     per_layer_token_embd          like any tensor              as token_embd
 *     kept as they are              a shorter list               recipe_rules.c
 *     needs an importance matrix    not iq3_xxs                  iq3_xxs too
 *
 * Layer: formats <- quant. What depends on a family comes in through hparams. */
#ifndef ROS_QUANT_RECIPE_H
#define ROS_QUANT_RECIPE_H

#include "formats/model.h"
#include "quant/ftype.h"

enum ros_recipe_generation { ROS_RECIPE_2026, ROS_RECIPE_2025 };

/* What the rules ask about a model. The first four are metadata of the file; the rest is the family's. */
struct ros_recipe_hparams {
	uint32_t n_layer;               /* ARCH.block_count */
	uint32_t n_head, n_head_kv;     /* of layer 0 */
	uint32_t n_expert;              /* 0 where there are none */
	bool second_mixture;            /* other mixtures of ffn_down and attn_output, and a Q8_0 output */
	uint32_t large_layers;          /* a model of this many layers gets a better attn_v; 0: never */
	bool large_needs_gqa;           /* ... only where n_head != n_head_kv */
	bool mxfp4_ffn_only;            /* MXFP4_MOE: of the 3-dimensional tensors only ffn_* are experts */
	const char *const *keep;        /* names that contain one of these stay as they are; ends with NULL; may be NULL */
	const char *const *at_least_q8; /* names that contain one of these get Q8_0; likewise */
};

/* --tensor-type PATTERN=TYPE: a POSIX extended regular expression, searched for anywhere in the name, case
 * ignored; \d, \w, \s and (?: are understood as in the ECMAScript expressions that llama-quantize takes. */
struct ros_recipe_override {
	const char *pattern;
	enum ros_dtype type;
};

struct ros_recipe {
	enum ros_ftype ftype;
	enum ros_recipe_generation generation;
	struct ros_recipe_hparams hparams;
	bool copy_only;                 /* every tensor keeps its type */
	bool pure;                      /* no mixture: the default type throughout */
	bool leave_output;              /* output.weight keeps its type */
	bool have_imatrix;
	bool without_imatrix;           /* dry run: a type that needs an importance matrix is no error */
	bool allow_requantize;          /* tensors that are quantized already may be quantized again */
	enum ros_dtype token_embedding; /* ROS_DTYPE_COUNT: not given */
	enum ros_dtype output;          /* likewise */
	const struct ros_recipe_override *overrides;
	size_t override_count;
};
/* What no option was given for; to be set, for 0 is a type. */
#define ROS_RECIPE_NO_TYPES .token_embedding = ROS_DTYPE_COUNT, .output = ROS_DTYPE_COUNT

struct ros_recipe_choice {
	enum ros_dtype type;
	enum ros_dtype wanted;          /* what the rules asked for; differs from TYPE where the shape forbade it */
	bool quantizable;               /* false: kept as it is */
	bool needs_imatrix;             /* the result would be poor without */
};

/* OUT[i] is the choice for TENSORS[i], COUNT of them in any order (the rules count them in the tool's
 * order, quant/tensor_order.h). ROS_EUSAGE naming the tensor: a shape no type fits, a requantization
 * not allowed, an importance matrix wanted, a pattern that is no expression; ROS_EFORMAT: an expert tensor whose
 * name has no layer below n_layer; ROS_EUNSUPPORTED: integers or such that cannot become floats. */
int ros_recipe_choose(const struct ros_recipe *r, const struct ros_tensor *tensors, size_t count,
	struct ros_recipe_choice *out, struct ros_error *err);

/* Reads n_layer, n_head, n_head_kv and n_expert from META under general.architecture. Missing ones are 0
 * (n_head_kv: n_head). An array's first element counts. */
void ros_recipe_read_meta(struct ros_recipe_hparams *hp, const struct ros_meta *meta);

#endif
