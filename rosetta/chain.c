/* chain: several conversions in a row, each verified against the first source. */
#include "rosetta/convert.h"

#include "formats/temporary.h"
#include "rosetta/options.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_HOPS 16

struct hop {
	enum ros_format_id format;
	char *path;             /* malloc'ed */
	bool made;
	struct ros_report *convert, *verify;
};

struct chain {
	struct hop hops[MAX_HOPS];
	size_t count;
	struct ros_convert_options opt;
};

static void json_hop(const struct hop *h, struct ros_json_out *o)
{
	ros_json_open_object(o, NULL);
	ros_json_put_str(o, "to", ros_str_of(ros_formats[h->format].name));
	ros_json_put_str(o, "convert", ros_str_of(ros_report_verdict(h->convert)));
	ros_json_put_str(o, "verify", h->verify ? ros_str_of(ros_report_verdict(h->verify)) : ROS_STR("not run"));
	ros_json_put_str(o, "message", ros_str_of(ros_report_message(h->verify ? h->verify : h->convert)));
	ros_json_close_object(o);
}

static void chain_json(const struct ros_report *r, struct ros_json_out *o)
{
	const struct chain *c = r->detail;

	ros_json_open_array(o, "hops");
	for (size_t i = 0; i < c->count && c->hops[i].convert; i++)
		json_hop(&c->hops[i], o);
	ros_json_close_array(o);
}

static void chain_text(const struct ros_report *r, struct ros_text *t, unsigned flags)
{
	const struct chain *c = r->detail;

	(void)flags;
	for (size_t i = 0; i < c->count && c->hops[i].convert; i++) {
		const struct hop *h = &c->hops[i];

		ros_text_put(t, "-> %-12s convert %s", ros_formats[h->format].name, ros_report_verdict(h->convert));
		if (h->verify)
			ros_text_put(t, ", verify %s: %s", ros_report_verdict(h->verify), ros_report_message(h->verify));
		else
			ros_text_put(t, ": %s", ros_report_message(h->convert));
		ros_text_put(t, "\n");
	}
}

/* Intermediate files go, whatever came of it; a hop on the way is always one file. */
static void chain_release(struct ros_report *r)
{
	struct chain *c = r->detail;

	for (size_t i = 0; i < c->count; i++) {
		if (c->hops[i].made && i + 1 < c->count) {
			unlink(c->hops[i].path);
			ros_temporary_forget(AT_FDCWD, c->hops[i].path);
		}
		free(c->hops[i].path);
		ros_report_free(c->hops[i].convert);
		ros_report_free(c->hops[i].verify);
	}
}

static const struct ros_report_kind chain_kind = { "chain", chain_json, chain_text, NULL, chain_release };

/* "DST.hop1-HEX.gguf" for those on the way, a name that nobody has; DST for the last. */
static char *hop_path(const char *dst, size_t i, bool last, enum ros_format_id format)
{
	size_t n = strlen(dst), room = n + 64;
	uint64_t random = 0;
	char *path;

	if (last)
		return strdup(dst);
	while (n > 1 && dst[n - 1] == '/')
		n--;
	path = getrandom(&random, sizeof random, 0) == sizeof random ? malloc(room) : NULL;
	if (path)
		snprintf(path, room, "%.*s.hop%zu-%016llx%s", (int)n, dst, i + 1, (unsigned long long)random, ros_formats[format].suffix);
	return path;
}

static int parse_formats(struct chain *c, const char *text, const char *dst, struct ros_error *err)
{
	while (text && *text) {
		size_t n = strcspn(text, ",");
		struct hop *h = &c->hops[c->count];

		if (c->count == MAX_HOPS)
			return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "at most %d formats in a chain", MAX_HOPS);
		h->format = ros_format_by_name((struct ros_str){ text, n });
		if (h->format == ROS_FORMAT_COUNT)
			return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "'%.*s' is no format: safetensors, gguf, apr", (int)(n < 40 ? n : 40), text);
		c->count++;
		text += n + (text[n] == ',');
	}
	if (!c->count || !dst || !*dst)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "a chain needs formats and a target");
	for (size_t i = 0; i < c->count; i++) {
		c->hops[i].path = hop_path(dst, i, i + 1 == c->count, c->hops[i].format);
		if (!c->hops[i].path)
			return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "a path");
	}
	return 0;
}

/* What a hop found is the chain's finding, with the hop's number; its trouble is the chain's. */
static bool passes(struct ros_report *r, const struct ros_report *of, size_t hop, const char *what, struct ros_error *err)
{
	enum ros_code code = of ? of->verdict.error.code : ROS_ENOMEM;

	if (ros_report_exit(of) == ROS_TROUBLE)
		return !ros_fail(err, code ? code : ROS_EMISMATCH, ROS_NO_OFFSET, "hop %zu, %s: %s", hop + 1, what, ros_report_message(of));
	for (size_t i = 0; i < ros_report_finding_count(of); i++) {
		struct ros_report_note n = ros_report_finding(of, i);

		if (n.fatal)
			ros_verdict_add(&r->verdict, true, n.rule, ros_str_of(n.tensor), "hop %zu: %s", hop + 1, n.message);
	}
	if (ros_report_exit(of) && !r->verdict.fatal)
		ros_verdict_add(&r->verdict, true, "chain.hop", ROS_STR(""), "hop %zu, %s: %s", hop + 1, what, ros_report_message(of));
	return !ros_report_exit(of);
}

static bool run_hop(struct ros_report *r, size_t i, const char *first, const char *from, struct ros_error *err)
{
	struct chain *c = r->detail;
	struct hop *h = &c->hops[i];
	bool last = i + 1 == c->count;
	struct ros_convert_options opt = c->opt;
	struct ros_compare_options how = { .size = sizeof how, .run = c->opt.run };

	opt.to = ros_formats[h->format].name;
	opt.size = sizeof opt;
	opt.dtype = i ? NULL : opt.dtype;       /* later hops keep what the first made */
	opt.force = opt.force && last;
	h->convert = ros_convert_from(from, h->path, &opt, first);
	h->made = !ros_report_exit(h->convert);
	if (h->made && !last)
		ros_temporary_enter(AT_FDCWD, h->path);
	if (!passes(r, h->convert, i, "convert", err))
		return false;
	h->verify = ros_verify(first, h->path, &how);
	if (!passes(r, h->verify, i, "verify", err))
		return false;
	r->verdict.checked++;
	return true;
}

/* The last hop would refuse it, after all the work. */
static int target_is_new(const struct chain *c, const char *dst, struct ros_error *err)
{
	static const char *const in_folder[] = { "model.safetensors", "model.safetensors.index.json", "config.json" };
	struct ros_target t;
	char path[PATH_MAX];
	struct stat st;

	if (c->opt.force || ros_target_choose(&t, ros_formats[c->hops[c->count - 1].format].name, dst, false, err))
		return err->code;
	for (unsigned i = 0; i < (t.folder ? sizeof in_folder / sizeof *in_folder : 1); i++) {
		int n = t.folder ? snprintf(path, sizeof path, "%s/%s", dst, in_folder[i]) : snprintf(path, sizeof path, "%s", dst);

		if (n < (int)sizeof path && !lstat(path, &st))
			return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "%s: the target exists; --force replaces it", path);
	}
	return 0;
}

struct ros_report *ros_chain(const char *src, const char *dst, const char *formats, const struct ros_convert_options *opt)
{
	struct ros_report *r = ros_report_new(&chain_kind, sizeof(struct chain));
	struct ros_error err = { 0 };
	struct chain *c;
	const char *from = src;

	if (!r)
		return NULL;
	c = r->detail;
	ros_options_take(&c->opt, sizeof c->opt, opt, opt ? opt->size : 0);
	if (!parse_formats(c, formats, dst, &err) && !target_is_new(c, dst, &err))
		for (size_t i = 0; i < c->count && run_hop(r, i, src, from, &err); i++)
			from = c->hops[i].path;
	if (!err.code && !r->verdict.fatal)
		ros_report_say(r, "%zu hop%s, each verified", c->count, c->count == 1 ? "" : "s");
	return ros_report_close(r, &err);
}
