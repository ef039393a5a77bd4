/* The files of a Hugging Face folder written from a foreign container's own keys, and that container's exact record. */
#ifndef ROS_CONTRACTS_HUB_DERIVE_H
#define ROS_CONTRACTS_HUB_DERIVE_H

#include "contracts/hub_numbers.h"
#include "contracts/tokens.h"

/* Adds config.json and generation_config.json (when HUB has numbers), the vocabulary's files, and rosetta.gguf.json or
 * rosetta.apr.json. What cannot be said becomes a finding. */
int ros_hub_derive_files(struct ros_hub *hub, const struct ros_hub_source *s, struct ros_error *err);

/* config.json's text for HUB's numbers and V's special ids. */
int ros_hub_write_config(const struct ros_hub *hub, const struct ros_model *m, const struct ros_vocab *v, struct ros_str *text,
			 struct ros_error *err);

/* rosetta.gguf.json of M, a GGUF: every key with its exact type and value (but for carried files), and the tensors' names and types in order. */
int ros_gguf_record(const struct ros_model *m, struct ros_arena *arena, struct ros_str *text, struct ros_error *err);

/* The keys of such a TEXT into META (views into TEXT or ARENA), and the tensors; ROS_EFORMAT where it is not one. */
int ros_gguf_restore(struct ros_str text, struct ros_meta *meta, struct ros_arena *arena, struct ros_error *err);
int ros_gguf_recorded_tensors(struct ros_str text, struct ros_arena *arena, struct ros_hub_tensor **list, size_t *count,
			      struct ros_error *err);

#endif
