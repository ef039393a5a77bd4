/* What a GGUF says of a model's size and type, from its tensors. */
#ifndef ROS_CONTRACTS_SIZE_LABEL_H
#define ROS_CONTRACTS_SIZE_LABEL_H

#include "formats/model.h"

/* general.size_label as the reference converter counts it: "8.0B", "600M", "170K"; stacked experts
 * (names with "_exps.") make "4x92K": experts x (shared + one expert's). {NULL, 0} for no tensors. */
struct ros_str ros_size_label(const struct ros_model *m, struct ros_arena *arena, struct ros_error *err);

/* general.file_type (LLAMA_FTYPE) of the type that most elements of M's matrices have. Mixtures are named after their middle size
 * (Q4_K: 15, Q4_K_M). */
uint32_t ros_file_type(const struct ros_model *m);

#endif
