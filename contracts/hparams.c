#include "contracts/hparams.h"

#include <math.h>
#include <string.h>

#include "formats/arena.h"

const struct ros_hp_info ros_hp_info[ROS_HP_COUNT] = {
#define HP(id, name, kind, cap, text) { #name, ROS_HP_##kind, cap, text },
#include "contracts/hparams.def"
#undef HP
};

void ros_hparams_init(struct ros_hparams *hp)
{
	memset(hp, 0, sizeof *hp);
}

static void store(struct ros_hparams *hp, enum ros_hp id, uint64_t u, double f)
{
	hp->v[id].u = u;
	hp->v[id].f = f;
	hp->state[id] = ROS_HP_GIVEN;
}

int ros_hparams_set_u64(struct ros_hparams *hp, enum ros_hp id, uint64_t value, struct ros_error *err)
{
	const struct ros_hp_info *info = &ros_hp_info[id];

	if ((double)value > info->cap)
		return ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s (%s): %llu found, at most %.17g makes sense", info->name,
				info->text, (unsigned long long)value, info->cap);
	store(hp, id, value, (double)value);
	return ROS_OK;
}

int ros_hparams_set_f64(struct ros_hparams *hp, enum ros_hp id, double value, struct ros_error *err)
{
	const struct ros_hp_info *info = &ros_hp_info[id];

	if (!isfinite(value) || fabs(value) > info->cap)
		return ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s (%s): %g found, at most %.17g makes sense", info->name,
				info->text, value, info->cap);
	if (info->kind != ROS_HP_REAL) {
		if (value < 0 || value != floor(value))
			return ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s (%s): %g found, a whole number wanted", info->name,
					info->text, value);
		return ros_hparams_set_u64(hp, id, (uint64_t)value, err);
	}
	store(hp, id, 0, value);
	return ROS_OK;
}

bool ros_hparams_u64(const struct ros_hparams *hp, enum ros_hp id, uint64_t *out)
{
	if (hp->state[id] == ROS_HP_ABSENT || ros_hp_info[id].kind == ROS_HP_REAL)
		return false;
	*out = hp->v[id].u;
	return true;
}

bool ros_hparams_f64(const struct ros_hparams *hp, enum ros_hp id, double *out)
{
	if (hp->state[id] == ROS_HP_ABSENT)
		return false;
	*out = ros_hp_info[id].kind == ROS_HP_REAL ? hp->v[id].f : (double)hp->v[id].u;
	return true;
}

enum ros_hp ros_hp_by_name(struct ros_str name)
{
	int i;

	for (i = 0; i < ROS_HP_COUNT; i++)
		if (ros_str_equal(name, ros_str_of(ros_hp_info[i].name)))
			break;
	return (enum ros_hp)i;
}

static const struct {
	const char *word;
	enum ros_rope_scaling kind;
} scalings[] = {
	{ "none", ROS_SCALING_NONE }, { "linear", ROS_SCALING_LINEAR }, { "dynamic", ROS_SCALING_DYNAMIC },
	{ "yarn", ROS_SCALING_YARN }, { "llama3", ROS_SCALING_LLAMA3 }, { "longrope", ROS_SCALING_LONGROPE },
	{ "default", ROS_SCALING_NONE }, { "su", ROS_SCALING_LONGROPE },        /* older spellings */
};

bool ros_rope_scaling_by_name(struct ros_str word, enum ros_rope_scaling *out)
{
	size_t i;

	for (i = 0; i < sizeof scalings / sizeof scalings[0]; i++)
		if (ros_str_equal(word, ros_str_of(scalings[i].word))) {
			*out = scalings[i].kind;
			return true;
		}
	return false;
}

const char *ros_rope_scaling_name(enum ros_rope_scaling kind)
{
	return scalings[kind].word;
}
