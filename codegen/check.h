/* What must hold inside a family's file beyond its grammar; see also sizes (check_sizes.c). */
#ifndef CODEGEN_CHECK_H
#define CODEGEN_CHECK_H

#include "codegen/family.h"

/* Names unique per format, every role named in every format, parts that fit together, keys unique, tokens. */
void check_family(const struct family *fam);
/* The published sizes: divisibility, GQA, RoPE parity, FFN expansion, bounds, parameter counts. */
void check_sizes(const struct family *fam);
/* Between families: a class has one family, families that share a GGUF architecture can be told apart. */
void check_families(void);

#endif
