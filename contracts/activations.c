#include "contracts/activations.h"

/* The first word of a function is the one written. Source of the others: transformers' ACT2FN, without those that compute something
 * else (quick_gelu is x * sigmoid(1.702 x), gelu_10 is clipped). */
static const struct {
	const char *word;
	enum ros_activation act;
} words[] = {
	{ "silu", ROS_ACT_SILU }, { "swish", ROS_ACT_SILU },
	{ "gelu_pytorch_tanh", ROS_ACT_GELU_TANH }, { "gelu_new", ROS_ACT_GELU_TANH }, { "gelu_fast", ROS_ACT_GELU_TANH },
	{ "gelu_python_tanh", ROS_ACT_GELU_TANH }, { "gelu_accurate", ROS_ACT_GELU_TANH },
	{ "gelu", ROS_ACT_GELU_ERF }, { "gelu_python", ROS_ACT_GELU_ERF },
	{ "relu", ROS_ACT_RELU }, { "relu2", ROS_ACT_RELU2 },
};

#define WORDS (sizeof words / sizeof words[0])

const char *ros_activation_word(enum ros_activation act)
{
	for (size_t i = 0; i < WORDS; i++)
		if (words[i].act == act)
			return words[i].word;
	return words[0].word;
}

bool ros_activation_by_word(struct ros_str word, enum ros_activation *act)
{
	for (size_t i = 0; i < WORDS; i++)
		if (ros_str_equal(word, ros_str_of(words[i].word))) {
			*act = words[i].act;
			return true;
		}
	return false;
}

static bool is_gelu(enum ros_activation a)
{
	return a == ROS_ACT_GELU_TANH || a == ROS_ACT_GELU_ERF;
}

bool ros_activation_kin(enum ros_activation a, enum ros_activation b)
{
	return a == b || (is_gelu(a) && is_gelu(b));
}
