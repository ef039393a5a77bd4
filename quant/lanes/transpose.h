/* LANES sub-blocks of N consecutive floats, turned so that element i of all is one vector. */
#ifndef ROS_QUANT_LANES_TRANSPOSE_H
#define ROS_QUANT_LANES_TRANSPOSE_H

/* N: a multiple of 4. TO[i * LANES + lane] = X[lane * n + i]; TO is aligned to a vector. */
static inline __attribute__((always_inline)) void v_transpose(const float *x, unsigned n, float *to)
{
	for (unsigned i = 0; i < n; i += 4) {
		vf a = v_load_quads(x + i, n), b = v_load_quads(x + n + i, n);
		vf c = v_load_quads(x + 2 * n + i, n), d = v_load_quads(x + 3 * n + i, n);
		vf ab = v_unpack_low(a, b), cd = v_unpack_low(c, d);

		v_store(to + i * LANES, v_unpack_low2(ab, cd));
		v_store(to + (i + 1) * LANES, v_unpack_high2(ab, cd));
		ab = v_unpack_high(a, b);
		cd = v_unpack_high(c, d);
		v_store(to + (i + 2) * LANES, v_unpack_low2(ab, cd));
		v_store(to + (i + 3) * LANES, v_unpack_high2(ab, cd));
	}
}

#endif
