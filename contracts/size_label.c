#include "config.h"

#include "contracts/size_label.h"

#include <math.h>
#include <string.h>

/* gguf-py's model_weight_count_rounded_notation: two digits at least. */
static struct ros_str notation(double count, struct ros_arena *arena, struct ros_error *err)
{
	static const struct { double above, factor; char suffix; } scales[] = {
		{ 1e12, 1e-12, 'T' }, { 1e9, 1e-9, 'B' }, { 1e6, 1e-6, 'M' }, { -1, 1e-3, 'K' },
	};
	unsigned i = 0;
	double scaled, rounded;

	while (count <= scales[i].above)
		i++;
	scaled = count * scales[i].factor;
	rounded = nearbyint(scaled);            /* half to even, as Python's round */
	return ros_arena_printf(arena, err, "%.*f%c", rounded < 1 ? 2 : rounded < 10 ? 1 : 0, scaled, scales[i].suffix);
}

static bool has(struct ros_str s, const char *part)
{
	return memmem(s.ptr, s.len, part, strlen(part)) != NULL;
}

struct ros_str ros_size_label(const struct ros_model *m, struct ros_arena *arena, struct ros_error *err)
{
	uint64_t total = 0, shared = 0, expert = 0, sum = 0, stacked = 0;
	struct ros_str label;

	for (size_t i = 0; i < m->tensor_count; i++) {
		const struct ros_tensor *t = &m->tensors[i];
		uint64_t size = ros_tensor_elements(t);

		total += size;
		if (has(t->name, "_exps.") && t->ndim >= 3) {
			uint64_t experts = t->dim[t->ndim - (has(t->name, ".bias") ? 2 : 3)];

			expert += experts ? size / experts : 0;
			sum += experts;
			stacked++;
		} else {
			shared += size;
		}
	}
	if (!total)
		return (struct ros_str){ NULL, 0 };
	if (!stacked || sum / stacked == 0)
		return notation((double)total, arena, err);
	label = notation((double)(shared + expert), arena, err);
	if (!label.ptr)
		return label;
	return ros_arena_printf(arena, err, "%llux%s", (unsigned long long)(sum / stacked), label.ptr);
}

uint32_t ros_file_type(const struct ros_model *m)
{
	/* LLAMA_FTYPE by element type; absent ones: no number exists, and the plain ones' is taken */
	static const uint8_t numbers[ROS_DTYPE_COUNT] = {
		[ROS_F32] = 0, [ROS_F16] = 1, [ROS_BF16] = 32, [ROS_Q4_0] = 2, [ROS_Q4_1] = 3, [ROS_Q8_0] = 7, [ROS_Q5_0] = 8,
		[ROS_Q5_1] = 9, [ROS_Q2_K] = 10, [ROS_Q3_K] = 12, [ROS_Q4_K] = 15, [ROS_Q5_K] = 17, [ROS_Q6_K] = 18,
		[ROS_IQ2_XXS] = 19, [ROS_IQ2_XS] = 20, [ROS_IQ3_XXS] = 23, [ROS_IQ1_S] = 24, [ROS_IQ4_NL] = 25, [ROS_IQ3_S] = 26,
		[ROS_IQ2_S] = 28, [ROS_IQ4_XS] = 30, [ROS_IQ1_M] = 31, [ROS_TQ1_0] = 36, [ROS_TQ2_0] = 37, [ROS_MXFP4] = 38,
		[ROS_NVFP4] = 39, [ROS_Q1_0] = 40, [ROS_Q2_0] = 41,
	};
	uint64_t count[ROS_DTYPE_COUNT] = { 0 };
	unsigned best = ROS_F32;

	for (size_t i = 0; i < m->tensor_count; i++)
		if (m->tensors[i].ndim > 1)
			count[m->tensors[i].dtype] += ros_tensor_elements(&m->tensors[i]);
	for (unsigned t = 0; t < ROS_DTYPE_COUNT; t++)
		if (count[t] > count[best])
			best = t;
	return numbers[best];
}
