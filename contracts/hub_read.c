#include "contracts/hub.h"

#include "contracts/hub_agree.h"
#include "contracts/hub_apr.h"
#include "contracts/hub_carry.h"
#include "contracts/hub_derive.h"
#include "contracts/hub_numbers.h"
#include "contracts/json_members.h"
#include "contracts/model_name.h"
#include "contracts/provenance.h"
#include "formats/apr.h"

#include <stdlib.h>
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
static int gather(struct ros_hub *hub, struct ros_hub_source *s, bool own, struct ros_error *err)
{
	switch (s->m->format) {
	case ROS_FORMAT_SAFETENSORS:
		hub->safetensors_meta = &s->m->meta;
		if (ros_carry_from_meta(hub, &s->m->meta, err))
			return err->code;
		break;
	case ROS_FORMAT_GGUF:
		s->gguf = &s->m->meta;
		if (!own && ros_carry_from_meta(hub, &s->m->meta, err))
			return err->code;
		break;
	case ROS_FORMAT_APR:
		s->apr = parse_apr(hub, s->m, err);
		if (err->code || (!own && ros_carry_from_apr(hub, s->apr, err)))
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

/* An APR's rope_type in words; {NULL, 0} where it has none. */
static struct ros_str rope_word(struct ros_hub *hub, const struct ros_json *apr, uint64_t *type, struct ros_error *err)
{
	const struct ros_json *word = ros_json_get(apr, "rope_type");

	*type = UINT64_MAX;
	if (!word || word->type == ROS_JSON_NULL)
		return (struct ros_str){ NULL, 0 };
	if (!ros_json_u64(word, type))
		return ROS_STR("no whole number");
	return ros_arena_printf(hub->arena, err, "%llu", (unsigned long long)*type);
}

/* How an APR's Q and K rows lie. rope_type 0 says "pair order", and is right in what was made from a GGUF; the reference's
 * importer writes it for Hugging Face files too, whose rows are in the other order. */
static void take_rows(struct ros_hub *hub, const struct ros_hub_source *s, struct ros_str word, uint64_t type)
{
	bool gguf = is_true(ros_json_get(s->apr, "original_format"), "gguf"), pairs = type == 0 || !word.ptr;

	hub->rows_hf = type == 2 || !gguf;
	if (type == 2 || (pairs && gguf))
		return;
	ros_findings_add(s->findings, "apr.rope-type-doubt", ROS_STR("rope_type"),
			 "rope_type is %s, which means %s, and %s a GGUF: Q and K rows are taken to be in %s order; say --apr-rows %s if its answers "
			 "are nonsense", word.ptr ? word.ptr : "absent", pairs ? "pair order" : "nothing known",
			 gguf ? "the file was made from" : "nothing says that the file was made from", hub->rows_hf ? "Hugging Face" : "pair",
			 hub->rows_hf ? "gguf" : "hf");
}

/* A family whose rows lie alike in every format leaves nothing to find, but a reader that believes a wrong word computes another
 * model: it is told. */
static void find_rows(struct ros_hub *hub, const struct ros_hub_source *s, const struct ros_hub_options *opt, struct ros_error *err)
{
	const struct ros_contract *c = hub->contract;
	int own = ros_apr_rope_type(c, -1);
	struct ros_str word;
	uint64_t type;

	if (s->m->format != ROS_FORMAT_APR || own < 0)
		return;
	word = rope_word(hub, s->apr, &type, err);
	if (own == 0 || !c->tensors[ROS_FORMAT_GGUF].pair_rows) {
		if (word.ptr && type != (uint64_t)own)
			ros_findings_add(s->findings, "apr.rope-type-wrong", ROS_STR("rope_type"),
					 "rope_type is %s, but rows of family %s are as %d says: they are taken so", word.ptr, c->key, own);
	} else if (opt && opt->apr_rows >= 0) {
		hub->rows_hf = opt->apr_rows;
	} else {
		take_rows(hub, s, word, type);
	}
}

/* "." and a bare "model.safetensors" say in which folder they are only when that is looked up; no more than its name is used. */
static struct ros_str name_by_path(const struct ros_hub *hub, const struct ros_hub_source *s, struct ros_error *err)
{
	struct ros_str name = ros_model_name(s->config, s->m->path, hub->arena, err), folder = s->m->part_count ? s->m->parts[0].path : s->m->path;
	char *full;

	if (name.ptr || err->code)
		return name;
	while (folder.len && folder.ptr[folder.len - 1] != '/')
		folder.len--;
	folder = ros_arena_str(hub->arena, folder.len ? folder : ROS_STR("."), err);
	full = folder.ptr ? realpath(folder.ptr, NULL) : NULL;
	if (full)
		name = ros_model_name(NULL, ros_str_of(full), hub->arena, err);
	free(full);
	return name;
}

static void find_name(struct ros_hub *hub, const struct ros_hub_source *s, struct ros_error *err)
{
	const struct ros_meta_value *v = s->gguf ? ros_meta_get(s->gguf, ROS_STR("general.name")) : NULL;

	hub->name = ros_provenance_name(hub);
	if (!hub->name.ptr && v && v->type == ROS_META_STRING)
		hub->name = v->str;
	if (!hub->name.ptr && s->apr)
		hub->name = ros_json_str(ros_json_get(s->apr, "name"));
	if (!hub->name.ptr && s->m->format == ROS_FORMAT_SAFETENSORS && !hub->provenance)
		hub->name = name_by_path(hub, s, err);
}

int ros_hub_read(struct ros_hub *hub, const struct ros_model *m, const struct ros_hub_options *opt,
		 struct ros_arena *arena, struct ros_error *err)
{
	struct ros_findings findings;
	struct ros_hub_source s = { .m = m, .findings = &findings, .unread = opt && opt->unread, .told = opt && opt->both ? &hub->contradiction : err };

	ros_findings_init(&findings, arena);
	*hub = (struct ros_hub){ .arena = arena, .layout_format = m->format, .rows_hf = -1 };
	if (gather(hub, &s, opt && opt->own, err))
		goto out;
	s.config = parse_file(hub, "config.json", err);
	hub->config = s.config;
	hub->provenance = parse_file(hub, ROS_HUB_PROVENANCE, err);
	if (err->code || ros_hub_find_numbers(hub, &s, err))
		goto out;
	find_rows(hub, &s, opt, err);
	find_name(hub, &s, err);
	if (!s.config && !s.gguf && !s.apr)
		ros_findings_add(&findings, "hub.no-config", (struct ros_str){ NULL, 0 },
				 "no config.json: the family is not known, tensors keep their names");
	if (!err->code && !s.told->code && (s.gguf || s.apr))
		hub->file_count ? ros_hub_agree(hub, &s, s.told) : ros_hub_derive_files(hub, &s, err);
	if (s.told != err && s.told->code && s.told->code != ROS_ECONTRACT) {
		*err = *s.told;         /* broken, or no memory: that is no contradiction */
		*s.told = (struct ros_error){ 0 };
	}
out:
	hub->missing = findings.items;
	hub->missing_count = findings.count;
	return err->code;
}
