/* A model's metadata as a flat list of keys, so that two models' can be laid beside each other: as the file spells it, as it
 * would be written into another format, or as a reader that knows nothing of what we carry along takes it. */
#ifndef ROS_ROSETTA_READING_H
#define ROS_ROSETTA_READING_H

#include "rosetta/source.h"

struct ros_reading {
	struct ros_model model;         /* owns what was written */
	struct ros_arena hub_arena;     /* what it was written from, where that was read anew */
	struct ros_meta keys;           /* GGUF: its keys; APR: its top-level members, each as its JSON text */
};

/* Each fills R, which is to be released also where it fails; what it borrows of HUB and M must outlive it. */

/* M, a GGUF or APR, as its file says. */
int ros_reading_of_file(struct ros_reading *r, const struct ros_model *m, struct ros_error *err);

/* HUB written into FORMAT (GGUF or APR) for a model with the tensors of M, whose rows lie as ROWS says (rows_hf of a hub). EXACT:
 * by the container's own record where the hub has one, as convert does; else made from the side files alone. */
int ros_reading_of_hub(struct ros_reading *r, const struct ros_hub *hub, enum ros_format_id format, const struct ros_model *m,
		       int rows, bool exact, struct ros_error *err);

/* M, a GGUF or APR, by its own keys alone, written into its own format again: what its keys leave out has become the default, and
 * what the contract makes of them is there. No keys where they do not make a model. */
int ros_reading_of_keys(struct ros_reading *r, const struct ros_model *m, struct ros_error *err);

/* Safe on a zeroed one. */
void ros_reading_release(struct ros_reading *r);

#endif
