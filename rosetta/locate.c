#include "rosetta/locate.h"

/* Row and column of an atom at ROW, COL of a tensor that P places it in; false where another part stands there. */
static bool atom_at(const struct ros_placement *p, uint64_t row, uint64_t col, uint64_t *i, uint64_t *k)
{
	if (!p->transposed) {
		*k = col;
		return col < p->cols && ros_placement_atom_row(p, row, i);
	}
	if (row < p->base_row || row - p->base_row >= p->cols)
		return false;
	*k = row - p->base_row;
	return ros_placement_atom_row(p, col, i);
}

/* The way back: which element of T, in which P places the atom, is its row I, column K. */
static uint64_t element_of(const struct ros_placement *p, const struct ros_tensor *t, uint64_t i, uint64_t k)
{
	uint64_t row = ros_placement_row(p, i), cols = ros_tensor_cols(t);

	return p->transposed ? (p->base_row + k) * cols + row : row * cols + k;
}

const struct ros_tensor *ros_step_source(const struct ros_step *s, uint64_t element, uint64_t *at)
{
	uint64_t cols = ros_tensor_cols(&s->dst), i, k;

	if (element >= ros_tensor_elements(&s->dst))
		return NULL;
	if (s->kind == ROS_STEP_COPY) {
		*at = element;
		return s->pieces[0].src;
	}
	for (uint32_t n = 0; n < s->piece_count; n++) {
		const struct ros_piece *p = &s->pieces[n];

		if (!atom_at(&p->to, element / cols, element % cols, &i, &k))
			continue;
		*at = element_of(&p->from, p->src, i, k);
		return p->src;
	}
	return NULL;
}
