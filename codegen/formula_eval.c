/* The twin of contracts/expr.c, for the build machine. */
#include "codegen/formula.h"

#include <math.h>
#include <string.h>

static struct value whole(uint64_t u)
{
	return (struct value){ VALUE_INT, u, 0, NULL, false };
}

static struct value failure(const char *why)
{
	return (struct value){ VALUE_FAILED, 0, 0, why, false };
}

static double as_real(struct value v)
{
	return v.kind == VALUE_INT ? (double)v.u : v.f;
}

bool value_true(struct value v)
{
	return (v.kind == VALUE_INT && v.u) || (v.kind == VALUE_REAL && v.f != 0);
}

bool formula_in_layer(const struct formula *f)
{
	size_t i;

	for (i = 0; i < f->count; i++)
		if (!strcmp(f->ops[i].name, "ROS_OP_LAYER"))
			return true;
	return false;
}

static struct value real_op(const char *op, double a, double b)
{
	struct value v = { VALUE_REAL, 0, 0, NULL, false };

	if (!strcmp(op, "ADD"))
		v.f = a + b;
	else if (!strcmp(op, "SUB"))
		v.f = a - b;
	else if (!strcmp(op, "MUL"))
		v.f = a * b;
	else if (!strcmp(op, "DIV"))
		v.f = a / b;
	else if (!strcmp(op, "FLOORDIV"))
		v.f = floor(a / b);
	else
		return failure("wants whole numbers");
	return v;
}

static struct value whole_op(const char *op, uint64_t a, uint64_t b)
{
	uint64_t r;

	if (!strcmp(op, "ADD"))
		return __builtin_add_overflow(a, b, &r) ? failure("overflows") : whole(r);
	if (!strcmp(op, "SUB"))
		return a < b ? failure("is negative") : whole(a - b);
	if (!strcmp(op, "MUL"))
		return __builtin_mul_overflow(a, b, &r) ? failure("overflows") : whole(r);
	if (b == 0)
		return failure("divides by zero");
	if (!strcmp(op, "DIV"))
		return a % b ? failure("does not divide") : whole(a / b);
	return whole(!strcmp(op, "MOD") ? a % b : a / b);
}

static struct value compare(const char *op, struct value a, struct value b)
{
	bool real = a.kind == VALUE_REAL || b.kind == VALUE_REAL;
	bool less = real ? as_real(a) < as_real(b) : a.u < b.u;
	bool same = real ? as_real(a) == as_real(b) : a.u == b.u;

	if (!strcmp(op, "EQ"))
		return whole(same);
	if (!strcmp(op, "NE"))
		return whole(!same);
	if (!strcmp(op, "LT"))
		return whole(less);
	if (!strcmp(op, "LE"))
		return whole(less || same);
	if (!strcmp(op, "GT"))
		return whole(!less && !same);
	return whole(!less);
}

static struct value binary(const char *op, struct value a, struct value b)
{
	if (!strcmp(op, "AND"))
		return whole(value_true(a) && value_true(b));
	if (!strcmp(op, "OR"))
		return whole(value_true(a) || value_true(b));
	if (a.kind == VALUE_FAILED || b.kind == VALUE_ABSENT)
		return a.kind == VALUE_FAILED ? a : b;
	if (b.kind == VALUE_FAILED || a.kind == VALUE_ABSENT)
		return b.kind == VALUE_FAILED ? b : a;
	if (strchr("ENLG", op[0]) && strlen(op) == 2)
		return compare(op, a, b);
	if (a.kind == VALUE_REAL || b.kind == VALUE_REAL)
		return real_op(op, as_real(a), as_real(b));
	return whole_op(op, a.u, b.u);
}

static struct value unary(const char *op, struct value a)
{
	struct value v = { VALUE_REAL, 0, 0, NULL, false };

	if (!strcmp(op, "NOT"))
		return whole(!value_true(a));
	if (a.kind == VALUE_ABSENT || a.kind == VALUE_FAILED)
		return a;
	if (!strcmp(op, "TRUNC")) {
		if (as_real(a) < 0 || as_real(a) > 9e15)
			return failure("is no count");
		return a.kind == VALUE_INT ? a : whole((uint64_t)a.f);
	}
	v.f = !strcmp(op, "SQRT") ? sqrt(as_real(a)) : log(as_real(a));
	return v;
}

static struct value push(const struct op *op, const char *name, const struct value *nums, long layer)
{
	if (!strcmp(name, "INT"))
		return whole(op->u);
	if (!strcmp(name, "REAL"))
		return (struct value){ VALUE_REAL, 0, op->f, NULL, false };
	if (!strcmp(name, "LAYER"))
		return layer < 0 ? (struct value){ VALUE_ABSENT, 0, 0, NULL, false } : whole((uint64_t)layer);
	if (!strcmp(name, "HP"))
		return nums[op->u];
	if (!strcmp(name, "GIVEN"))
		return whole(nums[op->u].given);
	return whole(nums[op->u].kind == VALUE_INT || nums[op->u].kind == VALUE_REAL);
}

struct value formula_eval(const struct formula *f, const struct value *nums, long layer)
{
	struct value stack[40];
	size_t n = 0, i;

	for (i = 0; i < f->count; i++) {
		const char *name = f->ops[i].name + strlen("ROS_OP_");

		if (!strcmp(name, "SELECT")) {
			n -= 2;
			stack[n - 1] = value_true(stack[n - 1]) ? stack[n] : stack[n + 1];
		} else if (!strcmp(name, "NOT") || !strcmp(name, "TRUNC") || !strcmp(name, "SQRT") || !strcmp(name, "LN")) {
			stack[n - 1] = unary(name, stack[n - 1]);
		} else if (f->ops[i].code >= 4 && strcmp(name, "HAS") && strcmp(name, "GIVEN")) {
			n--;
			stack[n - 1] = binary(name, stack[n - 1], stack[n]);
		} else {
			stack[n++] = push(&f->ops[i], name, nums, layer);
		}
	}
	return stack[0];
}
