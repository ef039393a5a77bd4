#include "rosetta/fetch.h"

#include "formats/bytes.h"
#include "quant/block_scales.h"

/* Whole blocks [FIRST, FIRST + n) at P, and a ragged beginning and end through SCRATCH. BLOCK_LEN divides into it. */
static void fetch_blocks(ros_decode_fn *decode, const struct ros_dtype_info *row, const uint8_t *p, uint64_t first, size_t n,
			 float *out, float *scratch)
{
	size_t len = row->block_len, skip = first % len;
	const uint8_t *block = p + first / len * row->block_bytes;

	if (skip) {
		size_t take = len - skip < n ? len - skip : n;

		decode(block, scratch, 1, len);
		memcpy(out, scratch + skip, take * sizeof *out);
		out += take;
		n -= take;
		block += row->block_bytes;
	}
	if (n / len) {
		decode(block, out, 1, n / len * len);
		block += n / len * row->block_bytes;
		out += n / len * len;
	}
	if (n % len) {
		decode(block, scratch, 1, len);
		memcpy(out, scratch, n % len * sizeof *out);
	}
}

/* Rows whose last block is padded: each row by itself. */
static void fetch_padded(ros_decode_fn *decode, const struct ros_tensor *t, uint64_t first, size_t n, float *out, float *scratch)
{
	size_t cols = ros_tensor_cols(t), bytes = ros_row_bytes(t->dtype, cols);

	while (n) {
		size_t col = first % cols, take = cols - col < n ? cols - col : n;

		fetch_blocks(decode, &ros_dtypes[t->dtype], t->data.ptr + first / cols * bytes, col, take, out, scratch);
		out += take;
		first += take;
		n -= take;
	}
}

/* APR_Q8: one scale before all, then a byte each. Its codec is given the scale and a stretch of the bytes. */
static void fetch_scaled_bytes(ros_decode_fn *decode, const struct ros_tensor *t, uint64_t first, size_t n, float *out, float *scratch)
{
	uint8_t *copy = (uint8_t *)scratch;
	const size_t most = ROS_FETCH_SCRATCH * sizeof *scratch - 4;

	while (n) {
		size_t take = n < most ? n : most;

		memcpy(copy, t->data.ptr, 4);
		memcpy(copy + 4, t->data.ptr + 4 + first, take);
		decode(copy, out, 1, take);
		out += take;
		first += take;
		n -= take;
	}
}

void ros_fetch(const struct ros_kernels *k, const struct ros_tensor *t, uint64_t first, size_t n, float *out, float *scratch)
{
	const struct ros_dtype_info *row = &ros_dtypes[t->dtype];
	ros_decode_fn *decode = k->decode[t->dtype];

	if (!n)
		return;
	if (row->sizing == ROS_SIZE_APR_Q8)
		fetch_scaled_bytes(decode, t, first, n, out, scratch);
	else if (row->sizing == ROS_SIZE_ROWS && ros_tensor_cols(t) % row->block_len)
		fetch_padded(decode, t, first, n, out, scratch);
	else
		fetch_blocks(decode, row, t->data.ptr, first, n, out, scratch);
}

size_t ros_first_nonfinite_f32(const float *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((ros_f32_bits(v[i]) & 0x7f800000) == 0x7f800000)
			return i;
	return n;
}

/* Any float type by its codec, a kilobyte at a time. */
static size_t decode_and_look(const struct ros_kernels *k, enum ros_dtype type, const uint8_t *p, size_t n)
{
	float values[256];

	for (size_t i = 0; i < n; i += 256) {
		size_t m = n - i < 256 ? n - i : 256, at;

		k->decode[type](p + i * ros_dtypes[type].block_bytes, values, 1, m);
		at = ros_first_nonfinite_f32(values, m);
		if (at < m)
			return i + at;
	}
	return n;
}

static size_t first_nonfinite_f64(const uint8_t *p, size_t n)
{
	const uint64_t exponent = 0x7ff0000000000000;
	size_t i = 0;

	while (i < n && (ros_le64(p + 8 * i) & exponent) != exponent)
		i++;
	return i;
}

size_t ros_first_nonfinite(const struct ros_kernels *k, enum ros_dtype type, const uint8_t *p, size_t n)
{
	const struct ros_dtype_info *row = &ros_dtypes[type];

	if (type == ROS_F64)
		return first_nonfinite_f64(p, n);
	if (type == ROS_C64)    /* two float32 each */
		return k->first_nonfinite[ROS_F32](p, 2 * n) / 2;
	if (row->class_ != ROS_CLASS_FLOAT || row->block_len != 1 || row->sizing > ROS_SIZE_ROWS || !k->decode[type])
		return n;
	if (k->first_nonfinite[type])
		return k->first_nonfinite[type](p, n);
	return decode_and_look(k, type, p, n);
}

/* The first element of the block whose number in T is BLOCK. */
static uint64_t first_of_block(const struct ros_tensor *t, uint64_t block)
{
	const struct ros_dtype_info *row = &ros_dtypes[t->dtype];
	uint64_t cols = ros_tensor_cols(t), each = row->sizing == ROS_SIZE_ROWS ? ros_row_bytes(t->dtype, cols) / row->block_bytes : 0;

	return each ? block / each * cols + block % each * row->block_len : block * row->block_len;
}

uint64_t ros_first_nonfinite_stored(const struct ros_kernels *k, const struct ros_tensor *t, uint64_t offset, const uint8_t *p, size_t len)
{
	const struct ros_dtype_info *row = &ros_dtypes[t->dtype];
	size_t n = len / row->block_bytes, at;

	if (row->sizing == ROS_SIZE_APR_Q8)     /* one scale, before all */
		return !offset && len >= 4 && !k->first_nonfinite[ROS_F32](p, 1) ? 0 : UINT64_MAX;
	at = row->block_len == 1 ? ros_first_nonfinite(k, t->dtype, p, n) : ros_first_bad_block(t->dtype, p, n);
	return at < n ? first_of_block(t, offset / row->block_bytes + at) : UINT64_MAX;
}
