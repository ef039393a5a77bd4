/* A Q3_K block from its scales: the codes, and where the bits go. */
#ifndef ROS_QUANT_LANES_Q3_PUT_H
#define ROS_QUANT_LANES_Q3_PUT_H

#include "quant/lanes/requantize.h"

/* Of one super-block: the scales as stored (0..63, 32 more than their value) and what they stand for. */
struct q3_scales {
	struct sub_scales range;              /* d is set */
	const float *low, *high;              /* range of the values */
	unsigned zero;                        /* bits of sub-blocks that count as zero */
	uint8_t codes[16];
};

/* All but d. False if only the reference can. */
static inline __attribute__((always_inline)) bool q3_put(const float *x, uint8_t *b, struct q3_scales *s)
{
	uint8_t l[256] __attribute__((aligned(64)));

	if (!reciprocals(&s->range, 16, s->low, s->high, s->zero))
		return false;
	requantize_signed(x, 4, &s->range, s->zero, l);
	pack_q3_scales(s->codes, b + 96);
	pack_high(l, 2, b);
	pack_2bit(l, b + 32);
	return true;
}

#endif
