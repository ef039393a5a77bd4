#include "contracts/hub_numbers.h"

#include "contracts/binding.h"
#include "formats/bytes.h"

#include <stdio.h>
#include <string.h>

/* ---- the family ---- */

static struct ros_str first_class(const struct ros_json *config)
{
	const struct ros_json *list = ros_json_get(config, "architectures");

	return ros_json_str(list && list->type == ROS_JSON_ARRAY ? ros_json_at(list, 0) : NULL);
}

static int family_of_config(struct ros_hub *hub, const struct ros_json *config, struct ros_error *err)
{
	struct ros_str class = first_class(config), type = ros_json_str(ros_json_get(config, "model_type"));

	hub->architecture = class.len ? class : type;
	return ros_contract_for_config(class, type, &hub->contract, err);
}

static struct ros_str meta_str(const struct ros_meta *meta, const char *key)
{
	const struct ros_meta_value *v = ros_meta_get(meta, ros_str_of(key));

	return v && v->type == ROS_META_STRING ? v->str : (struct ros_str){ NULL, 0 };
}

/* Several families may share the word; their own numbers tell them apart. */
static int family_of_gguf(struct ros_hub *hub, const struct ros_meta *meta, struct ros_hparams *hp, struct ros_error *err)
{
	struct ros_str arch = meta_str(meta, "general.architecture");
	const struct ros_contract *c = ros_contract_for_gguf(arch, NULL), *own;

	if (!hub->architecture.len && !ros_str_equal(arch, ROS_STR(ROS_HUB_NO_ARCHITECTURE)))
		hub->architecture = arch;
	if (!c || ros_keys_read_gguf(c, meta, hp, hub->arena, err))
		return err->code;
	own = ros_contract_for_gguf(arch, hp);
	if (own && own != c) {
		ros_hparams_init(hp);
		if (ros_keys_read_gguf(own, meta, hp, hub->arena, err))
			return err->code;
	}
	if (!hub->contract)
		hub->contract = own ? own : c;
	return 0;
}

static int family_of_apr(struct ros_hub *hub, const struct ros_json *root, struct ros_hparams *hp, struct ros_error *err)
{
	struct ros_str arch = ros_json_str(ros_json_get(root, "architecture")), class = ros_json_str(ros_json_get(root, "hf_architecture"));
	const struct ros_contract *c = class.len ? ros_contract_for_class(class) : NULL;

	if (!arch.len)
		arch = ros_json_str(ros_json_get(root, "model_type"));
	if (!c)
		c = ros_contract_for_apr(arch, NULL);
	if (!hub->architecture.len)
		hub->architecture = arch;
	if (!c || ros_keys_read_apr(c, root, hp, hub->arena, err))
		return err->code;
	if (!class.len && ros_contract_for_apr(arch, hp) != c) {
		c = ros_contract_for_apr(arch, hp);
		ros_hparams_init(hp);
		if (c && ros_keys_read_apr(c, root, hp, hub->arena, err))
			return err->code;
	}
	if (!hub->contract)
		hub->contract = c;
	return 0;
}

/* ---- two sources that should agree ---- */

static bool same_number(const struct ros_hparams *a, const struct ros_hparams *b, unsigned id)
{
	if (ros_hp_info[id].kind == ROS_HP_REAL)
		return (float)a->v[id].f == (float)b->v[id].f;
	return a->v[id].u == b->v[id].u;
}

static struct ros_str number_text(const struct ros_hparams *hp, enum ros_hp id, char *text, size_t room)
{
	double v = 0;

	if (ros_hp_info[id].kind == ROS_HP_SCALING)
		return ros_str_of(ros_rope_scaling_name((enum ros_rope_scaling)hp->v[id].u));
	ros_hparams_f64(hp, id, &v);
	snprintf(text, room, "%.9g", v);
	return ros_str_of(text);
}

static int disagree(const struct ros_hparams *config, const struct ros_hparams *own, enum ros_hp id, const char *where, struct ros_error *err)
{
	char a[32], b[32];
	struct ros_str x = config->state[id] == ROS_HP_ABSENT ? ROS_STR("nothing") : number_text(config, id, a, sizeof a);

	return ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s (%s): config.json says %s, the %s's own metadata %s" ROS_HUB_WAY_OUT, ros_hp_info[id].name,
			ros_hp_info[id].text, x.ptr, where, number_text(own, id, b, sizeof b).ptr);
}

/* What both state must be the same. */
static int compare(const struct ros_hparams *config, const struct ros_hparams *own, const char *where, struct ros_error *err)
{
	for (unsigned i = 0; i < ROS_HP_COUNT; i++)
		if (config->state[i] == ROS_HP_GIVEN && own->state[i] == ROS_HP_GIVEN && !same_number(config, own, i))
			return disagree(config, own, (enum ros_hp)i, where, err);
	return 0;
}

/* And so must what only the container states, and what follows from CONFIG or is the family's default: the container's readers
 * compute with the one, whoever is given the files with the other. */
static int compare_rest(const struct ros_hparams *config, const struct ros_hparams *own, const char *where, struct ros_error *err)
{
	for (unsigned i = 0; i < ROS_HP_COUNT; i++)
		if (own->state[i] == ROS_HP_GIVEN && (config->state[i] == ROS_HP_ABSENT || !same_number(config, own, i)))
			return disagree(config, own, (enum ros_hp)i, where, err);
	return 0;
}

/* ---- what tensors tell ---- */

/* The tensor of M that the source's list makes of the role NAME (layer 0), NULL when absent. */
static const struct ros_tensor *tensor_of(const struct ros_hub *hub, const struct ros_model *m, const char *name)
{
	const struct ros_tensor_list *list = &hub->contract->tensors[hub->layout_format];
	uint32_t role = ros_role_by_name(hub->contract, name);
	char text[256];

	for (uint16_t i = 0; i < list->count && role != ROS_NO_ROLE; i++) {
		const struct ros_tensor_rule *rule = &list->rules[i];
		const char *layer = strstr(rule->name, "{layer}");
		const struct ros_tensor *t;

		if (!rule->part_count || rule->parts[0].role != role || strstr(rule->name, "{each}"))
			continue;
		if (layer)
			snprintf(text, sizeof text, "%.*s0%s", (int)(layer - rule->name), rule->name, layer + 7);
		else
			snprintf(text, sizeof text, "%s", rule->name);
		t = ros_model_find(m, ros_str_of(text));
		if (t)
			return t;
	}
	return NULL;
}

static int set_unless_given(struct ros_hparams *hp, enum ros_hp id, uint64_t value, struct ros_error *err)
{
	return hp->state[id] == ROS_HP_GIVEN ? 0 : ros_hparams_set_u64(hp, id, value, err);
}

static double *floats_of(const struct ros_tensor *t, struct ros_arena *arena, struct ros_error *err)
{
	uint64_t n = ros_tensor_elements(t);
	double *list;

	if (t->dtype != ROS_F32 || n > 65536 || t->data.len != 4 * n || !t->data.ptr)
		return NULL;
	list = ros_arena_alloc(arena, (size_t)n, sizeof *list, err);
	for (uint64_t i = 0; list && i < n; i++)
		list[i] = (double)ros_bits_f32(ros_le32(t->data.ptr + 4 * i));
	return list;
}

/* GGUF stores llama3's factors as a tensor, config.json the four numbers that make them. */
static void recognise_llama3(const struct ros_tensor *t, struct ros_hparams *hp)
{
	if (t->dtype == ROS_F32 && t->data.ptr && hp->state[ROS_HP_ROPE_SCALING] != ROS_HP_GIVEN)
		ros_rope_factors_recognise(t->data, hp);
}

/* GGUF stores longrope's factors as tensors. */
static void take_factors(struct ros_hub *hub, const struct ros_model *m, struct ros_hparams *hp, struct ros_error *err)
{
	const struct ros_tensor_list *list = &hub->contract->tensors[hub->layout_format];

	for (uint16_t i = 0; i < list->count; i++) {
		const struct ros_tensor_rule *rule = &list->rules[i];
		const struct ros_tensor *t = rule->derive != ROS_DERIVE_NONE ? ros_model_find(m, ros_str_of(rule->name)) : NULL;

		if (t && rule->derive == ROS_DERIVE_LONG_FACTORS && !hp->rope_long) {
			hp->rope_long = floats_of(t, hub->arena, err);
			hp->rope_long_count = hp->rope_long ? (size_t)ros_tensor_elements(t) : 0;
		} else if (t && rule->derive == ROS_DERIVE_SHORT_FACTORS && !hp->rope_short) {
			hp->rope_short = floats_of(t, hub->arena, err);
			hp->rope_short_count = hp->rope_short ? (size_t)ros_tensor_elements(t) : 0;
		} else if (t && rule->derive == ROS_DERIVE_LLAMA3_FACTORS) {
			recognise_llama3(t, hp);
		}
	}
	if (hp->rope_long && hp->state[ROS_HP_ROPE_SCALING] != ROS_HP_GIVEN)
		ros_hparams_set_u64(hp, ROS_HP_ROPE_SCALING, ROS_SCALING_LONGROPE, err);
}

/* An output matrix that is absent, or repeats the embedding, is tied. One that is there says more in a foreign GGUF only: an APR
 * repeats a tied one, and a folder's class has a default that config.json may rely on. */
static void take_tied(const struct ros_hub *hub, const struct ros_hub_source *s, const struct ros_tensor *embedding, struct ros_hparams *hp,
		      struct ros_error *err)
{
	const struct ros_tensor *output = tensor_of(hub, s->m, "output");
	bool foreign = s->gguf && !s->config;

	if (ros_role_by_name(hub->contract, "output") == ROS_NO_ROLE || (output && !foreign))
		return;
	set_unless_given(hp, ROS_HP_TIED, !output || (!s->unread && embedding && ros_tensor_repeats(output, embedding)), err);
}

static int take_tensors(struct ros_hub *hub, const struct ros_hub_source *s, struct ros_hparams *hp, struct ros_error *err)
{
	static const struct { const char *role; enum ros_hp hp; } biases[] = {
		{ "attn_q_bias", ROS_HP_ATTN_BIAS }, { "ffn_up_bias", ROS_HP_MLP_BIAS }, { "output_norm_bias", ROS_HP_NORM_BIAS },
	};
	const struct ros_model *m = s->m;
	const struct ros_tensor *embedding = tensor_of(hub, m, "embedding");

	if (!m->tensor_count)
		return 0;
	if (embedding && embedding->ndim == 2)
		set_unless_given(hp, ROS_HP_N_VOCAB, embedding->dim[0], err);
	take_tied(hub, s, embedding, hp, err);
	for (unsigned i = 0; i < sizeof biases / sizeof *biases; i++)
		if (ros_role_by_name(hub->contract, biases[i].role) != ROS_NO_ROLE)
			set_unless_given(hp, biases[i].hp, tensor_of(hub, m, biases[i].role) != NULL, err);
	if (!err->code)
		take_factors(hub, m, hp, err);
	return err->code;
}

/* ---- the whole ---- */

/* An APR file that the reference made from a GGUF keeps that one's names. */
static void find_layout_format(struct ros_hub *hub, const struct ros_model *m)
{
	hub->layout_format = m->format;
	if (m->format != ROS_FORMAT_APR || tensor_of(hub, m, "embedding"))
		return;
	hub->layout_format = ROS_FORMAT_GGUF;
	if (!tensor_of(hub, m, "embedding"))
		hub->layout_format = ROS_FORMAT_APR;
}

/* Without a vocab_size and an embedding the vocabulary's length must do (a GGUF with a vocabulary only). */
static int take_vocabulary(const struct ros_hub_source *s, struct ros_hparams *hp, struct ros_error *err)
{
	const struct ros_meta_value *tokens = s->gguf ? ros_meta_get(s->gguf, ROS_STR("tokenizer.ggml.tokens")) : NULL;

	if (tokens && tokens->type == ROS_META_ARRAY && hp->state[ROS_HP_N_VOCAB] == ROS_HP_ABSENT)
		return ros_hparams_set_u64(hp, ROS_HP_N_VOCAB, tokens->array.count, err);
	return 0;
}

int ros_hub_find_numbers(struct ros_hub *hub, const struct ros_hub_source *s, struct ros_error *err)
{
	struct ros_hparams *hp = ros_arena_alloc(hub->arena, 1, sizeof *hp, err), *own = ros_arena_alloc(hub->arena, 1, sizeof *own, err);
	const char *where = s->gguf ? "GGUF" : "APR";

	if (!hp || !own)
		return err->code;
	ros_hparams_init(hp);
	ros_hparams_init(own);
	if ((s->config && family_of_config(hub, s->config, err)) || (s->gguf && family_of_gguf(hub, s->gguf, own, err)) ||
	    (s->apr && family_of_apr(hub, s->apr, own, err)) || !hub->contract)
		return err->code;
	find_layout_format(hub, s->m);
	if (s->config && (ros_keys_read_config(hub->contract, s->config, hp, hub->arena, err) || (compare(hp, own, where, s->told) && err->code)))
		return err->code;
	if (!s->config)
		*hp = *own;
	if (take_tensors(hub, s, hp, err) || take_vocabulary(s, hp, err) || ros_contract_complete(hub->contract, hp, err))
		return err->code;
	if (s->config && !s->told->code && compare_rest(hp, own, where, s->told) && err->code)
		return err->code;
	hub->hp = hp;
	return 0;
}
