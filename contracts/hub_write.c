#include "contracts/hub.h"

#include "contracts/hub_apr.h"
#include "contracts/hub_carry.h"
#include "contracts/hub_derive.h"
#include "contracts/hub_gguf.h"
#include "contracts/hub_vocabulary.h"
#include "contracts/provenance.h"
#include "contracts/tokens.h"

int ros_hub_recorded(const struct ros_hub *hub, enum ros_format_id format, struct ros_hub_tensor **list, size_t *count,
		     struct ros_error *err)
{
	const struct ros_side_file *file = format == ROS_FORMAT_GGUF ? ros_hub_file(hub, ROS_HUB_GGUF) : NULL;

	*list = NULL;
	*count = 0;
	if (!file)
		return 0;
	return ros_gguf_recorded_tensors((struct ros_str){ (const char *)file->data.ptr, file->data.len }, hub->arena, list, count, err);
}

static bool strips(const struct ros_hub_options *opt)
{
	return opt && opt->strip;
}

/* __metadata__: the source's own, else the one that the origin had, else "format": "pt", which loaders ask for. */
static int write_safetensors_meta(const struct ros_hub *hub, struct ros_meta *meta, struct ros_error *err)
{
	const struct ros_json *origin = ros_provenance_metadata(hub);
	const struct ros_meta *own = hub->safetensors_meta;
	struct ros_str rest = ROS_STR("rosetta.");

	for (size_t i = 0; own && i < own->count && !err->code; i++)
		if (own->entries[i].key.len < rest.len || ros_str_compare((struct ros_str){ own->entries[i].key.ptr, rest.len }, rest))
			ros_meta_set(meta, own->entries[i].key, own->entries[i].value, err);
	for (const struct ros_json *e = own || !origin ? NULL : origin->first; e && !err->code; e = e->next)
		if (e->type == ROS_JSON_STRING)
			ros_meta_set(meta, e->key, ros_meta_str(e->text), err);
	if (!own && !origin && !err->code)
		ros_meta_set(meta, ROS_STR("format"), ros_meta_str(ROS_STR("pt")), err);
	return err->code;
}

/* What is wrong with the vocabulary of a folder is wrong whatever is made of it; the other formats see it when they write theirs. */
static int look_at_vocabulary(const struct ros_hub *hub, struct ros_model *dst, struct ros_findings *f, struct ros_error *err)
{
	struct ros_vocab v;

	if (!hub->safetensors_meta || !hub->file_count)
		return 0;
	return ros_hub_vocabulary(hub, &v, &dst->arena, f, err);
}

static int write_safetensors(const struct ros_hub *hub, struct ros_model *dst, const struct ros_hub_options *opt, struct ros_findings *f,
			     struct ros_error *err)
{
	if (write_safetensors_meta(hub, &dst->meta, err) || strips(opt) || look_at_vocabulary(hub, dst, f, err))
		return err->code;
	if (opt && opt->lone)
		return ros_carry_to_safetensors(hub, &dst->meta, err);
	for (size_t i = 0; i < hub->file_count && !err->code; i++)
		ros_model_add_file(dst, hub->files[i].name, hub->files[i].data, err);
	return err->code;
}

/* Does the exact record NAME still say what the files say? Somebody may have edited them since. */
static bool record_holds(const struct ros_hub *hub, const char *name, struct ros_findings *f)
{
	struct ros_str stale;

	if (!ros_hub_file(hub, name))
		return false;
	stale = ros_provenance_stale(hub);
	if (stale.ptr)
		ros_findings_add(f, "hub.record-stale", stale, "changed or removed since it was written: the metadata is made from the files, %s is passed over",
				 name);
	return !stale.ptr;
}

static int write_gguf(const struct ros_hub *hub, struct ros_model *dst, const struct ros_hub_options *opt, struct ros_findings *f,
		      struct ros_error *err)
{
	if (record_holds(hub, ROS_HUB_GGUF, f))
		return ros_hub_restore_gguf(hub, dst, opt, err);
	if (ros_hub_to_gguf(hub, dst, opt, f, err) || strips(opt))
		return err->code;
	return ros_carry_to_gguf(hub, &dst->meta, err);
}

int ros_hub_write(const struct ros_hub *hub, struct ros_model *dst, const struct ros_hub_options *opt,
		  struct ros_error *err)
{
	struct ros_findings findings;

	ros_findings_init(&findings, &dst->arena);
	if (!dst->meta.arena)
		ros_meta_init(&dst->meta, &dst->arena);
	switch (dst->format) {
	case ROS_FORMAT_SAFETENSORS:
		write_safetensors(hub, dst, opt, &findings, err);
		break;
	case ROS_FORMAT_GGUF:
		write_gguf(hub, dst, opt, &findings, err);
		break;
	case ROS_FORMAT_APR:
		if (record_holds(hub, ROS_HUB_APR, &findings))
			ros_hub_restore_apr(hub, dst, opt, err);
		else
			ros_hub_to_apr(hub, dst, opt, &findings, err);
		break;
	case ROS_FORMAT_COUNT:
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "no format to write metadata for");
	}
	for (size_t i = 0; i < findings.count; i++)
		ros_model_warn(dst, findings.items[i].rule.ptr, findings.items[i].subject, "%.*s", (int)findings.items[i].text.len,
			       findings.items[i].text.ptr);
	return err->code;
}
