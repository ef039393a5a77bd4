#include "formats/dtype.h"

#include "formats/size.h"

#include <ctype.h>
#include <string.h>

#define F ROS_CLASS_FLOAT
#define O ROS_CLASS_OWN

const struct ros_dtype_info ros_dtypes[ROS_DTYPE_COUNT] = {
	/*                     name           safetensors    block bytes gguf  apr  class sizing          quantised */
	[ROS_F32]         = { "F32",         "F32",         1,    4,    0,    0,   F, ROS_SIZE_FLAT,   false },
	[ROS_F16]         = { "F16",         "F16",         1,    2,    1,    1,   F, ROS_SIZE_FLAT,   false },
	[ROS_BF16]        = { "BF16",        "BF16",        1,    2,    30,   30,  F, ROS_SIZE_FLAT,   false },
	[ROS_F64]         = { "F64",         "F64",         1,    8,    28,   3,   O, ROS_SIZE_FLAT,   false },
	[ROS_I8]          = { "I8",          "I8",          1,    1,    24,   6,   O, ROS_SIZE_FLAT,   false },
	[ROS_I16]         = { "I16",         "I16",         1,    2,    25,   -1,  O, ROS_SIZE_FLAT,   false },
	[ROS_I32]         = { "I32",         "I32",         1,    4,    26,   4,   O, ROS_SIZE_FLAT,   false },
	[ROS_I64]         = { "I64",         "I64",         1,    8,    27,   5,   O, ROS_SIZE_FLAT,   false },
	[ROS_U8]          = { "U8",          "U8",          1,    1,    -1,   7,   O, ROS_SIZE_FLAT,   false },
	[ROS_U16]         = { "U16",         "U16",         1,    2,    -1,   -1,  O, ROS_SIZE_FLAT,   false },
	[ROS_U32]         = { "U32",         "U32",         1,    4,    -1,   -1,  O, ROS_SIZE_FLAT,   false },
	[ROS_U64]         = { "U64",         "U64",         1,    8,    -1,   -1,  O, ROS_SIZE_FLAT,   false },
	[ROS_BOOL]        = { "BOOL",        "BOOL",        1,    1,    -1,   -1,  O, ROS_SIZE_FLAT,   false },
	[ROS_C64]         = { "C64",         "C64",         1,    8,    -1,   -1,  O, ROS_SIZE_FLAT,   false },
	[ROS_F8_E4M3]     = { "F8_E4M3",     "F8_E4M3",     1,    1,    -1,   -1,  F, ROS_SIZE_FLAT,   false },
	[ROS_F8_E5M2]     = { "F8_E5M2",     "F8_E5M2",     1,    1,    -1,   -1,  F, ROS_SIZE_FLAT,   false },
	[ROS_F8_E8M0]     = { "F8_E8M0",     "F8_E8M0",     1,    1,    -1,   -1,  F, ROS_SIZE_FLAT,   false },
	[ROS_F8_E4M3FNUZ] = { "F8_E4M3FNUZ", "F8_E4M3FNUZ", 1,    1,    -1,   -1,  F, ROS_SIZE_FLAT,   false },
	[ROS_F8_E5M2FNUZ] = { "F8_E5M2FNUZ", "F8_E5M2FNUZ", 1,    1,    -1,   -1,  F, ROS_SIZE_FLAT,   false },
	[ROS_F4]          = { "F4",          "F4",          2,    1,    -1,   -1,  F, ROS_SIZE_FLAT,   false },
	[ROS_F6_E2M3]     = { "F6_E2M3",     "F6_E2M3",     4,    3,    -1,   -1,  F, ROS_SIZE_FLAT,   false },
	[ROS_F6_E3M2]     = { "F6_E3M2",     "F6_E3M2",     4,    3,    -1,   -1,  F, ROS_SIZE_FLAT,   false },
	[ROS_Q4_0]        = { "Q4_0",        NULL,          32,   18,   2,    -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_Q4_1]        = { "Q4_1",        NULL,          32,   20,   3,    -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_Q5_0]        = { "Q5_0",        NULL,          32,   22,   6,    -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_Q5_1]        = { "Q5_1",        NULL,          32,   24,   7,    -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_Q8_0]        = { "Q8_0",        NULL,          32,   34,   8,    -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_Q8_1]        = { "Q8_1",        NULL,          32,   36,   9,    -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_Q2_K]        = { "Q2_K",        NULL,          256,  84,   10,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_Q3_K]        = { "Q3_K",        NULL,          256,  110,  11,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_Q4_K]        = { "Q4_K",        NULL,          256,  144,  12,   12,  F, ROS_SIZE_ROWS,   true },
	[ROS_Q5_K]        = { "Q5_K",        NULL,          256,  176,  13,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_Q6_K]        = { "Q6_K",        NULL,          256,  210,  14,   14,  F, ROS_SIZE_ROWS,   true },
	[ROS_Q8_K]        = { "Q8_K",        NULL,          256,  292,  15,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_IQ2_XXS]     = { "IQ2_XXS",     NULL,          256,  66,   16,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_IQ2_XS]      = { "IQ2_XS",      NULL,          256,  74,   17,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_IQ2_S]       = { "IQ2_S",       NULL,          256,  82,   22,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_IQ3_XXS]     = { "IQ3_XXS",     NULL,          256,  98,   18,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_IQ3_S]       = { "IQ3_S",       NULL,          256,  110,  21,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_IQ1_S]       = { "IQ1_S",       NULL,          256,  50,   19,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_IQ1_M]       = { "IQ1_M",       NULL,          256,  56,   29,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_IQ4_NL]      = { "IQ4_NL",      NULL,          32,   18,   20,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_IQ4_XS]      = { "IQ4_XS",      NULL,          256,  136,  23,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_TQ1_0]       = { "TQ1_0",       NULL,          256,  54,   34,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_TQ2_0]       = { "TQ2_0",       NULL,          256,  66,   35,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_MXFP4]       = { "MXFP4",       NULL,          32,   17,   39,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_NVFP4]       = { "NVFP4",       NULL,          64,   36,   40,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_Q1_0]        = { "Q1_0",        NULL,          128,  18,   41,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_Q2_0]        = { "Q2_0",        NULL,          64,   18,   42,   -1,  F, ROS_SIZE_ROWS,   true },
	[ROS_APR_Q4]      = { "APR_Q4",      NULL,          32,   18,   -1,   128, F, ROS_SIZE_APR_Q4, true },
	[ROS_APR_Q8]      = { "APR_Q8",      NULL,          1,    1,    -1,   129, F, ROS_SIZE_APR_Q8, true },
};
_Static_assert(sizeof ros_dtypes / sizeof *ros_dtypes == ROS_DTYPE_COUNT, "a dtype lacks its row");

double ros_dtype_bits(enum ros_dtype type)
{
	return 8.0 * ros_dtypes[type].block_bytes / ros_dtypes[type].block_len;
}

static char fold(char c)
{
	return c == '-' ? '_' : (char)toupper((unsigned char)c);
}

enum ros_dtype ros_dtype_by_name(struct ros_str name)
{
	for (int t = 0; t < ROS_DTYPE_COUNT; t++) {
		const char *row = ros_dtypes[t].name;
		size_t i = 0;

		while (i < name.len && row[i] && fold(name.ptr[i]) == row[i])
			i++;
		if (i == name.len && !row[i])
			return (enum ros_dtype)t;
	}
	return ROS_DTYPE_COUNT;
}

enum ros_dtype ros_dtype_by_safetensors(struct ros_str name)
{
	for (int t = 0; t < ROS_DTYPE_COUNT; t++) {
		const char *row = ros_dtypes[t].safetensors;

		if (row && strlen(row) == name.len && !memcmp(row, name.ptr, name.len))
			return (enum ros_dtype)t;
	}
	return ROS_DTYPE_COUNT;
}

enum ros_dtype ros_dtype_by_gguf(uint32_t id)
{
	for (int t = 0; t < ROS_DTYPE_COUNT; t++)
		if (ros_dtypes[t].gguf_id >= 0 && (uint32_t)ros_dtypes[t].gguf_id == id)
			return (enum ros_dtype)t;
	return ROS_DTYPE_COUNT;
}

/* Bytes of N elements in whole blocks; PAD allows a last block that is not full. */
static bool blocks_bytes(const struct ros_dtype_info *row, uint64_t n, bool pad, uint64_t *out)
{
	uint64_t blocks = n / row->block_len;

	if (n % row->block_len) {
		if (!pad)
			return false;
		blocks++;
	}
	return ros_mul_u64(blocks, row->block_bytes, out);
}

bool ros_dtype_nbytes(enum ros_dtype type, unsigned ndim, const uint64_t *dim, bool pad_rows, uint64_t *nbytes)
{
	const struct ros_dtype_info *row = &ros_dtypes[type];
	uint64_t rows = 1, cols = ndim ? dim[ndim - 1] : 1, n, bytes;

	for (unsigned i = 0; i + 1 < ndim; i++)
		if (!ros_mul_u64(rows, dim[i], &rows))
			return false;
	if (!ros_mul_u64(rows, cols, &n))
		return false;
	switch (row->sizing) {
	case ROS_SIZE_FLAT:
		return blocks_bytes(row, n, false, nbytes);
	case ROS_SIZE_ROWS:
		return blocks_bytes(row, cols, pad_rows, &bytes) && ros_mul_u64(rows, bytes, nbytes);
	case ROS_SIZE_APR_Q4:
		return blocks_bytes(row, n, true, nbytes);
	case ROS_SIZE_APR_Q8:
		if (n == 0) {
			*nbytes = 0;
			return true;
		}
		return ros_add_u64(n, 4, nbytes);
	}
	return false;
}
