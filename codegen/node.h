/* A YAML file as a tree that remembers where everything stood. The generator is a short-lived
 * build tool: it frees nothing, and a failed allocation ends it. */
#ifndef CODEGEN_NODE_H
#define CODEGEN_NODE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	const char *file;
	int line, col;          /* from 1 */
	bool plain;             /* a scalar without quotes */
	char *text;             /* scalars */
	struct node **item;     /* lists and the values of maps */
	struct node **key;      /* maps */
	size_t count;
	struct formula *formula; /* scalars where the schema wants a formula */
};

/* Reads FILE. NULL after printing file:line:col: message. Duplicate keys, aliases that nest too deep and
 * files without exactly one document are errors. */
struct node *node_load(const char *file);

/* The value of KEY in MAP, NULL when absent or MAP is NULL. */
struct node *node_get(const struct node *map, const char *key);
/* The key node itself, for its position. */
struct node *node_key(const struct node *map, const char *key);
/* The text of the scalar at KEY, or OTHERWISE. */
const char *node_text(const struct node *map, const char *key, const char *otherwise);

/* Adds KEY: VALUE at the end, or replaces the value. */
void node_put(struct node *map, struct node *key, struct node *value);
void node_drop(struct node *map, const char *key);
/* ~, null or nothing, without quotes. */
bool node_is_null(const struct node *n);
/* A map with the same members. */
struct node *node_copy_map(const struct node *map);

/* Prints file:line:col: message and counts it. */
void fail_at(const struct node *where, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* How many were printed so far. */
int failures(void);

void *need(void *p);            /* ends the program when P is NULL */
char *text_of(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
