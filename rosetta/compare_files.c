/* The side files of two models, and SafeTensors' own metadata, word for word. What decides computation and tokens was compared by
 * its meaning before; here the rest is told. */
#include "rosetta/comparison.h"

#include "contracts/json_members.h"
#include "contracts/tokens.h"
#include "rosetta/compare_keys.h"
#include "rosetta/meta_text.h"

#include "formats/limits.h"

#include <string.h>

#define TOLD_SIZE (1u << 20)    /* bytes; members of larger files are not told one by one */

/* Members of config.json that no computation asks. */
static bool decides_nothing(struct ros_str key)
{
	static const char *const words[] = { "transformers_version", "torch_dtype", "dtype", "_name_or_path" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (ros_str_equal(key, ros_str_of(words[i])))
			return true;
	return false;
}

/* The word for the activation, which no other format has a key for. */
static bool is_activation(const struct ros_contract *c, struct ros_str key)
{
	for (uint16_t i = 0; i < c->config.count; i++) {
		const struct ros_key_rule *rule = &c->config.rules[i];

		if (rule->source != ROS_KEY_ACTIVATION)
			continue;
		if (ros_str_equal(key, ros_str_of(rule->key)))
			return true;
		for (const char *const *alias = rule->aliases; alias && *alias; alias++)
			if (ros_str_equal(key, ros_str_of(*alias)))
				return true;
	}
	return false;
}

/* Does member KEY of FILE decide computation or tokens, where that was not compared by its meaning? */
static bool decides(const struct ros_comparison *c, struct ros_str file, struct ros_str key)
{
	bool config = ros_str_equal(file, ROS_STR("config.json"));

	if (config || ros_str_equal(file, ROS_STR("generation_config.json")))
		if (ros_str_ends(key, "_token_id"))
			return true;
	if (!config)
		return false;
	return c->a.known ? is_activation(c->a.hub.contract, key) : !decides_nothing(key);
}

/* A member in one spelling; {NULL, 0} when absent. */
static struct ros_str spelled(struct ros_comparison *c, const struct ros_json *value, struct ros_error *err)
{
	struct ros_str text = { NULL, 0 };
	struct ros_json_out o;

	if (!value || err->code)
		return text;
	ros_json_out_init(&o, 0);
	ros_json_put_value(&o, NULL, value);
	ros_json_to_arena(&o, &c->a.arena, &text, err);
	return text;
}

struct pair {
	struct ros_comparison *c;
	struct ros_str name;
	size_t told;
};

static void tell_member(struct pair *p, struct ros_str key, struct ros_str x, struct ros_str y, struct ros_verdict *v, struct ros_error *err)
{
	bool fatal = decides(p->c, p->name, key) && ((x.ptr && y.ptr) || p->c->keys_alike);
	struct ros_str path = ros_arena_printf(&p->c->a.arena, err, "%.*s: %.*s", (int)p->name.len, p->name.ptr, (int)(key.len < ROS_MAX_KEY ? key.len : ROS_MAX_KEY), key.ptr);

	if (path.ptr)
		ros_comparison_key(p->c, fatal, path, x, y, v, err);
	p->told++;
}

static void tell_members(struct pair *p, const struct ros_json *a, const struct ros_json *b, struct ros_verdict *v, struct ros_error *err)
{
	for (const struct ros_json *m = a->first; m && !err->code; m = m->next) {
		struct ros_str x = spelled(p->c, m, err), y = spelled(p->c, ros_json_getk(b, m->key), err);

		if (!err->code && !(y.ptr && ros_str_equal(x, y)))
			tell_member(p, m->key, x, y, v, err);
	}
	for (const struct ros_json *m = b->first; m && !err->code; m = m->next)
		if (!ros_json_getk(a, m->key))
			tell_member(p, m->key, (struct ros_str){ NULL, 0 }, spelled(p->c, m, err), v, err);
}

static const struct ros_json *object_of(struct ros_comparison *c, const struct ros_side_file *f)
{
	struct ros_error odd = { 0 };   /* no JSON: told as a file */
	const struct ros_json *root = NULL;

	if (f->data.len <= TOLD_SIZE && f->name.len > 5 && !memcmp(f->name.ptr + f->name.len - 5, ".json", 5))
		root = ros_json_parse_python((struct ros_str){ (const char *)f->data.ptr, f->data.len }, &c->a.arena, &odd);
	return root && root->type == ROS_JSON_OBJECT && root->count <= ROS_JSON_MEMBERS * 4 ? root : NULL;
}

static int compare_pair(struct ros_comparison *c, const struct ros_side_file *a, const struct ros_side_file *b, struct ros_verdict *v,
			struct ros_error *err)
{
	struct pair p = { .c = c, .name = a->name };
	const struct ros_json *x, *y;

	if (a->data.len == b->data.len && !memcmp(a->data.ptr, b->data.ptr, a->data.len))
		return 0;
	x = object_of(c, a);
	y = x ? object_of(c, b) : NULL;
	if (x && y)
		tell_members(&p, x, y, v, err);
	if (!p.told)
		ros_verdict_add(v, false, "compare.file", a->name, x && y ? "the two differ in spelling" : "the two differ in this file");
	return err->code;
}

/* By the length of NAME: carried ones are views into their file. */
static const struct ros_side_file *find(const struct ros_hub *hub, struct ros_str name)
{
	for (size_t i = 0; i < hub->file_count; i++)
		if (ros_str_equal(hub->files[i].name, name))
			return &hub->files[i];
	return NULL;
}

static void tell_lone(const struct ros_hub *a, const struct ros_hub *b, const char *where, struct ros_verdict *v)
{
	for (size_t i = 0; i < a->file_count; i++)
		if (!ros_key_is_ours(a->files[i].name) && !find(b, a->files[i].name))
			ros_verdict_add(v, false, "compare.file", a->files[i].name, "%s", where);
}

/* __metadata__ of two SafeTensors. */
static int compare_own(struct ros_comparison *c, const struct ros_meta *a, const struct ros_meta *b, bool swapped, struct ros_verdict *v,
		       struct ros_error *err)
{
	for (size_t i = 0; i < a->count && !err->code; i++) {
		struct ros_str key = a->entries[i].key, path, x = a->entries[i].value.str, y = { NULL, 0 };
		const struct ros_meta_value *other = ros_meta_get(b, key);

		if (ros_key_is_ours(key) || (other && ros_meta_equal(&a->entries[i].value, other)))
			continue;
		y = other ? other->str : y;
		path = ros_arena_printf(&c->a.arena, err, "__metadata__: %.*s", (int)(key.len < ROS_MAX_KEY ? key.len : ROS_MAX_KEY), key.ptr);
		if (path.ptr)
			ros_comparison_key(c, c->keys_alike && !ros_key_describes(key), path, swapped ? y : x, swapped ? x : y, v, err);
	}
	return err->code;
}

int ros_comparison_files(struct ros_comparison *c, struct ros_verdict *v, struct ros_error *err)
{
	const struct ros_hub *a = &c->a.hub, *b = &c->b.hub;

	if (c->a.model.format == ROS_FORMAT_SAFETENSORS && c->b.model.format == ROS_FORMAT_SAFETENSORS &&
	    (compare_own(c, &c->a.model.meta, &c->b.model.meta, false, v, err) || compare_own(c, &c->b.model.meta, &c->a.model.meta, true, v, err)))
		return err->code;
	if (ros_hub_is_derived(a) || ros_hub_is_derived(b) || !a->file_count || !b->file_count)
		return 0;
	for (size_t i = 0; i < a->file_count && !err->code; i++) {
		const struct ros_side_file *f = ros_key_is_ours(a->files[i].name) ? NULL : find(b, a->files[i].name);

		if (f)
			compare_pair(c, &a->files[i], f, v, err);
	}
	tell_lone(a, b, "in A only", v);
	tell_lone(b, a, "in B only", v);
	return err->code;
}
