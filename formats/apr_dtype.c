#include "formats/apr.h"

#include "formats/size.h"

#include <inttypes.h>

/* Element type numbers. The first generation (early 2026) had BF16 at 2 and the native types at 8 and
 * 9; the second moved them to 30, 128 and 129 so that 0..31 follow ggml. Another program writes ggml's
 * own numbers throughout, so 2, 3, 6, 7 and 8 mean two things. Bytes an element decide: the two
 * readings of one number never have the same size (2 n against 18 n / 32, and so on), so the first
 * row of an id whose size fits is what was meant. */
static const struct {
	uint8_t id;
	enum ros_dtype type;
	const char *odd;        /* what to say about a reading that is not today's */
} ids[] = {
	{ 0, ROS_F32, NULL }, { 1, ROS_F16, NULL },
	{ 2, ROS_BF16, "BF16 of the first generation of numbers" }, { 2, ROS_Q4_0, "ggml's number for Q4_0" },
	{ 3, ROS_F64, NULL }, { 3, ROS_Q4_1, "ggml's number for Q4_1" },
	{ 4, ROS_I32, NULL }, { 5, ROS_I64, NULL },
	{ 6, ROS_I8, NULL }, { 6, ROS_Q5_0, "ggml's number for Q5_0" },
	{ 7, ROS_U8, NULL }, { 7, ROS_Q5_1, "ggml's number for Q5_1" },
	{ 8, ROS_APR_Q4, "APR_Q4 of the first generation of numbers" }, { 8, ROS_Q8_0, "ggml's number for Q8_0" },
	{ 9, ROS_APR_Q8, "APR_Q8 of the first generation of numbers" },
	{ 10, ROS_Q2_K, "ggml's number for Q2_K" }, { 11, ROS_Q3_K, "ggml's number for Q3_K" },
	{ 12, ROS_Q4_K, NULL }, { 13, ROS_Q5_K, "ggml's number for Q5_K" }, { 14, ROS_Q6_K, NULL },
	{ 16, ROS_IQ2_XXS, "ggml's number for IQ2_XXS" }, { 17, ROS_IQ2_XS, "ggml's number for IQ2_XS" },
	{ 30, ROS_BF16, NULL }, { 128, ROS_APR_Q4, NULL }, { 129, ROS_APR_Q8, NULL },
};

/* Every partial product counts, so that a zero dimension cannot hide an overflow. */
static bool elements(const struct ros_tensor *t, uint64_t *n)
{
	bool zero = false;

	*n = 1;
	for (unsigned i = 0; i < t->ndim; i++) {
		zero |= t->dim[i] == 0;
		if (t->dim[i] && !ros_mul_u64(*n, t->dim[i], n))
			return false;
	}
	if (zero)
		*n = 0;
	return true;
}

enum ros_dtype ros_apr_dtype(struct ros_model *m, const struct ros_tensor *t, uint8_t id, uint64_t size, uint64_t at,
			     struct ros_error *err)
{
	uint64_t n, bytes = 0, wanted = 0;
	bool known = false;

	if (!elements(t, &n)) {
		ros_fail(err, ROS_EFORMAT, at, "tensor '%.*s': its number of elements is not a 64-bit number", (int)t->name.len, t->name.ptr);
		return ROS_DTYPE_COUNT;
	}
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		if (ids[i].id != id)
			continue;
		if (!ros_dtype_nbytes(ids[i].type, t->ndim, t->dim, true, &bytes))
			bytes = UINT64_MAX;
		if (bytes == size && bytes != UINT64_MAX) {
			if (ids[i].odd)
				ros_model_warn(m, "apr.dtype", t->name, "type number %u read as %s", id, ids[i].odd);
			return ids[i].type;
		}
		wanted = known ? wanted : bytes;
		known = true;
	}
	if (!known || id == 2)
		ros_fail(err, ROS_EUNSUPPORTED, at, "tensor '%.*s': type number %u with %" PRIu64 " bytes for %" PRIu64 " elements is none that is known",
			 (int)t->name.len, t->name.ptr, id, size, n);
	else if (wanted == UINT64_MAX)
		ros_fail(err, ROS_EFORMAT, at, "tensor '%.*s': its size is not a 64-bit number", (int)t->name.len, t->name.ptr);
	else
		ros_fail(err, ROS_EFORMAT, at, "tensor '%.*s': size %" PRIu64 ", its shape and type need %" PRIu64,
			 (int)t->name.len, t->name.ptr, size, wanted);
	return ROS_DTYPE_COUNT;
}
