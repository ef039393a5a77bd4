#include "rosetta/tile.h"

#include "quant/block_scales.h"
#include "rosetta/fetch.h"
#include "rosetta/gather.h"

#include <math.h>
#include <string.h>

#define MEASURED_AT_ONCE 1024   /* elements; a multiple of every block */
#define LONG_ROW (1u << 20)     /* elements: the rows of published models are shorter by far */
#define NARROW_ROW (64u << 10)  /* a multiple of every block */

bool ros_step_is_float(const struct ros_step *s)
{
	return ros_dtypes[s->dst.dtype].class_ == ROS_CLASS_FLOAT;
}

const struct ros_tensor *ros_step_whole(const struct ros_step *s)
{
	const struct ros_piece *p = s->pieces;

	if (s->kind == ROS_STEP_COPY)
		return p->src;
	if (s->kind == ROS_STEP_MADE || s->piece_count != 1 || !ros_placement_equal(&p->from, &p->to)
	    || ros_tensor_elements(p->src) != ros_tensor_elements(&s->dst) || ros_tensor_cols(p->src) != ros_tensor_cols(&s->dst))
		return NULL;
	return p->src;
}

/* Elements may be cut apart: no row has padding, no scale or importance stands for more than a block. */
static bool can_narrow(const struct ros_step *s)
{
	const struct ros_dtype_info *type = &ros_dtypes[s->dst.dtype];

	return (s->kind == ROS_STEP_COPY || s->kind == ROS_STEP_CONVERT) && ros_step_whole(s) && !s->weights
		&& type->sizing != ROS_SIZE_APR_Q8 && ros_tensor_cols(&s->dst) % type->block_len == 0;
}

void ros_step_narrow(struct ros_step *a, struct ros_step *b)
{
	if (ros_tensor_cols(&a->dst) <= LONG_ROW || !can_narrow(a) || (b && !can_narrow(b)))
		return;
	a->width = NARROW_ROW;
	if (b)
		b->width = NARROW_ROW;
}

static uint64_t width(const struct ros_step *s)
{
	return s->width ? s->width : ros_tensor_cols(&s->dst);
}

uint64_t ros_tile_all(const struct ros_step *s)
{
	return s->width ? (ros_tensor_elements(&s->dst) + s->width - 1) / s->width : ros_tensor_rows(&s->dst);
}

uint64_t ros_tile_elements(const struct ros_step *s, uint64_t row, uint64_t rows)
{
	uint64_t all = ros_tensor_elements(&s->dst), first = row * width(s), n = rows * width(s);

	return s->width && n > all - first ? all - first : n;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

/* Rows after which the payload is at a block's edge again. */
static uint64_t unit_rows(const struct ros_step *s)
{
	const struct ros_dtype_info *row = &ros_dtypes[s->dst.dtype];

	if (row->sizing == ROS_SIZE_APR_Q8)
		return ros_tensor_rows(&s->dst);
	if (row->sizing == ROS_SIZE_ROWS || row->block_len == 1)
		return 1;
	return row->block_len / gcd(row->block_len, width(s));
}

uint64_t ros_tile_rows(const struct ros_step *s, uint64_t elements)
{
	uint64_t cols = width(s), all = ros_tile_all(s), unit = unit_rows(s);
	uint64_t rows = cols ? elements / cols : all;

	rows = rows / unit * unit;
	if (rows < unit)
		rows = unit;
	return rows < all ? rows : all ? all : 1;
}

uint64_t ros_tile_offset(const struct ros_step *s, uint64_t row)
{
	const struct ros_dtype_info *type = &ros_dtypes[s->dst.dtype];
	uint64_t cols = width(s);

	if (row >= ros_tile_all(s))
		return s->dst.data.len;
	if (type->sizing == ROS_SIZE_ROWS)
		return row * ros_row_bytes(s->dst.dtype, cols);
	if (type->sizing == ROS_SIZE_APR_Q8)
		return 0;   /* only whole */
	return row * cols / type->block_len * type->block_bytes;
}

uint64_t ros_tile_bytes(const struct ros_step *s, uint64_t row, uint64_t rows)
{
	return ros_tile_offset(s, row + rows) - ros_tile_offset(s, row);
}

size_t ros_tile_scratch(const struct ros_step *s, uint64_t rows)
{
	return (size_t)(ROS_GATHER_SCRATCH + rows * width(s)) * sizeof(float);
}

static void note_first(uint64_t *first, uint64_t element)
{
	if (element < *first)
		*first = element;
}

void ros_tile_values(const struct ros_step *s, const struct ros_kernels *k, uint64_t row, uint64_t rows, float *out,
		     void *scratch, struct ros_tile_notes *notes)
{
	uint64_t first = row * width(s), n = ros_tile_elements(s, row, rows), at;
	struct ros_gather g = { s, k, true, row, rows, (uint8_t *)out, scratch, notes ? &notes->lossy : NULL };

	if (s->kind == ROS_STEP_MADE)
		memcpy(out, s->made.ptr + first * sizeof *out, n * sizeof *out);
	else if (s->kind == ROS_STEP_COPY || s->width)
		ros_fetch(k, s->pieces[0].src, first, n, out, scratch);   /* taken as it stands it needs no rows: elements follow each other */
	else
		ros_gather(&g);
	if (!notes)
		return;
	at = ros_first_nonfinite(k, ROS_F32, (const uint8_t *)out, n);
	if (at < n)
		note_first(&notes->nonfinite, first + at);
}

/* Where a narrower plain type lost something: what was finite and is not, and what reads back otherwise. */
static void look_back(const struct ros_step *s, const struct ros_kernels *k, uint64_t first, const float *values, const uint8_t *out,
		      size_t n, struct ros_tile_notes *notes)
{
	const struct ros_dtype_info *type = &ros_dtypes[s->dst.dtype];
	float back[256];

	if (type->block_len != 1 || s->dst.dtype == ROS_F32)
		return;
	for (size_t i = 0; i < n; i += 256) {
		size_t m = n - i < 256 ? n - i : 256;

		k->decode[s->dst.dtype](out + i * type->block_bytes, back, 1, m);
		if (!memcmp(back, values + i, m * sizeof *back))
			continue;
		for (size_t j = 0; j < m; j++) {
			if (values[i + j] != back[j] && values[i + j] == values[i + j])
				notes->rounded++;
			if (ros_first_nonfinite_f32(&values[i + j], 1) && !ros_first_nonfinite_f32(&back[j], 1))
				note_first(&notes->overflow, first + i + j);
		}
	}
}

/* A block whose scale left the range of its half floats, in ROWS rows of COLS elements from element FIRST on. */
static void look_at_scales(const struct ros_step *s, uint64_t first, uint64_t rows, uint64_t cols, const uint8_t *out, struct ros_tile_notes *notes)
{
	const struct ros_dtype_info *type = &ros_dtypes[s->dst.dtype];
	uint64_t each = ros_row_bytes(s->dst.dtype, cols) / type->block_bytes, bad;

	if (type->sizing != ROS_SIZE_ROWS || !each)
		return;
	bad = ros_first_bad_block(s->dst.dtype, out, rows * each);
	if (bad < rows * each)
		note_first(&notes->overflow, first + bad / each * cols + bad % each * type->block_len);
}

/* Adds what decoding gives back for N values, whole blocks but for a row's end. */
static void measure_stretch(ros_decode_fn *decode, const float *values, const uint8_t *out, size_t n, struct ros_tile_notes *notes)
{
	float back[MEASURED_AT_ONCE];

	decode(out, back, 1, n);
	for (size_t i = 0; i < n; i++) {
		float e = fabsf(back[i] - values[i]);

		notes->error2 += (double)e * e;
		notes->value2 += (double)values[i] * values[i];
		notes->largest_error = e > notes->largest_error ? e : notes->largest_error;
	}
	notes->measured += n;
}

static void measure(const struct ros_step *s, const struct ros_kernels *k, uint64_t rows, uint64_t cols, const float *values, const uint8_t *out,
		    struct ros_tile_notes *notes)
{
	const struct ros_dtype_info *type = &ros_dtypes[s->dst.dtype];

	if (!s->measure || !k->decode[s->dst.dtype] || (type->sizing != ROS_SIZE_ROWS && type->block_len != 1))
		return;
	for (uint64_t r = 0; r < rows; r++)
		for (uint64_t c = 0; c < cols; c += MEASURED_AT_ONCE)
			measure_stretch(k->decode[s->dst.dtype], values + r * cols + c,
					out + r * ros_row_bytes(s->dst.dtype, cols) + c / type->block_len * type->block_bytes,
					cols - c < MEASURED_AT_ONCE ? cols - c : MEASURED_AT_ONCE, notes);
}

/* Rows of a stack of matrices, each matrix by its own importance. */
static void encode_stack(const struct ros_step *s, ros_encode_fn *encode_rows, uint64_t row, uint64_t rows, const float *values, uint8_t *out)
{
	uint64_t cols = ros_tensor_cols(&s->dst), each = s->dst.ndim > 2 ? s->dst.dim[s->dst.ndim - 2] : ros_tensor_rows(&s->dst);

	while (rows) {
		uint64_t n = each - row % each < rows ? each - row % each : rows;

		encode_rows(values, out, n, cols, s->weights + row / each * cols);
		values += n * cols;
		out += n * ros_row_bytes(s->dst.dtype, cols);
		row += n;
		rows -= n;
	}
}

static void encode(const struct ros_step *s, const struct ros_kernels *k, uint64_t row, uint64_t rows, uint8_t *out, float *scratch,
		   struct ros_tile_notes *notes)
{
	const struct ros_dtype_info *type = &ros_dtypes[s->dst.dtype];
	float *values = scratch + ROS_GATHER_SCRATCH;
	uint64_t first = row * width(s), cols = ros_tensor_cols(&s->dst);

	ros_tile_values(s, k, row, rows, values, scratch, notes);
	if (s->width) {         /* one row, of what the tile has */
		cols = ros_tile_elements(s, row, rows);
		rows = 1;
	}
	if (s->weights && type->sizing == ROS_SIZE_ROWS)
		encode_stack(s, k->encode[s->dst.dtype], row, rows, values, out);
	else if (type->sizing == ROS_SIZE_ROWS || type->block_len == 1)
		k->encode[s->dst.dtype](values, out, rows, cols, NULL);
	else
		k->encode[s->dst.dtype](values, out, 1, rows * cols, NULL);
	if (!notes)
		return;
	look_back(s, k, first, values, out, rows * cols, notes);
	look_at_scales(s, first, rows, cols, out, notes);
	measure(s, k, rows, cols, values, out, notes);
}

void ros_tile_make(const struct ros_step *s, const struct ros_kernels *k, uint64_t row, uint64_t rows, uint8_t *out,
		   void *scratch, struct ros_tile_notes *notes)
{
	struct ros_gather g = { s, k, false, row, rows, out, scratch, NULL };

	switch (s->kind) {
	case ROS_STEP_COPY:
		memcpy(out, s->pieces[0].src->data.ptr + ros_tile_offset(s, row), ros_tile_bytes(s, row, rows));
		break;
	case ROS_STEP_MOVE:
		ros_gather(&g);
		break;
	case ROS_STEP_CONVERT:
	case ROS_STEP_MADE:
		encode(s, k, row, rows, out, scratch, notes);
		return;
	}
	if (!notes)
		return;
	note_first(&notes->nonfinite, ros_first_nonfinite_stored(k, &s->dst, ros_tile_offset(s, row), out, ros_tile_bytes(s, row, rows)));
}
