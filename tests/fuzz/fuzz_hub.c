/* The side files of a folder: read into the hub, checked against the family's contract, and written as the metadata of
 * every format. The input is the files one after another, each behind a byte 0xff (never in UTF-8) and a letter: @ is
 * the first of NAMES. Tensors are those that the configuration asks for, all zeros, while they are small. */
#include "contracts/hub.h"
#include "contracts/provenance.h"
#include "contracts/rules.h"
#include "formats/format.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY (256u << 20)             /* cap of each arena */
#define PAYLOAD (1u << 16)              /* bytes that all tensors share */
#define TENSORS 2000

static const char *const names[] = {
	"config.json", "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json", "merges.txt", "rosetta.json",
	"rosetta.gguf.json", "rosetta.apr.json", "generation_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja",
};
#define NAMES (sizeof names / sizeof *names)

static const uint8_t payload[PAYLOAD];

static void take_files(struct ros_model *m, const uint8_t *data, size_t size)
{
	struct ros_error err = { 0 };

	while (size >= 2) {
		const uint8_t *end = memchr(data + 2, 0xff, size - 2);
		size_t len = end ? (size_t)(end - data) : size;

		ros_model_add_file(m, ros_str_of(names[data[1] % 64u % NAMES]), (struct ros_bytes){ data + 2, len - 2 }, &err);
		data += len;
		size -= len;
	}
}

/* The tensors of layout L that fit into PAYLOAD. */
static void take_tensors(struct ros_model *m, const struct ros_layout *l)
{
	struct ros_error err = { 0 };
	uint64_t bytes;

	if (l->count > TENSORS || ros_model_alloc_tensors(m, l->count, &err))
		abort();
	m->tensor_count = 0;
	for (size_t i = 0; i < l->count; i++) {
		const struct ros_layout_tensor *t = &l->tensors[i];
		struct ros_tensor *to = &m->tensors[m->tensor_count];

		*to = (struct ros_tensor){ .name = t->name, .dtype = t->keep_f32 ? ROS_F32 : ROS_BF16, .ndim = t->ndim, .part = ROS_NO_PART };
		memcpy(to->dim, t->dim, sizeof to->dim);
		if (t->read_only || !ros_dtype_nbytes(to->dtype, to->ndim, to->dim, false, &bytes) || bytes > PAYLOAD)
			continue;
		to->data = (struct ros_bytes){ payload, bytes };
		m->tensor_count++;
	}
	ros_model_index(m, &err);
}

static void check_contract(struct ros_hub *hub, struct ros_model *m, struct ros_error *err)
{
	struct ros_finding *findings;
	struct ros_binding binding;
	struct ros_layout layout;
	size_t count;

	for (int f = 0; f < ROS_FORMAT_COUNT && !err->code; f++) {
		if (ros_layout_build(&layout, hub->contract, hub->hp, (enum ros_format_id)f, -1, hub->arena, err))
			return;
		if (f == ROS_FORMAT_SAFETENSORS && layout.count <= TENSORS)
			take_tensors(m, &layout);
		if (!ros_binding_make(&binding, &layout, m, hub->arena, err))
			ros_contract_check(hub->contract, hub->hp, hub->config, &binding, hub->arena, &findings, &count, err);
	}
}

static void write_all(const struct ros_hub *hub, const struct ros_model *m)
{
	for (int f = 0; f < ROS_FORMAT_COUNT; f++) {
		struct ros_hub_options opt = { .apr_rows = -1, .lone = true };
		struct ros_error err = { 0 };
		struct ros_output out;
		struct ros_model dst;

		ros_model_init(&dst, (enum ros_format_id)f);
		ros_arena_init(&dst.arena, MEMORY);
		dst.tensors = m->tensors;       /* borrowed: release frees arenas and mappings only */
		dst.tensor_count = m->tensor_count;
		out = (struct ros_output){ .arena = &dst.arena };
		if (!ros_hub_write(hub, &dst, &opt, &err))
			ros_formats[f].lay_out(&dst, NULL, &out, &err);
		ros_model_release(&dst);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ros_error err = { 0 };
	struct ros_hub_tensor *list;
	struct ros_arena arena;
	struct ros_model m;
	struct ros_hub hub;
	size_t count;

	ros_arena_init(&arena, MEMORY);
	ros_model_init(&m, ROS_FORMAT_SAFETENSORS);
	take_files(&m, data, size);
	if (!ros_hub_read(&hub, &m, NULL, &arena, &err)) {
		if (hub.contract && hub.hp)
			check_contract(&hub, &m, &err);
		err.code = ROS_OK;
		ros_hub_recorded(&hub, ROS_FORMAT_GGUF, &list, &count, &err);
		err.code = ROS_OK;
		ros_provenance_stale(&hub);
		ros_provenance_name(&hub);
		write_all(&hub, &m);
	}
	ros_model_release(&m);
	ros_arena_release(&arena);
	return 0;
}
