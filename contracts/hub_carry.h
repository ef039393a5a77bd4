/* Side files inside containers: rosetta.file.NAME keys in GGUF (a string; an array of u8 where the file is no UTF-8 text) and in
 * a lone .safetensors (rosetta.file.NAME, or rosetta.file64.NAME with base64), the object rosetta.files in APR
 * ({"NAME": text} or {"NAME": {"base64": text}}). */
#ifndef ROS_CONTRACTS_HUB_CARRY_H
#define ROS_CONTRACTS_HUB_CARRY_H

#include "contracts/hub.h"

#define ROS_CARRY_FILE "rosetta.file."
#define ROS_CARRY_FILE64 "rosetta.file64."
#define ROS_CARRY_APR "rosetta.files"

/* Is KEY, of a GGUF or a SafeTensors file, one that carries a side file? */
bool ros_carry_is_key(struct ros_str key);

/* Adds what META (of a GGUF, or of a SafeTensors file) or ROOT (APR's metadata) carries to HUB; views, but for base64. A name that
 * is no plain file name is ROS_EFORMAT: it would become a path when the files are written. */
int ros_carry_from_meta(struct ros_hub *hub, const struct ros_meta *meta, struct ros_error *err);
int ros_carry_from_apr(struct ros_hub *hub, const struct ros_json *root, struct ros_error *err);

/* Embeds every side file of HUB. The first is for GGUF, the second for SafeTensors. */
int ros_carry_to_gguf(const struct ros_hub *hub, struct ros_meta *meta, struct ros_error *err);
int ros_carry_to_safetensors(const struct ros_hub *hub, struct ros_meta *meta, struct ros_error *err);
int ros_carry_to_apr(const struct ros_hub *hub, struct ros_json_out *o, struct ros_arena *arena, struct ros_error *err);

/* Is NAME one component, not hidden, without control characters, at most 255 bytes? */
bool ros_plain_file_name(struct ros_str name);

#endif
