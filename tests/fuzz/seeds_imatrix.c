/* Small importance matrices of both forms. */
#include "tests/fuzz/fuzz.h"

#include "formats/gguf.h"
#include "tests/unit/blob.h"

static void put_name(struct blob *o, const char *name)
{
	blob_u32(o, (uint32_t)strlen(name));
	blob_put(o, name, strlen(name));
}

static void put_values(struct blob *o, uint32_t calls, uint32_t count)
{
	blob_u32(o, calls);
	blob_u32(o, count);
	for (uint32_t i = 0; i < count; i++)
		blob_u32(o, ros_f32_bits((float)i + 0.5f));
}

static void dat(fuzz_emit_fn *emit)
{
	struct blob o = { 0 };

	blob_u32(&o, 2);
	put_name(&o, "blk.0.attn_q.weight");
	put_values(&o, 3, 4);
	put_name(&o, "b");
	put_values(&o, 0, 1);
	emit("entries.dat", o.b, o.len);
	blob_u32(&o, 7);
	put_name(&o, "wiki.txt");
	emit("whole.dat", o.b, o.len);
	blob_free(&o);
}

/* One GGUF string: a 64-bit length, then the bytes. */
static void put_string(struct blob *o, const char *s)
{
	blob_u64(o, strlen(s));
	blob_put(o, s, strlen(s));
}

static void put_tensor(struct blob *o, const char *name, uint64_t cols, uint64_t rows, uint64_t offset)
{
	put_string(o, name);
	blob_u32(o, 2);
	blob_u64(o, cols);
	blob_u64(o, rows);
	blob_u32(o, 0);
	blob_u64(o, offset);
}

static void gguf(fuzz_emit_fn *emit)
{
	struct blob o = { 0 };

	blob_put(&o, "GGUF", 4);
	blob_u32(&o, 3);
	blob_u64(&o, 2);
	blob_u64(&o, 3);
	put_string(&o, "imatrix.datasets");
	blob_u32(&o, ROS_META_ARRAY);
	blob_u32(&o, ROS_META_STRING);
	blob_u64(&o, 1);
	put_string(&o, "wiki.txt");
	put_string(&o, "imatrix.chunk_count");
	blob_u32(&o, ROS_META_U32);
	blob_u32(&o, 5);
	put_string(&o, "imatrix.chunk_size");
	blob_u32(&o, ROS_META_U32);
	blob_u32(&o, 512);
	put_tensor(&o, "a.weight.in_sum2", 4, 2, 0);
	put_tensor(&o, "a.weight.counts", 1, 2, 32);
	blob_align(&o, 32);
	for (int i = 0; i < 16; i++)
		blob_u32(&o, ros_f32_bits((float)i));
	emit("matrix.gguf", o.b, o.len);
	blob_free(&o);
}

void fuzz_seeds(fuzz_emit_fn *emit)
{
	dat(emit);
	gguf(emit);
}
