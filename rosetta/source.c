#include "rosetta/source.h"

#include "contracts/rules.h"
#include "formats/format.h"
#include "rosetta/checksum.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

static bool matches(const char *const *globs, const char *name)
{
	for (; *globs; globs++)
		if (!fnmatch(*globs, name, 0))
			return true;
	return false;
}

bool ros_run_selects(void *context, struct ros_str name)
{
	const struct ros_run_options *run = context;
	char text[ROS_MAX_NAME + 1];
	size_t len = name.len < ROS_MAX_NAME ? name.len : ROS_MAX_NAME;

	if (!run || (!run->include && !run->exclude))
		return true;
	memcpy(text, name.ptr, len);
	text[len] = 0;
	return (!run->include || matches(run->include, text)) && !(run->exclude && matches(run->exclude, text));
}

/* A configuration that says "not tied" of a model without an output matrix: readers make one up, or take the embedding. */
static void note_untied(const struct ros_source *s, struct ros_verdict *v)
{
	uint64_t tied = 1;

	if (!s->known || !ros_hparams_u64(s->hub.hp, ROS_HP_TIED, &tied) || tied)
		return;
	for (size_t i = 0; i < s->layout.count; i++) {
		const struct ros_layout_tensor *t = &s->layout.tensors[i];

		if (t->part_count == 1 && s->hub.contract->roles[t->parts[0].key.role].tied_to != ROS_NO_ROLE && !s->binding.of[i])
			ros_verdict_add(v, false, "contract.untied-output", t->name,
					"the configuration says that it is not tied to the embedding, and it is not there: the embedding stands in");
	}
}

/* What readers and contract say of the model. A family we know but whose numbers are broken is still readable: with
 * LENIENT nothing is fatal. */
static void report_findings(struct ros_source *s, struct ros_verdict *v, const struct ros_finding *f, size_t count, bool lenient)
{
	for (size_t i = 0; v && i < s->model.warning_count; i++) {
		const struct ros_warning *w = &s->model.warnings[i];

		ros_verdict_add(v, false, w->rule.ptr, w->subject, "%.*s", (int)w->text.len, w->text.ptr);
	}
	for (size_t i = 0; v && i < s->hub.missing_count; i++) {
		const struct ros_warning *w = &s->hub.missing[i];

		ros_verdict_add(v, false, w->rule.ptr, w->subject, "%.*s", (int)w->text.len, w->text.ptr);
	}
	if (v)
		note_untied(s, v);
	for (size_t i = 0; v && i < count; i++)
		ros_verdict_add(v, f[i].fatal && !lenient, f[i].rule, f[i].subject, "%.*s", (int)f[i].message.len, f[i].message.ptr);
}

static const char *why_partial(const struct ros_source *s)
{
	uint64_t layers;

	if (!s->model.tensor_count)
		return "it has no tensors";
	return ros_hparams_u64(s->hub.hp, ROS_HP_N_LAYER, &layers) ? NULL : "the configuration states no number of layers";
}

/* Lays the model beside its family's layout. */
static int bind(struct ros_source *s, struct ros_finding **findings, size_t *count, struct ros_error *err)
{
	if (!s->hub.contract || !s->hub.hp)
		return 0;
	s->partial = why_partial(s);
	if (s->partial)
		return 0;
	if (!ros_layout_build(&s->layout, s->hub.contract, s->hub.hp, s->hub.layout_format, s->hub.rows_hf, &s->arena, err)
	    && !ros_binding_make(&s->binding, &s->layout, &s->model, &s->arena, err)
	    && !ros_contract_check(s->hub.contract, s->hub.hp, s->hub.config, &s->binding, &s->arena, findings, count, err))
		s->known = true;
	return err->code;
}

static int apr_rows(const struct ros_run_options *run, int *rows, struct ros_error *err)
{
	*rows = -1;
	if (!run || !run->apr_rows)
		return 0;
	if (strcmp(run->apr_rows, "gguf") && strcmp(run->apr_rows, "hf"))
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "apr-rows is 'gguf' or 'hf', not '%s'", run->apr_rows);
	*rows = !strcmp(run->apr_rows, "hf");
	return 0;
}

int ros_source_settle(struct ros_source *s, int rows, unsigned how, struct ros_verdict *v, struct ros_error *err)
{
	struct ros_hub_options opt = { .apr_rows = rows, .own = s->own, .both = how & (ROS_SOURCE_LENIENT | ROS_SOURCE_BOTH),
				       .unread = how & (ROS_SOURCE_HEADER | ROS_SOURCE_ABSENT) };
	bool lenient = how & ROS_SOURCE_LENIENT;
	struct ros_finding *findings = NULL;
	struct ros_error odd = { 0 };
	size_t count = 0;

	if (ros_hub_read(&s->hub, &s->model, &opt, &s->arena, &odd) || bind(s, &findings, &count, &odd)) {
		if (!lenient || odd.code == ROS_ENOMEM || odd.code == ROS_EFORMAT)
			*err = odd;
		else if (v)
			ros_verdict_add(v, false, ros_code_name(odd.code), ROS_STR(""), "%s", odd.text);
	}
	if (v && lenient)
		ros_source_contradicts(s, "", false, v);
	if (v && s->partial)
		ros_verdict_add(v, false, "source.partial", ROS_STR(""), "%s: no model of the family, tensors keep their names",
				s->partial);
	if (!err->code)
		report_findings(s, v, findings, count, lenient);
	return err->code;
}

void ros_source_contradicts(const struct ros_source *s, const char *whose, bool fatal, struct ros_verdict *v)
{
	const struct ros_error *e = &s->hub.contradiction;

	if (e->code)
		ros_verdict_add(v, fatal, ros_code_name(e->code), ROS_STR(""), "%s%s%s%s", whose, e->file, *e->file ? ": " : "", e->text);
}

void ros_source_place_error(const struct ros_source *s, struct ros_error *err)
{
	const struct ros_model *m = &s->model;
	char name[sizeof err->file], path[2 * sizeof err->file];
	bool lies;

	memcpy(name, err->file, sizeof name);
	if (!err->code || !*name || strchr(name, '/') || !m->path.ptr)
		return;
	lies = m->folder.ptr && ros_model_file(m, ros_str_of(name));
	if (lies || ros_hub_file(&s->hub, name)) {
		snprintf(path, sizeof path, lies ? "%s/%s" : "%s: %s", lies ? m->folder.ptr : m->path.ptr, name);
		err->file[0] = 0;
		ros_error_in_file(err, path);
	}
}

int ros_source_open(struct ros_source *s, const char *path, const struct ros_run_options *run, unsigned how, struct ros_verdict *v,
		    struct ros_error *err)
{
	struct ros_open_options opt = { .header_only = how & ROS_SOURCE_ABSENT, .payload_unread = how & (ROS_SOURCE_HEADER | ROS_SOURCE_ABSENT) };
	bool unread = how & (ROS_SOURCE_UNREAD | ROS_SOURCE_HEADER | ROS_SOURCE_ABSENT);
	int rows;

	*s = (struct ros_source){ .own = how & ROS_SOURCE_OWN };
	ros_arena_init(&s->arena, 0);
	if (!path || !*path)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "no model was named");
	if (apr_rows(run, &rows, err) || ros_model_open(&s->model, path, &opt, err) || (!unread && ros_checksum_check(&s->model, run, err))
	    || ros_source_settle(s, rows, how, v, err)) {
		ros_source_place_error(s, err);
		ros_error_in_file(err, path);
		ros_source_release(s);
	}
	return err->code;
}

void ros_source_release(struct ros_source *s)
{
	ros_model_release(&s->model);
	ros_arena_release(&s->arena);
	*s = (struct ros_source){ 0 };
}

const char *ros_source_family(const struct ros_source *s)
{
	return s->hub.contract ? s->hub.contract->key : "unknown";
}

int ros_source_unchanged(const struct ros_source *s, struct ros_error *err)
{
	for (size_t i = 0; i < s->model.part_count && !err->code; i++)
		ros_mapping_unchanged(&s->model.parts[i].map, s->model.parts[i].path.ptr, err);
	return err->code;
}

static enum ros_dtype canonical_type(void *context, const struct ros_step *step, enum ros_dtype stored, bool keep_f32)
{
	(void)context, (void)step, (void)keep_f32;
	return ros_dtypes[stored].class_ == ROS_CLASS_FLOAT ? ROS_F32 : stored;
}

int ros_source_canonical(struct ros_source *s, const struct ros_run_options *run, struct ros_plan *plan, struct ros_verdict *v,
			 struct ros_error *err)
{
	struct ros_layout *to = ros_arena_alloc(&s->arena, 1, sizeof *to, err);
	struct ros_plan_request want = {
		.src = &s->model, .from = s->known ? &s->binding : NULL, .to = s->known ? to : NULL, .hp = s->hub.hp,
		.target = ROS_FORMAT_COUNT, .type = canonical_type, .tied = ros_source_output_repeats(s) ? ROS_TIED_NEVER : ROS_TIED_FOLLOW, .allow_unknown = true,
		.selected = ros_run_selects, .selected_context = (void *)run,
	};

	if (!to || (s->known && ros_layout_build(to, s->hub.contract, s->hub.hp, ROS_FORMAT_SAFETENSORS, -1, &s->arena, err)))
		return err->code;
	return ros_plan_make(plan, &want, &s->arena, v, err);
}

/* The output matrix that S stores beside the embedding, and the embedding; false where it stores but one of them. */
static bool tied_pair(const struct ros_source *s, const struct ros_tensor **output, const struct ros_tensor **embedding)
{
	for (size_t i = 0; s->known && i < s->layout.count; i++) {
		const struct ros_layout_tensor *t = &s->layout.tensors[i], *place;
		struct ros_atom_key key = { 0, ROS_NO_LAYER, ROS_NO_EXPERT };
		const struct ros_placement *part;

		*output = s->binding.of[i];
		if (!*output || t->part_count != 1)
			continue;
		key.role = s->hub.contract->roles[t->parts[0].key.role].tied_to;
		*embedding = key.role == ROS_NO_ROLE ? NULL : ros_binding_atom(&s->binding, key, &place, &part);
		if (*embedding && *embedding != *output)
			return true;
	}
	return false;
}

bool ros_source_output_own(const struct ros_source *s)
{
	const struct ros_tensor *output, *embedding;

	return tied_pair(s, &output, &embedding);
}

bool ros_source_output_repeats(const struct ros_source *s)
{
	const struct ros_tensor *output, *embedding;

	return tied_pair(s, &output, &embedding) && ros_tensor_repeats(output, embedding);
}

bool ros_source_writes_tied(const struct ros_source *s)
{
	for (size_t i = 0; s->known && i < s->layout.count; i++)
		if (s->layout.tensors[i].write_tied)
			return true;
	return s->model.format == ROS_FORMAT_APR;
}
