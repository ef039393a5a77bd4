/* Makes a Qwen2-shaped model of random BF16 weights as a sharded Hugging Face folder, to measure with.
 *
 *     make_model 2g|1.5b|tiny DIR [SHARDS]
 *
 * 2g: 339 tensors, 2.04 GB (own output matrix). 1.5b: the shape of Qwen2.5-1.5B, 338 tensors, 3.09 GB, tied.
 * The same bytes on every machine: splitmix64, near-Gaussian values of standard deviation 0.02.
 * For little-endian machines. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct shape {
	const char *name;
	unsigned layers, hidden, heads, kv, head_dim, ff, vocab;
	int tied;
};

static const struct shape shapes[] = {
	{ "2g", 28, 1280, 10, 2, 128, 6912, 65536, 0 },
	{ "1.5b", 28, 1536, 12, 2, 128, 8960, 151936, 1 },
	{ "tiny", 2, 256, 4, 2, 64, 512, 1024, 0 },
};

#define MAX_TENSORS 512
#define MAX_HEADER (1 << 20)
#define BLOCK (1 << 22)

static struct tensor {
	char name[96];
	uint64_t rows, cols;      /* cols 0: a vector */
	unsigned shard;
} tensors[MAX_TENSORS];
static unsigned count;

static void add(const char *name, uint64_t rows, uint64_t cols)
{
	struct tensor *t = &tensors[count++];

	snprintf(t->name, sizeof t->name, "%s", name);
	t->rows = rows;
	t->cols = cols;
}

static void add_layer(unsigned l, const char *name, uint64_t rows, uint64_t cols)
{
	char full[96];

	snprintf(full, sizeof full, "model.layers.%u.%s", l, name);
	add(full, rows, cols);
}

static void list(const struct shape *s)
{
	uint64_t q = (uint64_t)s->heads * s->head_dim, k = (uint64_t)s->kv * s->head_dim;

	add("model.embed_tokens.weight", s->vocab, s->hidden);
	for (unsigned l = 0; l < s->layers; l++) {
		add_layer(l, "input_layernorm.weight", s->hidden, 0);
		add_layer(l, "mlp.down_proj.weight", s->hidden, s->ff);
		add_layer(l, "mlp.gate_proj.weight", s->ff, s->hidden);
		add_layer(l, "mlp.up_proj.weight", s->ff, s->hidden);
		add_layer(l, "post_attention_layernorm.weight", s->hidden, 0);
		add_layer(l, "self_attn.k_proj.bias", k, 0);
		add_layer(l, "self_attn.k_proj.weight", k, s->hidden);
		add_layer(l, "self_attn.o_proj.weight", s->hidden, q);
		add_layer(l, "self_attn.q_proj.bias", q, 0);
		add_layer(l, "self_attn.q_proj.weight", q, s->hidden);
		add_layer(l, "self_attn.v_proj.bias", k, 0);
		add_layer(l, "self_attn.v_proj.weight", k, s->hidden);
	}
	add("model.norm.weight", s->hidden, 0);
	if (!s->tied)
		add("lm_head.weight", s->vocab, s->hidden);
}

static uint64_t bytes_of(const struct tensor *t)
{
	return 2 * t->rows * (t->cols ? t->cols : 1);
}

static uint64_t state = 20261121;

static uint64_t next(void)
{
	uint64_t z = state += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

/* The sum of four bytes is near enough to Gaussian for weights. */
static uint16_t value(uint32_t r, double centre)
{
	int sum = (int)(r & 255) + (int)(r >> 8 & 255) + (int)(r >> 16 & 255) + (int)(r >> 24) - 510;
	float f = (float)(centre + sum * (0.02 / 148));
	uint32_t bits;

	memcpy(&bits, &f, 4);
	return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static void fill(uint16_t *out, size_t n, double centre)
{
	for (size_t i = 0; i < n; i += 2) {
		uint64_t r = next();

		out[i] = value((uint32_t)r, centre);
		if (i + 1 < n)
			out[i + 1] = value((uint32_t)(r >> 32), centre);
	}
}

/* Opens DIR/NAME for writing or ends the program. */
static FILE *create(const char *dir, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (!f) {
		perror(path);
		exit(1);
	}
	return f;
}

static void finish(FILE *f)
{
	if (fclose(f)) {
		perror("make_model");
		exit(1);
	}
}

static void write_config(const struct shape *s, const char *dir)
{
	FILE *f = create(dir, "config.json");

	fprintf(f, "{\n  \"architectures\": [\"Qwen2ForCausalLM\"],\n  \"model_type\": \"qwen2\",\n  \"hidden_act\": \"silu\",\n"
		"  \"hidden_size\": %u,\n  \"num_hidden_layers\": %u,\n  \"num_attention_heads\": %u,\n  \"num_key_value_heads\": %u,\n"
		"  \"intermediate_size\": %u,\n  \"vocab_size\": %u,\n  \"max_position_embeddings\": 32768,\n  \"rms_norm_eps\": 1e-06,\n"
		"  \"rope_theta\": 1000000.0,\n  \"tie_word_embeddings\": %s,\n  \"use_sliding_window\": false,\n  \"torch_dtype\": \"bfloat16\"\n}\n",
		s->hidden, s->layers, s->heads, s->kv, s->ff, s->vocab, s->tied ? "true" : "false");
	finish(f);
}

/* The header of one shard, blanks to a multiple of 8 included; returns its length. */
static uint64_t header_of(char *text, unsigned shard)
{
	uint64_t at = 0;
	size_t used = (size_t)sprintf(text, "{\"__metadata__\":{\"format\":\"pt\"}");

	for (unsigned i = 0; i < count; i++) {
		const struct tensor *t = &tensors[i];
		char dims[64];

		if (t->shard != shard)
			continue;
		snprintf(dims, sizeof dims, t->cols ? "%" PRIu64 ",%" PRIu64 : "%" PRIu64, t->rows, t->cols);
		used += (size_t)sprintf(text + used,
			",\"%s\":{\"dtype\":\"BF16\",\"shape\":[%s],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}",
			t->name, dims, at, at + bytes_of(t));
		at += bytes_of(t);
	}
	text[used++] = '}';
	while (used % 8)
		text[used++] = ' ';
	return used;
}

static void write_shard(const char *dir, unsigned shard, unsigned shards)
{
	static char header[MAX_HEADER];
	static uint16_t block[BLOCK];
	char name[64] = "model.safetensors";
	uint64_t len = header_of(header, shard);
	FILE *f;

	if (shards > 1)
		snprintf(name, sizeof name, "model-%05u-of-%05u.safetensors", shard + 1, shards);
	f = create(dir, name);
	fwrite(&len, 8, 1, f);
	fwrite(header, 1, len, f);
	for (unsigned i = 0; i < count; i++) {
		uint64_t left = tensors[i].shard == shard ? bytes_of(&tensors[i]) / 2 : 0;

		while (left) {
			size_t n = left < BLOCK ? (size_t)left : BLOCK;

			fill(block, n, strstr(tensors[i].name, "norm") ? 1.0 : 0.0);
			fwrite(block, 2, n, f);
			left -= n;
		}
	}
	finish(f);
}

static void write_index(const char *dir, unsigned shards, uint64_t total)
{
	FILE *f = create(dir, "model.safetensors.index.json");

	fprintf(f, "{\n  \"metadata\": {\n    \"total_size\": %" PRIu64 "\n  },\n  \"weight_map\": {", total);
	for (unsigned i = 0; i < count; i++)
		fprintf(f, "%s\n    \"%s\": \"model-%05u-of-%05u.safetensors\"", i ? "," : "", tensors[i].name,
			tensors[i].shard + 1, shards);
	fprintf(f, "\n  }\n}\n");
	finish(f);
}

int main(int argc, char **argv)
{
	const struct shape *s = NULL;
	unsigned shards = argc > 3 ? (unsigned)atoi(argv[3]) : 3;
	uint64_t total = 0, at = 0;

	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		if (argc > 2 && !strcmp(argv[1], shapes[i].name))
			s = &shapes[i];
	if (!s || !shards || shards > 100) {
		fprintf(stderr, "usage: make_model 2g|1.5b|tiny DIR [SHARDS]\n");
		return 2;
	}
	mkdir(argv[2], 0777);
	list(s);
	for (unsigned i = 0; i < count; i++)
		total += bytes_of(&tensors[i]);
	for (unsigned i = 0; i < count; i++) {
		tensors[i].shard = (unsigned)(at * shards / total);
		at += bytes_of(&tensors[i]);
	}
	write_config(s, argv[2]);
	for (unsigned k = 0; k < shards; k++)
		write_shard(argv[2], k, shards);
	if (shards > 1)
		write_index(argv[2], shards, total);
	printf("%u tensors, %" PRIu64 " bytes of weights, %u files\n", count, total, shards);
	return 0;
}
