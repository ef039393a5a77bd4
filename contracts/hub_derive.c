#include "contracts/hub_derive.h"

#include "contracts/contract.h"
#include "contracts/hub_carry.h"
#include "formats/apr.h"

#include <string.h>

/* The plain type that most of M's values are stored in; NULL when they are quantised or of no float type. */
static const char *torch_dtype(const struct ros_model *m)
{
	uint64_t count[ROS_DTYPE_COUNT] = { 0 };
	unsigned best = ROS_F32;

	for (size_t i = 0; i < m->tensor_count; i++)
		count[m->tensors[i].dtype] += ros_tensor_elements(&m->tensors[i]);
	for (unsigned t = 0; t < ROS_DTYPE_COUNT; t++)
		if (count[t] > count[best])
			best = t;
	return best == ROS_F32 ? "float32" : best == ROS_F16 ? "float16" : best == ROS_BF16 ? "bfloat16" : NULL;
}

static void put_ids(struct ros_json_out *o, const struct ros_vocab *v)
{
	static const struct { enum ros_token_role role; const char *key; } ids[] = {
		{ ROS_ROLE_BOS, "bos_token_id" }, { ROS_ROLE_EOS, "eos_token_id" }, { ROS_ROLE_PAD, "pad_token_id" },
	};

	for (unsigned i = 0; v && i < sizeof ids / sizeof *ids; i++)
		if (v->id[ids[i].role] != ROS_NO_TOKEN)
			ros_json_put_u64(o, ids[i].key, v->id[ids[i].role]);
}

int ros_hub_write_config(const struct ros_hub *hub, const struct ros_model *m, const struct ros_vocab *v, struct ros_str *text,
			 struct ros_error *err)
{
	const struct ros_contract *c = hub->contract;
	const char *dtype = torch_dtype(m);
	struct ros_json_out o;

	ros_json_out_init(&o, 2);
	ros_json_open_object(&o, NULL);
	ros_json_open_array(&o, "architectures");
	ros_json_put_str(&o, NULL, ros_str_of(c->classes[0]));
	ros_json_close_array(&o);
	ros_json_put_str(&o, "model_type", ros_str_of(c->model_types[0]));
	put_ids(&o, v);
	ros_keys_write_config(c, hub->hp, &o, err);
	if (dtype)
		ros_json_put_str(&o, "torch_dtype", ros_str_of(dtype));
	ros_json_close_object(&o);
	if (err->code) {
		ros_json_out_release(&o);
		return err->code;
	}
	return ros_json_to_arena(&o, hub->arena, text, err);
}

static int write_generation(struct ros_hub *hub, const struct ros_vocab *v, struct ros_str *text, struct ros_error *err)
{
	struct ros_json_out o;

	ros_json_out_init(&o, 2);
	ros_json_open_object(&o, NULL);
	put_ids(&o, v);
	ros_json_close_object(&o);
	return ros_json_to_arena(&o, hub->arena, text, err);
}

static int add(struct ros_hub *hub, struct ros_str name, struct ros_str text, struct ros_error *err)
{
	return ros_hub_add_file(hub, name, (struct ros_bytes){ (const uint8_t *)text.ptr, text.len }, err);
}

static int add_vocabulary(struct ros_hub *hub, const struct ros_vocab *v, struct ros_findings *f, struct ros_error *err)
{
	struct ros_side_file files[4];
	size_t count;

	if (ros_vocab_to_files(v, files, &count, hub->arena, f, err))
		return err->code;
	for (size_t i = 0; i < count && !err->code; i++)
		ros_hub_add_file(hub, files[i].name, files[i].data, err);
	if (v->kind == ROS_VOCAB_NONE)
		ros_findings_add(f, "hub.no-tokenizer", (struct ros_str){ NULL, 0 }, "the file has no vocabulary");
	return err->code;
}

/* GGUF keeps llama3's rope scaling only as a tensor of factors; config.json wants the four numbers it was made of. */
static void check_factors(const struct ros_hub *hub, const struct ros_model *m, struct ros_findings *f)
{
	const struct ros_tensor_list *list = &hub->contract->tensors[hub->layout_format];
	uint64_t kind = ROS_SCALING_NONE;

	ros_hparams_u64(hub->hp, ROS_HP_ROPE_SCALING, &kind);
	for (uint16_t i = 0; i < list->count; i++)
		if (list->rules[i].derive == ROS_DERIVE_LLAMA3_FACTORS && kind != ROS_SCALING_LLAMA3 &&
		    ros_model_find(m, ros_str_of(list->rules[i].name)))
			ros_findings_add(f, "hub.rope-factors-unexplained", ros_str_of(list->rules[i].name),
					 "no llama3 scaling with usual numbers gives these factors: config.json has no rope_scaling");
}

static int add_record(struct ros_hub *hub, const struct ros_hub_source *s, struct ros_error *err)
{
	const struct ros_meta_value *apr = ros_meta_get(&s->m->meta, ROS_STR(ROS_APR_META_KEY));
	struct ros_str text;

	if (s->gguf) {
		if (ros_gguf_record(s->m, hub->arena, &text, err))
			return err->code;
		return add(hub, ROS_STR(ROS_HUB_GGUF), text, err);
	}
	/* a text with files in it would bring those back */
	return apr && !ros_json_get(s->apr, ROS_CARRY_APR) ? add(hub, ROS_STR(ROS_HUB_APR), apr->str, err) : 0;
}

int ros_hub_derive_files(struct ros_hub *hub, const struct ros_hub_source *s, struct ros_error *err)
{
	struct ros_vocab v;
	struct ros_str text;

	if (s->gguf ? ros_vocab_from_gguf(&v, s->gguf, hub->arena, s->findings, err)
		    : ros_vocab_from_apr(&v, s->apr, hub->arena, s->findings, err))
		return err->code;
	if (hub->contract && hub->hp) {
		check_factors(hub, s->m, s->findings);
		if (ros_hub_write_config(hub, s->m, &v, &text, err) || add(hub, ROS_STR("config.json"), text, err) ||
		    write_generation(hub, &v, &text, err) || add(hub, ROS_STR("generation_config.json"), text, err))
			return err->code;
	} else {
		ros_findings_add(s->findings, "hub.no-config", hub->architecture, "this architecture is not known: no config.json is written");
	}
	if (add_vocabulary(hub, &v, s->findings, err))
		return err->code;
	return add_record(hub, s, err);
}
