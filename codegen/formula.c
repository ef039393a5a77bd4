/* Grammar, loosest first:  c ? a : b | or | and | not | comparison | + - | * / // % | primary */
#include "codegen/formula.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 32

enum code {
	OP_INT, OP_REAL, OP_HP, OP_LAYER, OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_FLOORDIV, OP_MOD, OP_EQ, OP_NE, OP_LT, OP_LE,
	OP_GT, OP_GE, OP_AND, OP_OR, OP_NOT, OP_HAS, OP_GIVEN, OP_TRUNC, OP_SQRT, OP_LN, OP_SELECT
};
static const char *const op_names[] = {
	"ROS_OP_INT", "ROS_OP_REAL", "ROS_OP_HP", "ROS_OP_LAYER", "ROS_OP_ADD", "ROS_OP_SUB", "ROS_OP_MUL", "ROS_OP_DIV",
	"ROS_OP_FLOORDIV", "ROS_OP_MOD", "ROS_OP_EQ", "ROS_OP_NE", "ROS_OP_LT", "ROS_OP_LE", "ROS_OP_GT", "ROS_OP_GE",
	"ROS_OP_AND", "ROS_OP_OR", "ROS_OP_NOT", "ROS_OP_HAS", "ROS_OP_GIVEN", "ROS_OP_TRUNC", "ROS_OP_SQRT", "ROS_OP_LN",
	"ROS_OP_SELECT"
};

struct parse {
	struct formula *f;
	const char *at;
	int depth;              /* of nesting */
	int stack, deepest;     /* of values */
	bool failed;
};

static void complain(struct parse *p, const char *what)
{
	struct node here = *p->f->where;

	if (p->failed)
		return;
	p->failed = true;
	here.col += (int)(p->at - p->f->text) + (here.plain ? 0 : 1);
	fail_at(&here, "formula `%s`: %s", p->f->text, what);
}

static void emit(struct parse *p, enum code code, uint64_t u, double f, int effect)
{
	struct op *op;

	if (p->f->count == sizeof p->f->ops / sizeof p->f->ops[0]) {
		complain(p, "too long");
		return;
	}
	op = &p->f->ops[p->f->count++];
	*op = (struct op){ op_names[code], u, f, code };
	p->stack += effect;
	if (p->stack > MAX_DEPTH)
		complain(p, "too many values at once");
}

static bool word(struct parse *p, const char *w)
{
	size_t len = strlen(w);

	while (*p->at == ' ')
		p->at++;
	if (strncmp(p->at, w, len) != 0 || (isalpha((unsigned char)*w) && (isalnum((unsigned char)p->at[len]) || p->at[len] == '_')))
		return false;
	p->at += len;
	return true;
}

static void choice(struct parse *p);

static bool name(struct parse *p, char *out, size_t room)
{
	size_t n = 0;

	while (*p->at == ' ')
		p->at++;
	while ((isalnum((unsigned char)p->at[n]) || p->at[n] == '_') && n + 1 < room) {
		out[n] = p->at[n];
		n++;
	}
	out[n] = '\0';
	return n > 0 && !isdigit((unsigned char)out[0]);
}

static void number_argument(struct parse *p, enum code code)
{
	char id[64];
	int hp;

	if (!word(p, "(") || !name(p, id, sizeof id)) {
		complain(p, "wants the name of a number in parentheses");
		return;
	}
	hp = number_by_name(id);
	if (hp < 0) {
		complain(p, "not a number of contracts/hparams.def");
		return;
	}
	p->at += strlen(id);
	emit(p, code, (uint64_t)hp, 0, 1);
	if (!word(p, ")"))
		complain(p, "`)` expected");
}

static void identifier(struct parse *p)
{
	static const struct { const char *word; enum code code; } calls[] = {
		{ "int", OP_TRUNC }, { "sqrt", OP_SQRT }, { "ln", OP_LN },
	};
	char id[64];
	size_t i;
	int hp;

	if (word(p, "has")) {
		number_argument(p, OP_HAS);
		return;
	}
	if (word(p, "given")) {
		number_argument(p, OP_GIVEN);
		return;
	}
	for (i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (word(p, calls[i].word)) {
			if (!word(p, "("))
				complain(p, "`(` expected");
			choice(p);
			if (!word(p, ")"))
				complain(p, "`)` expected");
			emit(p, calls[i].code, 0, 0, 0);
			return;
		}
	if (word(p, "layer")) {
		emit(p, OP_LAYER, 0, 0, 1);
		return;
	}
	if (!name(p, id, sizeof id)) {
		complain(p, "a number or a name is expected here");
		return;
	}
	hp = number_by_name(id);
	if (hp >= 0)
		emit(p, OP_HP, (uint64_t)hp, 0, 1);
	else if (scaling_by_word(id) >= 0)
		emit(p, OP_INT, (uint64_t)scaling_by_word(id), 0, 1);
	else
		complain(p, "not a number of contracts/hparams.def");
	p->at += strlen(id);
}

static void primary(struct parse *p)
{
	char *end;

	if (++p->depth > MAX_DEPTH)
		complain(p, "nested too deep");
	if (p->failed)
		return;
	if (word(p, "(")) {
		choice(p);
		if (!word(p, ")"))
			complain(p, "`)` expected");
	} else if (isdigit((unsigned char)*p->at)) {
		size_t digits = strspn(p->at, "0123456789");

		if (p->at[digits] == '.' || p->at[digits] == 'e')
			emit(p, OP_REAL, 0, strtod(p->at, &end), 1);
		else
			emit(p, OP_INT, strtoull(p->at, &end, 10), 0, 1);
		p->at = end;
	} else {
		identifier(p);
	}
	p->depth--;
}

static void product(struct parse *p)
{
	primary(p);
	while (!p->failed) {
		enum code code;

		if (word(p, "//"))
			code = OP_FLOORDIV;
		else if (word(p, "*"))
			code = OP_MUL;
		else if (word(p, "/"))
			code = OP_DIV;
		else if (word(p, "%"))
			code = OP_MOD;
		else
			return;
		primary(p);
		emit(p, code, 0, 0, -1);
	}
}

static void sum(struct parse *p)
{
	product(p);
	while (!p->failed) {
		enum code code;

		if (word(p, "+"))
			code = OP_ADD;
		else if (word(p, "-"))
			code = OP_SUB;
		else
			return;
		product(p);
		emit(p, code, 0, 0, -1);
	}
}

static void comparison(struct parse *p)
{
	static const struct { const char *word; enum code code; } signs[] = {
		{ "==", OP_EQ }, { "!=", OP_NE }, { "<=", OP_LE }, { ">=", OP_GE }, { "<", OP_LT }, { ">", OP_GT },
	};
	size_t i;

	sum(p);
	for (i = 0; i < sizeof signs / sizeof signs[0]; i++)
		if (word(p, signs[i].word)) {
			sum(p);
			emit(p, signs[i].code, 0, 0, -1);
			return;
		}
}

static void negation(struct parse *p)
{
	if (word(p, "not")) {
		if (++p->depth > MAX_DEPTH) {
			complain(p, "nested too deep");
			return;
		}
		negation(p);
		p->depth--;
		emit(p, OP_NOT, 0, 0, 0);
		return;
	}
	comparison(p);
}

static void conjunction(struct parse *p)
{
	negation(p);
	while (!p->failed && word(p, "and")) {
		negation(p);
		emit(p, OP_AND, 0, 0, -1);
	}
}

static void disjunction(struct parse *p)
{
	conjunction(p);
	while (!p->failed && word(p, "or")) {
		conjunction(p);
		emit(p, OP_OR, 0, 0, -1);
	}
}

static void choice(struct parse *p)
{
	disjunction(p);
	if (p->failed || !word(p, "?"))
		return;
	choice(p);
	if (!word(p, ":"))
		complain(p, "`:` expected");
	if (!p->failed)
		choice(p);
	emit(p, OP_SELECT, 0, 0, -2);
}

struct formula *formula_parse(const struct node *where)
{
	struct formula *f = need(calloc(1, sizeof *f));
	struct parse p = { .f = f };

	f->where = where;
	f->text = where->text;
	p.at = f->text;
	choice(&p);
	while (*p.at == ' ')
		p.at++;
	if (!p.failed && *p.at)
		complain(&p, "more than one formula");
	return p.failed ? NULL : f;
}
