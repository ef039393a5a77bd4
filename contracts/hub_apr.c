#include "contracts/hub_apr.h"

#include "contracts/hub_carry.h"
#include "contracts/hub_keys.h"
#include "contracts/hub_vocabulary.h"
#include "contracts/provenance.h"
#include "contracts/tokens.h"
#include "formats/apr.h"
#include "formats/format.h"

#include <string.h>

static void totals(const struct ros_model *dst, uint64_t *bytes, uint64_t *elements)
{
	*bytes = *elements = 0;
	for (size_t i = 0; i < dst->tensor_count; i++) {
		const struct ros_tensor *t = &dst->tensors[i];
		uint64_t n = 0;

		ros_dtype_nbytes(t->dtype, t->ndim, t->dim, true, &n);
		*bytes += n;
		*elements += ros_tensor_elements(t);
	}
}

int ros_apr_rope_type(const struct ros_contract *c, int rows_hf)
{
	if (!c || c->engine.positions != ROS_POSITIONS_ROPE)
		return -1;
	return c->engine.rope_pair == ROS_PAIR_HALF && rows_hf ? 2 : 0;
}

/* What DST's rope_type must be. */
static int rope_type(const struct ros_hub *hub, const struct ros_hub_options *opt)
{
	return ros_apr_rope_type(hub->contract, opt ? opt->apr_rows : -1);
}

static int set_text(struct ros_model *dst, struct ros_json_out *o, struct ros_error *err)
{
	struct ros_str text;

	if (err->code) {
		ros_json_out_release(o);
		return err->code;
	}
	if (ros_json_to_arena(o, &dst->arena, &text, err))
		return err->code;
	return ros_meta_set(&dst->meta, ROS_STR(ROS_APR_META_KEY), ros_meta_str(text), err);
}

/* ---- from the hub's files ---- */

static struct ros_str role_text(const struct ros_vocab *v, enum ros_token_role role)
{
	return v->id[role] == ROS_NO_TOKEN ? (struct ros_str){ NULL, 0 } : v->tokens[v->id[role]];
}

static void put_special(const struct ros_vocab *v, struct ros_json_out *o)
{
	static const struct { enum ros_token_role role; const char *key; } keys[] = {
		{ ROS_ROLE_BOS, "bos_token" }, { ROS_ROLE_EOS, "eos_token" }, { ROS_ROLE_UNK, "unk_token" }, { ROS_ROLE_PAD, "pad_token" },
	};

	if (v->kind == ROS_VOCAB_NONE || !v->id_count)
		return;
	ros_json_open_object(o, "special_tokens");
	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
		if (role_text(v, keys[i].role).ptr)
			ros_json_put_str(o, keys[i].key, role_text(v, keys[i].role));
	ros_json_close_object(o);
}

static void put_head(const struct ros_hub *hub, const struct ros_model *dst, const struct ros_vocab *v, struct ros_json_out *o)
{
	const struct ros_contract *c = hub->contract;
	enum ros_format_id origin = ros_provenance_format(hub);
	uint64_t bytes, elements;

	totals(dst, &bytes, &elements);
	ros_json_put_str(o, "model_type", c ? ros_str_of(c->apr_arch) : hub->architecture.ptr ? hub->architecture : ROS_STR(""));
	if (hub->name.ptr)
		ros_json_put_str(o, "name", hub->name);
	ros_json_put_null(o, "license");
	ros_json_put_null(o, "data_source");
	ros_json_put_null(o, "data_license");
	if (origin != ROS_FORMAT_COUNT)
		ros_json_put_str(o, "original_format", ros_str_of(ros_formats[origin].name));
	ros_json_put_u64(o, "total_size", bytes);
	ros_json_put_u64(o, "param_count", elements);
	if (ros_vocab_template(v).ptr)
		ros_json_put_str(o, "chat_template", ros_vocab_template(v));
	if (c && c->tokenizer.chat_format && ros_vocab_template(v).ptr)
		ros_json_put_str(o, "chat_format", ros_str_of(c->tokenizer.chat_format));
	put_special(v, o);
	if (c)
		ros_json_put_str(o, "architecture", ros_str_of(c->apr_arch));
	else if (hub->architecture.len)
		ros_json_put_str(o, "architecture", hub->architecture);
	if (c) {
		ros_json_put_str(o, "hf_architecture", ros_str_of(c->classes[0]));
		ros_json_put_str(o, "hf_model_type", ros_str_of(c->model_types[0]));
	}
}

int ros_hub_to_apr(const struct ros_hub *hub, struct ros_model *dst, const struct ros_hub_options *opt, struct ros_findings *f,
		   struct ros_error *err)
{
	struct ros_json_out o;
	struct ros_vocab v;

	if (ros_hub_vocabulary(hub, &v, &dst->arena, f, err))
		return err->code;
	ros_json_out_init(&o, 0);
	ros_json_open_object(&o, NULL);
	put_head(hub, dst, &v, &o);
	if (hub->contract && hub->hp)
		ros_keys_write_apr(hub->contract, hub->hp, &o, err);
	if (rope_type(hub, opt) >= 0)
		ros_json_put_u64(&o, "rope_type", (uint64_t)rope_type(hub, opt));
	ros_vocab_to_apr(&v, hub->contract ? ros_str_of(hub->contract->classes[0]) : hub->architecture, &o);
	if (!(opt && opt->strip))
		ros_carry_to_apr(hub, &o, &dst->arena, err);
	ros_json_close_object(&o);
	return set_text(dst, &o, err);
}

/* ---- the way back ---- */

struct fact {
	const char *key;
	uint64_t value;
	bool set;
};

static int patch(const struct ros_json *root, const struct fact *facts, size_t count, struct ros_model *dst, struct ros_error *err)
{
	struct ros_json_out o;

	ros_json_out_init(&o, 0);
	ros_json_open_object(&o, NULL);
	for (const struct ros_json *e = root->first; e; e = e->next) {
		struct ros_str key = ros_arena_str(&dst->arena, e->key, err);
		size_t i = 0;

		while (i < count && !(facts[i].set && ros_str_equal(e->key, ros_str_of(facts[i].key))))
			i++;
		if (i < count)
			ros_json_put_u64(&o, facts[i].key, facts[i].value);
		else if (key.ptr)
			ros_json_put_value(&o, key.ptr, e);
	}
	for (size_t i = 0; i < count; i++)
		if (facts[i].set && !ros_json_get(root, facts[i].key))
			ros_json_put_u64(&o, facts[i].key, facts[i].value);
	ros_json_close_object(&o);
	return set_text(dst, &o, err);
}

/* Makes the COUNT facts true in the text of ROOT, which is TEXT: the same text where they are. */
static int set_facts(struct ros_model *dst, struct ros_str text, const struct ros_json *root, const struct fact *facts, size_t count,
		     struct ros_error *err)
{
	uint64_t said;

	for (size_t i = 0; i < count; i++)
		if (facts[i].set && !(ros_json_u64(ros_json_get(root, facts[i].key), &said) && said == facts[i].value))
			return patch(root, facts, count, dst, err);
	return ros_meta_set(&dst->meta, ROS_STR(ROS_APR_META_KEY), ros_meta_str(text), err);
}

int ros_hub_restore_apr(const struct ros_hub *hub, struct ros_model *dst, const struct ros_hub_options *opt, struct ros_error *err)
{
	const struct ros_side_file *record = ros_hub_file(hub, ROS_HUB_APR);
	struct ros_str text = { (const char *)record->data.ptr, record->data.len };
	const struct ros_json *root = ros_json_parse(text, &dst->arena, err);
	int rope = rope_type(hub, opt);
	struct fact facts[] = { { "rope_type", (uint64_t)rope, rope >= 0 }, { "total_size", 0, false }, { "param_count", 0, false } };
	uint64_t said;

	if (!root)
		return ros_error_in_file(err, ROS_HUB_APR);
	totals(dst, &facts[1].value, &facts[2].value);
	for (unsigned i = 1; i < 3; i++)        /* 0 means "unknown" there */
		facts[i].set = ros_json_u64(ros_json_get(root, facts[i].key), &said) && said;
	return set_facts(dst, text, root, facts, 3, err);
}

int ros_hub_correct(const struct ros_hub *hub, struct ros_model *dst, const struct ros_hub_options *opt, struct ros_error *err)
{
	const struct ros_meta_value *text = ros_meta_get(&dst->meta, ROS_STR(ROS_APR_META_KEY));
	int rope = rope_type(hub, opt);
	struct fact fact = { "rope_type", (uint64_t)rope, rope >= 0 };
	const struct ros_json *root;

	if (dst->format != ROS_FORMAT_APR || rope < 0 || !text || text->type != ROS_META_STRING)
		return 0;
	root = ros_json_parse(text->str, &dst->arena, err);
	return root ? set_facts(dst, text->str, root, &fact, 1, err) : (int)err->code;
}
