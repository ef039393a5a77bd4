#include "quant/k_search.h"

#include <math.h>
#include <string.h>

#define MAX_ELEMENTS 32

/* The value of largest magnitude, the first of equals; its magnitude in *AMAX. */
static float extreme(unsigned n, const float *x, float *amax)
{
	float max = 0;

	*amax = 0;
	for (unsigned i = 0; i < n; i++) {
		float a = fabsf(x[i]);

		if (a > *amax) {
			*amax = a;
			max = x[i];
		}
	}
	return max;
}

/* sum w*x*l and sum w*l*l: their ratio is the best scale for the codes L. */
struct fit {
	float lx, l2;
};

static struct fit fit_signed(unsigned n, int nmax, const float *x, const float *w, float iscale)
{
	struct fit f = { 0, 0 };

	for (unsigned i = 0; i < n; i++) {
		float l = (float)ros_clamp(ros_nearest(iscale * x[i]), -nmax, nmax - 1);
		float weight = w ? w[i] : x[i] * x[i];

		f.lx += weight * x[i] * l;
		f.l2 += weight * l * l;
	}
	return f;
}

float ros_make_qx(unsigned n, int nmax, const float *x, int8_t *l, const float *w)
{
	float amax, max = extreme(n, x, &amax), chosen, scale, best;
	struct fit f;

	if (amax < ROS_GROUP_ZERO) {
		memset(l, 0, n);
		return 0;
	}
	chosen = (float)-nmax / max;
	f = fit_signed(n, nmax, x, w, chosen);
	scale = f.l2 != 0 ? f.lx / f.l2 : 0;
	best = scale * f.lx;
	for (int is = -9; is <= 9; is++) {
		float iscale = -((float)nmax + 0.1f * (float)is) / max;

		if (is == 0)
			continue;
		f = fit_signed(n, nmax, x, w, iscale);
		if (f.l2 > 0 && f.lx * f.lx > best * f.l2) {
			chosen = iscale;
			scale = f.lx / f.l2;
			best = scale * f.lx;
		}
	}
	for (unsigned i = 0; i < n; i++)
		l[i] = (int8_t)(nmax + ros_clamp(ros_nearest(chosen * x[i]), -nmax, nmax - 1));
	return scale;
}

/* Tries to move one code to where the others' best scale puts it; true if that fits better. */
static bool q3_move(int nmax, float x, int8_t *l, struct fit *f)
{
	float w = x * x, code = *l;
	struct fit without = { f->lx - w * x * code, f->l2 - w * code * code };
	int moved;

	if (!(without.lx > 0))
		return false;
	moved = ros_clamp(ros_nearest(x * without.l2 / without.lx), -nmax, nmax - 1);
	if (moved == *l)
		return false;
	without.lx += w * x * (float)moved;
	without.l2 += w * (float)moved * (float)moved;
	if (!(without.l2 > 0 && without.lx * without.lx * f->l2 > f->lx * f->lx * without.l2))
		return false;
	*l = (int8_t)moved;
	*f = without;
	return true;
}

float ros_make_q3(unsigned n, int nmax, const float *x, int8_t *l)
{
	float amax, max = extreme(n, x, &amax), iscale;
	struct fit f;

	if (amax < ROS_GROUP_ZERO) {
		memset(l, 0, n);
		return 0;
	}
	iscale = (float)-nmax / max;
	f = fit_signed(n, nmax, x, NULL, iscale);
	for (unsigned i = 0; i < n; i++)
		l[i] = (int8_t)ros_clamp(ros_nearest(iscale * x[i]), -nmax, nmax - 1);
	for (int sweep = 0; sweep < 5; sweep++) {
		bool changed = false;

		for (unsigned i = 0; i < n; i++)
			changed |= q3_move(nmax, x[i], &l[i], &f);
		if (!changed)
			break;
	}
	for (unsigned i = 0; i < n; i++)
		l[i] = (int8_t)(l[i] + nmax);
	return f.l2 > 0 ? f.lx / f.l2 : 0;
}

/* What does not change along the walk of ros_make_qkx. */
struct line {
	const struct ros_qkx_walk *walk;
	const float *x, *w;
	float sum_w, sum_x, max;
};

/* Codes for ISCALE steps per unit above MIN. */
static void line_codes(const struct line *t, float iscale, float min, uint8_t *l)
{
	for (unsigned i = 0; i < t->walk->n; i++)
		l[i] = (uint8_t)ros_clamp(ros_nearest(iscale * (t->x[i] - min)), 0, t->walk->nmax);
}

static float line_error(const struct line *t, const uint8_t *l, float scale, float min)
{
	float sum = 0;

	for (unsigned i = 0; i < t->walk->n; i++) {
		float diff = scale * (float)l[i] + min - t->x[i];

		diff = t->walk->mad ? fabsf(diff) : diff * diff;
		sum += t->w[i] * diff;
	}
	return sum;
}

/* The weighted least squares line through (l, x), never starting above 0; false if the codes
 * do not determine one. */
static bool line_fit(const struct line *t, const uint8_t *l, float *scale, float *min)
{
	float sum_l = 0, sum_l2 = 0, sum_xl = 0, det;

	for (unsigned i = 0; i < t->walk->n; i++) {
		float code = l[i];

		sum_l += t->w[i] * code;
		sum_l2 += t->w[i] * code * code;
		sum_xl += t->w[i] * code * t->x[i];
	}
	det = t->sum_w * sum_l2 - sum_l * sum_l;
	if (!(det > 0))
		return false;
	*scale = (t->sum_w * sum_xl - t->sum_x * sum_l) / det;
	*min = (sum_l2 * t->sum_x - sum_l * sum_xl) / det;
	if (*min > 0) {
		*min = 0;
		*scale = sum_xl / sum_l2;
	}
	return true;
}

/* Fills T, returns the smallest value or 0, whichever is less. */
static float line_start(struct line *t)
{
	float min = t->x[0];

	t->max = t->x[0];
	t->sum_w = t->w[0];
	t->sum_x = t->w[0] * t->x[0];
	for (unsigned i = 1; i < t->walk->n; i++) {
		min = t->x[i] < min ? t->x[i] : min;
		t->max = t->x[i] > t->max ? t->x[i] : t->max;
		t->sum_w += t->w[i];
		t->sum_x += t->w[i] * t->x[i];
	}
	return min > 0 ? 0 : min;
}

float ros_make_qkx(const struct ros_qkx_walk *walk, const float *x, const float *w, uint8_t *l, float *the_min)
{
	struct line t = { .walk = walk, .x = x, .w = w };
	float min = line_start(&t), iscale, scale, best;
	uint8_t candidate[MAX_ELEMENTS];

	if (t.max == min) {
		memset(l, 0, walk->n);
		*the_min = -min;
		return 0;
	}
	iscale = (float)walk->nmax / (t.max - min);
	scale = 1 / iscale;
	line_codes(&t, iscale, min, l);
	best = line_error(&t, l, scale, min);
	/* min is the best one so far, also for the codes of the next candidate */
	for (int is = 0; is <= walk->nstep; is++) {
		float s, m, error;

		iscale = (walk->rmin + walk->rdelta * (float)is + (float)walk->nmax) / (t.max - min);
		line_codes(&t, iscale, min, candidate);
		if (!line_fit(&t, candidate, &s, &m))
			continue;
		error = line_error(&t, candidate, s, m);
		if (error < best) {
			memcpy(l, candidate, walk->n);
			best = error;
			scale = s;
			min = m;
		}
	}
	*the_min = -min;
	return scale;
}

static float qp_error(unsigned n, int nmax, const float *x, const float *w, float iscale)
{
	float scale = 1 / iscale, sum = 0;

	for (unsigned i = 0; i < n; i++) {
		int l = ros_nearest(iscale * x[i]);
		float diff = x[i] - scale * (float)(l < nmax ? l : nmax);

		sum += w[i] * diff * diff;
	}
	return sum;
}

static float qp_best_iscale(unsigned n, int nmax, const float *x, const float *w, float max)
{
	float best_iscale = (float)nmax / max, best = 0, scale = 1 / best_iscale;

	for (unsigned i = 0; i < n; i++) {                 /* here, as there, without a clamp */
		float diff = x[i] - scale * (float)(uint8_t)ros_nearest(best_iscale * x[i]);

		best += w[i] * diff * diff;
	}
	for (int is = -4; is <= 4; is++) {
		float iscale = (0.1f * (float)is + (float)nmax) / max, error;

		if (is == 0)
			continue;
		error = qp_error(n, nmax, x, w, iscale);
		if (error < best) {
			best = error;
			best_iscale = iscale;
		}
	}
	return best_iscale;
}

/* As q3_move, for codes that are not negative. */
static bool qp_move(int nmax, float x, float w, uint8_t *l, struct fit *f)
{
	float code = *l;
	struct fit without = { f->lx - w * x * code, f->l2 - w * code * code };
	int moved;

	if (!(without.lx > 0 && without.l2 > 0))
		return false;
	moved = ros_nearest(x * without.l2 / without.lx);
	moved = moved < nmax ? moved : nmax;
	if (moved == *l)
		return false;
	without.lx += w * x * (float)moved;
	without.l2 += w * (float)moved * (float)moved;
	if (!(without.lx * without.lx * f->l2 > f->lx * f->lx * without.l2))
		return false;
	*l = (uint8_t)moved;
	*f = without;
	return true;
}

float ros_make_qp(unsigned n, int nmax, const float *x, uint8_t *l, const float *w)
{
	float max = 0, iscale;
	struct fit f = { 0, 0 };

	for (unsigned i = 0; i < n; i++)
		max = max > x[i] ? max : x[i];
	if (max < ROS_GROUP_ZERO) {
		memset(l, 0, n);
		return 0;
	}
	iscale = qp_best_iscale(n, nmax, x, w, max);
	for (unsigned i = 0; i < n; i++) {
		int code = ros_nearest(iscale * x[i]);

		code = code < nmax ? code : nmax;
		l[i] = (uint8_t)code;
		f.lx += w[i] * x[i] * (float)code;
		f.l2 += w[i] * (float)code * (float)code;
	}
	for (int sweep = 0; sweep < 5; sweep++) {
		bool changed = false;

		for (unsigned i = 0; i < n; i++)
			changed |= qp_move(nmax, x[i], w[i], &l[i], &f);
		if (!changed)
			break;
	}
	return f.l2 > 0 ? f.lx / f.l2 : 0;
}
