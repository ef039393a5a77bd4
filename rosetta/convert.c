/* convert: source -> target format and types, into files that appear whole or not at all. */
#include "rosetta/convert.h"

#include "rosetta/compress.h"
#include "rosetta/origin.h"
#include "rosetta/options.h"
#include "rosetta/preserve.h"
#include "rosetta/read_back.h"
#include "rosetta/write.h"

#include <string.h>

static void convert_json(const struct ros_report *r, struct ros_json_out *o)
{
	ros_conversion_json(r->detail, o);
}

static void convert_text(const struct ros_report *r, struct ros_text *t, unsigned flags)
{
	ros_conversion_text(r->detail, t, flags);
}

static void convert_release(struct ros_report *r)
{
	ros_conversion_release(r->detail);
}

static const struct ros_report_kind convert_kind = { "convert", convert_json, convert_text, NULL, convert_release };

static int take_options(struct ros_conversion *c, const struct ros_convert_options *given, struct ros_error *err)
{
	ros_options_take(&c->opt, sizeof c->opt, given, given ? given->size : 0);
	c->dtype = ROS_DTYPE_COUNT;
	if (ros_digest_choose(c->opt.digest, ROS_XXH3_128, &c->digest, err))
		return err->code;
	if (!c->opt.dtype)
		return 0;
	c->dtype = ros_dtype_by_name(ros_str_of(c->opt.dtype));
	if (c->dtype == ROS_DTYPE_COUNT || ros_dtypes[c->dtype].class_ != ROS_CLASS_FLOAT || ros_dtypes[c->dtype].block_len != 1)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "'%s' is no plain float type: f32, f16, bf16", c->opt.dtype);
	return 0;
}

static int last_checks(void *context, struct ros_writer *files, size_t count, struct ros_error *err)
{
	struct ros_conversion *c = context;

	(void)count;
	if (ros_origin_finish(c, files, err) || ros_read_back(&c->dst, &c->out, files, err))
		return err->code;
	return ros_source_unchanged(&c->source, err);
}

/* Values that a later conversion cannot give back are never passed over in silence. */
static void note_losses(const struct ros_conversion *c, struct ros_verdict *v)
{
	for (size_t i = 0; i < c->plan.count; i++) {
		const struct ros_tile_notes *n = &c->notes[i];
		const struct ros_step *s = &c->plan.steps[i];

		if (n->lossy)
			ros_verdict_add(v, false, "value.not-invertible", s->dst.name, "%llu values lose their last bits in w + 1", (unsigned long long)n->lossy);
		if (n->rounded)
			ros_verdict_add(v, false, "value.rounded", s->dst.name, "%llu values were rounded to %s", (unsigned long long)n->rounded,
					ros_dtypes[s->dst.dtype].name);
	}
}

static int write_out(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err)
{
	struct ros_write w = {
		.plan = &c->plan, .src = &c->source.model, .out = &c->out, .path = c->target.path, .folder = c->target.folder,
		.force = c->opt.force, .allow_nonfinite = c->opt.allow_nonfinite, .allow_overflow = c->opt.allow_overflow,
		.fixed_tiles = c->opt.quality,
		.run = &c->opt.run, .kernels = ros_kernels_best(), .arena = &c->source.arena,
	};

	if (!w.kernels)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "ROSETTA_KERNELS names a set that this machine or build lacks");
	if (!ros_origin_start(c, err))
		ros_write_run(&w, last_checks, c, v, err);
	ros_origin_release(c);
	c->written = w.written;
	c->notes = w.notes;
	return err->code;
}

static int take_quantization(struct ros_conversion *c, struct ros_arena *arena, struct ros_error *err)
{
	if (!ros_quantization_wanted(&c->opt))
		return 0;
	c->quantization = ros_arena_alloc(arena, 1, sizeof *c->quantization, err);
	if (c->quantization)
		ros_quantization_take(c->quantization, &c->opt, c->target.format, arena, err);
	return err->code;
}

/* Findings about metadata that stop a conversion: a vocabulary that the embedding has no rows for. */
static bool stops(const char *rule)
{
	return !strcmp(rule, "vocab.larger-than-embedding") || !strcmp(rule, "vocab.id-out-of-range");
}

static void note_metadata(const struct ros_conversion *c, struct ros_verdict *v)
{
	for (size_t i = 0; i < c->dst.warning_count; i++) {
		const struct ros_warning *w = &c->dst.warnings[i];

		ros_verdict_add(v, stops(w->rule.ptr), w->rule.ptr, w->subject, "%.*s", (int)w->text.len,
				w->text.ptr);
	}
}

/* A model without tensors would be no proof of anything, and is most likely a glob that matches nothing. A file that has none, a
 * vocabulary, is rewritten all the same: its metadata is what is converted. */
static int is_empty(const struct ros_conversion *c, struct ros_error *err)
{
	bool asked = c->opt.run.include || c->opt.run.exclude;

	if (c->plan.count || (!c->source.model.tensor_count && c->source.model.meta.count && !asked && ros_conversion_is_rewrite(c)))
		return 0;
	return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "%s, so nothing is converted",
			c->source.model.tensor_count ? "none of its tensors was asked for" : "it holds no tensor");
}

/* A tensor is never cut: where one alone is larger than the bound, so is its file. */
static void note_large_files(const struct ros_conversion *c, struct ros_verdict *v)
{
	uint64_t bound = c->opt.split_max_size, bytes;

	for (size_t f = 0; bound && f < c->out.file_count; f++) {
		const struct ros_output_file *file = &c->out.files[f];

		bytes = 0;
		for (size_t i = 0; i < file->extent_count; i++)
			bytes += file->extents[i].bytes;
		if (bytes > bound && file->extent_count)
			ros_verdict_add(v, false, "split.too-large", c->plan.steps[file->extents[0].tensor].dst.name,
					"%llu bytes, more than the %llu that a file may have", (unsigned long long)bytes, (unsigned long long)bound);
	}
}

static int check_split(const struct ros_conversion *c, struct ros_error *err)
{
	if (!c->opt.split_max_tensors || c->target.format == ROS_FORMAT_GGUF)
		return 0;
	return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "only a GGUF is split by number of tensors; other files are split by size");
}

/* A container that says two things can be rewritten, both as they stand; for anything else somebody has to say which is meant. */
static int open_source(struct ros_conversion *c, const char *src, struct ros_verdict *v, struct ros_error *err)
{
	unsigned how = ROS_SOURCE_BOTH | (c->opt.dry_run ? ROS_SOURCE_UNREAD : 0) | (c->opt.own_metadata ? ROS_SOURCE_OWN : 0);
	const struct ros_error *two = &c->source.hub.contradiction;

	if (ros_source_open(&c->source, src, &c->opt.run, how, v, err) || !two->code)
		return err->code;
	if (ros_conversion_is_rewrite(c)) {
		ros_source_contradicts(&c->source, "", false, v);
		return 0;
	}
	*err = *two;
	return ros_error_in_file(err, src);
}

/* What was overridden may say something else than the files that the target carries. */
static int note_overrides(const struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err)
{
	const struct ros_hub_options how = { .apr_rows = -1, .unread = true, .both = true };
	struct ros_hub hub;

	if (!c->opt.override_kv || !*c->opt.override_kv || c->opt.strip || c->source.hub.contradiction.code)
		return 0;
	if (!ros_hub_read(&hub, &c->dst, &how, v->arena, err) && hub.contradiction.code)
		ros_verdict_add(v, false, "override.contradicts", ROS_STR(""), "%s; --strip carries no files", hub.contradiction.text);
	return err->code;
}

static int convert(struct ros_conversion *c, const char *src, const char *dst, struct ros_verdict *v, struct ros_error *err)
{
	if (ros_target_choose(&c->target, c->opt.to, dst, c->opt.dry_run, err) || check_split(c, err) || take_quantization(c, v->arena, err)
	    || open_source(c, src, v, err) || v->fatal
	    || ros_conversion_plan(c, v, err) || v->fatal || (c->quantization && ros_quantization_apply(c, v, err))
	    || v->fatal || ros_conversion_keep_values(c, v, err) || is_empty(c, err) || ros_conversion_lay_out(c, err)
	    || ros_target_is_free(&c->target, &c->out, &c->source.model, err))
		return err->code;
	v->checked = c->plan.count ? c->plan.count : c->dst.meta.count;
	if (c->opt.run.include || c->opt.run.exclude)
		ros_verdict_add(v, false, "convert.partial", ROS_STR(""), "only tensors that were asked for are in the target");
	note_metadata(c, v);
	note_large_files(c, v);
	ros_conversion_note_unpreserved(c, v);
	if (v->fatal || ros_conversion_note_buffers(c, v, err) || note_overrides(c, v, err))
		return err->code;
	if (c->opt.dry_run)
		return 0;
	if (!ros_conversion_compress(c, write_out, v, err) && !v->fatal)
		note_losses(c, v);
	return err->code;
}

/* A split GGUF lies under other names than the target's. */
static void say_written(struct ros_report *r, const struct ros_conversion *c, const char *dst)
{
	const char *did = c->opt.dry_run ? "would write" : "wrote", *slash = dst ? strrchr(dst, '/') : NULL;

	if (!dst || c->target.folder || c->out.file_count < 2)
		ros_report_say(r, "%s %s: %zu tensors", did, dst ? dst : "a model", c->plan.count);
	else
		ros_report_say(r, "%s %.*s%.*s and %zu more: %zu tensors", did, slash ? (int)(slash + 1 - dst) : 0, dst, (int)c->out.files[0].name.len,
			       c->out.files[0].name.ptr, c->out.file_count - 1, c->plan.count);
}

struct ros_report *ros_convert(const char *src, const char *dst, const struct ros_convert_options *given)
{
	return ros_convert_from(src, dst, given, NULL);
}

struct ros_report *ros_convert_from(const char *src, const char *dst, const struct ros_convert_options *given, const char *origin)
{
	struct ros_report *r = ros_report_new(&convert_kind, sizeof(struct ros_conversion));
	struct ros_conversion *c;
	struct ros_error err = { 0 };

	if (!r)
		return NULL;
	c = r->detail;
	c->in_chain = origin != NULL;
	c->origin_path = origin && src && strcmp(origin, src) ? origin : NULL;
	if (!take_options(c, given, &err) && !convert(c, src, dst, &r->verdict, &err) && !r->verdict.fatal)
		say_written(r, c, dst);
	ros_source_place_error(&c->source, &err);
	ros_report_call(r, c->opt.verb);
	return ros_report_close(r, &err);
}

void ros_remove_temporaries(void)
{
	ros_writer_remove_all();
}
