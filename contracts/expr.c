#include "contracts/expr.h"

#include <math.h>

#include "contracts/layout.h"
#include "formats/size.h"

static const struct ros_num absent = { ROS_NUM_ABSENT, 0, 0, NULL };

static struct ros_num whole(uint64_t u)
{
	return (struct ros_num){ ROS_NUM_INT, u, 0, NULL };
}

static struct ros_num real(double f)
{
	return (struct ros_num){ ROS_NUM_REAL, 0, f, NULL };
}

static struct ros_num failed(const char *why)
{
	return (struct ros_num){ ROS_NUM_FAILED, 0, 0, why };
}

static double as_real(struct ros_num v)
{
	return v.kind == ROS_NUM_INT ? (double)v.u : v.f;
}

static bool truth(struct ros_num v)
{
	return (v.kind == ROS_NUM_INT && v.u) || (v.kind == ROS_NUM_REAL && v.f != 0);
}

static struct ros_num real_op(enum ros_op op, double a, double b)
{
	switch (op) {
	case ROS_OP_ADD:
		return real(a + b);
	case ROS_OP_SUB:
		return real(a - b);
	case ROS_OP_MUL:
		return real(a * b);
	case ROS_OP_DIV:
		return real(a / b);
	case ROS_OP_FLOORDIV:
		return real(floor(a / b));
	default:
		return failed("wants whole numbers");
	}
}

static struct ros_num whole_op(enum ros_op op, uint64_t a, uint64_t b)
{
	uint64_t r = 0;

	switch (op) {
	case ROS_OP_ADD:
		return ros_add_u64(a, b, &r) ? whole(r) : failed("overflows");
	case ROS_OP_SUB:
		return a < b ? failed("is negative") : whole(a - b);
	case ROS_OP_MUL:
		return ros_mul_u64(a, b, &r) ? whole(r) : failed("overflows");
	default:
		break;
	}
	if (b == 0)
		return failed("divides by zero");
	if (op == ROS_OP_DIV)
		return a % b ? failed("does not divide") : whole(a / b);
	return whole(op == ROS_OP_MOD ? a % b : a / b);
}

static struct ros_num compare(enum ros_op op, struct ros_num a, struct ros_num b)
{
	bool reals = a.kind == ROS_NUM_REAL || b.kind == ROS_NUM_REAL;
	bool less = reals ? as_real(a) < as_real(b) : a.u < b.u;
	bool same = reals ? as_real(a) == as_real(b) : a.u == b.u;

	switch (op) {
	case ROS_OP_EQ:
		return whole(same);
	case ROS_OP_NE:
		return whole(!same);
	case ROS_OP_LT:
		return whole(less);
	case ROS_OP_LE:
		return whole(less || same);
	case ROS_OP_GT:
		return whole(!less && !same);
	default:
		return whole(!less);
	}
}

static struct ros_num binary(enum ros_op op, struct ros_num a, struct ros_num b)
{
	if (op == ROS_OP_AND)
		return whole(truth(a) && truth(b));
	if (op == ROS_OP_OR)
		return whole(truth(a) || truth(b));
	if (a.kind == ROS_NUM_FAILED || b.kind == ROS_NUM_FAILED)
		return a.kind == ROS_NUM_FAILED ? a : b;
	if (a.kind == ROS_NUM_ABSENT || b.kind == ROS_NUM_ABSENT)
		return absent;
	if (op >= ROS_OP_EQ && op <= ROS_OP_GE)
		return compare(op, a, b);
	if (a.kind == ROS_NUM_REAL || b.kind == ROS_NUM_REAL)
		return real_op(op, as_real(a), as_real(b));
	return whole_op(op, a.u, b.u);
}

static struct ros_num unary(enum ros_op op, struct ros_num a)
{
	if (op == ROS_OP_NOT)
		return whole(!truth(a));
	if (a.kind == ROS_NUM_ABSENT || a.kind == ROS_NUM_FAILED)
		return a;
	if (op == ROS_OP_SQRT)
		return real(sqrt(as_real(a)));
	if (op == ROS_OP_LN)
		return real(log(as_real(a)));
	if (a.kind == ROS_NUM_REAL && !(a.f >= 0 && a.f <= 0x1p53))
		return failed("is no count");
	return a.kind == ROS_NUM_INT ? a : whole((uint64_t)a.f);
}

static struct ros_num number(const struct ros_hparams *hp, uint64_t id, uint32_t layer)
{
	if (hp->state[id] == ROS_HP_ABSENT)
		return absent;
	if (ros_hp_info[id].kind == ROS_HP_REAL)
		return real(hp->v[id].f);
	if (hp->by_layer[id] && layer < hp->layer_count)
		return whole(hp->by_layer[id][layer]);
	return whole(hp->v[id].u);
}

static struct ros_num push(const struct ros_expr_op *op, const struct ros_hparams *hp, uint32_t layer)
{
	switch (op->op) {
	case ROS_OP_INT:
		return whole(op->u);
	case ROS_OP_REAL:
		return real(op->f);
	case ROS_OP_LAYER:
		return layer == ROS_NO_LAYER ? absent : whole(layer);
	case ROS_OP_HAS:
		return whole(hp->state[op->u] != ROS_HP_ABSENT);
	case ROS_OP_GIVEN:
		return whole(hp->state[op->u] == ROS_HP_GIVEN);
	default:
		return number(hp, op->u, layer);
	}
}

struct ros_num ros_expr_eval(const struct ros_expr *e, const struct ros_hparams *hp, uint32_t layer)
{
	struct ros_num stack[ROS_EXPR_DEPTH + 1];
	size_t n = 0, i;

	for (i = 0; i < e->count; i++) {
		const struct ros_expr_op *op = &e->ops[i];

		switch (op->op) {
		case ROS_OP_INT: case ROS_OP_REAL: case ROS_OP_HP: case ROS_OP_LAYER: case ROS_OP_HAS: case ROS_OP_GIVEN:
			stack[n++] = push(op, hp, layer);
			break;
		case ROS_OP_NOT: case ROS_OP_TRUNC: case ROS_OP_SQRT: case ROS_OP_LN:
			stack[n - 1] = unary(op->op, stack[n - 1]);
			break;
		case ROS_OP_SELECT:
			n -= 2;
			stack[n - 1] = truth(stack[n - 1]) ? stack[n] : stack[n + 1];
			break;
		default:
			n--;
			stack[n - 1] = binary(op->op, stack[n - 1], stack[n]);
		}
	}
	return n ? stack[0] : absent;
}

int ros_expr_u64(const struct ros_expr *e, const struct ros_hparams *hp, uint32_t layer, uint64_t *out,
		 struct ros_error *err)
{
	struct ros_num v = ros_expr_eval(e, hp, layer);
	const char *why = v.kind == ROS_NUM_FAILED ? v.why : v.kind == ROS_NUM_REAL ? "is not whole" :
		"needs a number that the model does not state";

	if (v.kind != ROS_NUM_INT)
		return ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "`%s` %s", e->count ? e->text : "", why);
	*out = v.u;
	return ROS_OK;
}

bool ros_expr_true(const struct ros_expr *e, const struct ros_hparams *hp, uint32_t layer, bool deflt)
{
	return e->count ? truth(ros_expr_eval(e, hp, layer)) : deflt;
}
