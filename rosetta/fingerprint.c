#include "rosetta/fingerprint.h"

#include "rosetta/hash_files.h"
#include "rosetta/options.h"

#include "formats/format.h"

#include <string.h>

static void put_digest(struct ros_json_out *o, const char *key, const struct ros_digest *d)
{
	char hex[2 * ROS_DIGEST_MAX + 1];

	if (!d || !d->len) {
		ros_json_put_null(o, key);
		return;
	}
	ros_digest_hex(d, hex);
	ros_json_put_str(o, key, ros_str_of(hex));
}

/* The raw digest of the one stored tensor that S takes whole, NULL where there is no such. */
static const struct ros_digest *raw_of(const struct ros_fingerprint *f, const struct ros_step *s)
{
	const struct ros_tensor *src = s->piece_count ? s->pieces[0].src : NULL;

	for (uint32_t i = 1; i < s->piece_count; i++)
		if (s->pieces[i].src != src)
			return NULL;
	if (!src || !f->digester.raw_count || ros_tensor_elements(src) != ros_tensor_elements(&s->dst))
		return NULL;
	return &f->digester.raw[src - f->source.model.tensors].digest;
}

static void json_tensor(const struct ros_fingerprint *f, size_t i, struct ros_json_out *o)
{
	const struct ros_step *s = f->digester.canonical[i].step;
	const struct ros_tensor *src = s->piece_count ? s->pieces[0].src : &s->dst;

	ros_json_open_object(o, NULL);
	ros_json_put_str(o, "name", s->dst.name);
	ros_json_put_str(o, "stored_name", src->name);
	ros_json_put_str(o, "dtype", ros_str_of(ros_dtypes[src->dtype].name));
	ros_json_open_array(o, "shape");
	for (unsigned d = 0; d < s->dst.ndim; d++)
		ros_json_put_u64(o, NULL, s->dst.dim[d]);
	ros_json_close_array(o);
	put_digest(o, "raw", raw_of(f, s));
	put_digest(o, "canonical", &f->digester.canonical[i].digest);
	ros_json_close_object(o);
}

static void json_left_out(const struct ros_fingerprint *f, struct ros_json_out *o)
{
	ros_json_open_array(o, "left_out");
	for (size_t i = 0; i < f->digester.canonical_count; i++) {
		if (!f->tied[i])
			continue;
		ros_json_open_object(o, NULL);
		ros_json_put_str(o, "name", f->digester.canonical[i].step->dst.name);
		ros_json_put_str(o, "why", ROS_STR("tied"));
		ros_json_close_object(o);
	}
	for (size_t i = 0; i < f->plan.left_count; i++) {
		ros_json_open_object(o, NULL);
		ros_json_put_str(o, "name", f->plan.left[i].tensor->name);
		ros_json_put_str(o, "why", ros_str_of(ros_leave_name(f->plan.left[i].why)));
		ros_json_close_object(o);
	}
	ros_json_close_array(o);
}

static void fingerprint_json(const struct ros_report *r, struct ros_json_out *o)
{
	const struct ros_fingerprint *f = r->detail;

	ros_json_put_str(o, "format", ros_str_of(ros_formats[f->source.model.format].name));
	ros_json_put_str(o, "family", ros_str_of(ros_source_family(&f->source)));
	ros_json_put_str(o, "digest", ros_str_of(ros_digest_name(f->digester.kind)));
	ros_json_put_str(o, "canonical_form", ROS_STR("rosetta-canonical-1"));
	ros_json_open_object(o, "model");
	put_digest(o, "raw", &f->model_raw);
	put_digest(o, "canonical", &f->model_canonical);
	ros_json_close_object(o);
	ros_json_open_array(o, "tensors");
	for (size_t i = 0; i < f->digester.canonical_count; i++)
		if (!f->tied[i])
			json_tensor(f, i, o);
	ros_json_close_array(o);
	ros_json_open_array(o, "stored");
	for (size_t i = 0; i < f->digester.raw_count; i++) {
		ros_json_open_object(o, NULL);
		ros_json_put_str(o, "name", f->digester.raw[i].tensor->name);
		put_digest(o, "raw", &f->digester.raw[i].digest);
		ros_json_close_object(o);
	}
	ros_json_close_array(o);
	if (f->files) {
		ros_json_open_array(o, "files");
		for (size_t i = 0; i < f->source.model.part_count; i++) {
			ros_json_open_object(o, NULL);
			ros_json_put_str(o, "name", f->source.model.parts[i].name);
			put_digest(o, "digest", &f->files[i]);
			ros_json_close_object(o);
		}
		ros_json_close_array(o);
	}
	json_left_out(f, o);
}

static void text_digest(struct ros_text *t, const struct ros_digest *d, const char *label, struct ros_str name)
{
	char hex[2 * ROS_DIGEST_MAX + 1];

	if (!d || !d->len)
		return;
	ros_digest_hex(d, hex);
	ros_text_put(t, "%s  %s", hex, label);
	ros_text_put_escaped(t, name);
	ros_text_put(t, "\n");
}

static void text_left_out(struct ros_text *t, struct ros_str name, const char *why)
{
	ros_text_put(t, "left out  ");
	ros_text_put_escaped(t, name);
	ros_text_put(t, " (%s)\n", why);
}

static void fingerprint_text(const struct ros_report *r, struct ros_text *t, unsigned flags)
{
	const struct ros_fingerprint *f = r->detail;

	bool partial = f->opt.run.include || f->opt.run.exclude;       /* stored tensors are not chosen by canonical names */

	(void)flags;
	for (size_t i = 0; i < f->digester.canonical_count && !f->opt.check; i++)
		if (!f->tied[i])
			text_digest(t, &f->digester.canonical[i].digest, "", f->digester.canonical[i].step->dst.name);
	for (size_t i = 0; i < f->digester.raw_count && !f->opt.check && !partial; i++)
		text_digest(t, &f->digester.raw[i].digest, "raw ", f->digester.raw[i].tensor->name);
	for (size_t i = 0; i < f->digester.canonical_count; i++)
		if (f->tied[i])
			text_left_out(t, f->digester.canonical[i].step->dst.name, "tied");
	for (size_t i = 0; i < f->plan.left_count; i++)
		text_left_out(t, f->plan.left[i].tensor->name, ros_leave_name(f->plan.left[i].why));
	text_digest(t, &f->model_raw, "raw", ROS_STR(""));
	text_digest(t, &f->model_canonical, "canonical", ROS_STR(""));
}

static char *fingerprint_manifest(const struct ros_report *r)
{
	const struct ros_fingerprint *f = r->detail;

	return f->files ? ros_manifest_write(f) : NULL;
}

static void fingerprint_release(struct ros_report *r)
{
	struct ros_fingerprint *f = r->detail;

	ros_mapping_release(&f->manifest_map);
	ros_source_release(&f->source);
}

static const struct ros_report_kind fingerprint_kind = {
	"fingerprint", fingerprint_json, fingerprint_text, fingerprint_manifest, fingerprint_release,
};

static bool same_digest(const struct ros_digest *a, const struct ros_digest *b)
{
	return a->len == b->len && !memcmp(a->byte, b->byte, a->len);
}

/* An output matrix that repeats the embedding says nothing of its own. */
static bool is_tied(const struct ros_fingerprint *f, size_t i)
{
	const struct ros_layout_tensor *as = f->digester.canonical[i].step->as;
	uint32_t role;

	if (!as || as->part_count != 1)
		return false;
	role = f->source.hub.contract->roles[as->parts[0].key.role].tied_to;
	if (role == ROS_NO_ROLE)
		return false;
	for (size_t k = 0; k < f->digester.canonical_count; k++) {
		const struct ros_layout_tensor *other = f->digester.canonical[k].step->as;

		if (other && other->part_count == 1 && other->parts[0].key.role == role
		    && same_digest(&f->digester.canonical[i].digest, &f->digester.canonical[k].digest))
			return true;
	}
	return false;
}

static int model_digests(struct ros_fingerprint *f, struct ros_error *err)
{
	size_t n = f->digester.canonical_count, room = n + f->digester.raw_count, kept = 0;
	struct ros_str *names = ros_arena_alloc(&f->source.arena, room, sizeof *names, err);
	struct ros_digest *digests = ros_arena_alloc(&f->source.arena, room, sizeof *digests, err);

	f->tied = ros_arena_alloc(&f->source.arena, n, sizeof *f->tied, err);
	if (err->code)
		return err->code;
	for (size_t i = 0; i < n; i++) {
		f->tied[i] = is_tied(f, i);
		f->tied_count += f->tied[i];
		if (f->tied[i])
			continue;
		names[kept] = f->digester.canonical[i].step->dst.name;
		digests[kept++] = f->digester.canonical[i].digest;
	}
	f->model_canonical = ros_digest_of_names(f->digester.kind, names, digests, kept, err);
	for (size_t i = 0; i < f->digester.raw_count; i++) {
		names[i] = f->digester.raw[i].tensor->name;
		digests[i] = f->digester.raw[i].digest;
	}
	if (f->digester.raw_count)
		f->model_raw = ros_digest_of_names(f->digester.kind, names, digests, f->digester.raw_count, err);
	return err->code;
}

static int list_tensors(struct ros_fingerprint *f, struct ros_error *err)
{
	struct ros_digester *d = &f->digester;
	const struct ros_model *m = &f->source.model;

	d->canonical = ros_arena_alloc(&f->source.arena, f->plan.count, sizeof *d->canonical, err);
	d->raw = ros_arena_alloc(&f->source.arena, m->tensor_count, sizeof *d->raw, err);
	if (err->code)
		return err->code;
	for (size_t i = 0; i < f->plan.count; i++)
		d->canonical[d->canonical_count++].step = &f->plan.steps[i];
	for (size_t i = 0; i < m->tensor_count && !f->opt.no_raw; i++)
		d->raw[d->raw_count++].tensor = &m->tensors[i];
	return 0;
}

/* What to compare with; it also says with which digest. */
static int open_manifest(struct ros_fingerprint *f, struct ros_error *err)
{
	f->manifest = (struct ros_str){ f->opt.check_text, f->opt.check_len };
	if (!f->opt.check_text && !ros_mapping_open(&f->manifest_map, f->opt.check, err))
		f->manifest = (struct ros_str){ (const char *)f->manifest_map.bytes.ptr, f->manifest_map.bytes.len };
	if (!err->code && !f->opt.digest)
		ros_manifest_kind(f->manifest, &f->digester.kind, err);
	return ros_error_in_file(err, f->opt.check);
}

static int check_manifest(struct ros_fingerprint *f, struct ros_verdict *v, struct ros_error *err)
{
	ros_manifest_check(f, f->manifest, v, err);
	return ros_error_in_file(err, f->opt.check);
}

static int set_up(struct ros_fingerprint *f, struct ros_error *err)
{
	struct ros_digester *d = &f->digester;

	if (ros_digest_choose(f->opt.digest, ROS_SHA256, &d->kind, err))
		return err->code;
	if (f->opt.check && open_manifest(f, err))
		return err->code;
	d->model = &f->source.model;
	d->run = &f->opt.run;
	d->kernels = ros_kernels_best();
	d->arena = &f->source.arena;
	if (!d->kernels)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "ROSETTA_KERNELS names a set that this machine or build lacks");
	return 0;
}

static int digest_files(struct ros_fingerprint *f, struct ros_error *err)
{
	if (!f->opt.files && !f->opt.check)
		return 0;
	f->files = ros_arena_alloc(&f->source.arena, f->source.model.part_count, sizeof *f->files, err);
	if (err->code)
		return err->code;
	return ros_hash_files_finish(ros_hash_files_start(&f->source.model, f->digester.kind, &f->opt.run, err), f->files, err);
}

static int fingerprint(struct ros_fingerprint *f, const char *path, struct ros_verdict *v, struct ros_error *err)
{
	if (set_up(f, err) || ros_source_open(&f->source, path, &f->opt.run, ROS_SOURCE_BOTH, NULL, err))
		return err->code;
	ros_source_contradicts(&f->source, "", false, v);
	if (ros_source_canonical(&f->source, &f->opt.run, &f->plan, v, err) || list_tensors(f, err) || ros_digester_run(&f->digester, err)
	    || model_digests(f, err) || digest_files(f, err) || ros_source_unchanged(&f->source, err))
		return err->code;
	v->checked = f->digester.canonical_count;
	if (f->opt.run.include || f->opt.run.exclude)
		ros_verdict_add(v, false, "fingerprint.partial", ROS_STR(""), "the canonical digest is that of the tensors asked for, not the model's");
	if (!f->source.known)
		ros_verdict_add(v, false, "plan.unknown-family", ROS_STR(""), "the family is unknown: tensors are named as the file names them");
	return f->opt.check ? check_manifest(f, v, err) : 0;
}

struct ros_report *ros_fingerprint(const char *path, const struct ros_fingerprint_options *opt)
{
	struct ros_report *r = ros_report_new(&fingerprint_kind, sizeof(struct ros_fingerprint));
	struct ros_fingerprint *f;
	struct ros_error err = { 0 };

	if (!r)
		return NULL;
	f = r->detail;
	f->manifest_map = (struct ros_mapping)ROS_MAPPING_INIT;
	ros_options_take(&f->opt, sizeof f->opt, opt, opt ? opt->size : 0);
	if (!fingerprint(f, path, &r->verdict, &err) && !r->verdict.fatal)
		ros_report_say(r, f->opt.check ? "agrees with the manifest: %zu tensors" : "%zu tensors", f->digester.canonical_count - f->tied_count);
	return ros_report_close(r, &err);
}

char *ros_report_canonical(const struct ros_report *r)
{
	const struct ros_fingerprint *f;
	char hex[2 * ROS_DIGEST_MAX + 1];

	if (!r || r->kind != &fingerprint_kind || ros_report_exit(r) == 2)
		return NULL;
	f = r->detail;
	ros_digest_hex(&f->model_canonical, hex);
	return strdup(hex);
}
