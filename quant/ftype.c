#include "quant/ftype.h"

#include <ctype.h>

const struct ros_ftype_info ros_ftypes[ROS_FT_COUNT] = {
	/*                     name         alias   default type */
	[ROS_FT_F32]       = { "F32",       NULL,   ROS_F32 },
	[ROS_FT_F16]       = { "F16",       NULL,   ROS_F16 },
	[ROS_FT_BF16]      = { "BF16",      NULL,   ROS_BF16 },
	[ROS_FT_Q1_0]      = { "Q1_0",      NULL,   ROS_Q1_0 },
	[ROS_FT_Q2_0]      = { "Q2_0",      NULL,   ROS_Q2_0 },
	[ROS_FT_Q4_0]      = { "Q4_0",      NULL,   ROS_Q4_0 },
	[ROS_FT_Q4_1]      = { "Q4_1",      NULL,   ROS_Q4_1 },
	[ROS_FT_Q5_0]      = { "Q5_0",      NULL,   ROS_Q5_0 },
	[ROS_FT_Q5_1]      = { "Q5_1",      NULL,   ROS_Q5_1 },
	[ROS_FT_Q8_0]      = { "Q8_0",      NULL,   ROS_Q8_0 },
	[ROS_FT_Q2_K]      = { "Q2_K",      NULL,   ROS_Q2_K },
	[ROS_FT_Q2_K_S]    = { "Q2_K_S",    NULL,   ROS_Q2_K },
	[ROS_FT_Q3_K_S]    = { "Q3_K_S",    NULL,   ROS_Q3_K },
	[ROS_FT_Q3_K_M]    = { "Q3_K_M",    "Q3_K", ROS_Q3_K },
	[ROS_FT_Q3_K_L]    = { "Q3_K_L",    NULL,   ROS_Q3_K },
	[ROS_FT_Q4_K_S]    = { "Q4_K_S",    NULL,   ROS_Q4_K },
	[ROS_FT_Q4_K_M]    = { "Q4_K_M",    "Q4_K", ROS_Q4_K },
	[ROS_FT_Q5_K_S]    = { "Q5_K_S",    NULL,   ROS_Q5_K },
	[ROS_FT_Q5_K_M]    = { "Q5_K_M",    "Q5_K", ROS_Q5_K },
	[ROS_FT_Q6_K]      = { "Q6_K",      NULL,   ROS_Q6_K },
	[ROS_FT_IQ1_S]     = { "IQ1_S",     NULL,   ROS_IQ1_S },
	[ROS_FT_IQ1_M]     = { "IQ1_M",     NULL,   ROS_IQ1_M },
	[ROS_FT_IQ2_XXS]   = { "IQ2_XXS",   NULL,   ROS_IQ2_XXS },
	[ROS_FT_IQ2_XS]    = { "IQ2_XS",    NULL,   ROS_IQ2_XS },
	[ROS_FT_IQ2_S]     = { "IQ2_S",     NULL,   ROS_IQ2_XS },
	[ROS_FT_IQ2_M]     = { "IQ2_M",     NULL,   ROS_IQ2_S },
	[ROS_FT_IQ3_XXS]   = { "IQ3_XXS",   NULL,   ROS_IQ3_XXS },
	[ROS_FT_IQ3_XS]    = { "IQ3_XS",    NULL,   ROS_IQ3_S },
	[ROS_FT_IQ3_S]     = { "IQ3_S",     NULL,   ROS_IQ3_S },
	[ROS_FT_IQ3_M]     = { "IQ3_M",     NULL,   ROS_IQ3_S },
	[ROS_FT_IQ4_NL]    = { "IQ4_NL",    NULL,   ROS_IQ4_NL },
	[ROS_FT_IQ4_XS]    = { "IQ4_XS",    NULL,   ROS_IQ4_XS },
	[ROS_FT_TQ1_0]     = { "TQ1_0",     NULL,   ROS_TQ1_0 },
	[ROS_FT_TQ2_0]     = { "TQ2_0",     NULL,   ROS_TQ2_0 },
	[ROS_FT_MXFP4_MOE] = { "MXFP4_MOE", NULL,   ROS_MXFP4 },
	[ROS_FT_NVFP4]     = { "NVFP4",     NULL,   ROS_NVFP4 },
};

static bool same(struct ros_str a, const char *b)
{
	size_t i = 0;

	for (; i < a.len && b[i]; i++) {
		char c = a.ptr[i] == '-' ? '_' : (char)toupper((unsigned char)a.ptr[i]);

		if (c != b[i])
			return false;
	}
	return i == a.len && !b[i];
}

enum ros_ftype ros_ftype_by_name(struct ros_str name)
{
	unsigned number = 0;
	bool digits = name.len > 0 && name.len < 4;

	for (int f = 0; f < ROS_FT_COUNT; f++) {
		const struct ros_ftype_info *row = &ros_ftypes[f];

		if (row->name && (same(name, row->name) || (row->alias && same(name, row->alias))))
			return (enum ros_ftype)f;
	}
	for (size_t i = 0; digits && i < name.len; i++) {
		digits = isdigit((unsigned char)name.ptr[i]);
		number = number * 10 + (unsigned)(name.ptr[i] - '0');
	}
	return digits && number < ROS_FT_COUNT && ros_ftypes[number].name ? (enum ros_ftype)number : ROS_FT_COUNT;
}
