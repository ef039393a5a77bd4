/* The arithmetic of a published size: its numbers with the family's defaults, its matrices. */
#ifndef CODEGEN_SIZE_H
#define CODEGEN_SIZE_H

#include "codegen/family.h"

/* A published size of a family. */
struct size {
	const struct family *fam;
	const char *name;
	const struct node *node;
	struct value *nums;     /* number_count of them */
};

/* NUMS has number_count entries. A default that fails is reported. */
void size_numbers(const struct family *fam, const struct node *size, struct value *nums);

/* One role in one size: COUNT matrices (over layers and indexes) of ROWS x COLS. */
struct matrices {
	uint64_t count, rows, cols;
	bool counts;            /* among the published parameters: there, required, not tied away */
};

/* False after a message at the role's shape, naming the size. */
bool size_role(const struct family *fam, const char *size_name, size_t role, const struct value *nums, struct matrices *out);

/* Is the role there for these numbers, in this layer (-1: not in a layer)? */
bool size_has_role(const struct node *role, const struct value *nums, long layer);

/* What a number may be where a size has it. Real ones are compared as whole multiples of 1 / SCALE, which a C compiler
 * can do in a static assertion. Ids as in the published contracts: ALG algebraic invariants, UB, RB and SI metadata bounds. */
struct bound {
	const char *name;
	double scale;           /* 0: a whole number */
	uint64_t least, most;
	const char *source;
};
extern const struct bound size_bounds[];
extern const size_t size_bound_count;
/* The number that B is about, scaled; false where the size has none. */
bool size_scaled(const struct bound *b, const struct value *nums, uint64_t *out);

/* The whole number NAME, 0 when absent; the real one. */
uint64_t whole_of(const struct value *nums, const char *name);
double real_of(const struct value *nums, const char *name);
bool has_number(const struct value *nums, const char *name);

#endif
