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

/* The whole number NAME, 0 when absent; the real one. */
uint64_t whole_of(const struct value *nums, const char *name);
double real_of(const struct value *nums, const char *name);
bool has_number(const struct value *nums, const char *name);

#endif
