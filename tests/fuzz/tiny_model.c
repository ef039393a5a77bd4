#include "tests/fuzz/tiny_model.h"

#include "contracts/hub.h"
#include "formats/digest.h"

const char tiny_config[] =
	"{\"architectures\":[\"LlamaForCausalLM\"],\"hidden_size\":8,\"intermediate_size\":12,\"max_position_embeddings\":16,"
	"\"num_attention_heads\":2,\"num_hidden_layers\":1,\"num_key_value_heads\":1,\"rms_norm_eps\":1e-05,\"vocab_size\":4,"
	"\"tie_word_embeddings\":false}";

const char tiny_tokenizer[] =
	"{\"added_tokens\":[{\"id\":3,\"content\":\"<e>\",\"special\":true}],\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"use_regex\":true},"
	"\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<e>\",\"type_id\":0}},"
	"{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}]},"
	"\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"a b\"]}}";

static void must(int rc, const struct ros_error *err)
{
	if (rc) {
		fprintf(stderr, "%s\n", err->text);
		abort();
	}
}

static void fill_tensors(struct ros_model *m, const struct ros_layout *l, enum ros_dtype dtype)
{
	struct ros_error err = { 0 };

	must(ros_model_alloc_tensors(m, l->count, &err), &err);
	m->tensor_count = 0;
	for (size_t i = 0; i < l->count; i++) {
		const struct ros_layout_tensor *t = &l->tensors[i];
		struct ros_tensor *to = &m->tensors[m->tensor_count];
		uint8_t *data;
		uint64_t bytes;

		if (t->read_only || t->presence != ROS_REQUIRED || t->derived)
			continue;
		*to = (struct ros_tensor){ .name = t->name, .dtype = t->keep_f32 ? ROS_F32 : dtype, .ndim = t->ndim, .part = ROS_NO_PART };
		memcpy(to->dim, t->dim, sizeof to->dim);
		if (!ros_dtype_nbytes(to->dtype, to->ndim, to->dim, m->format == ROS_FORMAT_APR, &bytes))
			abort();
		data = ros_arena_alloc(&m->arena, bytes, 1, &err);
		for (uint64_t b = 0; b < bytes; b++)
			data[b] = (uint8_t)(b * 7 + i) & 0x3f;  /* never NaN or infinite */
		to->data = (struct ros_bytes){ data, bytes };
		m->tensor_count++;
	}
	must(ros_model_index(m, &err), &err);
}

void tiny_model_write(const char *config, const struct ros_side_file *files, size_t file_count, enum ros_format_id format,
		      enum ros_dtype dtype, struct blob *o)
{
	struct ros_hub_options lone = { .apr_rows = -1, .lone = true };
	struct ros_error err = { 0 };
	struct ros_model folder, m;
	struct ros_layout layout;
	struct ros_arena arena;
	struct ros_output out;
	struct ros_hub hub;
	struct blob file = { 0 };

	ros_arena_init(&arena, 0);
	ros_model_init(&folder, ROS_FORMAT_SAFETENSORS);
	ros_model_init(&m, format);
	out = (struct ros_output){ .arena = &m.arena };
	ros_model_add_file(&folder, ROS_STR("config.json"), (struct ros_bytes){ (const uint8_t *)config, strlen(config) }, &err);
	for (size_t i = 0; i < file_count; i++)
		ros_model_add_file(&folder, files[i].name, files[i].data, &err);
	must(ros_hub_read(&hub, &folder, NULL, &arena, &err), &err);
	must(ros_layout_build(&layout, hub.contract, hub.hp, format, -1, &arena, &err), &err);
	fill_tensors(&m, &layout, dtype);
	must(ros_hub_write(&hub, &m, &lone, &err), &err);
	must(ros_formats[format].lay_out(&m, NULL, &out, &err), &err);
	assemble(&m, &out.files[0], &file);
	if (out.files[0].footer_crc)
		blob_u32(&file, ros_crc32(0, file.b, file.len));
	blob_put(o, file.b, file.len);
	blob_free(&file);
	ros_model_release(&m);
	ros_model_release(&folder);
	ros_arena_release(&arena);
}
