/* The plan: what has to happen to every tensor, as pure data. Making one reads no weights
 * and writes nothing; it can be printed (-n) and run into any sink (rosetta/tile.h makes any
 * range of rows of any step, alone, by any thread).
 *
 *     source binding  --look up each wanted atom-->  steps  --tiles-->  sink
 *
 * Fused, split, stacked, transposed and permuted tensors are no special cases: a step lists the
 * pieces of its destination, each with its place in a source tensor and in the destination. */
#ifndef ROS_ROSETTA_PLAN_H
#define ROS_ROSETTA_PLAN_H

#include "contracts/binding.h"
#include "rosetta/placement.h"
#include "rosetta/verdict.h"

/* One atom: where it is and where it goes. Borrowed tensor. */
struct ros_piece {
	const struct ros_tensor *src;
	struct ros_placement from, to;
};

enum ros_step_kind {
	ROS_STEP_COPY,          /* the stored bytes of one tensor as they stand */
	ROS_STEP_MOVE,          /* stored rows or elements take other places; no value is decoded */
	ROS_STEP_CONVERT,       /* decode to float32, map values, encode */
	ROS_STEP_MADE,          /* no source: bytes follow from the configuration */
};

struct ros_step {
	struct ros_tensor dst;          /* name, type, dims; data.len is the payload's size, data.ptr NULL */
	enum ros_step_kind kind;
	const struct ros_piece *pieces; /* one for COPY, none for MADE */
	uint32_t piece_count;
	struct ros_bytes made;          /* MADE: float32, little endian */
	const float *weights;           /* importance of each column for the encoder, matrix after matrix of a stack, or NULL; borrowed */
	bool asked;                     /* its type is what a recipe chose, not what it or its origin had */
	bool measure;                   /* compare what the encoder made with what it was given */
	uint64_t width;                 /* elements of a row of its tiles, where the tensor's own rows would be too long; 0: its own (tile.h) */
	const struct ros_layout_tensor *as;     /* its place in the target's layout, NULL when unknown there */
};

/* A source tensor that no step reads, and why. */
enum ros_leave { ROS_LEFT_TIED, ROS_LEFT_DERIVABLE, ROS_LEFT_EXCLUDED, ROS_LEFT_NO_PLACE, ROS_LEFT_UNKNOWN };
struct ros_left {
	const struct ros_tensor *tensor;
	enum ros_leave why;
};

struct ros_plan {
	struct ros_step *steps;         /* in the target layout's order; unknown tensors last, in file order */
	size_t count;
	struct ros_left *left;
	size_t left_count;
	struct ros_str *skipped;        /* destination names that SELECTED turned down, in the steps' order */
	size_t skipped_count;
	uint64_t bytes;                 /* payload of all steps */
};

/* The type a destination tensor shall have. STORED: what the source tensors have (the widest of them when they
 * differ). KEEP_F32: the target's readers want float32 here. */
typedef enum ros_dtype ros_type_rule(void *context, const struct ros_step *step, enum ros_dtype stored, bool keep_f32);

/* What to do with an output matrix that is tied to the embedding. */
enum ros_tied_rule {
	ROS_TIED_FOLLOW,        /* written when the source has a tensor of its own for it */
	ROS_TIED_ALWAYS,        /* written always; made from the embedding (APR's readers want it) */
	ROS_TIED_NEVER,         /* left out (its bits were found equal) */
};

struct ros_plan_request {
	const struct ros_model *src;
	const struct ros_binding *from;         /* SRC in its family's layout; NULL: family unknown, names are kept */
	const struct ros_layout *to;            /* target layout; NULL: as the source, names and order kept */
	const struct ros_binding *wanted;       /* make these tensors of another model, in its names, dims and order (verify); else NULL */
	const struct ros_hparams *hp;           /* for derived tensors */
	enum ros_format_id target;              /* container: what it cannot say is widened */
	ros_type_rule *type;                    /* NULL: kept */
	void *type_context;
	enum ros_tied_rule tied;
	struct ros_str tied_only;               /* of embedding and tied output only the tensor of this name is written; {NULL, 0}: see TIED */
	bool strict_names;                      /* without TO: a tensor that the family does not know stops here too */
	bool allow_unknown;                     /* carry tensors the family does not know, under their own names */
	/* False: the tensor is left out (--include, --exclude), by destination name; NULL: all are in. */
	bool (*selected)(void *context, struct ros_str name);
	void *selected_context;
};

/* Fills PLAN; storage is ARENA's, tensors are borrowed from the models. What hinders goes to V as fatal
 * findings (plan.missing, plan.unknown-tensor, plan.no-place, plan.shape), what is left out is listed in PLAN; the
 * plan is then still complete for what could be planned. Fails only on memory and impossible requests. */
int ros_plan_make(struct ros_plan *plan, const struct ros_plan_request *want, struct ros_arena *arena,
		  struct ros_verdict *v, struct ros_error *err);

/* The step that makes T as it stands in its model: one whole-tensor copy. PIECE is storage for its only piece. */
struct ros_step ros_step_copy_of(const struct ros_tensor *t, struct ros_piece *piece);

/* Decides a step's kind from its pieces and types; ROS_ECONTRACT naming what cannot be. Sets dst.data.len.
 * dst.dtype may be widened to F32 where stored blocks cannot be moved. */
int ros_step_settle(struct ros_step *s, enum ros_format_id target, struct ros_error *err);

/* "copy", "move", "convert", "made"; "tied", "derivable", "excluded", "no-place", "unknown". Static storage. */
const char *ros_step_kind_name(enum ros_step_kind kind);
const char *ros_leave_name(enum ros_leave why);

#endif
