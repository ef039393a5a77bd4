/* Small formulas of the contracts, compiled by the generator to reverse Polish code:
 * "n_head * head_dim", "layer >= n_layer_dense", "int(rope_partial * head_dim)".
 *
 * A value is a whole number, a real number, or absent. Whole numbers are computed exactly
 * (checked 64 bits; a quotient by / must be whole), a real operand makes the result real. Absent
 * operands make the result absent, so a formula says by itself when it does not apply. */
#ifndef ROS_CONTRACTS_EXPR_H
#define ROS_CONTRACTS_EXPR_H

#include "contracts/hparams.h"

enum ros_op {
	ROS_OP_INT,             /* push u */
	ROS_OP_REAL,            /* push f */
	ROS_OP_HP,              /* push number u (enum ros_hp), the layer's own where each has one */
	ROS_OP_LAYER,           /* push the layer's index */
	ROS_OP_ADD, ROS_OP_SUB, ROS_OP_MUL,
	ROS_OP_DIV,             /* whole operands: must divide; real ones: quotient */
	ROS_OP_FLOORDIV, ROS_OP_MOD,
	ROS_OP_EQ, ROS_OP_NE, ROS_OP_LT, ROS_OP_LE, ROS_OP_GT, ROS_OP_GE,
	ROS_OP_AND, ROS_OP_OR, ROS_OP_NOT,
	ROS_OP_HAS,             /* number u is there, given or defaulted */
	ROS_OP_GIVEN,           /* number u is stated by the source */
	ROS_OP_TRUNC,           /* int(x) */
	ROS_OP_SQRT, ROS_OP_LN,
	ROS_OP_SELECT,          /* c ? a : b; only the chosen one may be absent or fail */
};

struct ros_expr_op {
	uint8_t op;             /* enum ros_op */
	uint64_t u;
	double f;
};

/* Empty (count 0) where the contract says nothing. TEXT is the formula as written, for messages. */
struct ros_expr {
	const struct ros_expr_op *ops;
	uint16_t count;
	const char *text;
};

#define ROS_EXPR_DEPTH 32       /* the generator refuses deeper stacks */

struct ros_num {
	enum { ROS_NUM_ABSENT, ROS_NUM_INT, ROS_NUM_REAL, ROS_NUM_FAILED } kind;
	uint64_t u;
	double f;
	const char *why;        /* ROS_NUM_FAILED: "overflows", "does not divide" ...; static */
};

/* Evaluates E for HP in LAYER (ROS_NO_LAYER outside layers: "layer" is absent then). */
struct ros_num ros_expr_eval(const struct ros_expr *e, const struct ros_hparams *hp, uint32_t layer);

/* A whole number; ROS_ECONTRACT quoting the formula and the reason otherwise. */
int ros_expr_u64(const struct ros_expr *e, const struct ros_hparams *hp, uint32_t layer, uint64_t *out,
		 struct ros_error *err);

/* An empty formula is DEFLT; absent is false. */
bool ros_expr_true(const struct ros_expr *e, const struct ros_hparams *hp, uint32_t layer, bool deflt);

#endif
