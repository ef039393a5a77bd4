#include "contracts/provenance.h"

#include "contracts/buffers.h"
#include "contracts/contract.h"
#include "contracts/tokens.h"
#include "formats/digest.h"
#include "formats/format.h"

#include <string.h>

static const struct ros_json *origin(const struct ros_hub *hub)
{
	return ros_json_get(hub->provenance, "origin");
}

/* ---- making ---- */

static enum ros_dtype commonest(const struct ros_model *m)
{
	size_t count[ROS_DTYPE_COUNT] = { 0 };
	unsigned best = 0;

	for (size_t i = 0; i < m->tensor_count; i++)
		count[m->tensors[i].dtype]++;
	for (unsigned t = 1; t < ROS_DTYPE_COUNT; t++)
		if (count[t] > count[best])
			best = t;
	return (enum ros_dtype)best;
}

static void put_dtypes(struct ros_json_out *o, const struct ros_model *m)
{
	enum ros_dtype usual = commonest(m);

	if (!m->tensor_count)
		return;
	ros_json_open_object(o, "dtypes");
	ros_json_put_str(o, "default", ros_str_of(ros_dtypes[usual].name));
	ros_json_open_object(o, "tensors");
	for (size_t i = 0; i < m->tensor_count; i++)
		if (m->tensors[i].dtype != usual)
			ros_json_put_strk(o, m->tensors[i].name, ros_str_of(ros_dtypes[m->tensors[i].dtype].name));
	ros_json_close_object(o);
	ros_json_close_object(o);
}

static void put_files(struct ros_json_out *o, const struct ros_origin_file *files, size_t count)
{
	ros_json_open_array(o, "files");
	for (size_t i = 0; i < count; i++) {
		ros_json_open_object(o, NULL);
		ros_json_put_str(o, "name", files[i].name);
		ros_json_put_u64(o, "size", files[i].size);
		if (files[i].digest.len)
			ros_json_put_str(o, files[i].digest_kind, files[i].digest);
		ros_json_close_object(o);
	}
	ros_json_close_array(o);
}

/* Keys that carry side files are not the origin's own. */
static bool is_carried(struct ros_str key)
{
	return key.len >= 8 && !memcmp(key.ptr, "rosetta.", 8);
}

static void put_metadata(struct ros_json_out *o, const struct ros_meta *meta)
{
	size_t own = 0;

	for (size_t i = 0; meta && i < meta->count; i++)
		own += !is_carried(meta->entries[i].key);
	if (!own)
		return;
	ros_json_open_object(o, "metadata");
	for (size_t i = 0; i < meta->count; i++)
		if (!is_carried(meta->entries[i].key) && meta->entries[i].value.type == ROS_META_STRING)
			ros_json_put_strk(o, meta->entries[i].key, meta->entries[i].value.str);
	ros_json_close_object(o);
}

/* The name of the first tensor of M that rule list LIST makes of ROLE; {NULL, 0} when M has none. */
static struct ros_str tensor_of_role(const struct ros_tensor_list *list, uint32_t role, const struct ros_model *m)
{
	for (uint16_t i = 0; i < list->count; i++) {
		const struct ros_tensor_rule *rule = &list->rules[i];

		if (rule->part_count == 1 && rule->parts[0].role == role && !strchr(rule->name, '{') &&
		    ros_model_find(m, ros_str_of(rule->name)))
			return ros_str_of(rule->name);
	}
	return (struct ros_str){ NULL, 0 };
}

/* Which spellings of a matrix that may be tied are there? An APR repeats a tied one for its readers' sake. */
static void put_tied(struct ros_json_out *o, const struct ros_hub *hub, const struct ros_model *m)
{
	const struct ros_contract *c = hub->contract;
	uint64_t tied = 0;

	for (uint16_t r = 0; c && r < c->role_count; r++) {
		const struct ros_tensor_list *list = &c->tensors[hub->layout_format];
		struct ros_str mine, other;

		if (c->roles[r].tied_to == ROS_NO_ROLE)
			continue;
		mine = tensor_of_role(list, r, m);
		other = tensor_of_role(list, c->roles[r].tied_to, m);
		if (mine.ptr && other.ptr && !(m->format == ROS_FORMAT_APR && hub->hp && ros_hparams_u64(hub->hp, ROS_HP_TIED, &tied) && tied))
			ros_json_put_bool(o, "output_present", true);
		if (!mine.ptr != !other.ptr)
			ros_json_put_str(o, "tied", mine.ptr ? mine : other);
		return;
	}
}

/* Files next to a foreign container's record are all written from its keys. */
static void put_derived(struct ros_json_out *o, const struct ros_hub *hub)
{
	char hex[2 * ROS_DIGEST_MAX + 1];

	if (!ros_hub_file(hub, ROS_HUB_GGUF) && !ros_hub_file(hub, ROS_HUB_APR))
		return;
	ros_json_open_object(o, "derived");
	for (size_t i = 0; i < hub->file_count; i++) {
		const struct ros_side_file *f = &hub->files[i];
		struct ros_digest d;

		if (is_carried(f->name))
			continue;
		d = ros_digest_of(ROS_SHA256, f->data.ptr, f->data.len);
		ros_digest_hex(&d, hex);
		ros_json_put_strk(o, f->name, ros_str_of(hex));
	}
	ros_json_close_object(o);
}

int ros_provenance_add(struct ros_hub *hub, const struct ros_model *m, const struct ros_model *types, const struct ros_binding *b,
		       const struct ros_origin_file *files, size_t count, struct ros_error *err)
{
	struct ros_json_out o;
	struct ros_str text;

	if (ros_hub_file(hub, ROS_HUB_PROVENANCE))
		return 0;
	ros_json_out_init(&o, 1);
	ros_json_open_object(&o, NULL);
	ros_json_put_str(&o, "schema", ROS_STR("rosetta.provenance/1"));
	ros_json_open_object(&o, "origin");
	ros_json_put_str(&o, "format", ros_str_of(ros_formats[m->format].name));
	if (hub->name.ptr)
		ros_json_put_str(&o, "name", hub->name);
	put_files(&o, files, count);
	put_metadata(&o, m->format == ROS_FORMAT_SAFETENSORS ? &m->meta : NULL);
	put_dtypes(&o, types);
	if (b)
		ros_buffers_put(&o, b, hub->arena, err);
	put_tied(&o, hub, m);
	ros_json_close_object(&o);
	put_derived(&o, hub);
	ros_json_close_object(&o);
	if (ros_json_to_arena(&o, hub->arena, &text, err) ||
	    ros_hub_add_file(hub, ROS_STR(ROS_HUB_PROVENANCE), (struct ros_bytes){ (const uint8_t *)text.ptr, text.len }, err))
		return err->code;
	hub->provenance = ros_json_parse(text, hub->arena, err);
	return err->code;
}

/* ---- asking ---- */

enum ros_format_id ros_provenance_format(const struct ros_hub *hub)
{
	return ros_format_by_name(ros_json_str(ros_json_get(origin(hub), "format")));
}

bool ros_provenance_dtype(const struct ros_hub *hub, struct ros_str name, enum ros_dtype *type)
{
	const struct ros_json *dtypes = ros_json_get(origin(hub), "dtypes"), *list = ros_json_get(dtypes, "tensors"), *said = NULL;

	if (ros_provenance_format(hub) != ROS_FORMAT_SAFETENSORS)
		return false;
	for (const struct ros_json *t = list && list->type == ROS_JSON_OBJECT ? list->first : NULL; t && !said; t = t->next)
		if (ros_str_equal(t->key, name))
			said = t;
	*type = ros_dtype_by_name(ros_json_str(said ? said : ros_json_get(dtypes, "default")));
	return *type != ROS_DTYPE_COUNT;
}

bool ros_provenance_output_present(const struct ros_hub *hub)
{
	const struct ros_json *v = ros_json_get(origin(hub), "output_present");

	return v && v->type == ROS_JSON_BOOL && v->boolean;
}

struct ros_str ros_provenance_tied(const struct ros_hub *hub)
{
	return ros_json_str(ros_json_get(origin(hub), "tied"));
}

struct ros_str ros_provenance_stale(const struct ros_hub *hub)
{
	const struct ros_json *list = ros_json_get(hub->provenance, "derived");
	char hex[2 * ROS_DIGEST_MAX + 1];

	for (const struct ros_json *e = list && list->type == ROS_JSON_OBJECT ? list->first : NULL; e; e = e->next) {
		const struct ros_side_file *f = NULL;
		struct ros_digest d;

		for (size_t i = 0; i < hub->file_count && !f; i++)
			f = ros_str_equal(hub->files[i].name, e->key) ? &hub->files[i] : NULL;
		if (!f)
			return e->key;
		d = ros_digest_of(ROS_SHA256, f->data.ptr, f->data.len);
		ros_digest_hex(&d, hex);
		if (!ros_str_equal(ros_json_str(e), ros_str_of(hex)))
			return e->key;
	}
	return (struct ros_str){ NULL, 0 };
}

struct ros_str ros_provenance_name(const struct ros_hub *hub)
{
	return ros_json_str(ros_json_get(origin(hub), "name"));
}

const struct ros_json *ros_provenance_buffers(const struct ros_hub *hub)
{
	return ros_json_get(origin(hub), "buffers");
}

const struct ros_json *ros_provenance_metadata(const struct ros_hub *hub)
{
	const struct ros_json *meta = ros_json_get(origin(hub), "metadata");

	return meta && meta->type == ROS_JSON_OBJECT ? meta : NULL;
}
