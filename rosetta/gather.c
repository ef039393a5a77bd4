#include "rosetta/gather.h"

#include "quant/codec.h"
#include "rosetta/fetch.h"

#include <math.h>
#include <string.h>

/* A rectangle of one atom: rows [i, i + n), columns [j, j + m). In the source the first atom row stands
 * at row (transposed: column) FROM, in the destination at TO. */
struct rect {
	const struct ros_piece *piece;
	uint64_t from, to, n, j, m;
};

/* Bytes of one element in the tile: what is moved is a float32, a stored element, or (whole rows only) a row. */
static size_t element_bytes(const struct ros_gather *g)
{
	return g->values ? sizeof(float) : ros_dtypes[g->step->dst.dtype].block_bytes;
}

static size_t row_bytes(const struct ros_gather *g, const struct ros_tensor *t)
{
	return g->values ? ros_tensor_cols(t) * sizeof(float) : ros_row_bytes(t->dtype, ros_tensor_cols(t));
}

float ros_map_value(float v, enum ros_value_map from, enum ros_value_map to)
{
	if (from == ROS_VALUE_PLUS_ONE)
		v -= 1.0f;
	else if (from == ROS_VALUE_NEG_EXP)
		v = logf(-v);
	if (to == ROS_VALUE_PLUS_ONE)
		v += 1.0f;
	else if (to == ROS_VALUE_NEG_EXP)
		v = -expf(v);
	return v;
}

static void map_values(const struct ros_gather *g, const struct ros_piece *p, float *v, size_t n)
{
	uint64_t lossy = 0;

	if (p->from.value == p->to.value)
		return;
	for (size_t i = 0; i < n; i++) {
		float was = v[i];

		v[i] = ros_map_value(was, p->from.value, p->to.value);
		lossy += ros_map_value(v[i], p->to.value, p->from.value) != was && was == was;
	}
	if (g->lossy)
		*g->lossy += lossy;
}

/* N elements of the source from row ROW, column COL on, in the tile's form. */
static void take(const struct ros_gather *g, const struct ros_piece *p, uint64_t row, uint64_t col, size_t n, void *out)
{
	uint64_t first = row * ros_tensor_cols(p->src) + col;

	if (g->values) {
		ros_fetch(g->kernels, p->src, first, n, out, g->scratch);
		map_values(g, p, out, n);
	} else {
		memcpy(out, p->src->data.ptr + first * element_bytes(g), n * element_bytes(g));
	}
}

/* Atom rows are rows on both sides: they are whole rows, one after the other. */
static void move_rows(const struct ros_gather *g, const struct rect *r)
{
	size_t bytes = row_bytes(g, &g->step->dst);
	uint8_t *out = g->out + (r->to - g->row) * bytes;

	if (g->values)
		take(g, r->piece, r->from, 0, r->n * r->m, out);
	else
		memcpy(out, r->piece->src->data.ptr + r->from * bytes, r->n * bytes);
}

/* Atom rows are columns on both sides: a stretch of each row. */
static void move_columns(const struct ros_gather *g, const struct rect *r)
{
	const struct ros_piece *p = r->piece;
	size_t size = element_bytes(g), cols = ros_tensor_cols(&g->step->dst);

	for (uint64_t j = r->j; j < r->j + r->m; j++)
		take(g, p, p->from.base_row + j, r->from, r->n, g->out + ((p->to.base_row + j - g->row) * cols + r->to) * size);
}

/* LINES lines of COUNT elements at IN, one after the other, become columns at OUT, STRIDE elements apart. */
static void turn(const void *in, size_t lines, size_t count, void *out, size_t stride, size_t size)
{
	switch (size) {
	case 4:
		for (size_t c = 0; c < count; c++)
			for (size_t l = 0; l < lines; l++)
				((uint32_t *)out)[c * stride + l] = ((const uint32_t *)in)[l * count + c];
		break;
	case 2:
		for (size_t c = 0; c < count; c++)
			for (size_t l = 0; l < lines; l++)
				memcpy((uint8_t *)out + (c * stride + l) * 2, (const uint8_t *)in + (l * count + c) * 2, 2);
		break;
	default:
		for (size_t c = 0; c < count; c++)
			for (size_t l = 0; l < lines; l++)
				memcpy((uint8_t *)out + (c * stride + l) * size, (const uint8_t *)in + (l * count + c) * size, size);
	}
}

/* Rows on one side, columns on the other: source lines are read a stretch at a time and turned. */
static void move_turned(const struct ros_gather *g, const struct rect *r)
{
	const struct ros_piece *p = r->piece;
	size_t size = element_bytes(g), cols = ros_tensor_cols(&g->step->dst);
	bool columns = p->from.transposed;              /* the source's lines run along atom rows */
	uint64_t line_count = columns ? r->m : r->n, span = columns ? r->n : r->m;
	uint8_t *lines = (uint8_t *)(g->scratch + 1024);

	for (uint64_t l = 0; l < line_count; l += ROS_GATHER_LINES) {
		size_t nl = line_count - l < ROS_GATHER_LINES ? line_count - l : ROS_GATHER_LINES;

		for (uint64_t c = 0; c < span; c += ROS_GATHER_SPAN) {
			size_t nc = span - c < ROS_GATHER_SPAN ? span - c : ROS_GATHER_SPAN;
			uint64_t i = columns ? c : l, j = r->j + (columns ? l : c);
			uint64_t row = p->to.transposed ? p->to.base_row + j - g->row : r->to + i - g->row;
			uint64_t col = p->to.transposed ? r->to + i : j;

			for (size_t k = 0; k < nl; k++) {
				if (columns)
					take(g, p, p->from.base_row + j + k, r->from + c, nc, lines + k * nc * size);
				else
					take(g, p, r->from + l + k, j, nc, lines + k * nc * size);
			}
			turn(lines, nl, nc, g->out + (row * cols + col) * size, cols, size);
		}
	}
}

static void move(const struct ros_gather *g, const struct rect *r)
{
	if (r->piece->from.transposed != r->piece->to.transposed)
		move_turned(g, r);
	else if (r->piece->from.transposed)
		move_columns(g, r);
	else
		move_rows(g, r);
}

/* Atom rows [I, I + N), which lie together in the destination, cut where they part in the source. */
static void move_atom_rows(const struct ros_gather *g, const struct ros_piece *p, uint64_t i, uint64_t n, uint64_t j, uint64_t m)
{
	while (n) {
		uint64_t run = ros_placement_run(&p->from, &p->to, i, n);
		struct rect r = { p, ros_placement_row(&p->from, i), ros_placement_row(&p->to, i), run, j, m };

		move(g, &r);
		i += run;
		n -= run;
	}
}

/* The tile's rows are atom rows: walks them, a stretch of consecutive ones at a time. */
static void gather_rows(const struct ros_gather *g, const struct ros_piece *p)
{
	uint64_t end = g->row + g->rows, last = ros_placement_row(&p->to, p->to.rows - 1), r = g->row;

	if (p->to.group_offset > r)
		r = p->to.group_offset;
	if (!p->to.rope_heads && last < end)
		end = last + 1;
	while (r < end) {
		uint64_t i, run = 1;

		if (ros_placement_atom_row(&p->to, r, &i)) {
			run = ros_placement_run(&p->to, &p->to, i, end - r);
			move_atom_rows(g, p, i, run, 0, p->to.cols);
		} else if ((r - p->to.group_offset) % p->to.group_stride >= p->to.group_rows) {
			run = p->to.group_stride - (r - p->to.group_offset) % p->to.group_stride;   /* over the other parts' rows */
		} else {
			break;
		}
		r += run;
	}
}

/* The tile's rows are atom columns. */
static void gather_columns(const struct ros_gather *g, const struct ros_piece *p)
{
	uint64_t begin = g->row > p->to.base_row ? g->row - p->to.base_row : 0;
	uint64_t end = g->row + g->rows > p->to.base_row ? g->row + g->rows - p->to.base_row : 0;

	if (end > p->to.cols)
		end = p->to.cols;
	if (begin < end)
		move_atom_rows(g, p, 0, p->to.rows, begin, end - begin);
}

void ros_gather(const struct ros_gather *g)
{
	for (uint32_t i = 0; i < g->step->piece_count; i++) {
		const struct ros_piece *p = &g->step->pieces[i];

		if (p->to.transposed)
			gather_columns(g, p);
		else
			gather_rows(g, p);
	}
}
