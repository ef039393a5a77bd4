#include "rosetta/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void ros_verdict_init(struct ros_verdict *v, struct ros_arena *arena)
{
	*v = (struct ros_verdict){ .arena = arena, .outcome = ROS_TROUBLE };
}

static bool grow(struct ros_verdict *v)
{
	size_t room = v->room ? v->room * 2 : 16;
	struct ros_note *notes = ros_arena_alloc(v->arena, room, sizeof *notes, &v->error);

	if (!notes)
		return false;
	if (v->count)
		memcpy(notes, v->notes, v->count * sizeof *notes);
	v->notes = notes;
	v->room = room;
	return true;
}

void ros_verdict_add(struct ros_verdict *v, bool fatal, const char *rule, struct ros_str tensor, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	v->fatal += fatal;
	if (v->count == v->room && !grow(v))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	v->notes[v->count++] = (struct ros_note){
		.rule = ros_arena_str(v->arena, ros_str_of(rule), &v->error).ptr,
		.tensor = tensor.len ? ros_arena_str(v->arena, tensor, &v->error) : (struct ros_str){ "", 0 },
		.text = ros_arena_str(v->arena, ros_str_of(text), &v->error),
		.fatal = fatal,
	};
}

int ros_verdict_close(struct ros_verdict *v, const struct ros_error *err)
{
	if (v->closed)
		return ros_verdict_exit(v);
	v->closed = true;
	if (err && err->code && !v->error.code)
		v->error = *err;
	if ((v->error.code == ROS_ECONTRACT || v->error.code == ROS_EMISMATCH) && !(v->comparing && !v->checked))
		v->outcome = ROS_FAIL;
	else if (v->error.code)
		v->outcome = ROS_TROUBLE;
	else if (v->fatal)
		v->outcome = ROS_FAIL;
	else if (v->checked)
		v->outcome = ROS_PASS;
	else
		ros_verdict_add(v, true, "verdict.empty", ROS_STR(""), "nothing was compared");
	return ros_verdict_exit(v);
}

int ros_verdict_exit(const struct ros_verdict *v)
{
	return (int)v->outcome;
}

const char *ros_verdict_name(const struct ros_verdict *v)
{
	static const char *const name[] = { [ROS_PASS] = "pass", [ROS_FAIL] = "fail", [ROS_TROUBLE] = "error" };

	return name[v->outcome];
}
