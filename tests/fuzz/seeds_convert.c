/* One small model in every format and on every way, plain and quantized; and files of no family. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tiny_model.h"

#define KEPT 0x00
#define AS_F32 0x04
#define AS_F16 0x08
#define UNKNOWN 0x10
#define QUANTIZE 0x80

static const struct {
	const char *name;
	uint8_t options;        /* as in fuzz_convert.c */
	enum ros_format_id from;
	enum ros_dtype dtype;
	bool tokenizer, blocks; /* BLOCKS: rows of 32 */
} rows[] = {
	{ "safetensors-gguf", 1 | KEPT, ROS_FORMAT_SAFETENSORS, ROS_BF16, true, false },
	{ "safetensors-apr", 2 | AS_F16, ROS_FORMAT_SAFETENSORS, ROS_F32, false, false },
	{ "safetensors-quantized", 1 | QUANTIZE, ROS_FORMAT_SAFETENSORS, ROS_BF16, false, true },
	{ "blocks-apr", 2 | KEPT, ROS_FORMAT_GGUF, ROS_Q8_0, false, true },
	{ "blocks-folder", 3 | KEPT, ROS_FORMAT_GGUF, ROS_Q4_0, false, true },
	{ "gguf-apr", 2 | KEPT, ROS_FORMAT_GGUF, ROS_F16, true, false },
	{ "gguf-folder", 3 | KEPT, ROS_FORMAT_GGUF, ROS_F16, false, false },
	{ "apr-gguf", 1 | KEPT, ROS_FORMAT_APR, ROS_APR_Q8, false, false },
	{ "apr-safetensors", 0 | UNKNOWN, ROS_FORMAT_APR, ROS_BF16, true, false },
};

static const char blocks_config[] =
	"{\"architectures\":[\"LlamaForCausalLM\"],\"hidden_size\":32,\"intermediate_size\":32,\"max_position_embeddings\":16,"
	"\"num_attention_heads\":2,\"num_hidden_layers\":1,\"num_key_value_heads\":1,\"rms_norm_eps\":1e-05,\"vocab_size\":4,"
	"\"tie_word_embeddings\":false}";

/* A GGUF with a tensor of every type that it can hold, decoded on the way. */
static void every_type(fuzz_emit_fn *emit)
{
	struct blob o = { 0 }, file = { 0 };
	struct ros_error err = { 0 };
	struct ros_model m;
	struct ros_output out;

	ros_model_init(&m, ROS_FORMAT_GGUF);
	ros_meta_init(&m.meta, &m.arena);
	out = (struct ros_output){ .arena = &m.arena };
	if (ros_model_alloc_tensors(&m, ROS_DTYPE_COUNT, &err))
		abort();
	m.tensor_count = 0;
	for (unsigned t = 0; t < ROS_DTYPE_COUNT; t++) {
		struct ros_tensor *to = &m.tensors[m.tensor_count];
		uint64_t bytes;

		*to = (struct ros_tensor){ .name = ros_str_of(ros_dtypes[t].name), .dtype = (enum ros_dtype)t, .ndim = 1, .dim = { 256 } };
		if (ros_dtypes[t].gguf_id < 0 || !ros_dtype_nbytes(to->dtype, 1, to->dim, false, &bytes))
			continue;
		to->data = (struct ros_bytes){ ros_arena_alloc(&m.arena, bytes, 1, &err), bytes };
		for (uint64_t b = 0; b < bytes; b++)
			((uint8_t *)to->data.ptr)[b] = (uint8_t)(b * 7 + t);
		m.tensor_count++;
	}
	if (ros_formats[ROS_FORMAT_GGUF].lay_out(&m, NULL, &out, &err))
		abort();
	assemble(&m, &out.files[0], &file);
	blob_u8(&o, 0 | AS_F32 | UNKNOWN);
	blob_put(&o, file.b, file.len);
	emit("every-type", o.b, o.len);
	blob_free(&file);
	blob_free(&o);
	ros_model_release(&m);
}

static void no_family(fuzz_emit_fn *emit)
{
	static const char text[] = "{\"x\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},\"y\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[16,24]}}";
	struct blob o = { 0 };

	blob_u8(&o, 1 | UNKNOWN);
	blob_u64(&o, sizeof text - 1);
	blob_put(&o, text, sizeof text - 1);
	blob_fill(&o, 24);
	emit("no-family", o.b, o.len);
	blob_free(&o);
}

void fuzz_seeds(fuzz_emit_fn *emit)
{
	const struct ros_side_file tokenizer = { ROS_STR("tokenizer.json"), { (const uint8_t *)tiny_tokenizer, strlen(tiny_tokenizer) } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct blob o = { 0 };

		blob_u8(&o, rows[i].options);
		tiny_model_write(rows[i].blocks ? blocks_config : tiny_config, &tokenizer, rows[i].tokenizer, rows[i].from, rows[i].dtype, &o);
		emit(rows[i].name, o.b, o.len);
		blob_free(&o);
	}
	every_type(emit);
	no_family(emit);
}
