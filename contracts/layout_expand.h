/* From a family's rules and a model's numbers to the list of tensors: first counted, then filled. */
#ifndef ROS_CONTRACTS_LAYOUT_EXPAND_H
#define ROS_CONTRACTS_LAYOUT_EXPAND_H

#include "contracts/contract.h"

/* With L->tensors NULL it only counts; on the second call it fills the storage that the counts asked for. */
struct ros_expansion {
	struct ros_layout *layout;
	const struct ros_contract *contract;
	const struct ros_hparams *hp;
	const struct ros_tensor_list *list;
	bool pairs;                     /* rows with rope_heads are in pair order */
	struct ros_arena *arena;
	struct ros_error *err;
	size_t tensors, places;         /* so far */
};

/* Runs every rule for every layer, counting or filling. ROS_ECONTRACT, ROS_ELIMIT as ros_layout_build says. */
int ros_layout_expand(struct ros_expansion *x);

#endif
