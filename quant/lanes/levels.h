/* The nearest of IQ4's sixteen levels by table. Eight wide, the buckets round(v / 8) hold at most
 * one bound between levels each: below it the lower level is nearest, from it on the upper.
 * The bounds are the midpoints, and exact: near them both differences that
 * nearest_level (iq4_encode.c) compares are. Bucket b is entry b mod 32. */
#ifndef ROS_QUANT_LANES_LEVELS_H
#define ROS_QUANT_LANES_LEVELS_H

struct lanes_levels {
	float bound[32];               /* -1000: the bucket holds none */
	float level[64];               /* below the bound, then from it on */
	float index[64];
};

static const struct lanes_levels lanes_iq4 = {
	.bound = {
		-1000, 7, 19, -1000, 31.5f, -1000, 45.5f, -1000, 61, -1000, 79, -1000, -1000, 101, -1000, -1000,
		-1000, -1000, -115.5f, -1000, -93.5f, -1000, -1000, -74, -1000, -57, -1000, -42, -28.5f, -1000, -16, -4.5f,
	},
	.level = {
		1, 1, 13, 25, 25, 38, 38, 53, 53, 69, 69, 89, 89, 89, 113, 113,
		-127, -127, -127, -104, -104, -83, -83, -83, -65, -65, -49, -49, -35, -22, -22, -10,
		1, 13, 25, 25, 38, 38, 53, 53, 69, 69, 89, 89, 89, 113, 113, 113,
		-127, -127, -104, -104, -83, -83, -83, -65, -65, -49, -49, -35, -22, -22, -10, 1,
	},
	.index = {
		8, 8, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 14, 15, 15,
		0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 6, 7,
		8, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 14, 15, 15, 15,
		0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 6, 7, 8,
	},
};

#endif
