/* The families as the files say them, inheritance resolved. */
#ifndef CODEGEN_FAMILY_H
#define CODEGEN_FAMILY_H

#include "codegen/formula.h"
#include "codegen/schema.h"

struct family {
	const char *key;
	const char *file;       /* as given */
	struct node *root;      /* merged */
	bool merging, merged;
};

extern struct family *families;
extern size_t family_count;

/* Loads, checks, merges and sorts; false after messages. What a file that says `inherit` leaves out is as in that family;
 * roles and engine are merged key by key (null removes), other sections replaced whole; names, sizes and
 * aliases are never inherited. */
bool families_load(char **files, size_t count);

extern const char *const format_keys[3];        /* safetensors, gguf, apr: in the order of enum ros_format_id */

/* The tensor rules of format F, same_as followed (which leaves out what is only recognised). */
size_t tensor_rules(const struct family *fam, int f, struct node ***rules);

/* The index of a role, -1 when unknown. */
int role_index(const struct family *fam, const char *name);
/* The texts at KEY: one or a list. */
size_t texts_of(const struct node *map, const char *key, struct node ***texts);
/* The formula at KEY, NULL when absent. */
const struct formula *formula_at(const struct node *map, const char *key);
bool bool_at(const struct node *map, const char *key);
bool word_is(const struct node *map, const char *key, const char *word);

#endif
