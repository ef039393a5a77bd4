#include "formats/apr.h"

#include "formats/bytes.h"
#include "formats/size.h"
#include "formats/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What is laid out: the tensors by name, each with its place in the data. */
struct plan {
	const struct ros_model *m;
	struct ros_str metadata;
	struct ros_extent *extents;     /* sorted by name; offsets from data_offset */
	uint64_t index_bytes, data_bytes;
	uint16_t flags;
};

/* For qsort, which takes no argument: what is sorted carries its name along. */
struct named {
	struct ros_str name;
	uint32_t tensor;
};

static int by_name(const void *a, const void *b)
{
	return ros_str_compare(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static int check_tensor(const struct ros_tensor *t, struct ros_error *err)
{
	int shown = (int)(t->name.len < 200 ? t->name.len : 200);

	if (ros_dtypes[t->dtype].apr_id < 0)
		return ros_fail(err, ROS_EUNSUPPORTED, ROS_NO_OFFSET, "tensor '%.*s': APR has no element type for %s",
				shown, t->name.ptr, ros_dtypes[t->dtype].name);
	if (t->name.len > ROS_APR_MAX_NAME)
		return ros_fail(err, ROS_EUNSUPPORTED, ROS_NO_OFFSET, "tensor '%.*s': a name of %zu bytes, APR allows %d",
				shown, t->name.ptr, t->name.len, ROS_APR_MAX_NAME);
	if (ros_utf8_check(t->name) < t->name.len || (t->name.len && memchr(t->name.ptr, 0, t->name.len)))
		return ros_fail(err, ROS_EUNSUPPORTED, ROS_NO_OFFSET, "tensor '%.*s': its name is not UTF-8 text", shown, t->name.ptr);
	return 0;
}

/* Tensor I's place after those before it; *AT is the end of their padding. */
static int place(struct plan *p, size_t i, uint64_t *at, struct ros_error *err)
{
	struct ros_extent *x = &p->extents[i];
	const struct ros_tensor *t = &p->m->tensors[x->tensor];

	x->offset = *at;
	if (!ros_dtype_nbytes(t->dtype, t->ndim, t->dim, true, &x->bytes))
		return ros_fail(err, ROS_EUNSUPPORTED, ROS_NO_OFFSET, "tensor '%.*s': %s cannot hold its shape",
				(int)t->name.len, t->name.ptr, ros_dtypes[t->dtype].name);
	if (!ros_add_u64(*at, x->bytes, at) || !ros_align_u64(*at, ROS_APR_ALIGN, at) || *at > INT64_MAX)
		return ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "tensor '%.*s': ends past 2^63", (int)t->name.len, t->name.ptr);
	p->index_bytes += 2 + t->name.len + 2 + 8u * t->ndim + 16;
	if (ros_dtypes[t->dtype].quantised)
		p->flags |= ROS_APR_QUANTIZED;
	return 0;
}

static int sort_tensors(struct plan *p, struct ros_arena *arena, struct ros_error *err)
{
	size_t n = p->m->tensor_count;
	struct named *order = ros_arena_alloc(arena, n, sizeof *order, err);

	p->extents = ros_arena_alloc(arena, n, sizeof *p->extents, err);
	if (err->code)
		return err->code;
	for (size_t i = 0; i < n; i++)
		order[i] = (struct named){ p->m->tensors[i].name, (uint32_t)i };
	qsort(order, n, sizeof *order, by_name);
	for (size_t i = 0; i < n; i++) {
		p->extents[i].tensor = order[i].tensor;
		if (check_tensor(&p->m->tensors[order[i].tensor], err))
			return err->code;
		if (i && ros_str_equal(order[i - 1].name, order[i].name))
			return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "tensor '%.*s' occurs twice", (int)order[i].name.len, order[i].name.ptr);
	}
	return 0;
}

static int place_tensors(struct plan *p, struct ros_arena *arena, struct ros_error *err)
{
	if (sort_tensors(p, arena, err))
		return err->code;
	for (size_t i = 0; i < p->m->tensor_count; i++)
		if (place(p, i, &p->data_bytes, err))
			return err->code;
	return 0;
}

/* The text to embed: M's own, or the least that the format asks for. */
static int find_metadata(struct plan *p, struct ros_arena *arena, struct ros_error *err)
{
	const struct ros_meta_value *v = ros_meta_get(&p->m->meta, ROS_STR(ROS_APR_META_KEY));
	uint64_t params = 0;

	if (v && v->type == ROS_META_STRING) {
		p->metadata = v->str;
		if (ros_apr_has_vocabulary(v->str))
			p->flags |= ROS_APR_HAS_VOCAB;
		return ros_apr_check_metadata(NULL, v->str, 0, err);
	}
	for (size_t i = 0; i < p->m->tensor_count; i++)
		params += ros_tensor_elements(&p->m->tensors[i]);
	p->metadata = ros_arena_printf(arena, err, "{\"model_type\":\"\",\"license\":null,\"data_source\":null,\"data_license\":null,"
				       "\"total_size\":%" PRIu64 ",\"param_count\":%" PRIu64 "}", p->data_bytes, params);
	return err->code;
}

static uint8_t *put_entry(uint8_t *at, const struct ros_tensor *t, const struct ros_extent *x)
{
	ros_put_le16(at, (uint16_t)t->name.len);
	if (t->name.len)
		memcpy(at + 2, t->name.ptr, t->name.len);
	at += 2 + t->name.len;
	*at++ = (uint8_t)ros_dtypes[t->dtype].apr_id;
	*at++ = t->ndim;
	for (unsigned i = 0; i < t->ndim; i++, at += 8)
		ros_put_le64(at, t->dim[i]);
	ros_put_le64(at, x->offset);
	ros_put_le64(at + 8, x->bytes);
	return at + 16;
}

static uint64_t aligned(uint64_t n)
{
	return (n + ROS_APR_ALIGN - 1) / ROS_APR_ALIGN * ROS_APR_ALIGN;
}

static int make_header(const struct plan *p, struct ros_arena *arena, struct ros_output_file *file, struct ros_error *err)
{
	struct ros_apr_header h = {
		.major = 2, .flags = p->flags, .tensor_count = (uint32_t)p->m->tensor_count,
		.metadata_offset = ROS_APR_HEADER, .metadata_size = (uint32_t)p->metadata.len,
	};
	uint8_t *b, *at;

	h.index_offset = ROS_APR_HEADER + aligned(p->metadata.len);
	h.data_offset = h.index_offset + aligned(p->index_bytes);
	b = ros_arena_alloc(arena, h.data_offset, 1, err);
	if (!b)
		return err->code;
	ros_apr_header_put(&h, b);
	memcpy(b + ROS_APR_HEADER, p->metadata.ptr, p->metadata.len);
	at = b + h.index_offset;
	for (size_t i = 0; i < p->m->tensor_count; i++) {
		at = put_entry(at, &p->m->tensors[p->extents[i].tensor], &p->extents[i]);
		p->extents[i].offset += h.data_offset;
	}
	file->header = (struct ros_bytes){ b, h.data_offset };
	file->size = h.data_offset + p->data_bytes;
	return 0;
}

/* A file that was read without a footer and is to be preserved stays so. */
static bool lacks_footer(const struct ros_write_options *opt)
{
	struct ros_bytes body;
	uint32_t stored;

	return opt && opt->preserve && opt->origin && opt->origin->format == ROS_FORMAT_APR && !ros_apr_footer(opt->origin, &body, &stored);
}

int ros_apr_lay_out(const struct ros_model *m, const struct ros_write_options *opt, struct ros_output *out,
		    struct ros_error *err)
{
	struct plan p = { .m = m, .flags = ROS_APR_ROW_MAJOR };
	struct ros_output_file *file = ros_arena_alloc(out->arena, 1, sizeof *file, err);

	if (!file)
		return err->code;
	if (opt && (opt->max_shard_bytes || opt->max_shard_tensors))
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "APR is written as one file: no reader joins its shards");
	if (place_tensors(&p, out->arena, err) || find_metadata(&p, out->arena, err) || make_header(&p, out->arena, file, err))
		return err->code;
	file->name = ros_arena_str(out->arena, ros_path_name(m->path), err);
	file->extents = p.extents;
	file->extent_count = m->tensor_count;
	file->footer_crc = !lacks_footer(opt);
	out->files = file;
	out->file_count = 1;
	return err->code;
}
