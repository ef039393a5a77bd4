/* LANES sub-blocks of N consecutive floats, turned so that element i of all is one vector. */
#ifndef ROS_QUANT_LANES_TRANSPOSE_H
#define ROS_QUANT_LANES_TRANSPOSE_H

/* N: a multiple of 4. Lane j of TO[i * step] = ROWS[j][i]. */
static inline __attribute__((always_inline)) void v_transpose_rows(const float *const *rows, unsigned n, vf *to,
	unsigned step)
{
	for (unsigned i = 0; i < n; i += 4) {
		vf a = v_load_quads(rows, i), b = v_load_quads(rows + 1, i);
		vf c = v_load_quads(rows + 2, i), d = v_load_quads(rows + 3, i);
		vf ab = v_unpack_low(a, b), cd = v_unpack_low(c, d);

		to[i * step] = v_unpack_low2(ab, cd);
		to[(i + 1) * step] = v_unpack_high2(ab, cd);
		ab = v_unpack_high(a, b);
		cd = v_unpack_high(c, d);
		to[(i + 2) * step] = v_unpack_low2(ab, cd);
		to[(i + 3) * step] = v_unpack_high2(ab, cd);
	}
}

/* The same for sub-blocks one after the other. */
static inline __attribute__((always_inline)) void v_transpose(const float *x, unsigned n, vf *to, unsigned step)
{
	const float *rows[LANES];

#pragma GCC unroll 16
	for (unsigned j = 0; j < LANES; j++)
		rows[j] = x + j * n;
	v_transpose_rows(rows, n, to, step);
}

#endif
