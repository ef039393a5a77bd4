#include "codegen/family.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct family *families;
size_t family_count;

const char *const format_keys[3] = { "safetensors", "gguf", "apr" };

static struct family *family_by_key(const char *key)
{
	size_t i;

	for (i = 0; i < family_count; i++)
		if (!strcmp(families[i].key, key))
			return &families[i];
	return NULL;
}

static bool never_inherited(const char *key)
{
	static const char *const own[] = { "family", "display_name", "vendor", "inherit", "classes", "model_types",
					   "gguf_when", "apr_aliases", "sizes" };
	size_t i;

	for (i = 0; i < sizeof own / sizeof own[0]; i++)
		if (!strcmp(own[i], key))
			return true;
	return false;
}

static struct node *merge_maps(const struct node *parent, const struct node *child)
{
	struct node *out = node_copy_map(parent);
	size_t i;

	for (i = 0; i < child->count; i++)
		if (!node_is_null(child->item[i]))
			node_put(out, child->key[i], child->item[i]);
		else if (node_get(out, child->key[i]->text))
			node_drop(out, child->key[i]->text);
		else
			fail_at(child->key[i], "`%s`: nothing to remove here", child->key[i]->text);
	out->file = child->file;
	out->line = child->line;
	out->col = child->col;
	return out;
}

static bool merge(struct family *f)
{
	const struct node *inherit = node_get(f->root, "inherit");
	struct family *parent;
	struct node *out;
	size_t i;

	if (f->merged || !inherit)
		return f->merged = true;
	parent = family_by_key(inherit->text);
	if (!parent || f->merging) {
		fail_at(inherit, parent ? "inherit: `%s` inherits from itself" : "inherit: no family `%s`", inherit->text);
		return false;
	}
	f->merging = true;
	if (!merge(parent))
		return false;
	out = node_copy_map(f->root);
	for (i = 0; i < parent->root->count; i++) {
		const char *key = parent->root->key[i]->text;
		struct node *own = node_get(f->root, key);

		if (!own && !never_inherited(key))
			node_put(out, parent->root->key[i], parent->root->item[i]);
		else if (own && (!strcmp(key, "roles") || !strcmp(key, "engine")))
			node_put(out, node_key(f->root, key), merge_maps(parent->root->item[i], own));
	}
	f->root = out;
	f->merging = false;
	return f->merged = true;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct family *)a)->key, ((const struct family *)b)->key);
}

static void load_one(const char *file)
{
	struct node *root = node_load(file);
	struct node *key;

	if (!root)
		return;
	schema_check(root, family_fields, !node_get(root, "inherit"));
	key = node_get(root, "family");
	if (!key || key->kind != NODE_SCALAR)
		return;
	if (!islower((unsigned char)*key->text) || key->text[strspn(key->text, "abcdefghijklmnopqrstuvwxyz0123456789_")])
		fail_at(key, "family: `%s`: small letters, digits and `_` make a family's key, a letter first", key->text);
	if (family_by_key(key->text))
		fail_at(key, "family `%s` has a file already", key->text);
	families = need(realloc(families, (family_count + 1) * sizeof *families));
	families[family_count++] = (struct family){ .key = key->text, .file = file, .root = root };
}

bool families_load(char **files, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		load_one(files[i]);
	if (failures())
		return false;
	qsort(families, family_count, sizeof *families, by_key);
	for (i = 0; i < family_count; i++)
		merge(&families[i]);
	for (i = 0; i < family_count && !failures(); i++)
		schema_check(families[i].root, family_fields, true);
	return failures() == 0;
}

size_t tensor_rules(const struct family *fam, int f, struct node ***rules)
{
	const struct node *list = node_get(fam->root, format_keys[f]);
	const char *other = node_text(list, "same_as", NULL);
	const struct node *tensors = node_get(other ? node_get(fam->root, other) : list, "tensors");
	size_t i, n = 0;

	*rules = need(calloc(tensors ? tensors->count + 1 : 1, sizeof **rules));
	for (i = 0; tensors && i < tensors->count; i++)
		if (!other || (!node_get(tensors->item[i], "derive") && !bool_at(tensors->item[i], "read_only")))
			(*rules)[n++] = tensors->item[i];
	return n;
}

int role_index(const struct family *fam, const char *name)
{
	const struct node *roles = node_get(fam->root, "roles");
	size_t i;

	for (i = 0; i < roles->count; i++)
		if (!strcmp(roles->key[i]->text, name))
			return (int)i;
	return -1;
}

size_t texts_of(const struct node *map, const char *key, struct node ***texts)
{
	struct node *n = node_get(map, key);

	if (!n)
		return 0;
	if (n->kind == NODE_LIST) {
		*texts = n->item;
		return n->count;
	}
	*texts = need(calloc(1, sizeof **texts));
	(*texts)[0] = n;
	return 1;
}

const struct formula *formula_at(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	return n ? n->formula : NULL;
}

bool bool_at(const struct node *map, const char *key)
{
	return !strcmp(node_text(map, key, "false"), "true");
}

bool word_is(const struct node *map, const char *key, const char *word)
{
	return !strcmp(node_text(map, key, ""), word);
}
