#include "contracts/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_FINDINGS 1000

void ros_findings_init(struct ros_findings *f, struct ros_arena *arena)
{
	*f = (struct ros_findings){ .arena = arena };
}

static bool grow(struct ros_findings *f, struct ros_error *err)
{
	size_t room = f->room ? f->room * 2 : 16;
	struct ros_warning *items = ros_arena_alloc(f->arena, room, sizeof *items, err);

	if (!items)
		return false;
	if (f->count)
		memcpy(items, f->items, f->count * sizeof *items);
	f->items = items;
	f->room = room;
	return true;
}

void ros_findings_add(struct ros_findings *f, const char *rule, struct ros_str subject, const char *fmt, ...)
{
	struct ros_error err = { 0 };
	struct ros_warning w = { .rule = ros_str_of(rule) };
	char text[512];
	va_list ap;

	if (!f || f->count >= MAX_FINDINGS || (f->count == f->room && !grow(f, &err)))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	w.subject = ros_arena_str(f->arena, subject, &err);
	w.text = ros_arena_str(f->arena, ros_str_of(text), &err);
	if (!err.code)
		f->items[f->count++] = w;
}
