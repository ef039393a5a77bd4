/* Small APR files: plain, with a vocabulary and quantised types, and compressed both ways. */
#include "tests/fuzz/fuzz.h"

#include "formats/apr.h"
#include "formats/digest.h"
#include "tests/unit/blob.h"

#include <lz4.h>
#include <zstd.h>

static const uint8_t zeros[144];

static const struct ros_tensor plain[] = {
	{ .name = ROS_STR("a"), .dtype = ROS_F32, .ndim = 2, .dim = { 2, 3 }, .data = { zeros, 24 } },
	{ .name = ROS_STR("b"), .dtype = ROS_BF16, .ndim = 0, .data = { zeros, 2 } },
};

static const struct ros_tensor quantised[] = {
	{ .name = ROS_STR("q"), .dtype = ROS_Q4_K, .ndim = 1, .dim = { 256 }, .data = { zeros, 144 } },
	{ .name = ROS_STR("r"), .dtype = ROS_APR_Q4, .ndim = 1, .dim = { 33 }, .data = { zeros, 36 } },
	{ .name = ROS_STR("s"), .dtype = ROS_APR_Q8, .ndim = 1, .dim = { 5 }, .data = { zeros, 9 } },
};

static struct blob build(const struct ros_tensor *tensors, size_t count, const char *json)
{
	struct ros_error err = { 0 };
	struct ros_arena arena;
	struct ros_output out = { .arena = &arena };
	struct blob o = { 0 };
	struct ros_model m;

	ros_arena_init(&arena, 0);
	ros_model_init(&m, ROS_FORMAT_APR);
	ros_model_alloc_tensors(&m, count, &err);
	memcpy(m.tensors, tensors, count * sizeof *tensors);
	ros_meta_add(&m.meta, ROS_STR(ROS_APR_META_KEY), ros_meta_str(ros_str_of(json)), &err);
	if (ros_apr_lay_out(&m, NULL, &out, &err))
		abort();
	assemble(&m, &out.files[0], &o);
	blob_u32(&o, ros_crc32(0, o.b, o.len));
	ros_model_release(&m);
	ros_arena_release(&arena);
	return o;
}

static void pack(fuzz_emit_fn *emit, const struct blob *o, uint16_t flag)
{
	char body[4096];
	struct blob packed = { 0 };
	size_t len = o->len - ROS_APR_HEADER;

	blob_put(&packed, o->b, ROS_APR_HEADER);
	packed.b[6] |= (uint8_t)flag;
	if (flag == ROS_APR_LZ4)
		blob_u32(&packed, (uint32_t)len);
	len = flag == ROS_APR_LZ4 ?
		(size_t)LZ4_compress_default((char *)o->b + ROS_APR_HEADER, body, (int)len, sizeof body) :
		ZSTD_compress(body, sizeof body, o->b + ROS_APR_HEADER, len, 3);
	blob_put(&packed, body, len);
	emit(flag == ROS_APR_LZ4 ? "lz4.apr" : "zstd.apr", packed.b, packed.len);
	blob_free(&packed);
}

void fuzz_seeds(fuzz_emit_fn *emit)
{
	struct blob a = build(plain, 2, "{\"model_type\":\"t\",\"total_size\":0,\"param_count\":7}");
	struct blob b = build(quantised, 3, "{\"model_type\":\"t\",\"num_layers\":1,\"tokenizer.vocabulary\":[\"a\"]}");

	emit("plain.apr", a.b, a.len);
	emit("quantised.apr", b.b, b.len);
	pack(emit, &a, ROS_APR_LZ4);
	pack(emit, &a, ROS_APR_ZSTD);
	blob_free(&a);
	blob_free(&b);
}
