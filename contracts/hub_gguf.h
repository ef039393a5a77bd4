/* A GGUF's metadata from the hub. */
#ifndef ROS_CONTRACTS_HUB_GGUF_H
#define ROS_CONTRACTS_HUB_GGUF_H

#include "contracts/findings.h"
#include "contracts/hub.h"

/* Fills DST->meta in the reference converter's order: general.*, the family's keys, the vocabulary; without the carried files. */
int ros_hub_to_gguf(const struct ros_hub *hub, struct ros_model *dst, const struct ros_hub_options *opt,
		    struct ros_findings *f, struct ros_error *err);

/* Fills DST->meta from rosetta.gguf.json; general.file_type follows DST's tensors where those have other types than recorded. */
int ros_hub_restore_gguf(const struct ros_hub *hub, struct ros_model *dst, const struct ros_hub_options *opt, struct ros_error *err);

#endif
