/* Numbers of two configurations that GGUF has no keys for: what makes rope factors, say, which there are a tensor. */
#include "rosetta/comparison.h"

#include <stdio.h>

static bool gguf_says(const struct ros_contract *c, enum ros_hp id)
{
	for (uint16_t i = 0; i < c->gguf.count; i++)
		if (c->gguf.rules[i].source == ROS_KEY_NUMBER && c->gguf.rules[i].hp == id)
			return true;
	return false;
}

/* Where no key says it these follow from which tensors are there, and those are compared themselves. */
static bool tensors_tell(enum ros_hp id)
{
	return id == ROS_HP_TIED || id == ROS_HP_ATTN_BIAS || id == ROS_HP_MLP_BIAS || id == ROS_HP_NORM_BIAS;
}

static bool same_layers(const struct ros_hparams *a, const struct ros_hparams *b, enum ros_hp id)
{
	if (!a->by_layer[id] || !b->by_layer[id] || a->layer_count != b->layer_count)
		return a->by_layer[id] == b->by_layer[id];
	for (size_t i = 0; i < a->layer_count; i++)
		if (a->by_layer[id][i] != b->by_layer[id][i])
			return false;
	return true;
}

static bool same(const struct ros_hparams *a, const struct ros_hparams *b, enum ros_hp id)
{
	if ((a->state[id] == ROS_HP_ABSENT) != (b->state[id] == ROS_HP_ABSENT))
		return false;
	if (a->state[id] == ROS_HP_ABSENT)
		return true;
	if (ros_hp_info[id].kind == ROS_HP_REAL)
		return (float)a->v[id].f == (float)b->v[id].f;
	return a->v[id].u == b->v[id].u && same_layers(a, b, id);
}

static struct ros_str text_of(const struct ros_hparams *hp, enum ros_hp id, char *text, size_t room)
{
	if (hp->state[id] == ROS_HP_ABSENT)
		return (struct ros_str){ NULL, 0 };
	if (ros_hp_info[id].kind == ROS_HP_SCALING)
		return ros_str_of(ros_rope_scaling_name((enum ros_rope_scaling)hp->v[id].u));
	if (ros_hp_info[id].kind == ROS_HP_REAL)
		snprintf(text, room, "%.9g", hp->v[id].f);
	else
		snprintf(text, room, "%llu%s", (unsigned long long)hp->v[id].u, hp->by_layer[id] ? " at most, by layer" : "");
	return ros_str_of(text);
}

static int compare_factors(struct ros_comparison *c, const char *name, const double *a, size_t m, const double *b, size_t n,
			   struct ros_verdict *v, struct ros_error *err)
{
	char x[64], y[64];
	size_t i = 0;

	while (i < m && i < n && (float)a[i] == (float)b[i])
		i++;
	if (i == m && i == n)
		return 0;
	snprintf(x, sizeof x, i < m ? "%zu factors, number %zu is %.9g" : "%zu factors", m, i, i < m ? a[i] : 0);
	snprintf(y, sizeof y, i < n ? "%zu factors, number %zu is %.9g" : "%zu factors", n, i, i < n ? b[i] : 0);
	return ros_comparison_key(c, true, ros_str_of(name), ros_str_of(x), ros_str_of(y), v, err);
}

/* HUB's numbers are those of a real config.json: it could say all of them. */
static bool is_configured(const struct ros_hub *hub)
{
	return hub->hp && hub->contract && ros_hub_file(hub, "config.json") && !ros_hub_file(hub, ROS_HUB_GGUF) && !ros_hub_file(hub, ROS_HUB_APR);
}

int ros_comparison_numbers(struct ros_comparison *c, struct ros_verdict *v, struct ros_error *err)
{
	const struct ros_hparams *a = c->a.hub.hp, *b = c->b.hub.hp;
	char x[64], y[64];

	if (!is_configured(&c->a.hub) || !is_configured(&c->b.hub))
		return 0;
	for (unsigned i = 0; i < ROS_HP_COUNT && !err->code; i++) {
		enum ros_hp id = (enum ros_hp)i;

		if (!gguf_says(c->a.hub.contract, id) && !tensors_tell(id) && !same(a, b, id))
			ros_comparison_key(c, true, ros_str_of(ros_hp_info[i].name), text_of(a, id, x, sizeof x), text_of(b, id, y, sizeof y), v, err);
	}
	if (!err->code)
		compare_factors(c, "long_factor", a->rope_long, a->rope_long_count, b->rope_long, b->rope_long_count, v, err);
	if (!err->code)
		compare_factors(c, "short_factor", a->rope_short, a->rope_short_count, b->rope_short, b->rope_short_count, v, err);
	return err->code;
}
