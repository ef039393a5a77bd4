/* A model laid beside its family's layout: which tensor is which, what is missing, what is unknown. */
#ifndef ROS_CONTRACTS_BINDING_H
#define ROS_CONTRACTS_BINDING_H

#include "contracts/contract.h"

struct ros_binding {
	const struct ros_layout *layout;
	const struct ros_model *model;
	const struct ros_tensor **of;           /* per layout tensor: the model's, NULL when absent */
	const struct ros_layout_tensor **is;    /* per model tensor: its place in the layout, NULL when unknown */
};

/* Looks every tensor of M up in L, other spellings of names included. Storage is ARENA's. Two tensors
 * of M that mean the same one of L are ROS_ECONTRACT. Says nothing of what is missing: contracts/rules.h does. */
int ros_binding_make(struct ros_binding *b, const struct ros_layout *l, const struct ros_model *m,
		     struct ros_arena *arena, struct ros_error *err);

/* The tensor of the model that holds atom KEY, its place in the layout and the part; where a tied output has no tensor
 * of its own that is the embedding, and the reverse. NULL when the model does not hold it. */
const struct ros_tensor *ros_binding_atom(const struct ros_binding *b, struct ros_atom_key key,
					  const struct ros_layout_tensor **place, const struct ros_placement **part);

/* A and B are stored as the same bytes of the same type. Reads both, up to the first difference; false where there is no payload. */
bool ros_tensor_repeats(const struct ros_tensor *a, const struct ros_tensor *b);

#endif
