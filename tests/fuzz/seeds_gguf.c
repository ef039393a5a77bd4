/* Small GGUF files: both versions, every kind of value, an alignment, a split file. */
#include "tests/fuzz/fuzz.h"

#include "formats/gguf.h"
#include "tests/unit/blob.h"

static void put_string(struct blob *o, const char *s)
{
	blob_u64(o, strlen(s));
	blob_put(o, s, strlen(s));
}

static void put_key(struct blob *o, const char *key, uint32_t type)
{
	put_string(o, key);
	blob_u32(o, type);
}

static void put_head(struct blob *o, uint32_t version, uint64_t tensors, uint64_t keys)
{
	blob_put(o, "GGUF", 4);
	blob_u32(o, version);
	blob_u64(o, tensors);
	blob_u64(o, keys);
}

static void put_tensor(struct blob *o, const char *name, uint32_t type, uint64_t cols, uint64_t rows, uint64_t offset)
{
	put_string(o, name);
	blob_u32(o, 2);
	blob_u64(o, cols);
	blob_u64(o, rows);
	blob_u32(o, type);
	blob_u64(o, offset);
}

static void values(fuzz_emit_fn *emit)
{
	struct blob o = { 0 };

	put_head(&o, 3, 1, 6);
	put_key(&o, "general.architecture", ROS_META_STRING);
	put_string(&o, "x");
	put_key(&o, "b", ROS_META_BOOL);
	blob_u8(&o, 1);
	put_key(&o, "f", ROS_META_F64);
	blob_u64(&o, 0x3fb999999999999aull);
	put_key(&o, "words", ROS_META_ARRAY);
	blob_u32(&o, ROS_META_STRING);
	blob_u64(&o, 2);
	put_string(&o, "one");
	put_string(&o, "");
	put_key(&o, "nested", ROS_META_ARRAY);
	blob_u32(&o, ROS_META_ARRAY);
	blob_u64(&o, 1);
	blob_u32(&o, ROS_META_I16);
	blob_u64(&o, 3);
	blob_fill(&o, 6);
	put_key(&o, "general.alignment", ROS_META_U32);
	blob_u32(&o, 16);
	put_tensor(&o, "w", 8, 32, 1, 0);
	blob_align(&o, 16);
	blob_fill(&o, 34);
	blob_align(&o, 16);
	emit("values.gguf", o.b, o.len);
	blob_free(&o);
}

static void two(fuzz_emit_fn *emit, uint32_t version)
{
	struct blob o = { 0 };

	put_head(&o, version, 2, 0);
	put_tensor(&o, "a", 0, 3, 2, 0);
	put_tensor(&o, "b", 1, 5, 1, 32);
	blob_align(&o, 32);
	blob_fill(&o, 64);
	emit(version == 2 ? "two.v2.gguf" : "two.v3.gguf", o.b, o.len);
	blob_free(&o);
}

/* COUNT below 0 was once taken for many files, and its key dropped. */
static void split(fuzz_emit_fn *emit, const char *name, int8_t count)
{
	struct blob o = { 0 };

	put_head(&o, 3, 0, 3);
	put_key(&o, ROS_GGUF_KEY_SPLIT_NO, ROS_META_U16);
	blob_u16(&o, 0);
	put_key(&o, ROS_GGUF_KEY_SPLIT_TENSORS, ROS_META_I32);
	blob_u32(&o, 0);
	put_key(&o, ROS_GGUF_KEY_SPLIT_COUNT, ROS_META_I8);
	blob_u8(&o, (uint8_t)count);
	emit(name, o.b, o.len);
	blob_free(&o);
}

void fuzz_seeds(fuzz_emit_fn *emit)
{
	values(emit);
	two(emit, 2);
	two(emit, 3);
	split(emit, "split.gguf", 1);
	split(emit, "split.negative.gguf", -3);
}
