/* What a model is called, guessed as the reference converter guesses. */
#ifndef ROS_CONTRACTS_MODEL_NAME_H
#define ROS_CONTRACTS_MODEL_NAME_H

#include "formats/json.h"

/* From config.json's _name_or_path when it is "name" or "organisation/name" (a longer one is somebody's path, and is not told), else from
 * the last folder of PATH (of a lone file: its name without suffix), never more of it. Hyphens become blanks, words begin with
 * capitals. {NULL, 0} where nothing is left ("." or "model.safetensors" alone). CONFIG may be NULL. */
struct ros_str ros_model_name(const struct ros_json *config, struct ros_str path, struct ros_arena *arena, struct ros_error *err);

#endif
