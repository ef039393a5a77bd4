/* A container that carries files says its vocabulary twice: in its own keys, which its readers use, and in the files. */
#ifndef ROS_CONTRACTS_HUB_AGREE_H
#define ROS_CONTRACTS_HUB_AGREE_H

#include "contracts/hub_numbers.h"

/* Makes the tokenizer.* keys and the chat template of S's container (a GGUF or an APR; nothing is done for others) once more from
 * HUB's files and lays them beside the container's own. ROS_ECONTRACT with the key, the first element and both values where they
 * differ: one of the two was changed since, and only a person knows which is meant. Single values that the files leave
 * open (the id of a mask token) may stand in the container alone. Call it when HUB's numbers are known. */
int ros_hub_agree(const struct ros_hub *hub, const struct ros_hub_source *s, struct ros_error *err);

#endif
