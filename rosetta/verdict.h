/* The verdict: the one object that text, JSON and exit status are made of.
 *
 * It starts as an error, because nothing was compared yet. Findings are collected; closing it
 * decides: an error stands, a fatal finding fails, nothing compared fails, all else passes. */
#ifndef ROS_ROSETTA_VERDICT_H
#define ROS_ROSETTA_VERDICT_H

#include "formats/arena.h"

enum ros_outcome { ROS_PASS, ROS_FAIL, ROS_TROUBLE };

struct ros_note {
	const char *rule;            /* short dotted name: "plan.missing" */
	struct ros_str tensor;       /* may be empty */
	struct ros_str text;
	bool fatal;
};

struct ros_verdict {
	struct ros_arena *arena;     /* not owned */
	enum ros_outcome outcome;
	bool closed;
	uint64_t checked;            /* things compared, converted, counted; 0 can never pass */
	bool comparing;              /* an error before anything was compared is trouble, whatever its code */
	struct ros_note *notes;
	size_t count, room;
	size_t fatal;
	struct ros_error error;      /* what stopped the work; code 0: nothing did */
};

/* An open verdict without findings, whose texts will live in ARENA. */
void ros_verdict_init(struct ros_verdict *v, struct ros_arena *arena);

/* Adds a finding. Out of memory becomes the verdict's error. Not thread-safe. */
void ros_verdict_add(struct ros_verdict *v, bool fatal, const char *rule, struct ros_str tensor, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* Decides, once. ROS_ECONTRACT and ROS_EMISMATCH errors are findings too: the model was read, and is not what
 * it should be; but where COMPARING and nothing was compared yet, they are trouble as any other. Returns the exit status: 0, 1 or 2. */
int ros_verdict_close(struct ros_verdict *v, const struct ros_error *err);

/* 0, 1, 2 and "pass", "fail", "error". */
int ros_verdict_exit(const struct ros_verdict *v);
const char *ros_verdict_name(const struct ros_verdict *v);

#endif
