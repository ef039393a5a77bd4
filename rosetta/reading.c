#include "rosetta/reading.h"

#include "contracts/tokens.h"
#include "formats/apr.h"
#include "rosetta/compare_keys.h"

#include <string.h>

static const struct ros_json *apr_root(const struct ros_model *m, struct ros_arena *arena, struct ros_error *err)
{
	const struct ros_meta_value *text = ros_meta_get(&m->meta, ROS_STR(ROS_APR_META_KEY));

	return text && text->type == ROS_META_STRING ? ros_json_parse(text->str, arena, err) : NULL;
}

/* A JSON value in one spelling. */
static struct ros_str one_spelling(const struct ros_json *value, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_json_out o;
	struct ros_str text = { NULL, 0 };

	ros_json_out_init(&o, 0);
	ros_json_put_value(&o, NULL, value);
	ros_json_to_arena(&o, arena, &text, err);
	return text;
}

/* M's members become R's keys. */
static int flatten(struct ros_reading *r, const struct ros_model *m, struct ros_error *err)
{
	const struct ros_json *root = apr_root(m, &r->model.arena, err);

	ros_meta_init(&r->keys, &r->model.arena);
	for (const struct ros_json *e = root ? root->first : NULL; e && !err->code; e = e->next) {
		struct ros_str text = ros_key_is_incidental(e->key) ? (struct ros_str){ NULL, 0 } : one_spelling(e, &r->model.arena, err);

		if (text.ptr)
			ros_meta_set(&r->keys, e->key, ros_meta_str(text), err);
	}
	return err->code;
}

static int take_keys(struct ros_reading *r, const struct ros_model *m, struct ros_error *err)
{
	if (m->format == ROS_FORMAT_APR)
		return flatten(r, m, err);
	r->keys = m->meta;
	return 0;
}

int ros_reading_of_file(struct ros_reading *r, const struct ros_model *m, struct ros_error *err)
{
	*r = (struct ros_reading){ 0 };
	ros_model_init(&r->model, m->format);
	return take_keys(r, m, err);
}

/* HUB without the exact records of foreign containers. */
static int without_records(const struct ros_hub *hub, struct ros_hub *plain, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_side_file *files = ros_arena_alloc(arena, hub->file_count, sizeof *files, err);
	size_t n = 0;

	*plain = *hub;
	for (size_t i = 0; files && i < hub->file_count; i++)
		if (!ros_str_equal(hub->files[i].name, ROS_STR(ROS_HUB_GGUF)) && !ros_str_equal(hub->files[i].name, ROS_STR(ROS_HUB_APR)))
			files[n++] = hub->files[i];
	plain->files = files;
	plain->file_count = n;
	return err->code;
}

int ros_reading_of_hub(struct ros_reading *r, const struct ros_hub *hub, enum ros_format_id format, const struct ros_model *m,
		       int rows, bool exact, struct ros_error *err)
{
	struct ros_hub_options how = { .apr_rows = rows, .strip = true };
	struct ros_hub plain = *hub;

	*r = (struct ros_reading){ 0 };
	ros_model_init(&r->model, format);
	r->model.path = m->path;
	if (ros_model_alloc_tensors(&r->model, m->tensor_count, err))
		return err->code;
	memcpy(r->model.tensors, m->tensors, m->tensor_count * sizeof *m->tensors);
	if (ros_model_index(&r->model, err) || (!exact && without_records(hub, &plain, &r->model.arena, err)))
		return err->code;
	if (ros_hub_write(&plain, &r->model, &how, err))
		return err->code;
	return take_keys(r, &r->model, err);
}

/* M's metadata without what we carry in it, into META of ARENA. */
static int own_keys(const struct ros_model *m, struct ros_meta *meta, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_json_out o;
	struct ros_str text;
	const struct ros_json *root;

	ros_meta_init(meta, arena);
	if (m->format != ROS_FORMAT_APR) {
		for (size_t i = 0; i < m->meta.count && !err->code; i++)
			if (!ros_key_is_ours(m->meta.entries[i].key))
				ros_meta_set(meta, m->meta.entries[i].key, m->meta.entries[i].value, err);
		return err->code;
	}
	root = apr_root(m, arena, err);
	ros_json_out_init(&o, 0);
	ros_json_open_object(&o, NULL);
	for (const struct ros_json *e = root ? root->first : NULL; e && !err->code; e = e->next) {
		struct ros_str key = ros_arena_str(arena, e->key, err);

		if (key.ptr && !ros_key_is_ours(e->key))
			ros_json_put_value(&o, key.ptr, e);
	}
	ros_json_close_object(&o);
	if (ros_json_to_arena(&o, arena, &text, err))
		return err->code;
	return ros_meta_set(meta, ROS_STR(ROS_APR_META_KEY), ros_meta_str(text), err);
}

int ros_reading_of_keys(struct ros_reading *r, const struct ros_model *m, struct ros_error *err)
{
	struct ros_error odd = { 0 };
	struct ros_model own = *m;
	struct ros_arena arena;
	struct ros_hub hub;

	ros_arena_init(&arena, 0);
	own.files = NULL;
	own.file_count = 0;
	*r = (struct ros_reading){ 0 };
	ros_model_init(&r->model, m->format);
	if (!own_keys(m, &own.meta, &arena, &odd) && !ros_hub_read(&hub, &own, NULL, &arena, &odd)) {
		ros_reading_release(r);
		ros_reading_of_hub(r, &hub, m->format, m, hub.rows_hf, false, &odd);
	}
	if (odd.code == ROS_ENOMEM)
		*err = odd;
	if (odd.code)
		r->keys = (struct ros_meta){ 0 };
	else
		r->hub_arena = arena;
	if (odd.code)
		ros_arena_release(&arena);
	return err->code;
}

void ros_reading_release(struct ros_reading *r)
{
	ros_model_release(&r->model);
	ros_arena_release(&r->hub_arena);
	*r = (struct ros_reading){ 0 };
}
