/* Were the scales of a grid type (IQ1, IQ2, IQ3) fitted to these weights? Judged without the importance matrix. So are Q4_0, Q4_1, Q5_0 and Q5_1
 * that were made with one (without, their scales are no fit: quant/consistent.h, plain_scales): each block of 32 is an equation.
 *
 * ggml stores a block's scale d so that the largest scale among its sub-blocks is an exact multiple of it, and that one is the least-squares
 * fit of the sub-block's weights x to the points q that were chosen for them:
 *
 *     sum of c g q (fudge * x - S q) = 0,       g = sqrt(k * mean(x^2) + x^2),    S: the sub-block's scale as stored
 *
 * but for the rounding of d to 16 bits, which is known. All is in the file and the source, save the importance c of each column; and c
 * is the same in every row of a matrix. So the rows give linear equations in the 16 or 32 unknowns of a sub-block (256 for IQ1_M, which fits d to
 * the whole block). With more rows than unknowns they are solvable only if source and scales belong together: with N the sum of
 * squares of the left side and M that of what rounding may leave, c' N c <= c' M c holds for the true c, hence N - M is not
 * positive definite. Where it is, no importance whatever explains the scales. This is a bound and not a
 * likelihood: it raises no false alarm on a file whose encoder fits scales so. A file made without a matrix has known weights, and every block is an equation by itself.
 *
 * Q4_1 and Q5_1 are not bound like that: they fit scale and minimum in one, and lose float32 digits where one column of a block outweighs the
 * rest; single groups may then miss.
 *
 * Not seen: sub-blocks whose scale is not the block's largest, blocks where two share the largest code, groups with no more
 * rows than unknowns. Source of the fit and its constants: ggml-quants.c, quantize_row_iq*_impl, unchanged since March 2024. */
#ifndef ROS_QUANT_SCALE_FIT_H
#define ROS_QUANT_SCALE_FIT_H

#include "formats/dtype.h"

/* Sums over any number of matrices; start from zeros. */
struct ros_scale_findings {
	uint64_t equations;     /* blocks whose scale says something */
	uint64_t plain;         /* of these, grid types: it is the one that encoding without a matrix gives */
	uint64_t groups;        /* of columns, with more equations than unknowns */
	uint64_t freedom;       /* equations beyond the unknowns, over these groups */
	uint64_t odd_groups;    /* no importance explains their scales */
	double misfit;          /* largest over the odd groups: root mean square by which scales miss at least, relative */
};

enum ros_scale_word {
	ROS_SCALES_SILENT,      /* too few equations to say anything */
	ROS_SCALES_PLAIN,       /* each one is what encoding without a matrix gives */
	ROS_SCALES_FIT,         /* some importance explains all of them */
	ROS_SCALES_OFF,         /* none does */
	ROS_SCALES_DAMAGED,     /* most are what encoding without a matrix gives, and some are not */
};

/* Equations of the columns of one block of one matrix. The sums are borrowed. */
struct ros_scale_fit {
	enum ros_dtype type;
	double *sums;
	uint64_t count[16];
	double rounding[16];
};

/* Doubles that the sums of TYPE take; 0: its scales are no such fit. At most 100,000. */
size_t ros_scale_fit_doubles(enum ros_dtype type);

/* No equations yet. */
void ros_scale_fit_init(struct ros_scale_fit *fit, enum ros_dtype type, double *sums);

/* Mean of the squares of N values. */
double ros_mean_square(const float *x, size_t n);

/* Whether TYPE weighs elements by the mean square of their whole row. */
bool ros_scales_weigh_rows(enum ros_dtype type);

/* Adds what BLOCK, which stands for the weights SOURCE, says; counts it in FOUND. ROW_MEAN: for types that weigh rows.
 * SOURCE_ROUNDING as in quant/consistent.h. */
void ros_scale_fit_add(struct ros_scale_fit *fit, const uint8_t *block, const float *source, double row_mean, double source_rounding,
		       struct ros_scale_findings *found);

/* Judges the equations that were added. */
void ros_scale_fit_judge(struct ros_scale_fit *fit, struct ros_scale_findings *found);

/* Adds B to A. */
void ros_scale_findings_add(struct ros_scale_findings *a, const struct ros_scale_findings *b);

/* What FOUND amounts to. */
enum ros_scale_word ros_scales_say(const struct ros_scale_findings *found);

#endif
