#include "codegen/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define MAX_NESTING 16

static int failed;

int failures(void)
{
	return failed;
}

void *need(void *p)
{
	if (!p) {
		fputs("codegen: out of memory\n", stderr);
		exit(2);
	}
	return p;
}

char *text_of(const char *fmt, ...)
{
	va_list ap, again;
	int len;
	char *text;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	text = need(malloc((size_t)len + 1));
	vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return text;
}

void fail_at(const struct node *where, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d:%d: ", where->file, where->line, where->col);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	failed++;
}

static struct node *node_at(const char *file, yaml_mark_t mark, enum node_kind kind)
{
	struct node *n = need(calloc(1, sizeof *n));

	n->kind = kind;
	n->file = file;
	n->line = (int)mark.line + 1;
	n->col = (int)mark.column + 1;
	return n;
}

static void append(struct node *to, struct node *key, struct node *value)
{
	to->item = need(realloc(to->item, (to->count + 1) * sizeof *to->item));
	to->item[to->count] = value;
	if (to->kind == NODE_MAP) {
		to->key = need(realloc(to->key, (to->count + 1) * sizeof *to->key));
		to->key[to->count] = key;
	}
	to->count++;
}

static struct node *build(yaml_document_t *doc, int index, const char *file, int depth);

static void build_map(struct node *map, yaml_document_t *doc, yaml_node_t *from, int depth)
{
	yaml_node_pair_t *pair;

	for (pair = from->data.mapping.pairs.start; pair < from->data.mapping.pairs.top; pair++) {
		struct node *key = build(doc, pair->key, map->file, depth + 1);
		struct node *value = build(doc, pair->value, map->file, depth + 1);

		if (!key || !value)
			continue;
		if (key->kind != NODE_SCALAR)
			fail_at(key, "a key must be a plain word");
		else if (node_get(map, key->text))
			fail_at(key, "`%s` stands here twice", key->text);
		else
			append(map, key, value);
	}
}

static struct node *build(yaml_document_t *doc, int index, const char *file, int depth)
{
	yaml_node_t *from = yaml_document_get_node(doc, index);
	struct node *n;
	yaml_node_item_t *item;

	if (from->type == YAML_SCALAR_NODE) {
		n = node_at(file, from->start_mark, NODE_SCALAR);
		n->text = text_of("%s", (const char *)from->data.scalar.value);
		n->plain = from->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		return n;
	}
	n = node_at(file, from->start_mark, from->type == YAML_MAPPING_NODE ? NODE_MAP : NODE_LIST);
	if (depth > MAX_NESTING) {
		fail_at(n, "nested too deep");
		return NULL;
	}
	if (n->kind == NODE_MAP) {
		build_map(n, doc, from, depth);
		return n;
	}
	for (item = from->data.sequence.items.start; item < from->data.sequence.items.top; item++) {
		struct node *value = build(doc, *item, file, depth + 1);

		if (value)
			append(n, NULL, value);
	}
	return n;
}

static void fail_parse(const char *file, const yaml_parser_t *parser)
{
	fprintf(stderr, "%s:%d:%d: %s%s%s\n", file, (int)parser->problem_mark.line + 1, (int)parser->problem_mark.column + 1,
		parser->context ? parser->context : "", parser->context ? ": " : "", parser->problem ? parser->problem : "cannot be read");
	failed++;
}

/* What follows the first document: nothing, or an error at its place. */
static void refuse_more(const char *file, yaml_parser_t *parser)
{
	yaml_document_t doc;

	if (!yaml_parser_load(parser, &doc)) {
		fail_parse(file, parser);
		return;
	}
	if (yaml_document_get_root_node(&doc))
		fail_at(node_at(file, doc.start_mark, NODE_MAP), "a second document: a family's file is one");
	yaml_document_delete(&doc);
}

struct node *node_load(const char *file)
{
	FILE *f = fopen(file, "rb");
	yaml_parser_t parser;
	yaml_document_t doc;
	struct node *root = NULL;

	if (!f) {
		fprintf(stderr, "%s:1:1: cannot be opened\n", file);
		failed++;
		return NULL;
	}
	if (!yaml_parser_initialize(&parser))
		need(NULL);
	yaml_parser_set_input_file(&parser, f);
	if (!yaml_parser_load(&parser, &doc)) {
		fail_parse(file, &parser);
	} else {
		if (yaml_document_get_root_node(&doc))
			root = build(&doc, 1, text_of("%s", file), 0);
		yaml_document_delete(&doc);
		if (!root || root->kind != NODE_MAP) {
			fprintf(stderr, "%s:1:1: a family's file is one mapping\n", file);
			failed++;
			root = NULL;
		}
		refuse_more(file, &parser);
	}
	yaml_parser_delete(&parser);
	fclose(f);
	return root;
}

static size_t position(const struct node *map, const char *key)
{
	size_t i;

	for (i = 0; i < map->count; i++)
		if (strcmp(map->key[i]->text, key) == 0)
			break;
	return i;
}

struct node *node_get(const struct node *map, const char *key)
{
	size_t i;

	if (!map || map->kind != NODE_MAP)
		return NULL;
	i = position(map, key);
	return i < map->count ? map->item[i] : NULL;
}

struct node *node_key(const struct node *map, const char *key)
{
	return map->key[position(map, key)];
}

const char *node_text(const struct node *map, const char *key, const char *otherwise)
{
	const struct node *n = node_get(map, key);

	return n && n->kind == NODE_SCALAR ? n->text : otherwise;
}

void node_put(struct node *map, struct node *key, struct node *value)
{
	size_t i = position(map, key->text);

	if (i == map->count) {
		append(map, key, value);
		return;
	}
	map->key[i] = key;
	map->item[i] = value;
}

void node_drop(struct node *map, const char *key)
{
	size_t i = position(map, key);

	if (i == map->count)
		return;
	map->count--;
	memmove(map->key + i, map->key + i + 1, (map->count - i) * sizeof *map->key);
	memmove(map->item + i, map->item + i + 1, (map->count - i) * sizeof *map->item);
}

bool node_is_null(const struct node *n)
{
	return n->kind == NODE_SCALAR && n->plain && (!*n->text || !strcmp(n->text, "~") || !strcmp(n->text, "null"));
}

struct node *node_copy_map(const struct node *map)
{
	struct node *copy = need(calloc(1, sizeof *copy));
	size_t i;

	*copy = *map;
	copy->item = NULL;
	copy->key = NULL;
	copy->count = 0;
	for (i = 0; i < map->count; i++)
		append(copy, map->key[i], map->item[i]);
	return copy;
}
