/* Writes the tables of contracts/contract.h, and the proofs that a C compiler can repeat. */
#ifndef CODEGEN_EMIT_H
#define CODEGEN_EMIT_H

#include <stdio.h>

#include "codegen/family.h"

/* The tables of one family: formulas and strings first, `const struct ros_contract ros_contract_KEY` last. */
void emit_family(FILE *out, struct family *fam);
/* ros_contracts[] and its count. */
void emit_registry(FILE *out);
/* _Static_asserts for the published sizes, each with its source and under a #line of the family's file. */
void emit_asserts(FILE *out, struct family *fam);

/* "families/x.yaml" for messages in the output: no folder of the machine. */
const char *short_name(const char *file);

#endif
