/* What a verb hands back: its verdict, its own details, and how to print them. */
#ifndef ROS_ROSETTA_REPORT_H
#define ROS_ROSETTA_REPORT_H

#include "formats/json.h"
#include "rosetta/rosetta.h"
#include "rosetta/text.h"
#include "rosetta/verdict.h"

/* One row per verb, in the verb's own file. Either function may be NULL. */
struct ros_report_kind {
	const char *verb;                /* schema is "rosetta.VERB/1" */
	void (*json)(const struct ros_report *r, struct ros_json_out *out);     /* members of the open object */
	void (*text)(const struct ros_report *r, struct ros_text *out, unsigned flags);
	char *(*manifest)(const struct ros_report *r);
	void (*release)(struct ros_report *r);   /* what the detail owns outside the report's arena */
};

struct ros_report {
	const struct ros_report_kind *kind;
	struct ros_str verb;             /* what JSON calls it in place of kind->verb; empty: kind->verb */
	struct ros_arena arena;          /* owns all that the report shows */
	struct ros_verdict verdict;
	struct ros_str message;          /* one sentence; when empty, made from the verdict on closing */
	void *detail;                    /* the verb's own, in the arena */
};

/* An empty report whose detail is DETAIL_SIZE zeroed bytes; NULL when out of memory. */
struct ros_report *ros_report_new(const struct ros_report_kind *kind, size_t detail_size);

/* Sets the sentence that sums it up. */
void ros_report_say(struct ros_report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* JSON calls R's verb NAME (copied; NULL: what it is). */
void ros_report_call(struct ros_report *r, const char *name);

/* Closes the verdict with ERR (may be NULL or clean) and returns R. */
struct ros_report *ros_report_close(struct ros_report *r, const struct ros_error *err);

/* A copy of S, escaped for a terminal, in the report's arena, NUL-terminated. */
struct ros_str ros_report_escape(struct ros_report *r, struct ros_str s);

#endif
