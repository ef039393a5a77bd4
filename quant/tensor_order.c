#include "quant/tensor_order.h"

#include <stdlib.h>
#include <string.h>

#define MAX_LAYER 99999999

int ros_layer_of(struct ros_str name)
{
	size_t i = 4;
	int n = 0;

	if (name.len < 5 || memcmp(name.ptr, "blk.", 4))
		return -1;
	for (; i < name.len && name.ptr[i] >= '0' && name.ptr[i] <= '9'; i++)
		n = n > MAX_LAYER ? n : n * 10 + (name.ptr[i] - '0');
	return i > 4 ? n : -1;
}

struct key {
	struct ros_str name;
	int layer;
	uint32_t index;
};

static int compare(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->layer != y->layer)
		return x->layer < y->layer ? -1 : 1;
	return ros_str_compare(x->name, y->name);
}

int ros_tensor_order(const struct ros_tensor *tensors, size_t count, uint32_t *order, struct ros_error *err)
{
	struct key *keys = calloc(count ? count : 1, sizeof *keys);

	if (!keys)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "tensor order: no memory for %zu tensors", count);
	for (size_t i = 0; i < count; i++)
		keys[i] = (struct key){ tensors[i].name, ros_layer_of(tensors[i].name), (uint32_t)i };
	qsort(keys, count, sizeof *keys, compare);
	for (size_t i = 0; i < count; i++)
		order[i] = keys[i].index;
	free(keys);
	return 0;
}
