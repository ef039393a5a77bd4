#include "codegen/emit.h"

#include <stdlib.h>
#include <string.h>

struct tables {
	struct family *fam;
	FILE *early;            /* formulas and lists that the tables point to */
	FILE *late;             /* the tables */
	const struct formula *known[1024];
	int formulas, lists;
};

const char *short_name(const char *file)
{
	const char *slash = strrchr(file, '/');

	return text_of("families/%s", slash ? slash + 1 : file);
}

static void emit_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\n')
			fputs("\\n", out);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f || c == '?')
			fprintf(out, "\\%03o", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void emit_text_or_null(FILE *out, const char *text)
{
	if (text)
		emit_text(out, text);
	else
		fputs("NULL", out);
}

/* The serial number of F's code in this family's tables; written out at first use. */
static int formula_serial(struct tables *t, const struct formula *f)
{
	size_t i;
	int n;

	for (n = 0; n < t->formulas; n++)
		if (!strcmp(t->known[n]->text, f->text))
			return n;
	if (t->formulas == 1024)
		need(NULL);
	t->known[t->formulas++] = f;
	fprintf(t->early, "static const struct ros_expr_op %s_f%d[] = {", t->fam->key, n);
	for (i = 0; i < f->count; i++) {
		const struct op *op = &f->ops[i];

		if (!strcmp(op->name, "ROS_OP_HP") || !strcmp(op->name, "ROS_OP_HAS") || !strcmp(op->name, "ROS_OP_GIVEN"))
			fprintf(t->early, " { %s, ROS_HP_%s, 0 },", op->name, numbers[op->u].id);
		else if (!strcmp(op->name, "ROS_OP_REAL"))
			fprintf(t->early, " { %s, 0, %.17g },", op->name, op->f);
		else
			fprintf(t->early, " { %s, %lluu, 0 },", op->name, (unsigned long long)op->u);
	}
	fputs(" };\n", t->early);
	return n;
}

static void emit_formula(struct tables *t, const char *member, const struct formula *f)
{
	int serial;

	if (!f)
		return;
	serial = formula_serial(t, f);
	fprintf(t->late, " .%s = { %s_f%d, %zu, ", member, t->fam->key, serial, f->count);
	emit_text(t->late, f->text);
	fputs(" },", t->late);
}

static void emit_formula_at(struct tables *t, const struct node *map, const char *key)
{
	emit_formula(t, key, formula_at(map, key));
}

/* A NULL-terminated list of strings; MEMBER stays NULL where there is none. */
static void emit_texts(struct tables *t, const struct node *map, const char *key, const char *member)
{
	struct node **texts;
	size_t count = texts_of(map, key, &texts), i;

	if (!count)
		return;
	fprintf(t->early, "static const char *const %s_l%d[] = { ", t->fam->key, t->lists);
	for (i = 0; i < count; i++) {
		emit_text(t->early, texts[i]->text);
		fputs(", ", t->early);
	}
	fputs("NULL };\n", t->early);
	fprintf(t->late, " .%s = %s_l%d,", member, t->fam->key, t->lists++);
}

static void emit_engine(struct tables *t)
{
	const struct node *engine = node_get(t->fam->root, "engine");
	const struct field *f;

	fputs("\t.engine = {", t->late);
	for (f = engine_fields; f->key; f++)
		if (f->type == FIELD_FORMULA)
			emit_formula_at(t, engine, f->key);
		else if (f->type == FIELD_WORD)
			fprintf(t->late, " .%s = %s,", f->key, schema_id(engine, engine_fields, f->key));
		else
			fprintf(t->late, " .%s = %s,", f->key, node_text(engine, f->key, "false"));
	fputs(" },\n", t->late);
}

static void emit_roles(struct tables *t)
{
	const struct node *roles = node_get(t->fam->root, "roles");
	size_t i;

	fprintf(t->late, "static const struct ros_role %s_roles[] = {\n", t->fam->key);
	for (i = 0; i < roles->count; i++) {
		const struct node *r = roles->item[i], *shape = node_get(r, "shape");
		const char *tied = node_text(r, "tied_to", NULL);

		fprintf(t->late, "\t{ .name = \"%s\", .per_layer = %s, .presence = %s,", roles->key[i]->text,
			schema_id(r, role_fields, "per"), tied ? "ROS_TIED" : schema_id(r, role_fields, "presence"));
		emit_formula(t, "rows", shape->item[0]->formula);
		emit_formula(t, "cols", shape->count > 1 ? shape->item[1]->formula : NULL);
		emit_formula_at(t, r, "each");
		emit_formula_at(t, r, "rope_heads");
		emit_formula_at(t, r, "when");
		emit_formula_at(t, r, "required");
		if (tied)
			fprintf(t->late, " .tied_to = %d,", role_index(t->fam, tied));
		else
			fputs(" .tied_to = ROS_NO_ROLE,", t->late);
		fprintf(t->late, " .line = %d },\n", roles->key[i]->line);
	}
	fputs("};\n", t->late);
}

static void emit_parts(struct tables *t, const struct node *rule, int serial)
{
	struct node **of;
	size_t count = texts_of(rule, "of", &of), i;

	fprintf(t->early, "static const struct ros_tensor_part %s_p%d[] = {", t->fam->key, serial);
	for (i = 0; i < count; i++)
		fprintf(t->early, " { %d, %s },", role_index(t->fam, of[i]->text), schema_id(rule, tensor_fields, "value"));
	fputs(" };\n", t->early);
	fprintf(t->late, " .parts = %s_p%d, .part_count = %zu,", t->fam->key, serial, count);
}

static void emit_dims(struct tables *t, const struct node *rule)
{
	const struct node *dims = node_get(rule, "dims");
	size_t i;

	if (!dims)
		return;
	for (i = 0; i < dims->count; i++)
		emit_formula(t, text_of("dims[%zu]", i), dims->item[i]->formula);
	fprintf(t->late, " .ndim = %zu,", dims->count);
}

static void emit_tensors(struct tables *t, int format)
{
	static int parts;
	struct node **rules;
	size_t count = tensor_rules(t->fam, format, &rules), i;

	if (format == 0)
		parts = 0;
	fprintf(t->late, "static const struct ros_tensor_rule %s_%s[] = {\n", t->fam->key, format_keys[format]);
	for (i = 0; i < count; i++) {
		const struct node *rule = rules[i];

		fputs("\t{ .name = ", t->late);
		emit_text(t->late, node_text(rule, "name", ""));
		fputc(',', t->late);
		if (node_get(rule, "of"))
			emit_parts(t, rule, parts++);
		emit_formula_at(t, rule, "groups");
		emit_formula_at(t, rule, "when");
		emit_dims(t, rule);
		fprintf(t->late, " .transposed = %s, .keep_f32 = %s, .optional_read = %s, .derive = %s, .line = %d },\n",
			node_text(rule, "transposed", "false"), node_text(rule, "keep_f32", "false"),
			node_text(rule, "read_only", "false"), schema_id(rule, tensor_fields, "derive"), rule->line);
	}
	fputs("};\n", t->late);
}

/* The spellings of a list, those of the list it copies included. */
static const struct node *spellings_of(const struct family *fam, const struct node *list)
{
	const char *other = node_text(list, "same_as", NULL);

	return node_get(other && !node_get(list, "spellings") ? node_get(fam->root, other) : list, "spellings");
}

static void emit_list(struct tables *t, int format)
{
	const struct node *list = node_get(t->fam->root, format_keys[format]);
	const struct node *spellings = spellings_of(t->fam, list);
	size_t i;

	fprintf(t->late, "\t.tensors[%s] = { %s_%s, sizeof %s_%s / sizeof %s_%s[0], .pair_rows = %s, .write_tied = %s,",
		format == 0 ? "ROS_FORMAT_SAFETENSORS" : format == 1 ? "ROS_FORMAT_GGUF" : "ROS_FORMAT_APR", t->fam->key,
		format_keys[format], t->fam->key, format_keys[format], t->fam->key, format_keys[format],
		schema_id(list, list_fields, "rows"), node_text(list, "write_tied", "false"));
	if (spellings) {
		fprintf(t->early, "static const struct ros_spelling %s_s%d[] = {", t->fam->key, format);
		for (i = 0; i < spellings->count; i++) {
			fputs(" { ", t->early);
			emit_text(t->early, node_text(spellings->item[i], "read", ""));
			fputs(", ", t->early);
			emit_text(t->early, node_text(spellings->item[i], "write", ""));
			fputs(" },", t->early);
		}
		fputs(" };\n", t->early);
		fprintf(t->late, " .spellings = %s_s%d, .spelling_count = %zu,", t->fam->key, format, spellings->count);
	}
	fputs(" },\n", t->late);
}

static void emit_keys(struct tables *t, const char *section)
{
	const struct node *keys = node_get(t->fam->root, section);
	size_t i;

	fprintf(t->late, "static const struct ros_key_rule %s_%s[] = {\n", t->fam->key, section);
	for (i = 0; i < keys->count; i++) {
		const struct node *k = keys->item[i];
		const char *is = node_text(k, "is", NULL), *text = node_text(k, "text", NULL);

		fputs("\t{ .key = ", t->late);
		emit_text(t->late, node_text(k, "key", ""));
		fputc(',', t->late);
		emit_texts(t, k, "aliases", "aliases");
		fprintf(t->late, " .source = %s, .hp = ROS_HP_%s, .type = %s,",
			text ? "ROS_KEY_TEXT" : schema_id(k, key_fields, "source"), is ? numbers[number_by_name(is)].id : "COUNT",
			schema_id(k, key_fields, "type"));
		emit_formula_at(t, k, "value");
		emit_formula_at(t, k, "when");
		fprintf(t->late, " .per_layer = %s,", schema_id(k, key_fields, "per"));
		if (text) {
			fputs(" .text = ", t->late);
			emit_text(t->late, text);
			fputc(',', t->late);
		}
		fprintf(t->late, " .line = %d },\n", k->line);
	}
	fputs("};\n", t->late);
}

static void emit_defaults(struct tables *t)
{
	const struct node *defaults = node_get(t->fam->root, "defaults");
	size_t i;

	fprintf(t->late, "static const struct ros_default %s_defaults[] = {\n", t->fam->key);
	for (i = 0; i < defaults->count; i++) {
		fprintf(t->late, "\t{ .hp = ROS_HP_%s,", numbers[number_by_name(node_text(defaults->item[i], "is", ""))].id);
		emit_formula_at(t, defaults->item[i], "value");
		fputs(" },\n", t->late);
	}
	fputs("};\n", t->late);
}

static void emit_size(struct tables *t, const struct node *key, const struct node *size, int serial)
{
	size_t i, n = 0;

	fprintf(t->early, "static const struct ros_size_value %s_v%d[] = {", t->fam->key, serial);
	for (i = 0; i < size->count; i++) {
		int hp = number_by_name(size->key[i]->text);
		const char *text = size->item[i]->text;

		if (hp < 0)
			continue;
		n++;
		if (numbers[hp].kind == KIND_REAL)
			fprintf(t->early, " { ROS_HP_%s, 0, %.17g },", numbers[hp].id, strtod(text, NULL));
		else
			fprintf(t->early, " { ROS_HP_%s, %lluu, 0 },", numbers[hp].id,
				numbers[hp].kind == KIND_BOOL ? (unsigned long long)!strcmp(text, "true") :
				numbers[hp].kind == KIND_SCALING ? (unsigned long long)scaling_by_word(text) : strtoull(text, NULL, 10));
	}
	fputs(" };\n", t->early);
	fputs("\t{ .name = ", t->late);
	emit_text(t->late, key->text);
	fputs(", .repo = ", t->late);
	emit_text(t->late, node_text(size, "repo", ""));
	fprintf(t->late, ", .parameters = %su, .values = %s_v%d, .value_count = %zu, .line = %d },\n",
		node_text(size, "parameters", "0"), t->fam->key, serial, n, key->line);
}

static void emit_sizes(struct tables *t)
{
	const struct node *sizes = node_get(t->fam->root, "sizes");
	size_t i;

	fprintf(t->late, "static const struct ros_size %s_sizes[] = {\n", t->fam->key);
	for (i = 0; i < sizes->count; i++)
		emit_size(t, sizes->key[i], sizes->item[i], (int)i);
	fputs("};\n", t->late);
}

static void emit_tokenizer(struct tables *t)
{
	const struct node *tok = node_get(t->fam->root, "tokenizer"), *list = node_get(tok, "tokens");
	size_t i;

	if (list) {
		fprintf(t->early, "static const struct ros_special_token %s_tokens[] = {\n", t->fam->key);
		for (i = 0; i < list->count; i++) {
			fputs("\t{ ", t->early);
			emit_text(t->early, node_text(list->item[i], "use", ""));
			fputs(", ", t->early);
			emit_text(t->early, node_text(list->item[i], "text", ""));
			fprintf(t->early, ", %s },\n", node_text(list->item[i], "id", "-1"));
		}
		fputs("};\n", t->early);
	}
	fputs("\t.tokenizer = { .model = ", t->late);
	emit_text_or_null(t->late, node_text(tok, "model", NULL));
	fputs(", .pre = ", t->late);
	emit_text_or_null(t->late, node_text(tok, "pre", NULL));
	fputs(", .chat_format = ", t->late);
	emit_text_or_null(t->late, node_text(tok, "chat_format", NULL));
	fputs(", .chat_template = ", t->late);
	emit_text_or_null(t->late, node_text(tok, "chat_template", NULL));
	if (list)
		fprintf(t->late, ", .tokens = %s_tokens, .token_count = %zu", t->fam->key, list->count);
	fputs(" },\n", t->late);
}

static void emit_contract(struct tables *t)
{
	const struct node *root = t->fam->root, *quantize = node_get(root, "quantize");
	static const char *const sections[] = { "config", "gguf", "apr" };
	const char *key = t->fam->key;
	int i;

	fprintf(t->late, "static const struct ros_contract contract_%s = {\n\t.key = \"%s\", .display_name = ", key, key);
	emit_text(t->late, node_text(root, "display_name", ""));
	fputs(", .vendor = ", t->late);
	emit_text(t->late, node_text(root, "vendor", ""));
	fputs(", .file = ", t->late);
	emit_text(t->late, short_name(t->fam->file));
	fputs(",\n\t.gguf_arch = ", t->late);
	emit_text(t->late, node_text(root, "gguf_arch", ""));
	fputs(", .apr_arch = ", t->late);
	emit_text(t->late, node_text(root, "apr_arch", ""));
	fputs(",\n\t", t->late);
	emit_texts(t, root, "classes", "classes");
	emit_texts(t, root, "model_types", "model_types");
	emit_texts(t, root, "apr_aliases", "apr_aliases");
	emit_formula_at(t, root, "gguf_when");
	fputc('\n', t->late);
	emit_engine(t);
	fprintf(t->late, "\t.roles = %s_roles, .role_count = sizeof %s_roles / sizeof %s_roles[0],\n", key, key, key);
	for (i = 0; i < 3; i++)
		emit_list(t, i);
	for (i = 0; i < 3; i++)
		fprintf(t->late, "\t.%s = { %s_%s_keys, sizeof %s_%s_keys / sizeof %s_%s_keys[0] },\n", sections[i], key,
			sections[i], key, sections[i], key, sections[i]);
	fprintf(t->late, "\t.defaults = %s_defaults, .default_count = sizeof %s_defaults / sizeof %s_defaults[0],\n", key, key, key);
	fprintf(t->late, "\t.sizes = %s_sizes, .size_count = sizeof %s_sizes / sizeof %s_sizes[0],\n", key, key, key);
	emit_tokenizer(t);
	fprintf(t->late, "\t.quantize = { .second_mixture = %s, .big_layers = %s, .big_needs_gqa = %s },\n};\n\n",
		node_text(quantize, "second_mixture", "false"), node_text(quantize, "big_layers", "0"), node_text(quantize, "big_needs_gqa", "false"));
}

void emit_family(FILE *out, struct family *fam)
{
	char *early = NULL, *late = NULL;
	size_t early_len, late_len;
	struct tables t = { .fam = fam };
	int i;

	t.early = need(open_memstream(&early, &early_len));
	t.late = need(open_memstream(&late, &late_len));
	emit_roles(&t);
	for (i = 0; i < 3; i++)
		emit_tensors(&t, i);
	emit_keys(&t, "config_keys");
	emit_keys(&t, "gguf_keys");
	emit_keys(&t, "apr_keys");
	emit_defaults(&t);
	emit_sizes(&t);
	emit_contract(&t);
	fclose(t.early);
	fclose(t.late);
	fprintf(out, "/* ---- %s ---- */\n\n%s\n%s", short_name(fam->file), early, late);
	free(early);
	free(late);
}

void emit_registry(FILE *out)
{
	size_t i;

	fputs("const struct ros_contract *const ros_contracts[] = {\n", out);
	for (i = 0; i < family_count; i++)
		fprintf(out, "\t&contract_%s,\n", families[i].key);
	fprintf(out, "};\nconst size_t ros_contract_count = %zu;\n", family_count);
}
