/* Laying out a SafeTensors model: one file, a set of shards with its index, or just what was read. */
#include "config.h"

#include "formats/safetensors.h"

#include "formats/bytes.h"
#include "formats/json.h"
#include "formats/safetensors_header.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool same_shape(const struct ros_tensor *a, const struct ros_tensor *b)
{
	return a->dtype == b->dtype && a->ndim == b->ndim && !memcmp(a->dim, b->dim, a->ndim * sizeof *a->dim);
}

static bool same_meta(const struct ros_meta *a, const struct ros_meta *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct ros_meta_value *v = ros_meta_get(b, a->entries[i].key);

		if (!v || !ros_meta_equal(&a->entries[i].value, v))
			return false;
	}
	return true;
}

/* Does M say what ORIGIN's files say, so that their headers can be repeated byte for byte? */
static bool is_unchanged(const struct ros_model *m, const struct ros_model *origin)
{
	if (origin->format != ROS_FORMAT_SAFETENSORS || origin->tensor_count != m->tensor_count || !same_meta(&m->meta, &origin->meta))
		return false;
	for (size_t i = 0; i < m->tensor_count; i++) {
		const struct ros_tensor *t = ros_model_find(origin, m->tensors[i].name);

		if (!t || !same_shape(t, &m->tensors[i]))
			return false;
	}
	return true;
}

static uint64_t bytes_of(const struct ros_tensor *t)
{
	uint64_t n = 0;

	ros_dtype_nbytes(t->dtype, t->ndim, t->dim, false, &n);   /* has been checked */
	return n;
}

/* Cuts the tensors, in their order, where the next would pass the maximum; STARTS[i] is the first of shard i,
 * STARTS[*COUNT] the number of all. */
static void split(const struct ros_model *m, uint64_t max, size_t *starts, size_t *count)
{
	uint64_t used = 0;

	*count = 0;
	starts[(*count)++] = 0;
	for (size_t i = 0; i < m->tensor_count; i++) {
		uint64_t n = bytes_of(&m->tensors[i]);

		if (max && i > starts[*count - 1] && (n > max || used > max - n)) {
			starts[(*count)++] = i;
			used = 0;
		}
		used += n;
	}
	starts[*count] = m->tensor_count;
}

static int by_name(const void *a, const void *b)
{
	const struct ros_tensor *x = *(const struct ros_tensor *const *)a, *y = *(const struct ros_tensor *const *)b;

	return ros_str_compare(x->name, y->name);
}

/* The index as huggingface_hub writes it: two blanks of indent, names sorted, a final newline. Tensor i lies in file FILE_OF[i]. */
static int put_index(const struct ros_model *m, const struct ros_output *out, const uint32_t *file_of, struct ros_json_out *o)
{
	const struct ros_tensor **sorted = malloc((m->tensor_count + 1) * sizeof *sorted);
	uint64_t total = 0;

	if (!sorted)
		return ROS_ENOMEM;
	for (size_t i = 0; i < m->tensor_count; i++) {
		sorted[i] = &m->tensors[i];
		total += bytes_of(sorted[i]);
	}
	qsort(sorted, m->tensor_count, sizeof *sorted, by_name);
	ros_json_open_object(o, NULL);
	ros_json_open_object(o, "metadata");
	ros_json_put_u64(o, "total_size", total);
	ros_json_close_object(o);
	ros_json_open_object(o, "weight_map");
	for (size_t i = 0; i < m->tensor_count; i++)
		ros_json_put_strk(o, sorted[i]->name, out->files[file_of[sorted[i] - m->tensors]].name);
	ros_json_close_object(o);
	ros_json_close_object(o);
	free(sorted);
	return o->failed ? ROS_ENOMEM : 0;
}

static int add_side(struct ros_output *out, struct ros_str name, struct ros_bytes data, struct ros_error *err)
{
	struct ros_side_file_out *side = ros_arena_alloc(out->arena, out->side_count + 1, sizeof *side, err);

	if (!side)
		return err->code;
	if (out->side_count)
		memcpy(side, out->side, out->side_count * sizeof *side);
	side[out->side_count++] = (struct ros_side_file_out){ name, data };
	out->side = side;
	return 0;
}

static struct ros_str stem_of(const struct ros_write_options *opt)
{
	return opt->stem.ptr ? opt->stem : ROS_STR("model");
}

static struct ros_str shard_name(const struct ros_write_options *opt, size_t number, size_t of, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_str stem = stem_of(opt);

	if (of == 1)
		return ros_arena_printf(arena, err, "%.*s.safetensors", (int)stem.len, stem.ptr);
	return ros_arena_printf(arena, err, "%.*s-%05zu-of-%05zu.safetensors", (int)stem.len, stem.ptr, number + 1, of);
}

static int add_index(const struct ros_model *m, const struct ros_write_options *opt, const uint32_t *file_of, struct ros_output *out,
		     struct ros_error *err)
{
	struct ros_str stem = stem_of(opt), text = { NULL, 0 };
	struct ros_str name = ros_arena_printf(out->arena, err, "%.*s.safetensors.index.json", (int)stem.len, stem.ptr);
	struct ros_json_out o;

	ros_json_out_init(&o, 2);
	if (put_index(m, out, file_of, &o))
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for the shard index");
	else
		text = ros_arena_printf(out->arena, err, "%s\n", o.text);
	ros_json_out_release(&o);
	if (err->code)
		return err->code;
	return add_side(out, name, (struct ros_bytes){ (const uint8_t *)text.ptr, text.len }, err);
}

/* The extents of ORIGIN's part number PART, whose tensors begin at *FIRST (parts lie in order); NUMBER[i] is the place
 * of ORIGIN's tensor i among the model's. */
static int repeat_part(const struct ros_model *origin, uint32_t part, size_t *first, const uint32_t *number,
		       struct ros_output_file *file, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_bytes bytes = origin->parts[part].map.bytes;
	size_t start = *first;

	while (*first < origin->tensor_count && origin->tensors[*first].part == part)
		++*first;
	file->extents = ros_arena_alloc(arena, *first - start, sizeof *file->extents, err);
	if (err->code)
		return err->code;
	file->header = (struct ros_bytes){ bytes.ptr, 8 + (size_t)ros_le64(bytes.ptr) };
	file->size = bytes.len;
	for (size_t i = start; i < *first; i++)
		file->extents[file->extent_count++] =
			(struct ros_extent){ number[i], origin->tensors[i].offset, origin->tensors[i].data.len };
	return 0;
}

/* Do all files of ORIGIN lie where its index does? One that leads into folders below cannot be repeated: a target is one folder. */
static bool is_flat(const struct ros_model *origin)
{
	for (size_t i = 0; origin->shard_index.name.ptr && i < origin->part_count; i++)
		if (origin->parts[i].path.len != origin->folder.len + 1 + origin->parts[i].name.len)
			return false;
	return true;
}

/* The files keep their bytes; their names and the index only where the target is a folder and can have them. */
static int repeat_origin(const struct ros_model *m, const struct ros_write_options *opt, struct ros_output *out, struct ros_error *err)
{
	const struct ros_model *origin = opt->origin;
	bool named = !opt->stem.ptr && is_flat(origin);
	uint32_t *number = ros_arena_alloc(out->arena, origin->tensor_count, sizeof *number, err);
	uint32_t *file_of = ros_arena_alloc(out->arena, origin->tensor_count, sizeof *file_of, err);
	size_t first = 0;

	out->files = ros_arena_alloc(out->arena, origin->part_count, sizeof *out->files, err);
	if (err->code)
		return err->code;
	for (size_t i = 0; i < m->tensor_count; i++) {
		const struct ros_tensor *t = ros_model_find(origin, m->tensors[i].name);

		number[t - origin->tensors] = (uint32_t)i;
		file_of[i] = t->part;
	}
	for (uint32_t p = 0; p < origin->part_count; p++) {
		struct ros_output_file *file = &out->files[out->file_count++];

		file->name = named ? ros_arena_str(out->arena, origin->parts[p].name, err) : shard_name(opt, p, origin->part_count, out->arena, err);
		if (repeat_part(origin, p, &first, number, file, out->arena, err))
			return err->code;
	}
	if (named && origin->shard_index.data.ptr)
		return add_side(out, origin->shard_index.name, origin->shard_index.data, err);
	return named || out->file_count < 2 ? 0 : add_index(m, opt, file_of, out, err);
}

static int lay_out_shards(const struct ros_model *m, const struct ros_write_options *opt, const size_t *starts, size_t shards,
			  struct ros_output *out, struct ros_error *err)
{
	uint32_t *order = ros_arena_alloc(out->arena, m->tensor_count, sizeof *order, err);
	uint32_t *file_of = ros_arena_alloc(out->arena, m->tensor_count, sizeof *file_of, err);

	out->files = ros_arena_alloc(out->arena, shards, sizeof *out->files, err);
	if (shards > ROS_MAX_SHARDS)
		ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "%zu shards, the cap is %d: let them be larger", shards, ROS_MAX_SHARDS);
	for (size_t i = 0; i < m->tensor_count && !err->code; i++)
		order[i] = (uint32_t)i;
	for (size_t s = 0; s < shards && !err->code; s++) {
		struct ros_output_file *file = &out->files[out->file_count++];

		file->name = shard_name(opt, s, shards, out->arena, err);
		for (size_t i = starts[s]; i < starts[s + 1]; i++)
			file_of[i] = (uint32_t)s;
		ros_safetensors_write_header(m, order + starts[s], starts[s + 1] - starts[s], opt->preserve, file, out->arena, err);
	}
	if (shards > 1 && !err->code)
		add_index(m, opt, file_of, out, err);
	return err->code;
}

static int lay_out_anew(const struct ros_model *m, const struct ros_write_options *opt, struct ros_output *out, struct ros_error *err)
{
	size_t *starts = malloc((m->tensor_count + 2) * sizeof *starts), shards;

	if (!starts)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for %zu tensors", m->tensor_count);
	split(m, opt->max_shard_bytes, starts, &shards);
	lay_out_shards(m, opt, starts, shards, out, err);
	free(starts);
	return err->code;
}

int ros_safetensors_lay_out(const struct ros_model *m, const struct ros_write_options *opt, struct ros_output *out,
			    struct ros_error *err)
{
	static const struct ros_write_options defaults;
	const struct ros_write_options *how = opt ? opt : &defaults;
	const struct ros_model *origin = how->preserve && !how->max_shard_bytes ? how->origin : NULL;

	if (ros_safetensors_check(m, err))
		return err->code;
	if (origin && is_unchanged(m, origin))
		repeat_origin(m, how, out, err);
	else
		lay_out_anew(m, how, out, err);
	for (size_t i = 0; i < m->file_count && !err->code; i++)
		add_side(out, m->files[i].name, m->files[i].data, err);
	return err->code;
}
