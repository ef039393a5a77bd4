/* The tables behind quant/recipe.h: which tensors are left alone, of which kind a name is, and
 * the rows that single tensors out. Source: llama-quant.cpp of February 2025 and of 2026. */
#ifndef ROS_QUANT_RECIPE_RULES_H
#define ROS_QUANT_RECIPE_RULES_H

#include "quant/recipe.h"

enum ros_tensor_kind {
	ROS_KIND_OUTPUT, ROS_KIND_TOKEN_EMBD,
	ROS_KIND_ATTN_V, ROS_KIND_ATTN_QKV, ROS_KIND_ATTN_K, ROS_KIND_ATTN_Q, ROS_KIND_ATTN_OUTPUT,
	ROS_KIND_FFN_UP, ROS_KIND_FFN_GATE, ROS_KIND_FFN_DOWN,
	ROS_KIND_OTHER,
	ROS_KIND_ANY                   /* in rules only */
};

/* What may be true of a tensor: i is its place among its kind in processing order, or, where there
 * are experts, its layer (feed-forward kinds only); n the number of layers, or of attn_v tensors. */
enum ros_recipe_fact {
	ROS_IF_GQA4 = 1 << 0,           /* n_head / n_head_kv >= 4 */
	ROS_IF_EXPERTS4 = 1 << 1,       /* four or more experts */
	ROS_IF_EXPERTS8 = 1 << 2,       /* exactly eight */
	ROS_IF_IMATRIX = 1 << 3,
	ROS_IF_SECOND = 1 << 4,         /* the family has the second mixture (recipe.h) */
	ROS_IF_FIRST2 = 1 << 5,         /* i < 2 */
	ROS_IF_FIRST4 = 1 << 6,         /* i < 4 */
	ROS_IF_EIGHTH = 1 << 7,         /* i < n/8 */
	ROS_IF_SIXTEENTH = 1 << 8,      /* i < n/16 */
	ROS_IF_MIDDLE = 1 << 9,         /* n/8 <= i < 7n/8 */
	ROS_IF_MORE_BITS = 1 << 10,     /* i < n/8, or i >= 7n/8, or (i - n/8) mod 3 = 2 */
	ROS_IF_EXPERTS = 1 << 11,       /* the tensor is a stack of experts */
	ROS_IF_NO_FIT = 1 << 12,        /* rows do not divide into blocks of the default type */
	ROS_IF_Q8_0 = 1 << 13,          /* the default type is Q8_0 */
	ROS_IF_RUNNING_EIGHTH = 1 << 14, /* as ROS_IF_EIGHTH, but i never the layer */
};

/* A tensor of KIND in a file of one of FTYPES for which all of WHEN and none of UNLESS hold gets TYPE. The
 * first row that fits decides; none: the default type. */
struct ros_recipe_rule {
	enum ros_tensor_kind kind;
	uint64_t ftypes;
	unsigned when, unless;
	enum ros_dtype type;
};
extern const struct ros_recipe_rule ros_recipe_rules[];
extern const size_t ros_recipe_rule_count;

/* The kind of a name in that generation. */
enum ros_tensor_kind ros_tensor_kind_of(struct ros_str name, enum ros_recipe_generation generation);

/* True where a tensor of this name is never quantized. */
bool ros_recipe_keeps(struct ros_str name, enum ros_recipe_generation generation);

/* The type that replaces TYPE where rows do not divide into its blocks: the same type where none does. */
enum ros_dtype ros_recipe_fallback(enum ros_dtype type, enum ros_recipe_generation generation);

#endif
