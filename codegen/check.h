/* What must hold inside a family's file beyond its grammar. Every failed check is reported at its place. */
#ifndef CODEGEN_CHECK_H
#define CODEGEN_CHECK_H

#include "codegen/size.h"

/* Names unique per format, every role named in every format, parts that fit together, keys, tokens, published sizes. */
void check_family(const struct family *fam);
/* Between families: a name belongs to one family, families that share a GGUF architecture can be told apart. */
void check_families(void);

/* The three key lists: one key for a number, spellings unique, types that hold the number. (check_keys.c) */
void check_key_lists(const struct family *fam);
/* The published sizes: divisibility, GQA, RoPE parity, FFN expansion, bounds, parameter counts. (check_sizes.c) */
void check_sizes(const struct family *fam);

/* What holds in one published size: shapes that depend on each other, names and roles layer by layer, values of keys. */
void check_shapes(const struct size *s);
void check_names(const struct size *s);
void check_keys(const struct size *s);
/* ... and engine switches, which must say what the roles, rows and values say. (check_switches.c) */
void check_switches(const struct size *s);

/* Two rules whose conditions are not the same text. */
bool told_apart(const struct node *a, const struct node *b);

#endif
