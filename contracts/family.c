/* Finding a family by what a file calls it, and completing a model's numbers. */
#include "contracts/contract.h"

#include <string.h>
#include <strings.h>

#include "formats/arena.h"

static bool same_word(struct ros_str a, const char *b)
{
	return a.ptr && strlen(b) == a.len && strncasecmp(a.ptr, b, a.len) == 0;
}

static bool listed(const char *const *list, struct ros_str name)
{
	for (; list && *list; list++)
		if (ros_str_equal(name, ros_str_of(*list)))
			return true;
	return false;
}

const struct ros_contract *ros_contract_for_class(struct ros_str name)
{
	size_t i;

	for (i = 0; i < ros_contract_count; i++)
		if (listed(ros_contracts[i]->classes, name))
			return ros_contracts[i];
	return NULL;
}

const struct ros_contract *ros_contract_for_model_type(struct ros_str name)
{
	size_t i;

	for (i = 0; i < ros_contract_count; i++)
		if (listed(ros_contracts[i]->model_types, name))
			return ros_contracts[i];
	return NULL;
}

int ros_contract_for_config(struct ros_str class, struct ros_str type, const struct ros_contract **contract, struct ros_error *err)
{
	const struct ros_contract *c = class.len ? ros_contract_for_class(class) : NULL, *of_type = type.len ? ros_contract_for_model_type(type) : NULL;

	*contract = c ? c : of_type;
	if (!c || !of_type || listed(c->model_types, type) || ros_contract_interchangeable(c, of_type))
		return ROS_OK;
	return ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "config.json: architectures says '%.*s' (%s), model_type '%.*s' (%s)", (int)class.len, class.ptr,
			c->key, (int)type.len, type.ptr, of_type->key);
}

/* The first whose own condition holds, else the one without a condition. */
static const struct ros_contract *choose(struct ros_str arch, const struct ros_hparams *hp, bool apr)
{
	const struct ros_contract *fallback = NULL;
	size_t i;

	for (i = 0; i < ros_contract_count; i++) {
		const struct ros_contract *c = ros_contracts[i];

		if (!same_word(arch, apr ? c->apr_arch : c->gguf_arch))
			continue;
		if (c->gguf_when.count && hp && ros_expr_true(&c->gguf_when, hp, ROS_NO_LAYER, false))
			return c;
		if (!c->gguf_when.count)
			fallback = c;
	}
	return fallback;
}

const struct ros_contract *ros_contract_for_gguf(struct ros_str arch, const struct ros_hparams *hp)
{
	return choose(arch, hp, false);
}

const struct ros_contract *ros_contract_for_apr(struct ros_str name, const struct ros_hparams *hp)
{
	const struct ros_contract *c = choose(name, hp, true);
	size_t i;
	const char *const *alias;

	for (i = 0; !c && i < ros_contract_count; i++) {
		for (alias = ros_contracts[i]->apr_aliases; !c && alias && *alias; alias++)
			if (same_word(name, *alias))
				c = ros_contracts[i];
		if (!c && same_word(name, ros_contracts[i]->key))
			c = ros_contracts[i];
	}
	if (!c)
		c = ros_contract_for_class(name);
	return c ? c : ros_contract_for_model_type(name);
}

static bool same_tensors(const struct ros_tensor_list *a, const struct ros_tensor_list *b)
{
	uint16_t i;

	for (i = 0; i < a->count && i < b->count && strcmp(a->rules[i].name, b->rules[i].name) == 0; i++)
		;
	return i == a->count && i == b->count;
}

bool ros_contract_interchangeable(const struct ros_contract *a, const struct ros_contract *b)
{
	uint16_t i;

	if (a == b)
		return true;
	if (strcmp(a->gguf_arch, b->gguf_arch) != 0 || a->role_count != b->role_count)
		return false;
	for (i = 0; i < a->role_count; i++)
		if (strcmp(a->roles[i].name, b->roles[i].name) != 0)
			return false;
	return same_tensors(&a->tensors[ROS_FORMAT_GGUF], &b->tensors[ROS_FORMAT_GGUF]) &&
		same_tensors(&a->tensors[ROS_FORMAT_SAFETENSORS], &b->tensors[ROS_FORMAT_SAFETENSORS]);
}

int ros_contract_complete(const struct ros_contract *c, struct ros_hparams *hp, struct ros_error *err)
{
	uint16_t i;

	for (i = 0; i < c->default_count; i++) {
		const struct ros_default *d = &c->defaults[i];
		struct ros_num v;
		int code;

		if (hp->state[d->hp] != ROS_HP_ABSENT)
			continue;
		v = ros_expr_eval(&d->value, hp, ROS_NO_LAYER);
		if (v.kind == ROS_NUM_ABSENT)
			continue;
		if (v.kind == ROS_NUM_FAILED)
			return ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s (%s) is not stated, and `%s` %s", ros_hp_info[d->hp].name,
					ros_hp_info[d->hp].text, d->value.text, v.why);
		code = v.kind == ROS_NUM_INT && ros_hp_info[d->hp].kind != ROS_HP_REAL ? ros_hparams_set_u64(hp, d->hp, v.u, err) :
			ros_hparams_set_f64(hp, d->hp, v.kind == ROS_NUM_INT ? (double)v.u : v.f, err);
		if (code)
			return code;
		hp->state[d->hp] = ROS_HP_DEFAULTED;
	}
	return ROS_OK;
}

static bool has_size(const struct ros_size *size, const struct ros_hparams *hp)
{
	uint16_t i, known = 0;

	for (i = 0; i < size->value_count; i++) {
		const struct ros_size_value *v = &size->values[i];

		if (hp->state[v->hp] == ROS_HP_ABSENT)
			continue;
		known++;
		if (ros_hp_info[v->hp].kind == ROS_HP_REAL ? (float)hp->v[v->hp].f != (float)v->f : hp->v[v->hp].u != v->u)
			return false;
	}
	return known > 0;
}

const struct ros_size *ros_contract_size(const struct ros_contract *c, const struct ros_hparams *hp)
{
	uint16_t i;

	for (i = 0; i < c->size_count; i++)
		if (has_size(&c->sizes[i], hp))
			return &c->sizes[i];
	return NULL;
}

uint32_t ros_role_by_name(const struct ros_contract *c, const char *name)
{
	uint32_t i;

	for (i = 0; i < c->role_count; i++)
		if (strcmp(c->roles[i].name, name) == 0)
			return i;
	return ROS_NO_ROLE;
}
