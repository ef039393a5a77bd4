/* Folders without weights: vocabularies of every kind, configurations with all that scales rotation, experts, our own records. */
#include "contracts/sentencepiece.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tiny_model.h"

/* LETTER as in fuzz_hub.c; a byte 0xff would end the file there. */
static void put_file(struct blob *o, char letter, const void *data, size_t len)
{
	if (memchr(data, 0xff, len))
		abort();
	blob_u8(o, 0xff);
	blob_u8(o, (uint8_t)letter);
	blob_put(o, data, len);
}

static void put_text(struct blob *o, char letter, const char *text)
{
	put_file(o, letter, text, strlen(text));
}

static void emit_blob(fuzz_emit_fn *emit, const char *name, struct blob *o)
{
	emit(name, o->b, o->len);
	blob_free(o);
}

static void byte_pairs(fuzz_emit_fn *emit)
{
	struct blob o = { 0 };

	put_text(&o, '@', tiny_config);
	put_text(&o, 'A', tiny_tokenizer);
	put_text(&o, 'C', "{\"eos_token\":\"<e>\",\"add_bos_token\":false,\"chat_template\":[{\"name\":\"default\",\"template\":\"{{x}}\"}]}");
	put_text(&o, 'I', "{\"eos_token_id\":[3,2]}");
	emit_blob(emit, "byte-pairs", &o);
}

static void pieces(fuzz_emit_fn *emit)
{
	struct ros_spm_piece list[] = { { ROS_STR("<unk>"), 0, ROS_PIECE_UNKNOWN }, { ROS_STR("<s>"), 0, ROS_PIECE_CONTROL },
					{ ROS_STR("a"), -1, ROS_PIECE_NORMAL }, { ROS_STR("<0x41>"), 0, ROS_PIECE_BYTE } };
	struct ros_spm spm = { .pieces = list, .count = 4, .kind = ROS_SPM_BPE, .unk_id = 0, .bos_id = 1, .eos_id = 1, .pad_id = 0 };
	struct ros_error err = { 0 };
	struct ros_arena arena;
	struct ros_bytes file;
	struct blob o = { 0 };

	ros_arena_init(&arena, 0);
	if (ros_spm_write(&spm, &arena, &file, &err))
		abort();
	put_text(&o, '@', tiny_config);
	put_file(&o, 'B', file.ptr, file.len);
	put_text(&o, 'J', "{\"bos_token\":{\"content\":\"<s>\"}}");
	put_text(&o, 'K', "{\"<x>\":4,\"<far>\":70000}");
	emit_blob(emit, "pieces", &o);
	ros_arena_release(&arena);
}

static void old_files(fuzz_emit_fn *emit)
{
	struct blob o = { 0 };

	put_text(&o, '@', "{\"model_type\":\"gpt2\",\"n_embd\":4,\"n_head\":2,\"n_layer\":1,\"n_positions\":8,\"n_ctx\":8,\"vocab_size\":3,"
		 "\"layer_norm_epsilon\":1e-5,\"activation_function\":\"gelu_new\"}");
	put_text(&o, 'D', "{\"a\":0,\"b\":1,\"ab\":2}");
	put_text(&o, 'E', "#version: 0.2\na b\n");
	put_text(&o, 'L', "{{ x }}");
	emit_blob(emit, "old-files", &o);
}

/* One id once asked for four million entries. */
static void far_id(fuzz_emit_fn *emit)
{
	struct blob o = { 0 };

	put_text(&o, 'D', "{\"a\":0,\"b\":1,\"ab\":4294966}");
	put_text(&o, 'E', "a b\n");
	emit_blob(emit, "far-id", &o);
}

static void scaled(fuzz_emit_fn *emit)
{
	struct blob o = { 0 };

	put_text(&o, '@', "{\"architectures\":[\"LlamaForCausalLM\"],\"hidden_size\":8,\"intermediate_size\":12,\"max_position_embeddings\":32,"
		 "\"num_attention_heads\":2,\"num_hidden_layers\":1,\"head_dim\":4,\"rms_norm_eps\":1e-05,\"vocab_size\":4,\"rope_theta\":5e5,"
		 "\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8.0,\"low_freq_factor\":1,\"high_freq_factor\":4,"
		 "\"original_max_position_embeddings\":16}}");
	emit_blob(emit, "llama3", &o);
	put_text(&o, '@', "{\"model_type\":\"phi3\",\"hidden_size\":8,\"intermediate_size\":12,\"max_position_embeddings\":32,"
		 "\"num_attention_heads\":2,\"num_key_value_heads\":2,\"num_hidden_layers\":1,\"rms_norm_eps\":1e-05,\"vocab_size\":4,"
		 "\"original_max_position_embeddings\":16,\"rope_scaling\":{\"type\":\"longrope\",\"long_factor\":[1,2],\"short_factor\":[1,1.5]}}");
	emit_blob(emit, "longrope", &o);
}

static void experts(fuzz_emit_fn *emit)
{
	struct blob o = { 0 };

	put_text(&o, '@', "{\"model_type\":\"qwen3_moe\",\"hidden_size\":8,\"intermediate_size\":12,\"max_position_embeddings\":32,"
		 "\"num_attention_heads\":2,\"num_key_value_heads\":1,\"num_hidden_layers\":1,\"rms_norm_eps\":1e-05,\"vocab_size\":4,"
		 "\"head_dim\":4,\"num_experts\":3,\"num_experts_per_tok\":2,\"moe_intermediate_size\":4}");
	emit_blob(emit, "experts", &o);
	put_text(&o, '@', "{\"model_type\":\"deepseek_v2\",\"hidden_size\":8,\"intermediate_size\":12,\"max_position_embeddings\":32,"
		 "\"num_attention_heads\":2,\"num_hidden_layers\":2,\"rms_norm_eps\":1e-05,\"vocab_size\":4,\"q_lora_rank\":4,\"kv_lora_rank\":4,"
		 "\"qk_nope_head_dim\":4,\"qk_rope_head_dim\":2,\"v_head_dim\":4,\"first_k_dense_replace\":1,\"n_routed_experts\":2,"
		 "\"num_experts_per_tok\":1,\"n_shared_experts\":1,\"moe_intermediate_size\":4,"
		 "\"rope_scaling\":{\"type\":\"yarn\",\"factor\":2,\"mscale\":0.7,\"original_max_position_embeddings\":16}}");
	emit_blob(emit, "latent", &o);
}

static void records(fuzz_emit_fn *emit)
{
	struct blob o = { 0 };

	put_text(&o, '@', tiny_config);
	put_text(&o, 'F', "{\"schema\":\"rosetta.provenance/1\",\"origin\":{\"format\":\"safetensors\",\"name\":\"T\",\"files\":[{\"name\":"
		 "\"m.safetensors\",\"size\":1}],\"metadata\":{\"format\":\"pt\"},\"dtypes\":{\"default\":\"BF16\",\"tensors\":{\"model.norm.weight\":"
		 "\"F32\"}},\"tied\":\"lm_head.weight\"},\"derived\":{}}");
	put_text(&o, 'G', "{\"schema\":\"rosetta.gguf/1\",\"version\":3,\"alignment\":32,\"kv\":[{\"key\":\"general.architecture\",\"type\":\"str\","
		 "\"value\":\"llama\"},{\"key\":\"a\",\"type\":\"arr\",\"of\":\"f32\",\"value\":[1,0.5]},{\"key\":\"b\",\"type\":\"arr\",\"of\":\"u8\","
		 "\"value\":{\"base64\":\"AAEC\"}}],\"tensors\":[[\"token_embd.weight\",\"F32\"],[\"output.weight\",\"Q8_0\"]]}");
	put_text(&o, 'H', "{\"architecture\":\"llama\",\"hidden_size\":8,\"rope_type\":2,\"total_size\":1,\"param_count\":1}");
	emit_blob(emit, "records", &o);
}

void fuzz_seeds(fuzz_emit_fn *emit)
{
	byte_pairs(emit);
	pieces(emit);
	old_files(emit);
	far_id(emit);
	scaled(emit);
	experts(emit);
	records(emit);
}
