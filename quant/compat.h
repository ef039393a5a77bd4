/* The file that llama-quantize would write, down to the byte: which tensors in which order with
 * which shapes, and which metadata. Given to ros_gguf_lay_out with the encoded payloads it
 * gives the same file (tests/unit/test_compat.c: 88 recorded outputs).
 *
 *   tensors    by layer, then by name (quant/tensor_order.h); trailing dimensions of one are dropped
 *   metadata   the input's in its order; general.quantization_version = 2 and general.file_type move to the end;
 *              split.no, split.count and split.tensors.count go; then what the caller overrides;
 *              then, with an importance matrix, quantize.imatrix.file, .dataset, .entries_count, .chunks_count
 *
 * One thing is not imitated: where the input states a general.alignment other than 32 the tool copies the
 * key and aligns to 32 all the same, and no reader understands its file. */
#ifndef ROS_QUANT_COMPAT_H
#define ROS_QUANT_COMPAT_H

#include "quant/imatrix.h"
#include "quant/recipe.h"

/* Makes OUT, init'ed here and released by the caller, the header of the quantized SRC: names, types, shapes, metadata,
 * no payloads. CHOICES: what ros_recipe_choose gave for SRC's tensors under R. SOURCE[i], SRC's tensor_count of
 * them, receives the index in SRC of OUT's tensor i. OVERRIDES (NULL: none): keys to set, whole numbers becoming
 * u32 (2026) or i32 (2025). IM and IM_PATH, the path as the user gave it: NULL and {NULL, 0} without an importance matrix;
 * llama-quantize records at most 127 bytes of path and data set.
 * Strings are borrowed from SRC, OVERRIDES, IM and IM_PATH. ROS_ENOMEM; ROS_EUSAGE for an override that is an array. */
int ros_compat_header(const struct ros_model *src, const struct ros_recipe *r, const struct ros_recipe_choice *choices,
	const struct ros_meta *overrides, const struct ros_imatrix *im, struct ros_str im_path,
	struct ros_model *out, uint32_t *source, struct ros_error *err);

#endif
