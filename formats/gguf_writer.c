#include "formats/gguf.h"

#include "formats/bytes.h"
#include "formats/size.h"

#include <inttypes.h>
#include <string.h>

/* Where the header is made. With AT NULL the bytes are only counted: the same code runs twice,
 * so the size that is allocated is the size that is filled. */
struct emitter {
	uint8_t *at;
	uint64_t len;
};

static void put(struct emitter *e, const void *data, uint64_t len)
{
	if (e->at && len)
		memcpy(e->at + e->len, data, len);
	e->len += len;
}

static void put_u32(struct emitter *e, uint32_t v)
{
	uint8_t b[4];

	ros_put_le32(b, v);
	put(e, b, sizeof b);
}

static void put_u64(struct emitter *e, uint64_t v)
{
	uint8_t b[8];

	ros_put_le64(b, v);
	put(e, b, sizeof b);
}

static void put_string(struct emitter *e, struct ros_str s)
{
	put_u64(e, s.len);
	put(e, s.ptr, s.len);
}

static void put_array(struct emitter *e, const struct ros_meta_array *a)
{
	put_u32(e, a->type);
	put_u64(e, a->count);
	if (a->type == ROS_META_STRING)
		for (uint64_t i = 0; i < a->count; i++)
			put_string(e, a->strings[i]);
	else if (a->type == ROS_META_ARRAY)
		for (uint64_t i = 0; i < a->count; i++)
			put_array(e, &a->arrays[i]);
	else
		put(e, a->raw.ptr, a->count * ros_meta_types[a->type].bytes);
}

static void put_scalar(struct emitter *e, const struct ros_meta_value *v)
{
	uint64_t bits = v->u;
	uint8_t b[8];

	if (v->type == ROS_META_F32)
		bits = ros_f32_bits((float)v->f);
	else if (v->type == ROS_META_F64)
		memcpy(&bits, &v->f, sizeof bits);
	ros_put_le64(b, bits);
	put(e, b, ros_meta_types[v->type].bytes);
}

static void put_entry(struct emitter *e, struct ros_str key, const struct ros_meta_value *v)
{
	put_string(e, key);
	put_u32(e, v->type);
	if (v->type == ROS_META_STRING)
		put_string(e, v->str);
	else if (v->type == ROS_META_ARRAY)
		put_array(e, &v->array);
	else
		put_scalar(e, v);
}

static void put_tensor(struct emitter *e, const struct ros_tensor *t, uint64_t offset)
{
	put_string(e, t->name);
	put_u32(e, t->ndim);
	for (unsigned i = t->ndim; i-- > 0; )
		put_u64(e, t->dim[i]);
	put_u32(e, (uint32_t)ros_dtypes[t->dtype].gguf_id);
	put_u64(e, offset);
}

/* Everything that one output file needs to be laid out. */
struct plan {
	const struct ros_model *m;
	struct ros_gguf_share share;
	uint64_t alignment;
	uint32_t version;
	bool resplit;                   /* the split keys that M carries are not the ones to write */
	struct ros_extent *extents;     /* offsets from the start of the data */
};

static size_t meta_count(const struct plan *p)
{
	size_t n = p->share.of > 1 ? 3 : 0;

	if (p->share.no)
		return n;
	for (size_t i = 0; i < p->m->meta.count; i++)
		n += !(p->resplit && ros_gguf_is_split_key(p->m->meta.entries[i].key));
	return n;
}

/* Numbered as llama-gguf-split leaves them: split.count is set last. */
static void put_split_keys(struct emitter *e, const struct plan *p)
{
	struct ros_meta_value no = { .type = ROS_META_U16, .u = p->share.no };
	struct ros_meta_value tensors = ros_meta_i32((int32_t)p->m->tensor_count);
	struct ros_meta_value count = { .type = ROS_META_U16, .u = p->share.of };

	put_entry(e, ROS_STR(ROS_GGUF_KEY_SPLIT_NO), &no);
	put_entry(e, ROS_STR(ROS_GGUF_KEY_SPLIT_TENSORS), &tensors);
	put_entry(e, ROS_STR(ROS_GGUF_KEY_SPLIT_COUNT), &count);
}

static void put_header(struct emitter *e, const struct plan *p)
{
	put(e, "GGUF", 4);
	put_u32(e, p->version);
	put_u64(e, p->share.count);
	put_u64(e, meta_count(p));
	for (size_t i = 0; !p->share.no && i < p->m->meta.count; i++)
		if (!(p->resplit && ros_gguf_is_split_key(p->m->meta.entries[i].key)))
			put_entry(e, p->m->meta.entries[i].key, &p->m->meta.entries[i].value);
	if (p->share.of > 1)
		put_split_keys(e, p);
	for (uint32_t i = 0; i < p->share.count; i++)
		put_tensor(e, &p->m->tensors[p->share.first + i], p->extents[i].offset);
}

static int check_tensor(const struct ros_tensor *t, struct ros_error *err)
{
	const struct ros_dtype_info *row = &ros_dtypes[t->dtype];

	if (row->gguf_id < 0)
		return ros_fail(err, ROS_EUNSUPPORTED, ROS_NO_OFFSET, "tensor '%.*s': GGUF has no element type for %s",
				(int)t->name.len, t->name.ptr, row->name);
	if (t->name.len > ROS_GGUF_MAX_NAME)
		return ros_fail(err, ROS_EUNSUPPORTED, ROS_NO_OFFSET, "tensor '%.*s': a name of %zu bytes, GGUF allows %d",
				(int)(t->name.len < 200 ? t->name.len : 200), t->name.ptr, t->name.len, ROS_GGUF_MAX_NAME);
	if (t->name.len && memchr(t->name.ptr, 0, t->name.len))
		return ros_fail(err, ROS_EUNSUPPORTED, ROS_NO_OFFSET, "tensor '%.*s': a NUL inside its name, where GGUF's readers end it",
				(int)t->name.len, t->name.ptr);
	if (t->ndim > ROS_GGUF_MAX_DIMS)
		return ros_fail(err, ROS_EUNSUPPORTED, ROS_NO_OFFSET, "tensor '%.*s': %u dimensions, GGUF allows %d",
				(int)t->name.len, t->name.ptr, t->ndim, ROS_GGUF_MAX_DIMS);
	return 0;
}

/* Offsets from the start of the data, and *SPAN, the padded size of it all. */
static int place_tensors(struct plan *p, struct ros_arena *arena, uint64_t *span, struct ros_error *err)
{
	p->extents = ros_arena_alloc(arena, p->share.count, sizeof *p->extents, err);
	*span = 0;
	for (uint32_t i = 0; p->extents && i < p->share.count; i++) {
		const struct ros_tensor *t = &p->m->tensors[p->share.first + i];
		struct ros_extent *x = &p->extents[i];
		uint64_t padded;

		if (check_tensor(t, err))
			return err->code;
		*x = (struct ros_extent){ .tensor = p->share.first + i, .offset = *span };
		if (ros_gguf_payload(t, &x->bytes, ROS_EUNSUPPORTED, ROS_NO_OFFSET, err))
			return err->code;
		if (!ros_align_u64(x->bytes, p->alignment, &padded) || !ros_add_u64(*span, padded, span) || *span > INT64_MAX)
			return ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "tensor '%.*s': ends past 2^63", (int)t->name.len, t->name.ptr);
	}
	return err->code;
}

/* ggml's writer pads the metadata of a file without tensors, gguf-py does not (vocabularies are such
 * files): one that was read without stays so. */
static uint64_t alignment_after_header(const struct plan *p)
{
	const struct ros_model *m = p->m;

	return !m->tensor_count && m->format == ROS_FORMAT_GGUF && m->file_bytes && m->file_bytes == m->header_bytes ? 1 : p->alignment;
}

static int lay_out_file(struct plan *p, struct ros_arena *arena, struct ros_output_file *file, struct ros_error *err)
{
	struct emitter e = { 0 };
	uint64_t span, start;

	if (place_tensors(p, arena, &span, err))
		return err->code;
	put_header(&e, p);
	if (!ros_align_u64(e.len, alignment_after_header(p), &start) || !ros_add_u64(start, span, &file->size))
		return ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "the file ends past 2^63");
	e.at = ros_arena_alloc(arena, start, 1, err);
	if (!e.at)
		return err->code;
	e.len = 0;
	put_header(&e, p);
	file->header = (struct ros_bytes){ e.at, start };
	for (uint32_t i = 0; i < p->share.count; i++)
		p->extents[i].offset += start;
	file->extents = p->extents;
	file->extent_count = p->share.count;
	return 0;
}

/* The alignment that M's metadata asks for. */
static int alignment_of(const struct ros_model *m, uint64_t *alignment, struct ros_error *err)
{
	const struct ros_meta_value *v = ros_meta_get(&m->meta, ROS_STR(ROS_GGUF_KEY_ALIGNMENT));

	*alignment = ROS_GGUF_ALIGNMENT;
	if (!v)
		return 0;
	if (v->type != ROS_META_U32 || !v->u || v->u & (v->u - 1) || v->u > ROS_MAX_ALIGNMENT)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "general.alignment: a u32 power of two up to %u wanted", ROS_MAX_ALIGNMENT);
	*alignment = v->u;
	return 0;
}

/* Versions 2 and 3 differ in the number only: 3 allows another byte order. */
static uint32_t version_of(const struct ros_write_options *opt)
{
	return opt && opt->preserve && opt->origin && opt->origin->format == ROS_FORMAT_GGUF ? opt->origin->format_version : ROS_GGUF_VERSION;
}

/* What the reader would refuse is not written. */
static int check_meta(const struct ros_meta *meta, struct ros_error *err)
{
	for (size_t i = 0; i < meta->count; i++)
		if (!meta->entries[i].key.len)
			return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "metadata key %zu is empty", i);
	return 0;
}

int ros_gguf_lay_out(const struct ros_model *m, const struct ros_write_options *opt, struct ros_output *out,
		     struct ros_error *err)
{
	const struct ros_meta_value *was = ros_meta_get(&m->meta, ROS_STR(ROS_GGUF_KEY_SPLIT_COUNT));
	struct ros_gguf_share *shares;
	uint64_t alignment, files = 0;
	size_t count;

	if (alignment_of(m, &alignment, err) || check_meta(&m->meta, err) ||
	    ros_gguf_shares(m, opt, out->arena, &shares, &count, err))
		return err->code;
	out->files = ros_arena_alloc(out->arena, count, sizeof *out->files, err);
	if (!out->files)
		return err->code;
	out->file_count = count;
	if (!was || !ros_meta_as_u64(was, &files))
		files = 0;
	for (size_t i = 0; i < count && !err->code; i++) {
		struct plan p = { .m = m, .share = shares[i], .version = version_of(opt), .resplit = count > 1 || files > 1 };

		/* The key that asks for another alignment stands in the first file only. */
		p.alignment = i ? ROS_GGUF_ALIGNMENT : alignment;
		out->files[i].name = ros_gguf_share_name(m->path, shares[i].no, shares[i].of, out->arena, err);
		lay_out_file(&p, out->arena, &out->files[i], err);
	}
	return err->code;
}
