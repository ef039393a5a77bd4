#include "rosetta/cli/demo_model.h"

/* The assembler reads the files; DEMO_MODEL_DIR comes from the build. */
#define EMBED(symbol, file) \
	__asm__(".section .rodata\n" \
		".balign 16\n" \
		".global demo_" #symbol "_start\n.hidden demo_" #symbol "_start\ndemo_" #symbol "_start:\n" \
		".incbin \"" DEMO_MODEL_DIR "/" file "\"\n" \
		".global demo_" #symbol "_end\n.hidden demo_" #symbol "_end\ndemo_" #symbol "_end:\n" \
		".byte 0\n.previous\n"); \
	extern const unsigned char demo_##symbol##_start[], demo_##symbol##_end[]

EMBED(config, "config.json");
EMBED(generation, "generation_config.json");
EMBED(weights, "model.safetensors");
EMBED(tokenizer, "tokenizer.json");
EMBED(tokenizer_config, "tokenizer_config.json");
EMBED(special_tokens, "special_tokens_map.json");
EMBED(vocab, "vocab.json");
EMBED(merges, "merges.txt");

const struct demo_file demo_files[] = {
	{ "config.json", demo_config_start, demo_config_end },
	{ "generation_config.json", demo_generation_start, demo_generation_end },
	{ "model.safetensors", demo_weights_start, demo_weights_end },
	{ "tokenizer.json", demo_tokenizer_start, demo_tokenizer_end },
	{ "tokenizer_config.json", demo_tokenizer_config_start, demo_tokenizer_config_end },
	{ "special_tokens_map.json", demo_special_tokens_start, demo_special_tokens_end },
	{ "vocab.json", demo_vocab_start, demo_vocab_end },
	{ "merges.txt", demo_merges_start, demo_merges_end },
	{ 0 }
};
