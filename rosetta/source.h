/* A model that was opened for a verb: its tensors, its hub, its family's layout. */
#ifndef ROS_ROSETTA_SOURCE_H
#define ROS_ROSETTA_SOURCE_H

#include "contracts/binding.h"
#include "contracts/hub.h"
#include "rosetta/plan.h"
#include "rosetta/rosetta.h"

struct ros_source {
	struct ros_model model;
	struct ros_arena arena;         /* hub, layouts, plans */
	struct ros_hub hub;
	struct ros_layout layout;       /* in the model's own format */
	struct ros_binding binding;
	bool own;                       /* ROS_SOURCE_OWN */
	bool known;                     /* the family is known, and layout and binding are there */
	const char *partial;            /* why this is no model of its family, which is known; NULL: it is. Without tensors (a vocabulary) or
					 * a number of layers (an adapter, a projector) it cannot be; tensors keep their names then */
};

enum ros_source_how {
	ROS_SOURCE_LENIENT = 1,         /* what the contract holds against the model are notes, none is fatal */
	ROS_SOURCE_UNREAD = 2,          /* nobody will use the values: a checksum over them is left unread; whether two tensors are the same is looked at */
	ROS_SOURCE_ABSENT = 4,          /* it may even be absent, or cut short */
	ROS_SOURCE_HEADER = 8,          /* it is there, and not a byte of it is read */
	ROS_SOURCE_OWN = 16,            /* files carried inside a container are passed over */
	ROS_SOURCE_BOTH = 32,           /* where they differ from its own vocabulary it opens all the same: ros_source_contradicts tells */
};

/* Opens PATH and finds its family; an unknown one is no error. What the contract holds against it goes to V (may be NULL) as
 * findings, fatal where a conversion must stop. A payload that fails its checksum is ROS_EFORMAT. HOW: a set of enum
 * ros_source_how, 0 for work on the values. On failure S is released. */
int ros_source_open(struct ros_source *s, const char *path, const struct ros_run_options *run, unsigned how, struct ros_verdict *v,
		    struct ros_error *err);
/* Tells V, if S was opened with ROS_SOURCE_BOTH or _LENIENT, where S says two things of its vocabulary; WHOSE: "A's ", "". */
void ros_source_contradicts(const struct ros_source *s, const char *whose, bool fatal, struct ros_verdict *v);
/* The second half of it: S's model is open and its arena init'ed. ROWS: as apr_rows of struct ros_hub_options. HOW: as of
 * ros_source_open. On failure the caller releases S. */
int ros_source_settle(struct ros_source *s, int rows, unsigned how, struct ros_verdict *v, struct ros_error *err);
void ros_source_release(struct ros_source *s);

/* Completes ERR where it names one of S's side files, which contracts know by their bare names: with the folder that it lies in, or
 * with the model that carries it. */
void ros_source_place_error(const struct ros_source *s, struct ros_error *err);

/* The key of its contract, or "unknown". Static storage. */
const char *ros_source_family(const struct ros_source *s);

/* The plan that brings S to the canonical form (design: Hugging Face names, heads and rows, F32 where the values are
 * floats). Storage is S's arena; tensors left out are in PLAN->left. */
int ros_source_canonical(struct ros_source *s, const struct ros_run_options *run, struct ros_plan *plan, struct ros_verdict *v,
			 struct ros_error *err);

/* --include and --exclude of RUN as a plan's SELECTED function; CONTEXT is the struct ros_run_options. */
bool ros_run_selects(void *context, struct ros_str name);

/* Files of this format and family repeat a tied embedding as output matrix for their readers' sake. */
bool ros_source_writes_tied(const struct ros_source *s);
/* S stores an output matrix beside the embedding. */
bool ros_source_output_own(const struct ros_source *s);
/* S has an output matrix of its own, and it repeats the embedding bit for bit. Reads both. */
bool ros_source_output_repeats(const struct ros_source *s);

/* The model at PATH changed while we read it: ROS_EIO. */
int ros_source_unchanged(const struct ros_source *s, struct ros_error *err);

#endif
