#include "quant/run_look.h"

#include <math.h>

struct ros_run_look ros_run_look(const float *w, const float *v, size_t n, struct ros_run_ruler r)
{
	struct ros_run_look l = { 0 };

	for (size_t i = 0; i < n; i++) {
		float e = fabsf(w[i] - v[i]);

		l.distance = e == e ? (e > l.distance ? e : l.distance) : INFINITY;
		l.least = w[i] < l.least ? w[i] : l.least;
		l.most = w[i] > l.most ? w[i] : l.most;
		l.far |= !(e <= r.half || (w[i] >= r.hi && v[i] == r.hi) || (w[i] <= r.lo && v[i] == r.lo));
	}
	return l;
}
