#include "quant/iq_search.h"

#include <string.h>

#define MAX_ELEMENTS 32

/* A digit c stands for 2c + 1. */
static const float odd[8] = { 1, 3, 5, 7, 9, 11, 13, 15 };

void ros_iq_rows(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights,
	size_t block_bytes, ros_iq_block_fn *block, const struct ros_iq_ops *ops)
{
	for (size_t r = 0; r < rows; r++, src += cols) {
		size_t c = 0;

		for (; c + ROS_IQ_BLOCK <= cols; c += ROS_IQ_BLOCK, dst += block_bytes)
			block(src + c, dst, weights ? weights + c : NULL, ops);
		if (c < cols) {
			float last[ROS_IQ_BLOCK] = { 0 }, w[ROS_IQ_BLOCK] = { 0 };

			memcpy(last, src + c, (cols - c) * sizeof *src);
			if (weights)
				memcpy(w, weights + c, (cols - c) * sizeof *weights);
			block(last, dst, weights ? w : NULL, ops);
			dst += block_bytes;
		}
	}
}

/* sum w*x*q and sum w*q*q for q = 2l + 1: their ratio is the best scale. */
struct fit {
	float qx, q2;
};

static struct fit fit(unsigned n, const float *x, const float *w, const int8_t *l)
{
	struct fit f = { 0, 0 };

	for (unsigned i = 0; i < n; i++) {
		float q = (float)(2 * l[i] + 1);

		f.qx += w[i] * x[i] * q;
		f.q2 += w[i] * q * q;
	}
	return f;
}

static void round_digits(unsigned n, int levels, const float *x, float id, int8_t *l)
{
	for (unsigned i = 0; i < n; i++)
		l[i] = (int8_t)ros_clamp(ros_nearest(0.5f * (id * x[i] - 1)), 0, levels - 1);
}

float ros_iq_refit(const struct ros_iq_walk *walk, const struct ros_lattice *lat, ros_near_fn *near, const float *x, const float *w,
	const float *aux, float scale, unsigned off, int8_t *l)
{
	const unsigned d = lat->grid->digits;
	struct fit f;

	if (!(scale > 0) || (!off && walk->refit != ROS_REFIT_ALWAYS))
		return scale;
	for (unsigned g = 0; g < walk->n / d; g++) {
		if (walk->refit == ROS_REFIT_OFF_GRID && !(off >> g & 1))
			continue;
		round_digits(d, walk->levels, x + d * g, 1 / scale, l + d * g);
		ros_lattice_snap(lat, near, x + d * g, aux + d * g, scale, odd, l + d * g, NULL);
	}
	f = fit(walk->n, x, w, l);
	return f.q2 > 0 ? f.qx / f.q2 : scale;
}

float ros_iq_search_ref(const struct ros_iq_walk *walk, const struct ros_lattice *lat, const float *x, const float *w,
	float top, float start, int8_t *l)
{
	const unsigned d = lat->grid->digits;
	float aux[MAX_ELEMENTS], scale = start, best = 0;
	unsigned off = ros_iq_off_at_first(walk);
	int8_t tried[MAX_ELEMENTS];

	for (unsigned i = 0; i < walk->n; i++)
		aux[i] = sqrtf(w[i]);
	memset(l, 0, walk->n);
	for (int is = -walk->steps; is <= walk->steps; is++) {
		float id = ((float)(2 * walk->levels - 1) + (float)is * walk->step) / top, this_scale = 1 / id;
		unsigned tried_off = 0;
		struct fit f;

		round_digits(walk->n, walk->levels, x, id, tried);
		for (unsigned g = 0; g < walk->n / d; g++)
			if (!ros_lattice_snap(lat, ros_near_ref, x + d * g, aux + d * g, this_scale, odd, tried + d * g, NULL))
				tried_off |= 1u << g;
		f = fit(walk->n, x, w, tried);
		if (f.q2 > 0 && f.qx * f.qx > best * f.q2) {
			scale = f.qx / f.q2;
			best = scale * f.qx;
			off = tried_off;
			memcpy(l, tried, walk->n);
		}
	}
	return ros_iq_refit(walk, lat, ros_near_ref, x, w, aux, scale, off, l);
}

const struct ros_iq_ops ros_iq_ref = { ros_near_ref, ros_iq_search_ref };
