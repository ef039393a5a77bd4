/* What configurations call the activation functions. */
#ifndef ROS_CONTRACTS_ACTIVATIONS_H
#define ROS_CONTRACTS_ACTIVATIONS_H

#include "contracts/contract.h"

/* config.json's word for ACT ("silu" ...), the one that is written. Static storage. */
const char *ros_activation_word(enum ros_activation act);

/* The function that WORD names; false when none of ours is called so. */
bool ros_activation_by_word(struct ros_str word, enum ros_activation *act);

/* A and B are one function, or two ways to compute it that the formats' readers do not tell apart (GELU by erf and by tanh). */
bool ros_activation_kin(enum ros_activation a, enum ros_activation b);

#endif
