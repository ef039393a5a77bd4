/* The order in which llama.cpp's quantize tool visits and writes tensors: by the layer number
 * after a leading "blk." (-1 without one), then by name as bytes. Source: llama-model-loader.h, weight_name_comparer. */
#ifndef ROS_QUANT_TENSOR_ORDER_H
#define ROS_QUANT_TENSOR_ORDER_H

#include "formats/model.h"

/* The number in "blk.NUMBER", or -1. */
int ros_layer_of(struct ros_str name);

/* ORDER[0..COUNT) receives the indices of TENSORS in that order. ROS_ENOMEM. */
int ros_tensor_order(const struct ros_tensor *tensors, size_t count, uint32_t *order, struct ros_error *err);

#endif
