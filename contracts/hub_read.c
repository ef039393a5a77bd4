#include "contracts/hub.h"

#include "contracts/hub_carry.h"
#include "contracts/hub_derive.h"
#include "contracts/hub_numbers.h"
#include "contracts/json_members.h"
#include "contracts/model_name.h"
#include "contracts/provenance.h"
#include "formats/apr.h"

#include <string.h>

static int own_files(struct ros_hub *hub, const struct ros_model *m, struct ros_error *err)
{
	for (size_t i = 0; i < m->file_count && !err->code; i++)
		ros_hub_add_file(hub, m->files[i].name, m->files[i].data, err);
	return err->code;
}

static const struct ros_json *parse_apr(struct ros_hub *hub, const struct ros_model *m, struct ros_error *err)
{
	const struct ros_meta_value *text = ros_meta_get(&m->meta, ROS_STR(ROS_APR_META_KEY));

	return text && text->type == ROS_META_STRING ? ros_json_parse(text->str, hub->arena, err) : NULL;
}

/* Files that lie beside the weights or inside the container. */
static int gather(struct ros_hub *hub, struct ros_hub_source *s, struct ros_error *err)
{
	switch (s->m->format) {
	case ROS_FORMAT_SAFETENSORS:
		hub->safetensors_meta = &s->m->meta;
		if (ros_carry_from_meta(hub, &s->m->meta, err))
			return err->code;
		break;
	case ROS_FORMAT_GGUF:
		s->gguf = &s->m->meta;
		if (ros_carry_from_meta(hub, &s->m->meta, err))
			return err->code;
		break;
	case ROS_FORMAT_APR:
		s->apr = parse_apr(hub, s->m, err);
		if (err->code || ros_carry_from_apr(hub, s->apr, err))
			return err->code;
		break;
	case ROS_FORMAT_COUNT:
		break;
	}
	return own_files(hub, s->m, err);
}

static const struct ros_json *parse_file(const struct ros_hub *hub, const char *name, struct ros_error *err)
{
	const struct ros_side_file *f = ros_hub_file(hub, name);
	const struct ros_json *root;
	struct ros_str text;

	if (!f || err->code)
		return NULL;
	text = (struct ros_str){ (const char *)f->data.ptr, f->data.len };
	root = ros_json_parse_python(text, hub->arena, err);
	if (!root)
		ros_error_in_file(err, name);
	return root;
}

static bool is_true(const struct ros_json *v, const char *word)
{
	return ros_str_equal(ros_json_str(v), ros_str_of(word));
}

/* How an APR's Q and K rows lie. rope_type 0 says "pair order", and is right in what was made from a GGUF; the reference's
 * importer writes it for Hugging Face files too, whose rows are in the other order. */
static void find_rows(struct ros_hub *hub, const struct ros_hub_source *s, const struct ros_hub_options *opt)
{
	const struct ros_contract *c = hub->contract;
	uint64_t type = 0;
	bool said = ros_json_u64(ros_json_get(s->apr, "rope_type"), &type);

	hub->rows_hf = -1;
	if (s->m->format != ROS_FORMAT_APR || !c || !c->tensors[ROS_FORMAT_GGUF].pair_rows || c->engine.rope_pair != ROS_PAIR_HALF)
		return;
	if (opt && opt->apr_rows >= 0)
		hub->rows_hf = opt->apr_rows;
	else if (said && type == 2)
		hub->rows_hf = 1;
	else if (is_true(ros_json_get(s->apr, "original_format"), "gguf"))
		hub->rows_hf = 0;
	else
		hub->rows_hf = 1;
	if (hub->rows_hf == 1 && !(said && type == 2) && !(opt && opt->apr_rows >= 0))
		ros_findings_add(s->findings, "apr.rope-type-doubt", ROS_STR("rope_type"),
				 "%s, which means pair order, but nothing says that the file was made from a GGUF: Q and K rows are "
				 "taken to be in Hugging Face order; say apr-rows gguf if its answers are nonsense",
				 said ? "rope_type is 0" : "rope_type is absent");
}

static void find_name(struct ros_hub *hub, const struct ros_hub_source *s, struct ros_error *err)
{
	const struct ros_meta_value *v = s->gguf ? ros_meta_get(s->gguf, ROS_STR("general.name")) : NULL;

	hub->name = ros_provenance_name(hub);
	if (!hub->name.ptr && v && v->type == ROS_META_STRING)
		hub->name = v->str;
	if (!hub->name.ptr && s->apr)
		hub->name = ros_json_str(ros_json_get(s->apr, "name"));
	if (!hub->name.ptr && s->m->format == ROS_FORMAT_SAFETENSORS)
		hub->name = ros_model_name(s->config, s->m->path, hub->arena, err);
}

int ros_hub_read(struct ros_hub *hub, const struct ros_model *m, const struct ros_hub_options *opt,
		 struct ros_arena *arena, struct ros_error *err)
{
	struct ros_findings findings;
	struct ros_hub_source s = { .m = m, .findings = &findings, .unread = opt && opt->unread };

	ros_findings_init(&findings, arena);
	*hub = (struct ros_hub){ .arena = arena, .layout_format = m->format, .rows_hf = -1 };
	if (gather(hub, &s, err))
		goto out;
	s.config = parse_file(hub, "config.json", err);
	hub->provenance = parse_file(hub, ROS_HUB_PROVENANCE, err);
	if (err->code || ros_hub_find_numbers(hub, &s, err))
		goto out;
	find_rows(hub, &s, opt);
	find_name(hub, &s, err);
	if (!s.config && !s.gguf && !s.apr)
		ros_findings_add(&findings, "hub.no-config", (struct ros_str){ NULL, 0 },
				 "no config.json: the family is not known, tensors keep their names");
	if (!err->code && (s.gguf || s.apr) && !hub->file_count)
		ros_hub_derive_files(hub, &s, err);
out:
	hub->missing = findings.items;
	hub->missing_count = findings.count;
	return err->code;
}
