/* A family's numbers out of each format's metadata and into it, by the contract's key lists. */
#ifndef ROS_CONTRACTS_HUB_KEYS_H
#define ROS_CONTRACTS_HUB_KEYS_H

#include "contracts/contract.h"
#include "formats/json.h"

/* Sets every number that the source states. Numbers that each layer has for itself become by_layer (ARENA's). A key of a wrong
 * kind, or one over its cap, is ROS_ECONTRACT with the key, what was wanted and what was found. Keys that config.json does not
 * have at its top are looked for in its text_config. */
int ros_keys_read_config(const struct ros_contract *c, const struct ros_json *config, struct ros_hparams *hp,
			 struct ros_arena *arena, struct ros_error *err);
int ros_keys_read_gguf(const struct ros_contract *c, const struct ros_meta *meta, struct ros_hparams *hp,
		       struct ros_arena *arena, struct ros_error *err);
int ros_keys_read_apr(const struct ros_contract *c, const struct ros_json *root, struct ros_hparams *hp,
		      struct ros_arena *arena, struct ros_error *err);

/* Appends the GGUF keys in the contract's order; FILE_TYPE is general.file_type's value. */
int ros_keys_write_gguf(const struct ros_contract *c, const struct ros_hparams *hp, uint32_t file_type,
			struct ros_meta *meta, struct ros_error *err);

/* Writes members into the open object of O: config.json's (nested where the contract's key is a path), or APR's. */
int ros_keys_write_config(const struct ros_contract *c, const struct ros_hparams *hp, struct ros_json_out *o, struct ros_error *err);
int ros_keys_write_apr(const struct ros_contract *c, const struct ros_hparams *hp, struct ros_json_out *o, struct ros_error *err);

/* What CONFIG has for RULE, under its key or an alias, at the top or in its text_config; NULL when it is absent or null. */
const struct ros_json *ros_keys_in_config(const struct ros_key_rule *rule, const struct ros_json *config);

#endif
