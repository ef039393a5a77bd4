/* A growing list of remarks: what was odd, lacking or assumed, and accepted all the same. */
#ifndef ROS_CONTRACTS_FINDINGS_H
#define ROS_CONTRACTS_FINDINGS_H

#include "formats/model.h"

struct ros_findings {
	struct ros_arena *arena;        /* owns the list and its texts */
	struct ros_warning *items;
	size_t count, room;
};

/* Empty; allocates from ARENA. */
void ros_findings_init(struct ros_findings *f, struct ros_arena *arena);

/* Records RULE (a literal: kept, not copied) about SUBJECT (copied). Never fails: out of memory drops it, and so does
 * the list being full (1000): a hostile file may give cause for millions. F NULL is allowed. */
void ros_findings_add(struct ros_findings *f, const char *rule, struct ros_str subject, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
