#include "contracts/hub_gguf.h"

#include "contracts/hub_derive.h"
#include "contracts/hub_vocabulary.h"
#include "contracts/size_label.h"
#include "contracts/tokens.h"
#include "formats/nameset.h"

#include <string.h>
#include <strings.h>

#define QUANTIZATION_VERSION 2          /* GGML_QNT_VERSION */

static int add(struct ros_meta *meta, const char *key, struct ros_meta_value value, struct ros_error *err)
{
	if (err->code)
		return err->code;
	return ros_meta_set(meta, ros_str_of(key), value, err);
}

/* generation_config.json's sampling hints, as the reference copies them. */
static void add_sampling(const struct ros_hub *hub, struct ros_meta *meta, struct ros_error *err)
{
	static const struct { const char *from, *to; enum ros_meta_type type; } keys[] = {
		{ "top_k", "general.sampling.top_k", ROS_META_I32 }, { "top_p", "general.sampling.top_p", ROS_META_F32 },
		{ "min_p", "general.sampling.min_p", ROS_META_F32 }, { "xtc_probability", "general.sampling.xtc_probability", ROS_META_F32 },
		{ "xtc_threshold", "general.sampling.xtc_threshold", ROS_META_F32 }, { "temperature", "general.sampling.temp", ROS_META_F32 },
		{ "penalty_last_n", "general.sampling.penalty_last_n", ROS_META_I32 },
		{ "repetition_penalty", "general.sampling.penalty_repeat", ROS_META_F32 },
		{ "mirostat", "general.sampling.mirostat", ROS_META_I32 }, { "mirostat_tau", "general.sampling.mirostat_tau", ROS_META_F32 },
		{ "mirostat_eta", "general.sampling.mirostat_eta", ROS_META_F32 },
	};
	const struct ros_side_file *file = ros_hub_file(hub, "generation_config.json");
	struct ros_error odd = { 0 };           /* an unreadable one is no reason to stop: it is carried all the same */
	const struct ros_json *root;
	double f;

	if (!file)
		return;
	root = ros_json_parse((struct ros_str){ (const char *)file->data.ptr, file->data.len }, meta->arena, &odd);
	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
		if (ros_json_f64(ros_json_get(root, keys[i].from), &f))
			add(meta, keys[i].to, keys[i].type == ROS_META_F32 ? ros_meta_f32((float)f) : ros_meta_i32((int32_t)f), err);
}

/* llama.cpp looks into general.name, and for this one family demands three tokens that small vocabularies lack: it
 * would refuse to load the file. */
static bool name_is_safe(struct ros_str name, const struct ros_vocab *v)
{
	static const char *const wanted[] = { "</s>", "<unk>", "<s>", "<|endoftext|>" };
	unsigned found = 0;
	bool suspect = false;

	for (size_t i = 0; i + 4 <= name.len; i++)
		suspect = suspect || (!strncasecmp(name.ptr + i, "phi", 3) &&
				      (name.ptr[i + 3] == '3' || (i + 5 <= name.len && strchr("- ", name.ptr[i + 3]) && name.ptr[i + 4] == '3')));
	for (size_t t = 0; suspect && t < v->count; t++)
		for (unsigned k = 0; k < 4; k++)
			found |= (unsigned)ros_str_equal(v->tokens[t], ros_str_of(wanted[k])) << k;
	return !suspect || found == 15;
}

static void add_general(const struct ros_hub *hub, const struct ros_model *dst, const struct ros_vocab *v, struct ros_meta *meta,
			struct ros_findings *f, struct ros_error *err)
{
	struct ros_str label = ros_size_label(dst, meta->arena, err);
	struct ros_str arch = hub->contract ? ros_str_of(hub->contract->gguf_arch) : hub->architecture;

	add(meta, "general.architecture", ros_meta_str(arch.len ? arch : ROS_STR(ROS_HUB_NO_ARCHITECTURE)), err);
	add(meta, "general.type", ros_meta_str(ROS_STR("model")), err);
	add_sampling(hub, meta, err);
	if (hub->name.len && name_is_safe(hub->name, v))
		add(meta, "general.name", ros_meta_str(hub->name), err);
	else if (hub->name.len)
		ros_findings_add(f, "hub.name-left-out", hub->name, "general.name with this word makes llama.cpp ask for tokens that the vocabulary lacks");
	if (label.ptr)
		add(meta, "general.size_label", ros_meta_str(label), err);
}

int ros_hub_to_gguf(const struct ros_hub *hub, struct ros_model *dst, const struct ros_hub_options *opt,
		    struct ros_findings *f, struct ros_error *err)
{
	uint32_t type = opt && opt->file_type_given ? opt->file_type : ros_file_type(dst);
	struct ros_vocab v;

	if (ros_hub_vocabulary(hub, &v, &dst->arena, f, err))
		return err->code;
	add_general(hub, dst, &v, &dst->meta, f, err);
	if (err->code)
		return err->code;
	if (hub->contract && hub->hp)
		ros_keys_write_gguf(hub->contract, hub->hp, type, &dst->meta, err);
	else
		add(&dst->meta, "general.file_type", ros_meta_u32(type), err);
	add(&dst->meta, "general.quantization_version", ros_meta_u32(QUANTIZATION_VERSION), err);
	if (err->code)
		return err->code;
	if (v.kind == ROS_VOCAB_NONE)
		return add(&dst->meta, "tokenizer.ggml.model", ros_meta_str(ROS_STR("none")), err);
	return ros_vocab_to_gguf(&v, &dst->meta, err);
}

/* ---- the way back ---- */

/* Have DST's tensors the recorded types? */
static int same_types(const struct ros_hub *hub, const struct ros_model *dst, bool *same, struct ros_error *err)
{
	struct ros_hub_tensor *list;
	struct ros_nameset types;
	size_t count;
	uint32_t found;

	if (ros_hub_recorded(hub, ROS_FORMAT_GGUF, &list, &count, err))
		return err->code;
	ros_nameset_init(&types);
	for (size_t i = 0; i < count && !err->code; i++)
		ros_nameset_add(&types, list[i].name, list[i].dtype, &found, err);
	*same = count == dst->tensor_count;
	for (size_t i = 0; i < dst->tensor_count && *same; i++)
		*same = ros_nameset_find(&types, dst->tensors[i].name) == (uint32_t)dst->tensors[i].dtype;
	ros_nameset_release(&types);
	return err->code;
}

int ros_hub_restore_gguf(const struct ros_hub *hub, struct ros_model *dst, const struct ros_hub_options *opt, struct ros_error *err)
{
	const struct ros_side_file *file = ros_hub_file(hub, ROS_HUB_GGUF);
	const struct ros_meta_value *quantization;
	bool same = false;

	if (ros_gguf_restore((struct ros_str){ (const char *)file->data.ptr, file->data.len }, &dst->meta, &dst->arena, err) ||
	    same_types(hub, dst, &same, err))
		return err->code;
	if (opt && opt->file_type_given)
		return add(&dst->meta, "general.file_type", ros_meta_u32(opt->file_type), err);
	if (same)
		return 0;
	quantization = ros_meta_get(&dst->meta, ROS_STR("general.quantization_version"));
	add(&dst->meta, "general.file_type", ros_meta_u32(ros_file_type(dst)), err);
	if (!quantization)
		add(&dst->meta, "general.quantization_version", ros_meta_u32(QUANTIZATION_VERSION), err);
	return err->code;
}
