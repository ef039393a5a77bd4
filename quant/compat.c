#include "quant/compat.h"

#include "formats/gguf.h"
#include "quant/tensor_order.h"

#define QUANTIZATION_VERSION 2  /* GGML_QNT_VERSION */
#define GUESSED 1024            /* LLAMA_FTYPE_GUESSED, added to a file type that the input did not state */
#define MAX_RECORDED 127        /* bytes of a string in the tool's table of overrides */

/* What the tool's setters do: a key that is there already moves to the end. */
static int set_last(struct ros_meta *meta, struct ros_str key, struct ros_meta_value value, struct ros_error *err)
{
	ros_meta_remove(meta, key);
	return ros_meta_add(meta, key, value, err);
}

static struct ros_meta_value count(enum ros_recipe_generation generation, uint64_t n)
{
	return generation == ROS_RECIPE_2025 ? ros_meta_i32((int32_t)n) : ros_meta_u32((uint32_t)n);
}

/* An override in the few types that the tool can store. */
static int narrowed(enum ros_recipe_generation generation, const struct ros_meta_entry *e, struct ros_meta_value *out, struct ros_error *err)
{
	int64_t n = e->value.i;

	switch (e->value.type) {
	case ROS_META_STRING: case ROS_META_BOOL:
		*out = e->value;
		return 0;
	case ROS_META_F32: case ROS_META_F64:
		*out = ros_meta_f32((float)e->value.f);
		return 0;
	case ROS_META_U8: case ROS_META_I8: case ROS_META_U16: case ROS_META_I16: case ROS_META_U32: case ROS_META_I32:
	case ROS_META_U64: case ROS_META_I64:
		*out = generation == ROS_RECIPE_2025 ? ros_meta_i32((int32_t)n)
			: ros_meta_u32((uint32_t)(n < 0 ? 0 - (uint64_t)n : (uint64_t)n));
		return 0;
	case ROS_META_ARRAY: case ROS_META_TYPE_COUNT:
		break;
	}
	return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "key '%.*s': an array cannot be set", (int)e->key.len, e->key.ptr);
}

static struct ros_str recorded(struct ros_str s)
{
	return (struct ros_str){ s.ptr, s.len < MAX_RECORDED ? s.len : MAX_RECORDED };
}

static int add_imatrix(struct ros_meta *meta, enum ros_recipe_generation generation, const struct ros_imatrix *im,
	struct ros_str path, struct ros_error *err)
{
	if (set_last(meta, ROS_STR("quantize.imatrix.file"), ros_meta_str(recorded(path)), err))
		return err->code;
	if (im->dataset.ptr)
		set_last(meta, ROS_STR("quantize.imatrix.dataset"), ros_meta_str(recorded(im->dataset)), err);
	if (!err->code)
		set_last(meta, ROS_STR("quantize.imatrix.entries_count"), count(generation, im->count), err);
	if (!err->code && im->chunks)
		set_last(meta, ROS_STR("quantize.imatrix.chunks_count"), count(generation, im->chunks), err);
	return err->code;
}

/* What the tool takes a file for that does not say: the mixture named after its most frequent type (of
 * several the one that got there first in ORDER). */
static uint32_t guessed_file_type(const struct ros_model *src, const uint32_t *order)
{
	size_t seen[ROS_DTYPE_COUNT] = { 0 }, most = 0;
	enum ros_dtype type = ROS_F32;
	enum ros_ftype guess;

	for (size_t i = 0; i < src->tensor_count; i++) {
		enum ros_dtype t = src->tensors[order[i]].dtype;

		if (++seen[t] > most) {
			most = seen[t];
			type = t;
		}
	}
	guess = ros_ftype_by_name(ros_str_of(ros_dtypes[type].name));
	return GUESSED | (guess == ROS_FT_COUNT ? ROS_FT_F32 : guess);
}

/* general.file_type of the output: a copy keeps the input's. */
static struct ros_meta_value file_type(const struct ros_model *src, const struct ros_recipe *r, const uint32_t *order)
{
	const struct ros_meta_value *old = ros_meta_get(&src->meta, ROS_STR("general.file_type"));
	uint64_t n;

	if (!r->copy_only)
		return ros_meta_u32((uint32_t)r->ftype);
	return ros_meta_u32(old && ros_meta_as_u64(old, &n) ? (uint32_t)n : guessed_file_type(src, order));
}

static int fill_meta(const struct ros_model *src, const struct ros_recipe *r, const struct ros_meta *overrides,
	const uint32_t *order, struct ros_meta *meta, struct ros_error *err)
{
	for (size_t i = 0; i < src->meta.count; i++)
		if (ros_meta_add(meta, src->meta.entries[i].key, src->meta.entries[i].value, err))
			return err->code;
	if (set_last(meta, ROS_STR("general.quantization_version"), ros_meta_u32(QUANTIZATION_VERSION), err)
	    || set_last(meta, ROS_STR("general.file_type"), file_type(src, r, order), err))
		return err->code;
	ros_meta_remove(meta, ROS_STR(ROS_GGUF_KEY_SPLIT_NO));
	ros_meta_remove(meta, ROS_STR(ROS_GGUF_KEY_SPLIT_COUNT));
	ros_meta_remove(meta, ROS_STR(ROS_GGUF_KEY_SPLIT_TENSORS));
	for (size_t i = 0; overrides && i < overrides->count; i++) {
		struct ros_meta_value v;

		if (narrowed(r->generation, &overrides->entries[i], &v, err) || set_last(meta, overrides->entries[i].key, v, err))
			return err->code;
	}
	return 0;
}

/* Without its outermost dimensions of one; a scalar becomes a vector of one. */
static void set_shape(struct ros_tensor *to, const struct ros_tensor *from)
{
	unsigned skip = 0;

	while (skip + 1 < from->ndim && from->dim[skip] == 1)
		skip++;
	to->ndim = (uint8_t)(from->ndim - skip);
	for (unsigned i = 0; i < to->ndim; i++)
		to->dim[i] = from->dim[skip + i];
	if (!to->ndim) {
		to->ndim = 1;
		to->dim[0] = 1;
	}
}

int ros_compat_header(const struct ros_model *src, const struct ros_recipe *r, const struct ros_recipe_choice *choices,
	const struct ros_meta *overrides, const struct ros_imatrix *im, struct ros_str im_path,
	struct ros_model *out, uint32_t *source, struct ros_error *err)
{
	ros_model_init(out, ROS_FORMAT_GGUF);
	out->format_version = ROS_GGUF_VERSION;
	out->alignment = ROS_GGUF_ALIGNMENT;
	if (ros_tensor_order(src->tensors, src->tensor_count, source, err)
	    || fill_meta(src, r, overrides, source, &out->meta, err) || (im && add_imatrix(&out->meta, r->generation, im, im_path, err))
	    || ros_model_alloc_tensors(out, src->tensor_count, err))
		return err->code;
	for (size_t i = 0; i < out->tensor_count; i++) {
		const struct ros_tensor *from = &src->tensors[source[i]];

		out->tensors[i].name = from->name;
		out->tensors[i].dtype = choices[source[i]].type;
		set_shape(&out->tensors[i], from);
	}
	return ros_model_index(out, err);
}
