#include "rosetta/placement.h"

#include "formats/size.h"

struct ros_placement ros_placement_in(const struct ros_placement *p, unsigned ndim)
{
	struct ros_placement q = *p;

	if (ndim <= 1 && q.cols == 1)
		q.transposed = true;
	return q;
}

/* Row h*D + p*(D/2) + j of the atom is row h*D + 2*j + p in pair order. */
static uint64_t to_pair_order(const struct ros_placement *p, uint64_t i)
{
	uint64_t d = p->rows / p->rope_heads, k = i % d, half = d / 2;

	return i - k + (k < half ? 2 * k : 2 * (k - half) + 1);
}

static uint64_t from_pair_order(const struct ros_placement *p, uint64_t i)
{
	uint64_t d = p->rows / p->rope_heads, k = i % d;

	return i - k + k % 2 * (d / 2) + k / 2;
}

uint64_t ros_placement_row(const struct ros_placement *p, uint64_t i)
{
	if (p->rope_heads)
		i = to_pair_order(p, i);
	return i / p->group_rows * p->group_stride + p->group_offset + i % p->group_rows;
}

bool ros_placement_atom_row(const struct ros_placement *p, uint64_t r, uint64_t *i)
{
	uint64_t within, at;

	if (r < p->group_offset)
		return false;
	r -= p->group_offset;
	within = r % p->group_stride;
	at = r / p->group_stride * p->group_rows + within;
	if (within >= p->group_rows || at >= p->rows)
		return false;
	*i = p->rope_heads ? from_pair_order(p, at) : at;
	return true;
}

/* Atom rows from I on whose places in P are consecutive, without asking each. */
static uint64_t straight(const struct ros_placement *p, uint64_t i)
{
	if (p->rope_heads)
		return 1;
	return p->group_stride == p->group_rows ? p->rows - i : p->group_rows - i % p->group_rows;
}

uint64_t ros_placement_run(const struct ros_placement *a, const struct ros_placement *b, uint64_t i, uint64_t max)
{
	uint64_t n = straight(a, i), m = straight(b, i);

	if (n > m)
		n = m;
	return n < max ? n : max;
}

bool ros_placement_fits(const struct ros_placement *p, const struct ros_tensor *t)
{
	uint64_t rows = ros_tensor_rows(t), cols = ros_tensor_cols(t), groups, last;

	if (!p->rows || !p->cols || !p->group_rows || p->rows % p->group_rows || p->group_stride < p->group_rows)
		return false;
	if (p->rope_heads && (p->rows % p->rope_heads || p->rows / p->rope_heads % 2))
		return false;
	groups = p->rows / p->group_rows;
	if (!ros_mul_u64(groups - 1, p->group_stride, &last) || !ros_add_u64(last, p->group_offset, &last)
	    || !ros_add_u64(last, p->group_rows, &last))
		return false;
	if (p->transposed)
		return last <= cols && p->base_row <= rows && p->cols <= rows - p->base_row;
	return last <= rows && p->cols == cols;
}

bool ros_placement_equal(const struct ros_placement *a, const struct ros_placement *b)
{
	return a->rows == b->rows && a->cols == b->cols && a->group_rows == b->group_rows && a->group_stride == b->group_stride
		&& a->group_offset == b->group_offset && a->rope_heads == b->rope_heads && a->transposed == b->transposed
		&& a->base_row == b->base_row && a->value == b->value;
}
