/* Formulas of the contracts: parsed once, kept as reverse Polish code, evaluated here for the published
 * sizes with the rules of contracts/expr.h, and written out as tables. */
#ifndef CODEGEN_FORMULA_H
#define CODEGEN_FORMULA_H

#include <stdint.h>

#include "codegen/node.h"

enum { KIND_UINT, KIND_REAL, KIND_BOOL, KIND_SCALING };

/* A row of contracts/hparams.def. */
struct number {
	char *id, *name;        /* N_LAYER, n_layer */
	int kind;
	double cap;
};
extern struct number *numbers;
extern size_t number_count;

/* Reads contracts/hparams.def; false after a message. */
bool numbers_load(const char *file);
/* -1 when unknown. */
int number_by_name(const char *name);
/* The value of a scaling word, -1 when unknown. */
int scaling_by_word(const char *word);

struct op {
	const char *name;       /* "ROS_OP_ADD" */
	uint64_t u;
	double f;
	int code;
};

struct formula {
	const struct node *where;
	const char *text;
	struct op ops[96];
	size_t count;
	int serial;             /* in the family's table, 0: none yet */
};

/* NULL after a message at the position inside the text. */
struct formula *formula_parse(const struct node *where);

enum { VALUE_ABSENT, VALUE_INT, VALUE_REAL, VALUE_FAILED };
struct value {
	int kind;
	uint64_t u;
	double f;
	const char *why;
	bool given;             /* of a number: stated, not defaulted */
};

/* NUMS has number_count values. LAYER < 0: not in a layer. */
struct value formula_eval(const struct formula *f, const struct value *nums, long layer);
bool value_true(struct value v);
/* Does it depend on the layer? */
bool formula_in_layer(const struct formula *f);

#endif
