/* The vocabulary that a hub's side files make. */
#ifndef ROS_CONTRACTS_HUB_VOCABULARY_H
#define ROS_CONTRACTS_HUB_VOCABULARY_H

#include "contracts/hub.h"
#include "contracts/tokens.h"

/* ros_vocab_from_files for HUB's files, with the rows of its embedding and its family's usual pre-tokenizer. Storage is ARENA's; V has
 * views into the files. */
int ros_hub_vocabulary(const struct ros_hub *hub, struct ros_vocab *v, struct ros_arena *arena, struct ros_findings *f, struct ros_error *err);

#endif
