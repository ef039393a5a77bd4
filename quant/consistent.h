/* Was this block made from those weights? Judged without the encoder: the file's own scales
 * say which values it could express (quant/ladder.h), and every code must be the nearest to its source.
 *
 * What each count proves. *nearest*: |w - w'| is at most half the distance of neighbouring values, or w lies
 * past the end of the ladder and w' is its end. *tie*: nearest but for rounding: the source lies on the midpoint, within float
 * rounding or within what rounding the scale to 16 bits moved (quant/ladder.h, slack). *other scale*: the block's codes are not
 * nearest under its own scale, yet one scale (and minimum) exists under which all of them are: how ggml's importance-weighted
 * search for Q4_0, Q4_1, Q5_0 and Q5_1 leaves them; how many do depends on the matrix, from none to all. Without a matrix
 * their scales are known from the source, and such a block is damage. *violation*: none of these.
 * Scales are judged too, for a zero scale makes every code nearest: a run's step must lie within a factor of what
 * the range of its source weights asks for, give or take the coding of the scale.
 *
 * Grid types (IQ1, IQ2, IQ3) choose points in 4 or 8 dimensions by an importance that is not in the file, and may flip
 * the sign of what mattered least, so no code can be called nearest. There |w - w'| <= |w| + the largest value of the run
 * holds for anything, and what is tested is each row, the signs of IQ2 and IQ3 and the cosine of
 * source and decoded values of IQ1, and the scales; more of those in quant/scale_fit.h. */
#ifndef ROS_QUANT_CONSISTENT_H
#define ROS_QUANT_CONSISTENT_H

#include "quant/kernels.h"

struct ros_consistency {
	uint64_t elements, blocks, rows;
	uint64_t nearest, ties, bounded;        /* elements */
	uint64_t other_scale;                   /* blocks */
	uint64_t plain_scales;                  /* blocks of these types whose scale is the one of encoding without a matrix */
	uint64_t violations;                    /* elements */
	uint64_t bad_blocks;                    /* blocks with a violation or an implausible scale */
	uint64_t bad_scales;                    /* runs whose step does not fit their weights */
	uint64_t first_bad_block;               /* in storage order, counted over all calls; UINT64_MAX none */
	uint64_t worst_element;                 /* in storage order; where the excess was largest */
	double worst_excess;                    /* how far past the allowed distance, in steps */
	double max_abs;                         /* largest |w - w'| */
	/* Sums of w*w' and w'*w' of Q4_0, Q4_1, Q5_0 and Q5_1. Where other_scale blocks occur, scales were fitted by least
	 * squares, and however that was weighted dot / norm is near 1: see ros_fit_is_plausible. */
	double dot, norm;
	uint64_t strange_rows;                  /* grid types: rows whose values do not point the way of their source */
	uint64_t first_strange_row;
};

/* Empty counts. */
void ros_consistency_init(struct ros_consistency *c);

/* Adds ROWS rows of COLS elements: STORED blocks of TYPE, DECODED their float32 values, SOURCE the weights.
 * SOURCE_ROUNDING: what the source may have been rounded by on its way, relative (2^-11 where it is float32 and
 * may have passed through F16, else 0). Sums run in element order. Types without blocks are not for this call. */
void ros_consistent_rows(const struct ros_kernels *kernels, enum ros_dtype type, const uint8_t *stored, const float *decoded, const float *source,
			 size_t rows, size_t cols, double source_rounding, struct ros_consistency *c);

/* Adds B to A, B's elements coming after A's. */
void ros_consistency_add(struct ros_consistency *a, const struct ros_consistency *b);

/* Whether dot / norm is what a least-squares fit leaves: a model whose weights were scaled shows here. Measured over Gaussian,
 * heavy-tailed and patchy weights with importances over five orders of magnitude: 0.9988 to 1.0055; a small tensor is given more room. */
bool ros_fit_is_plausible(const struct ros_consistency *c);

/* Whether TYPE's codes can be judged one by one. */
bool ros_codes_are_separate(enum ros_dtype type);

#endif
