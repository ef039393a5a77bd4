#include "quant/block_scales.h"

#include "formats/bytes.h"

/* Where a type keeps half-precision numbers in its block. */
struct halves {
	uint8_t count;
	uint8_t at[2];
};

static const struct halves halves[ROS_DTYPE_COUNT] = {
	[ROS_Q4_0] = { 1, { 0 } }, [ROS_Q4_1] = { 2, { 0, 2 } }, [ROS_Q5_0] = { 1, { 0 } }, [ROS_Q5_1] = { 2, { 0, 2 } },
	[ROS_Q8_0] = { 1, { 0 } }, [ROS_Q8_1] = { 2, { 0, 2 } }, [ROS_Q1_0] = { 1, { 0 } }, [ROS_Q2_0] = { 1, { 0 } },
	[ROS_Q2_K] = { 2, { 80, 82 } }, [ROS_Q3_K] = { 1, { 108 } }, [ROS_Q4_K] = { 2, { 0, 2 } }, [ROS_Q5_K] = { 2, { 0, 2 } },
	[ROS_Q6_K] = { 1, { 208 } },
	[ROS_IQ1_S] = { 1, { 0 } }, [ROS_IQ2_XXS] = { 1, { 0 } }, [ROS_IQ2_XS] = { 1, { 0 } }, [ROS_IQ2_S] = { 1, { 0 } },
	[ROS_IQ3_XXS] = { 1, { 0 } }, [ROS_IQ3_S] = { 1, { 0 } }, [ROS_IQ4_NL] = { 1, { 0 } }, [ROS_IQ4_XS] = { 1, { 0 } },
	[ROS_TQ1_0] = { 1, { 52 } }, [ROS_TQ2_0] = { 1, { 64 } }, [ROS_APR_Q4] = { 1, { 0 } },
};

static bool is_finite_half(unsigned bits)
{
	return (bits & 0x7c00) != 0x7c00;
}

static size_t first_bad_half(const struct halves *h, size_t bytes, const uint8_t *p, size_t blocks)
{
	for (size_t i = 0; i < blocks; i++, p += bytes)
		for (unsigned j = 0; j < h->count; j++)
			if (!is_finite_half(ros_le16(p + h->at[j])))
				return i;
	return blocks;
}

/* IQ1_M: the four nibbles on top of the four 16-bit words at 48. */
static size_t first_bad_iq1_m(size_t bytes, const uint8_t *p, size_t blocks)
{
	for (size_t i = 0; i < blocks; i++, p += bytes)
		if (!is_finite_half(ros_le16(p + 48) >> 12 | (ros_le16(p + 50) >> 8 & 0xf0u) | (ros_le16(p + 52) >> 4 & 0xf00u)
				    | (ros_le16(p + 54) & 0xf000u)))
			return i;
	return blocks;
}

/* MXFP4: the exponent byte 0xff is NaN. */
static size_t first_bad_mxfp4(size_t bytes, const uint8_t *p, size_t blocks)
{
	for (size_t i = 0; i < blocks; i++, p += bytes)
		if (p[0] == 0xff)
			return i;
	return blocks;
}

size_t ros_first_bad_block(enum ros_dtype type, const uint8_t *p, size_t blocks)
{
	size_t bytes = ros_dtypes[type].block_bytes;

	if (halves[type].count)
		return first_bad_half(&halves[type], bytes, p, blocks);
	if (type == ROS_IQ1_M)
		return first_bad_iq1_m(bytes, p, blocks);
	if (type == ROS_MXFP4)
		return first_bad_mxfp4(bytes, p, blocks);
	return blocks;
}
