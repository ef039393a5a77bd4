/* Metadata of two models: what A's would be in B's format, against what B has. */
#include "config.h"

#include "rosetta/comparison.h"

#include "contracts/pre_tokenizers.h"
#include "contracts/provenance.h"
#include "contracts/tokens.h"
#include "formats/apr.h"
#include "rosetta/meta_text.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN 4

/* Keys that say where a file comes from, or how it is cut, and not what the model is. */
static bool is_incidental(struct ros_str key)
{
	static const char *const prefix[] = { "rosetta.", "split.", "general.alignment", "general.quantization_version" };

	for (size_t i = 0; i < sizeof prefix / sizeof *prefix; i++)
		if (key.len >= strlen(prefix[i]) && !memcmp(key.ptr, prefix[i], strlen(prefix[i])))
			return true;
	return false;
}

/* Names and descriptions are for people: another one is told, but it is no other model. By the architecture a reader chooses
 * how to compute. */
static bool is_description(struct ros_str key)
{
	if (ros_str_equal(key, ROS_STR("general.architecture")))
		return false;
	return (key.len > 8 && !memcmp(key.ptr, "general.", 8)) || ros_str_equal(key, ROS_STR("name")) || ros_str_equal(key, ROS_STR("format"))
		|| ros_str_equal(key, ROS_STR("original_format"));
}

/* A key that only one has: for "how do they differ" that is a difference. For "is B what A converts to" older converters leave
 * out or add many; the template, which decides what a model is told, must be there or not as in A. */
static bool lacking_matters(const struct ros_comparison *c, struct ros_str key)
{
	static const char template[] = "chat_template";

	return c->keys_alike || memmem(key.ptr, key.len, template, sizeof template - 1);
}

static void add(struct ros_comparison *c, struct ros_verdict *v, struct ros_str key, struct ros_str a, struct ros_str b)
{
	bool fatal = ((a.ptr && b.ptr) || lacking_matters(c, key)) && !is_description(key) && !c->opt.values;

	c->keys[c->key_count++] = (struct ros_key_difference){ key, a, b };
	c->keys_different++;
	ros_verdict_add(v, fatal, "compare.metadata", ROS_STR(""), "%.*s: %.*s in A, %.*s in B", (int)(key.len < 200 ? key.len : 200), key.ptr,
			a.ptr ? (int)(a.len < 200 ? a.len : 200) : 6, a.ptr ? a.ptr : "absent", b.ptr ? (int)(b.len < 200 ? b.len : 200) : 6, b.ptr ? b.ptr : "absent");
}

static struct ros_str shown(struct ros_comparison *c, const struct ros_meta_value *value, struct ros_error *err)
{
	struct ros_text t = { 0 };
	struct ros_str s;

	if (!value)
		return (struct ros_str){ NULL, 0 };
	ros_meta_put_text(&t, value, SHOWN);
	s = ros_arena_str(&c->a.arena, (struct ros_str){ t.ptr ? t.ptr : "", t.len }, err);
	ros_text_release(&t);
	return s;
}

/* Several names of a pre-tokenizer stand for one behaviour. */
static bool same_behaviour(struct ros_str key, const struct ros_meta_value *a, const struct ros_meta_value *b)
{
	const struct ros_pre_tokenizer *row;

	if (!ros_str_equal(key, ROS_STR("tokenizer.ggml.pre")) || a->type != ROS_META_STRING || b->type != ROS_META_STRING)
		return false;
	row = ros_pre_by_name(a->str);
	return row && row == ros_pre_by_name(b->str);
}

/* Does V under KEY say the same in A as OTHER does in B, or its absence (NULL)? */
static bool says_the_same(const struct ros_meta *b, struct ros_str key, const struct ros_meta_value *v, const struct ros_meta_value *other)
{
	if (!other)
		return ros_vocab_key_is_default(b, key, v);
	return ros_meta_equal(v, other) || same_behaviour(key, v, other);
}

/* A key of GGUF or of SafeTensors' own metadata. */
static void compare_meta(struct ros_comparison *c, const struct ros_meta *a, const struct ros_meta *b, struct ros_verdict *v, struct ros_error *err)
{
	for (size_t i = 0; i < a->count && !err->code; i++) {
		const struct ros_meta_value *other = ros_meta_get(b, a->entries[i].key);

		if (is_incidental(a->entries[i].key))
			continue;
		if (says_the_same(b, a->entries[i].key, &a->entries[i].value, other))
			c->keys_equal++;
		else
			add(c, v, a->entries[i].key, shown(c, &a->entries[i].value, err), shown(c, other, err));
	}
	for (size_t i = 0; i < b->count && !err->code; i++)
		if (!is_incidental(b->entries[i].key) && !ros_meta_get(a, b->entries[i].key) &&
		    !ros_vocab_key_is_default(a, b->entries[i].key, &b->entries[i].value))
			add(c, v, b->entries[i].key, (struct ros_str){ NULL, 0 }, shown(c, &b->entries[i].value, err));
}

/* A JSON value in one spelling, for comparing and showing. */
static struct ros_str json_text(struct ros_comparison *c, const struct ros_json *value, struct ros_error *err)
{
	struct ros_json_out o;
	struct ros_str s = { NULL, 0 };

	if (!value)
		return s;
	ros_json_out_init(&o, 0);
	ros_json_put_value(&o, NULL, value);
	if (o.failed)
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "metadata as text");
	else
		s = ros_arena_str(&c->a.arena, (struct ros_str){ o.text, o.len }, err);
	ros_json_out_release(&o);
	return s;
}

static const struct ros_json *member(const struct ros_json *object, struct ros_str key)
{
	for (const struct ros_json *m = object ? object->first : NULL; m; m = m->next)
		if (ros_str_equal(m->key, key))
			return m;
	return NULL;
}

static void compare_objects(struct ros_comparison *c, const struct ros_json *a, const struct ros_json *b, struct ros_verdict *v, struct ros_error *err)
{
	for (const struct ros_json *m = a->first; m && !err->code; m = m->next) {
		struct ros_str x = json_text(c, m, err), y = json_text(c, member(b, m->key), err);

		if (is_incidental(m->key))
			continue;
		if (y.ptr && ros_str_equal(x, y))
			c->keys_equal++;
		else
			add(c, v, m->key, x, y);
	}
	for (const struct ros_json *m = b->first; m && !err->code; m = m->next)
		if (!is_incidental(m->key) && !member(a, m->key))
			add(c, v, m->key, (struct ros_str){ NULL, 0 }, json_text(c, m, err));
}

static const struct ros_json *apr_root(struct ros_comparison *c, const struct ros_model *m, struct ros_error *err)
{
	const struct ros_meta_value *text = ros_meta_get(&m->meta, ros_str_of(ROS_APR_META_KEY));

	return text && text->type == ROS_META_STRING ? ros_json_parse(text->str, &c->a.arena, err) : NULL;
}

/* Written from a container's own keys, not carried: such files are compared as keys. */
static bool has_derived_files(const struct ros_hub *hub)
{
	return ros_hub_file(hub, ROS_HUB_GGUF) || ros_hub_file(hub, ROS_HUB_APR);
}

/* Files that both carry are told where they differ. */
static void compare_files(struct ros_comparison *c, struct ros_verdict *v)
{
	const struct ros_hub *a = &c->a.hub, *b = &c->b.hub;

	if (has_derived_files(a) || has_derived_files(b))
		return;
	for (size_t i = 0; i < a->file_count; i++) {
		struct ros_str name = a->files[i].name;
		const struct ros_side_file *f = ros_hub_file(b, name.ptr);

		if (!f || (name.len > 8 && !memcmp(name.ptr, "rosetta.", 8)))
			continue;
		if (f->data.len == a->files[i].data.len && !memcmp(f->data.ptr, a->files[i].data.ptr, f->data.len))
			c->keys_equal++;
		else
			ros_verdict_add(v, false, "compare.file", name, "the two differ in this file");
	}
}

static size_t members(const struct ros_json *o)
{
	return o ? o->count : 0;
}

int ros_comparison_metadata(struct ros_comparison *c, struct ros_verdict *v, struct ros_error *err)
{
	struct ros_hub_options how = { .apr_rows = c->b.hub.rows_hf, .lone = true };
	const struct ros_json *x = NULL, *y = NULL;
	struct ros_model as_b;

	if (c->opt.no_metadata || c->opt.values || !c->a.known || !c->b.known)
		return 0;
	ros_model_init(&as_b, c->b.model.format);
	if (ros_model_alloc_tensors(&as_b, c->b.model.tensor_count, err))
		goto out;
	memcpy(as_b.tensors, c->b.model.tensors, as_b.tensor_count * sizeof *as_b.tensors);
	as_b.path = c->b.model.path;
	if (ros_model_index(&as_b, err) || ros_hub_write(&c->a.hub, &as_b, &how, err))
		goto out;
	if (as_b.format == ROS_FORMAT_APR) {
		x = apr_root(c, &as_b, err);
		y = apr_root(c, &c->b.model, err);
	}
	c->keys = ros_arena_alloc(&c->a.arena, as_b.meta.count + c->b.model.meta.count + members(x) + members(y), sizeof *c->keys, err);
	if (err->code)
		goto out;
	if (x && y)
		compare_objects(c, x, y, v, err);
	else if (as_b.format == ROS_FORMAT_GGUF)
		compare_meta(c, &as_b.meta, &c->b.model.meta, v, err);
	compare_files(c, v);
out:
	/* what is shown was copied; keys are copied last */
	for (size_t i = 0; i < c->key_count; i++)
		c->keys[i].key = ros_arena_str(&c->a.arena, c->keys[i].key, err);
	ros_model_release(&as_b);
	return err->code;
}
