#include "config.h"

#include "rosetta/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *ros_version(void)
{
	return PACKAGE_VERSION;
}

struct ros_report *ros_report_new(const struct ros_report_kind *kind, size_t detail_size)
{
	struct ros_report *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->kind = kind;
	ros_arena_init(&r->arena, 0);
	ros_verdict_init(&r->verdict, &r->arena);
	r->detail = ros_arena_alloc(&r->arena, 1, detail_size, &r->verdict.error);
	if (!r->detail) {
		ros_report_free(r);
		return NULL;
	}
	return r;
}

void ros_report_call(struct ros_report *r, const char *name)
{
	if (name)
		r->verb = ros_report_escape(r, ros_str_of(name));
}

void ros_report_say(struct ros_report *r, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	r->message = ros_report_escape(r, ros_str_of(text));
}

struct ros_str ros_report_escape(struct ros_report *r, struct ros_str s)
{
	struct ros_text t = { 0 };
	struct ros_error dropped = { 0 };
	struct ros_str copy;

	ros_text_put_escaped(&t, s);
	copy = ros_arena_str(&r->arena, t.failed || !t.len ? ROS_STR("") : (struct ros_str){ t.ptr, t.len }, &dropped);
	ros_text_release(&t);
	return copy.ptr ? copy : ROS_STR("");
}

/* "FILE: at byte 123: text". */
static void say_error(struct ros_report *r, const struct ros_error *e)
{
	char at[40] = "";

	if (e->offset != ROS_NO_OFFSET && e->offset)
		snprintf(at, sizeof at, "at byte %" PRIu64 ": ", e->offset);
	ros_report_say(r, "%s%s%s%s", e->file, *e->file ? ": " : "", at, e->text);
}

struct ros_report *ros_report_close(struct ros_report *r, const struct ros_error *err)
{
	struct ros_verdict *v = &r->verdict;

	ros_verdict_close(v, err);
	if (v->error.code)
		say_error(r, &v->error);
	else if (v->outcome == ROS_TROUBLE)
		ros_report_say(r, "nothing was compared");
	else if (!r->message.len && v->fatal)
		ros_report_say(r, "%zu finding%s", v->fatal, v->fatal == 1 ? "" : "s");
	else if (!r->message.len)
		ros_report_say(r, "done");
	return r;
}

struct ros_report *ros_report_trouble(const char *verb, bool usage, const char *text)
{
	static const struct ros_report_kind kind = { .verb = "trouble" };
	struct ros_report *r = ros_report_new(&kind, 1);
	struct ros_error err = { 0 };

	if (!r)
		return NULL;
	ros_report_call(r, verb);
	ros_fail(&err, usage ? ROS_EUSAGE : ROS_EIO, ROS_NO_OFFSET, "%s", text);
	return ros_report_close(r, &err);
}

int ros_report_exit(const struct ros_report *r)
{
	return r ? ros_verdict_exit(&r->verdict) : ROS_TROUBLE;
}

const char *ros_report_verdict(const struct ros_report *r)
{
	return r ? ros_verdict_name(&r->verdict) : "error";
}

const char *ros_report_message(const struct ros_report *r)
{
	return !r ? "out of memory" : r->message.ptr ? r->message.ptr : "";
}

bool ros_report_usage(const struct ros_report *r)
{
	return r && r->verdict.error.code == ROS_EUSAGE;
}

size_t ros_report_finding_count(const struct ros_report *r)
{
	return r ? r->verdict.count : 0;
}

struct ros_report_note ros_report_finding(const struct ros_report *r, size_t index)
{
	const struct ros_note *n;

	if (!r || index >= r->verdict.count)
		return (struct ros_report_note){ "", "", "", false };
	n = &r->verdict.notes[index];
	return (struct ros_report_note){ n->rule, n->tensor.ptr ? n->tensor.ptr : "", n->text.ptr ? n->text.ptr : "", n->fatal };
}

static void text_finding(struct ros_text *t, const struct ros_note *n)
{
	ros_text_put(t, "%s %s", n->fatal ? "  finding" : "  note   ", n->rule);
	if (n->tensor.len) {
		ros_text_put(t, "  ");
		ros_text_put_escaped(t, n->tensor);
	}
	ros_text_put(t, ": ");
	ros_text_put_escaped(t, n->text);
	ros_text_put(t, "\n");
}

char *ros_report_text(const struct ros_report *r, unsigned flags)
{
	static const char *const colour[] = { [ROS_PASS] = "\033[32m", [ROS_FAIL] = "\033[31m", [ROS_TROUBLE] = "\033[31m" };
	const struct ros_verdict *v = r ? &r->verdict : NULL;
	struct ros_text t = { 0 };

	if (!r)
		return NULL;
	if (v->outcome != ROS_TROUBLE && r->kind->text && !(flags & ROS_TEXT_BRIEF))
		r->kind->text(r, &t, flags);
	for (size_t i = 0; i < v->count; i++)
		if (v->notes[i].fatal || !(flags & ROS_TEXT_NO_NOTES))
			text_finding(&t, &v->notes[i]);
	if (flags & ROS_TEXT_COLOR)
		ros_text_put(&t, "%s%s\033[0m: %s\n", colour[v->outcome], ros_verdict_name(v), ros_report_message(r));
	else
		ros_text_put(&t, "%s: %s\n", ros_verdict_name(v), ros_report_message(r));
	return ros_text_take(&t);
}

static void json_findings(const struct ros_report *r, struct ros_json_out *o)
{
	const struct ros_verdict *v = &r->verdict;

	ros_json_open_array(o, "findings");
	for (size_t i = 0; i < v->count; i++) {
		ros_json_open_object(o, NULL);
		ros_json_put_str(o, "rule", ros_str_of(v->notes[i].rule));
		ros_json_put_str(o, "tensor", v->notes[i].tensor);
		ros_json_put_str(o, "message", v->notes[i].text);
		ros_json_put_bool(o, "fatal", v->notes[i].fatal);
		ros_json_close_object(o);
	}
	if (v->error.code) {
		ros_json_open_object(o, NULL);
		ros_json_put_str(o, "rule", ros_str_of(ros_code_name(v->error.code)));
		ros_json_put_str(o, "tensor", ROS_STR(""));
		ros_json_put_str(o, "message", ros_str_of(ros_report_message(r)));
		ros_json_put_bool(o, "fatal", true);
		ros_json_close_object(o);
	}
	ros_json_close_array(o);
}

char *ros_report_json(const struct ros_report *r, int indent)
{
	const struct ros_verdict *v = r ? &r->verdict : NULL;
	struct ros_json_out o;
	char schema[64], *text;

	if (!r)
		return NULL;
	ros_json_out_init(&o, indent);
	o.shown = true;
	snprintf(schema, sizeof schema, "rosetta.%s/1", r->verb.len ? r->verb.ptr : r->kind->verb);
	ros_json_open_object(&o, NULL);
	ros_json_put_str(&o, "schema", ros_str_of(schema));
	ros_json_put_str(&o, "tool", ROS_STR("rosetta " PACKAGE_VERSION));
	ros_json_put_str(&o, "verdict", ros_str_of(ros_verdict_name(v)));
	ros_json_put_u64(&o, "exit_code", (uint64_t)ros_verdict_exit(v));
	ros_json_put_str(&o, "message", ros_str_of(ros_report_message(r)));
	if (v->outcome != ROS_TROUBLE && r->kind->json)
		r->kind->json(r, &o);
	json_findings(r, &o);
	ros_json_close_object(&o);
	text = o.failed ? NULL : o.text;
	if (text)
		o.text = NULL;
	ros_json_out_release(&o);
	return text;
}

char *ros_report_manifest(const struct ros_report *r)
{
	return r && r->kind->manifest && r->verdict.outcome != ROS_TROUBLE ? r->kind->manifest(r) : NULL;
}

void ros_report_free(struct ros_report *r)
{
	if (!r)
		return;
	if (r->kind->release && r->detail)
		r->kind->release(r);
	ros_arena_release(&r->arena);
	free(r);
}
