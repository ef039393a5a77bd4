#include "quant/ladder.h"

#include "quant/half.h"
#include "quant/k_blocks.h"
#include "quant/levels.h"

#include <math.h>

/* The most that rounding to 16 bits moved a scale that is now D. */
static float half_ulp(float d)
{
	float relative = fabsf(d) * 0x1p-11f;

	return relative > 0x1p-25f ? relative : 0x1p-25f;       /* subnormal: 2^-24 apart */
}

/* Codes LEAST..MOST of a scale D (either sign) over an offset. */
static struct ros_ladder even(unsigned first, unsigned count, float d, int least, int most, float offset)
{
	float a = d * (float)least + offset, b = d * (float)most + offset;

	return (struct ros_ladder){ .kind = ROS_LADDER_EVEN, .first = (uint16_t)first, .count = (uint16_t)count,
		.lo = a < b ? a : b, .hi = a < b ? b : a, .step = fabsf(d) };
}

/* One scale for a whole block of 32, codes chosen before it was rounded to F16. MIN too where there is one. */
static unsigned legacy(struct ros_ladder *out, unsigned count, float d, int least, int most, float min)
{
	int reach = -least > most ? -least : most;

	*out = even(0, count, d, least, most, min);
	out->slack = half_ulp(d) * ((float)reach + 0.5f) + (min != 0 ? half_ulp(min) : 0);
	return 1;
}

/* UNIT times the levels of TABLE. SLACK: how far rounding the block's scale may have moved the outermost. */
static unsigned levels(struct ros_ladder *out, unsigned first, unsigned count, float unit, const int8_t *table,
		       float widest, float slack)
{
	float reach = fabsf(unit) * (float)(table == ros_levels_iq4 ? 127 : 12);

	*out = (struct ros_ladder){ .kind = ROS_LADDER_LEVELS, .first = (uint16_t)first, .count = (uint16_t)count,
		.lo = -reach, .hi = reach, .step = fabsf(unit) * widest, .unit = unit, .levels = table,
		.slack = slack };
	return 1;
}

static unsigned q2_k(const uint8_t *b, struct ros_ladder *out)
{
	float d = ros_get_f16(b + 80), dmin = ros_get_f16(b + 82);

	for (unsigned j = 0; j < 16; j++) {
		out[j] = even(16 * j, 16, d * (float)(b[j] & 15), 0, 3, -(dmin * (float)(b[j] >> 4)));
		out[j].coarse = fabsf(d);
	}
	return 16;
}

static unsigned q3_k(const uint8_t *b, struct ros_ladder *out)
{
	const uint8_t *s = b + 96;
	float d = ros_get_f16(b + 108);

	for (unsigned j = 0; j < 16; j++) {
		unsigned low = j < 8 ? s[j] & 15u : s[j - 8] >> 4, high = s[8 + j % 4] >> (2 * (j / 4)) & 3u;

		out[j] = even(16 * j, 16, d * (float)((int)(low | high << 4) - 32), -4, 3, 0);
		out[j].coarse = fabsf(d);
	}
	return 16;
}

static unsigned q45_k(const uint8_t *b, int most, struct ros_ladder *out)
{
	float d = ros_get_f16(b), dmin = ros_get_f16(b + 2);

	for (unsigned j = 0; j < 8; j++) {
		uint8_t scale, min;

		ros_k4_unpack(b + 4, j, &scale, &min);
		out[j] = even(32 * j, 32, d * scale, 0, most, -(dmin * min));
		out[j].coarse = fabsf(d);
	}
	return 8;
}

static unsigned q6_k(const uint8_t *b, struct ros_ladder *out)
{
	float d = ros_get_f16(b + 208);

	for (unsigned j = 0; j < 16; j++) {
		out[j] = even(16 * j, 16, d * (float)(int8_t)b[192 + j], -32, 31, 0);
		out[j].coarse = fabsf(d);
	}
	return 16;
}

static unsigned iq4_xs(const uint8_t *b, struct ros_ladder *out)
{
	unsigned high = ros_le16(b + 2);
	float d = ros_get_f16(b);

	for (unsigned j = 0; j < 8; j++) {
		int s = (int)((b[4 + j / 2] >> (4 * (j % 2)) & 15) | (high >> (2 * j) & 3) << 4) - 32;

		levels(&out[j], 32 * j, 32, d * (float)s, ros_levels_iq4, 24, half_ulp(d) * fabsf((float)s) * 127);
		out[j].coarse = fabsf(d) * 127;
	}
	return 8;
}

/* 2^(e - 128): half the OCP scale, as the level table is doubled. */
static float e8m0_half(uint8_t e)
{
	return e < 2 ? ros_bits_f32(0x00200000u << e) : ros_bits_f32((uint32_t)(e - 1) << 23);
}

/* Unsigned E4M3, halved for the same reason. */
static float ue4m3_half(uint8_t x)
{
	int e = x >> 3 & 15, m = x & 7;

	if ((x & 127) == 127)
		return 0;
	return 0.5f * (e ? ldexpf(1 + (float)m / 8, e - 7) : ldexpf((float)m, -9));
}

static unsigned nvfp4(const uint8_t *b, struct ros_ladder *out)
{
	for (unsigned j = 0; j < 4; j++)
		levels(&out[j], 16 * j, 16, ue4m3_half(b[j]), ros_levels_fp4, 4, 0);
	return 4;
}

/* N runs of the grid types: magnitudes up to REACH units, neighbours at most GAP units apart. */
static void lattice(struct ros_ladder *l, unsigned first, unsigned count, float unit, float reach, float gap, float coarse)
{
	*l = (struct ros_ladder){ .kind = ROS_LADDER_LATTICE, .first = (uint16_t)first, .count = (uint16_t)count,
		.lo = -fabsf(unit) * reach, .hi = fabsf(unit) * reach, .step = fabsf(unit) * gap, .unit = unit,
		.coarse = fabsf(coarse) };
}

static unsigned iq2(enum ros_dtype type, const uint8_t *b, struct ros_ladder *out)
{
	const uint8_t *nibbles = b + (type == ROS_IQ2_XS ? 66 : 74);
	float d = ros_get_f16(b);

	for (unsigned j = 0; j < 16; j++) {
		unsigned s = type == ROS_IQ2_XXS ? b[2 + 8 * (j / 2) + 7] >> 4 : nibbles[j / 2] >> (4 * (j % 2)) & 15u;

		lattice(&out[j], 16 * j, 16, d * (0.5f + (float)s) * 0.25f, 43, 18, d * 0.25f * 43);
	}
	return 16;
}

static unsigned iq3(enum ros_dtype type, const uint8_t *b, struct ros_ladder *out)
{
	float d = ros_get_f16(b);

	for (unsigned j = 0; j < 8; j++) {
		if (type == ROS_IQ3_XXS)
			lattice(&out[j], 32 * j, 32, d * (0.5f + (float)(b[66 + 4 * j + 3] >> 4)) * 0.5f, 62, 10, d * 0.5f * 62);
		else
			lattice(&out[j], 32 * j, 32, d * (float)(1 + 2 * (b[106 + j / 2] >> (4 * (j % 2)) & 15)), 15, 2, d * 30);
	}
	return 8;
}

static unsigned iq1_s(const uint8_t *b, struct ros_ladder *out)
{
	float d = ros_get_f16(b);

	for (unsigned j = 0; j < 8; j++)
		lattice(&out[j], 32 * j, 32, d * (float)(2 * (ros_le16(b + 34 + 2 * j) >> 12 & 7) + 1), 1.125f, 1, d * 2.25f);
	return 8;
}

static unsigned iq1_m(const uint8_t *b, struct ros_ladder *out)
{
	const uint8_t *s = b + 48;
	unsigned bits = 0;
	float d;

	for (unsigned k = 0; k < 4; k++)
		bits |= (unsigned)(ros_le16(s + 2 * k) >> 12) << (4 * k);
	d = ros_f16_to_f32((uint16_t)bits);
	for (unsigned j = 0; j < 16; j++)
		lattice(&out[j], 16 * j, 16, d * (float)(2 * (ros_le16(s + 2 * (j / 4)) >> (3 * (j % 4)) & 7) + 1), 1.125f, 1, d * 2.25f);
	return 16;
}

unsigned ros_block_ladders(enum ros_dtype type, const uint8_t *b, struct ros_ladder *out)
{
	switch ((int)type) {
	case ROS_Q4_0: return legacy(out, 32, ros_get_f16(b), -8, 7, 0);
	case ROS_Q4_1: return legacy(out, 32, ros_get_f16(b), 0, 15, ros_get_f16(b + 2));
	case ROS_Q5_0: return legacy(out, 32, ros_get_f16(b), -16, 15, 0);
	case ROS_Q5_1: return legacy(out, 32, ros_get_f16(b), 0, 31, ros_get_f16(b + 2));
	case ROS_Q8_0: case ROS_Q8_1: return legacy(out, 32, ros_get_f16(b), -127, 127, 0);
	case ROS_Q8_K: return legacy(out, 256, ros_bits_f32(ros_le32(b)), -128, 127, 0);
	case ROS_Q1_0: return legacy(out, 128, 2 * ros_get_f16(b), 0, 1, -ros_get_f16(b));
	case ROS_Q2_0: return legacy(out, 64, ros_get_f16(b), -1, 2, 0);
	case ROS_TQ1_0: return legacy(out, 256, ros_get_f16(b + 52), -1, 1, 0);
	case ROS_TQ2_0: return legacy(out, 256, ros_get_f16(b + 64), -1, 1, 0);
	case ROS_APR_Q4: return legacy(out, 32, ros_get_f16(b), -8, 7, 0);
	case ROS_Q2_K: return q2_k(b, out);
	case ROS_Q3_K: return q3_k(b, out);
	case ROS_Q4_K: return q45_k(b, 15, out);
	case ROS_Q5_K: return q45_k(b, 31, out);
	case ROS_Q6_K: return q6_k(b, out);
	case ROS_IQ4_NL: return levels(out, 0, 32, ros_get_f16(b), ros_levels_iq4, 24, half_ulp(ros_get_f16(b)) * 127);
	case ROS_IQ4_XS: return iq4_xs(b, out);
	case ROS_MXFP4: return levels(out, 0, 32, e8m0_half(b[0]), ros_levels_fp4, 4, 0);
	case ROS_NVFP4: return nvfp4(b, out);
	case ROS_IQ2_XXS: case ROS_IQ2_XS: case ROS_IQ2_S: return iq2(type, b, out);
	case ROS_IQ3_XXS: case ROS_IQ3_S: return iq3(type, b, out);
	case ROS_IQ1_S: return iq1_s(b, out);
	case ROS_IQ1_M: return iq1_m(b, out);
	}
	return 0;
}
