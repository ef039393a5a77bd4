#include "config.h"

#include "quant/imatrix.h"

#include "formats/format.h"
#include "formats/size.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN(s) (int)((s).len < 200 ? (s).len : 200), (s).ptr

void ros_imatrix_init(struct ros_imatrix *im)
{
	*im = (struct ros_imatrix){ 0 };
	ros_arena_init(&im->arena, 0);
}

void ros_imatrix_release(struct ros_imatrix *im)
{
	ros_arena_release(&im->arena);
	ros_imatrix_init(im);
}

int ros_imatrix_open(struct ros_imatrix *im, const char *path, struct ros_error *err)
{
	struct ros_mapping map = ROS_MAPPING_INIT;
	struct ros_model m;

	ros_imatrix_init(im);
	ros_model_init(&m, ROS_FORMAT_GGUF);
	if (ros_mapping_open(&map, path, err))
		goto out;
	if (map.bytes.len >= 4 && !memcmp(map.bytes.ptr, "GGUF", 4)) {
		if (!ros_model_open(&m, path, NULL, err))
			ros_imatrix_read_gguf(im, &m, err);
	} else {
		ros_imatrix_read_dat(im, map.bytes, err);
	}
out:
	if (err->code) {
		ros_error_in_file(err, path);
		ros_imatrix_release(im);
	}
	ros_model_release(&m);
	ros_mapping_release(&map);
	return err->code;
}

void ros_imatrix_filter(struct ros_imatrix *im, const char *const *include, const char *const *exclude)
{
	size_t kept = 0;

	for (size_t i = 0; i < im->count; i++) {
		struct ros_str name = im->entries[i].name;
		bool keep = !include;

		for (const char *const *p = include; p && *p; p++)
			keep |= memmem(name.ptr, name.len, *p, strlen(*p)) != NULL;
		for (const char *const *p = exclude; p && *p; p++)
			keep &= memmem(name.ptr, name.len, *p, strlen(*p)) == NULL;
		if (keep)
			im->entries[kept++] = im->entries[i];
	}
	im->count = kept;
}

const struct ros_imatrix_entry *ros_imatrix_find(const struct ros_imatrix *im, struct ros_str name)
{
	size_t low = 0, high = im->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = ros_str_compare(im->entries[mid].name, name);

		if (order == 0)
			return &im->entries[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

int ros_imatrix_for(const struct ros_imatrix *im, const struct ros_tensor *t, const float **weights, struct ros_error *err)
{
	const struct ros_imatrix_entry *e = ros_imatrix_find(im, t->name);
	uint64_t want;

	*weights = NULL;
	if (!e)
		return 0;
	if (!ros_mul_u64(ros_tensor_cols(t), t->ndim > 2 ? t->dim[t->ndim - 3] : 1, &want))
		want = 0;
	if (e->count == want) {
		*weights = e->weights;
		return 0;
	}
	if (ros_str_equal(t->name, ROS_STR("token_embd.weight")) || ros_str_equal(t->name, ROS_STR("per_layer_token_embd.weight")))
		return 0;
	return ros_fail(err, ROS_EMISMATCH, ROS_NO_OFFSET, "importance matrix: %" PRIu64 " values for '%.*s', its shape wants %" PRIu64,
			e->count, SHOWN(t->name), want);
}
