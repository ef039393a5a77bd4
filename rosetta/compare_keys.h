/* What a metadata key is to a comparison of models: verify, diff and derive judge by the same words.
 *
 * Keys are GGUF's, or the top-level members of APR's metadata. */
#ifndef ROS_ROSETTA_COMPARE_KEYS_H
#define ROS_ROSETTA_COMPARE_KEYS_H

#include "contracts/contract.h"

/* How the file is cut or what it carries, not what the model is: never compared. */
bool ros_key_is_incidental(struct ros_str key);

/* The keys, and side files, that only we write. */
bool ros_key_is_ours(struct ros_str key);

/* Names and descriptions are for people: another one is told, but it is no other model. */
bool ros_key_describes(struct ros_str key);

/* The chat template decides what a model is told: it must be the same, or be in neither. */
bool ros_key_is_template(struct ros_str key);

/* Vocabulary, merges, scores and special tokens: without one of them a text becomes other tokens. */
bool ros_key_decides_tokens(struct ros_str key);

/* The contract C (NULL: none) maps KEY of FORMAT: it decides the computation. */
bool ros_key_is_number(const struct ros_contract *c, enum ros_format_id format, struct ros_str key);

#endif
