/* What may stand in a family's file: one row per key. */
#ifndef CODEGEN_SCHEMA_H
#define CODEGEN_SCHEMA_H

#include <stdint.h>

#include "codegen/node.h"

enum field_type {
	FIELD_TEXT,
	FIELD_ANY_TEXT,         /* may be "" */
	FIELD_TEXTS,            /* one text, or a list of them */
	FIELD_WORD,             /* one of words */
	FIELD_WHOLE,            /* digits */
	FIELD_BOOL,             /* true, false */
	FIELD_NUMBER,           /* the name of a number of contracts/hparams.def */
	FIELD_FORMULA,
	FIELD_FORMULAS,         /* a list */
	FIELD_MAP,              /* of sub */
	FIELD_LIST,             /* of maps of sub */
	FIELD_NAMED,            /* names to maps of sub; null removes what was inherited */
	FIELD_VALUES            /* any key of the map that names a number: its value (always the last row) */
};

struct field {
	const char *key;
	enum field_type type;
	bool required;
	const struct field *sub;        /* ends with a NULL key */
	const char *const *words;       /* ends with NULL; a word's place is its value in C */
	const char *const *ids;         /* the enumerators, parallel to words */
	uint64_t most;                  /* FIELD_WHOLE: the largest that its place in the tables holds */
};

extern const struct field family_fields[], engine_fields[], role_fields[], tensor_fields[], list_fields[], key_fields[];

/* Checks MAP against FIELDS, parses its formulas; required keys only where COMPLETE (a file that
 * inherits leaves out what it inherits, and removes it by null). */
void schema_check(struct node *map, const struct field *fields, bool complete);

/* The row for KEY. */
const struct field *schema_field(const struct field *fields, const char *key);
/* The C enumerator for the word of FIELD in MAP; the first where absent. */
const char *schema_id(const struct node *map, const struct field *fields, const char *key);

#endif
