/* Writing and checking manifests (rosetta/fingerprint.h describes the text). */
#include "rosetta/fingerprint.h"

#include "formats/nameset.h"

#include <limits.h>
#include <string.h>

/* A tensor's name as one word, harmless on a terminal. */
static void put_word(struct ros_text *t, struct ros_str s)
{
	for (size_t i = 0, n; i < s.len; i += n ? n : 1) {
		n = s.ptr[i] == ' ' || s.ptr[i] == '\\' ? 0 : ros_text_harmless(s, i);
		if (n)
			ros_text_put(t, "%.*s", (int)n, s.ptr + i);
		else
			ros_text_put(t, "\\x%02x", s.ptr[i] & 0xff);
	}
}

static void put_line(struct ros_text *t, const char *what, const struct ros_digest *d, struct ros_str name)
{
	char hex[2 * ROS_DIGEST_MAX + 1];

	if (!d->len)
		return;
	ros_digest_hex(d, hex);
	ros_text_put(t, "# %s %s", what, hex);
	ros_text_put(t, name.len ? " " : "");
	put_word(t, name);
	ros_text_put(t, "\n");
}

/* A file name with a line break or backslash is escaped as coreutils does, the line then begins with a backslash. */
static void put_file(struct ros_text *t, const struct ros_digest *d, struct ros_str name)
{
	char hex[2 * ROS_DIGEST_MAX + 1];
	bool odd = memchr(name.ptr, '\n', name.len) || memchr(name.ptr, '\\', name.len) || memchr(name.ptr, '\r', name.len);

	ros_digest_hex(d, hex);
	ros_text_put(t, "%s%s  ", odd ? "\\" : "", hex);
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (c == '\n' || c == '\r' || c == '\\')
			ros_text_put(t, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : '\\');
		else
			ros_text_put(t, "%c", c);
	}
	ros_text_put(t, "\n");
}

/* What a folder holds beside the weights counts as the model's too: whoever trades the chat template changes what it says.
 * Files carried inside others have no line, as no other tool would find them. */
static bool lies_on_disk(const struct ros_model *m, struct ros_bytes file)
{
	for (size_t i = 0; i < m->file_map_count; i++) {
		struct ros_bytes map = m->file_maps[i].bytes;

		if (file.len == map.len && file.ptr == map.ptr)
			return true;
	}
	return false;
}

char *ros_manifest_write(const struct ros_fingerprint *f)
{
	struct ros_text t = { 0 };

	ros_text_put(&t, "# rosetta-manifest-1 %s\n", ros_digest_name(f->digester.kind));
	put_line(&t, "canonical", &f->model_canonical, ROS_STR(""));
	put_line(&t, "raw", &f->model_raw, ROS_STR(""));
	for (size_t i = 0; i < f->digester.canonical_count; i++)
		if (!f->tied[i])
			put_line(&t, "tensor", &f->digester.canonical[i].digest, f->digester.canonical[i].step->dst.name);
	for (size_t i = 0; i < f->source.model.part_count; i++)
		put_file(&t, &f->files[i], f->source.model.parts[i].name);
	for (size_t i = 0; i < f->source.model.file_count; i++) {
		const struct ros_side_file *side = &f->source.model.files[i];
		struct ros_digest d = ros_digest_of(f->digester.kind, side->data.ptr, side->data.len);

		if (lies_on_disk(&f->source.model, side->data))
			put_file(&t, &d, side->name);
	}
	return ros_text_take(&t);
}

/* ---- checking ---- */

struct check {
	struct ros_fingerprint *f;
	struct ros_verdict *v;
	bool *seen;             /* per canonical tensor */
	struct ros_nameset by_word;     /* its number by the spelling of its name */
	struct ros_nameset by_file;     /* of a part or, after those, a side file: its number by name */
	struct ros_digest *file;        /* per part and side file, made once however often a line names it */
	bool partial;           /* only some tensors were asked for */
	bool canonical;         /* it states the digest of the model */
	size_t other_files;     /* of no file of ours */
};

/* The next line of *TEXT without its end, LF or CR LF; false at the end of the text. */
static bool next_line(struct ros_str *text, struct ros_str *line)
{
	const char *end;

	if (!text->len)
		return false;
	end = memchr(text->ptr, '\n', text->len);
	*line = (struct ros_str){ text->ptr, end ? (size_t)(end - text->ptr) : text->len };
	text->ptr += line->len + (end ? 1 : 0);
	text->len -= line->len + (end ? 1 : 0);
	if (line->len && line->ptr[line->len - 1] == '\r')
		line->len--;            /* it went through an editor or a checkout that ends lines so */
	return true;
}

/* Splits LINE at its first blank run. */
static struct ros_str word(struct ros_str *line)
{
	struct ros_str w = { line->ptr, 0 };

	while (w.len < line->len && line->ptr[w.len] != ' ')
		w.len++;
	line->ptr += w.len;
	line->len -= w.len;
	while (line->len && *line->ptr == ' ') {
		line->ptr++;
		line->len--;
	}
	return w;
}

static bool agrees(const struct ros_digest *d, struct ros_str hex)
{
	char text[2 * ROS_DIGEST_MAX + 1];

	ros_digest_hex(d, text);
	return d->len && ros_str_equal(hex, ros_str_of(text));
}

static int spell_names(struct check *c, struct ros_error *err)
{
	struct ros_fingerprint *f = c->f;
	uint32_t earlier;

	for (size_t i = 0; i < f->digester.canonical_count && !err->code; i++) {
		struct ros_text t = { 0 };
		struct ros_str word;

		if (f->tied[i])
			continue;
		put_word(&t, f->digester.canonical[i].step->dst.name);
		word = ros_arena_str(&f->source.arena, (struct ros_str){ t.ptr ? t.ptr : "", t.len }, err);
		ros_text_release(&t);
		if (!err->code)
			ros_nameset_add(&c->by_word, word, (uint32_t)i, &earlier, err);
	}
	return err->code;
}

static void check_tensor(struct check *c, struct ros_str hex, struct ros_str word)
{
	uint32_t i = ros_nameset_find(&c->by_word, word);

	if (i == ROS_NAMESET_NONE) {
		if (!c->partial || ros_run_selects(&c->f->opt.run, word))
			ros_verdict_add(c->v, true, "manifest.missing", word, "in the manifest, not in the model");
		return;
	}
	c->seen[i] = true;
	c->f->compared++;
	if (!agrees(&c->f->digester.canonical[i].digest, hex))
		ros_verdict_add(c->v, true, "manifest.tensor", c->f->digester.canonical[i].step->dst.name, "its values are not those of the manifest");
}

/* WRITTEN, as put_file writes names, without its escapes; in TO, which has room for it. */
static struct ros_str plain(struct ros_str written, bool escaped, char *to)
{
	size_t n = 0;

	for (size_t i = 0; i < written.len; i++) {
		char c = written.ptr[i];

		if (escaped && c == '\\' && i + 1 < written.len) {
			c = written.ptr[++i];
			c = c == 'n' ? '\n' : c == 'r' ? '\r' : c;
		}
		to[n++] = c;
	}
	return (struct ros_str){ to, n };
}

/* Of files in folders below several may have one name, which is all that a line says: where they differ no digest is theirs. */
static void add_file(struct check *c, size_t number, struct ros_str name, const struct ros_digest *d, struct ros_error *err)
{
	uint32_t earlier;

	c->file[number] = *d;
	if (ros_nameset_add(&c->by_file, name, (uint32_t)number, &earlier, err) || earlier == ROS_NAMESET_NONE)
		return;
	if (c->file[earlier].len != d->len || memcmp(c->file[earlier].byte, d->byte, d->len))
		c->file[earlier].len = 0;
}

/* The parts' digests are there; the side files' are made here. */
static int index_files(struct check *c, struct ros_error *err)
{
	const struct ros_model *m = &c->f->source.model;

	c->file = ros_arena_alloc(&c->f->source.arena, m->part_count + m->file_count, sizeof *c->file, err);
	for (size_t i = 0; i < m->part_count && !err->code; i++)
		add_file(c, i, m->parts[i].name, &c->f->files[i], err);
	for (size_t i = 0; i < m->file_count && !err->code; i++) {
		const struct ros_side_file *side = &m->files[i];
		struct ros_digest d = { 0 };

		if (!lies_on_disk(m, side->data))
			continue;
		d = ros_digest_of(c->f->digester.kind, side->data.ptr, side->data.len);
		add_file(c, m->part_count + i, side->name, &d, err);
	}
	return err->code;
}

/* "HEX  NAME": a file of that name must have that digest; one of another container says nothing here. */
static void check_file(struct check *c, struct ros_str line)
{
	const struct ros_model *m = &c->f->source.model;
	char name[PATH_MAX];
	bool escaped = *line.ptr == '\\';
	struct ros_str hex;
	uint32_t i = ROS_NAMESET_NONE;

	line = (struct ros_str){ line.ptr + escaped, line.len - escaped };
	hex = word(&line);
	if (line.len <= sizeof name)
		i = ros_nameset_find(&c->by_file, plain(line, escaped, name));
	if (i == ROS_NAMESET_NONE) {
		c->other_files++;
		return;
	}
	c->f->compared++;
	if (!agrees(&c->file[i], hex))
		ros_verdict_add(c->v, true, "manifest.file", i < m->part_count ? m->parts[i].name : m->files[i - m->part_count].name,
				"the file is not the one of the manifest");
}

static void check_line(struct check *c, struct ros_str line)
{
	struct ros_str first, second;

	if (!line.len)
		return;
	if (*line.ptr != '#') {
		check_file(c, line);
		return;
	}
	word(&line);
	first = word(&line);
	second = word(&line);
	if (ros_str_equal(first, ROS_STR("tensor"))) {
		check_tensor(c, second, line);
	} else if (ros_str_equal(first, ROS_STR("canonical"))) {
		c->canonical = true;
		c->f->compared += !c->partial;
		if (!c->partial && !agrees(&c->f->model_canonical, second))
			ros_verdict_add(c->v, true, "manifest.canonical", ROS_STR(""), "the model's values are not those of the manifest");
	}
}

/* The first line: *KIND is the name of the digest. */
static int head(struct ros_str *text, struct ros_str *kind, struct ros_error *err)
{
	if (!next_line(text, kind) || !ros_str_equal(word(kind), ROS_STR("#")) || !ros_str_equal(word(kind), ROS_STR("rosetta-manifest-1")))
		return ros_fail(err, ROS_EFORMAT, 0, "a manifest begins with '# rosetta-manifest-1'");
	return 0;
}

int ros_manifest_kind(struct ros_str text, enum ros_digest_kind *kind, struct ros_error *err)
{
	struct ros_str name;
	enum ros_digest_kind found;

	if (head(&text, &name, err))
		return err->code;
	found = ros_digest_by_name(name);
	*kind = found == ROS_DIGEST_COUNT ? *kind : found;      /* one that is none is told where digests are compared */
	return 0;
}

static int check_text(struct check *c, struct ros_str text, struct ros_error *err)
{
	struct ros_str line, name = ros_str_of(ros_digest_name(c->f->digester.kind));

	if (head(&text, &line, err))
		return err->code;
	if (!ros_str_equal(line, name))
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "the manifest holds %.*s digests, %s were made; give --digest %.*s",
				(int)(line.len < 20 ? line.len : 20), line.ptr, name.ptr, (int)(line.len < 20 ? line.len : 20), line.ptr);
	while (next_line(&text, &line))
		check_line(c, line);
	for (size_t i = 0; i < c->f->digester.canonical_count; i++)
		if (!c->seen[i] && !c->f->tied[i])
			ros_verdict_add(c->v, true, "manifest.extra", c->f->digester.canonical[i].step->dst.name, "in the model, not in the manifest");
	return 0;
}

/* What agreement does not cover. */
static void note_unchecked(const struct check *c)
{
	if (c->partial)
		ros_verdict_add(c->v, false, "manifest.partial", ROS_STR(""), "only the tensors asked for were compared, and not the digest of the model");
	else if (!c->canonical)
		ros_verdict_add(c->v, false, "manifest.no-canonical", ROS_STR(""), "it does not state the digest of the model: only what it lists was compared");
	if (c->other_files)
		ros_verdict_add(c->v, false, "manifest.other-files", ROS_STR(""), "%zu of the files that it lists are not this model's and were not compared",
				c->other_files);
}

int ros_manifest_check(struct ros_fingerprint *f, struct ros_str text, struct ros_verdict *v, struct ros_error *err)
{
	struct check c = { .f = f, .v = v, .partial = f->opt.run.include || f->opt.run.exclude };

	ros_nameset_init(&c.by_word);
	ros_nameset_init(&c.by_file);
	c.seen = ros_arena_alloc(&f->source.arena, f->digester.canonical_count, sizeof *c.seen, err);
	if (!err->code && !spell_names(&c, err) && !index_files(&c, err) && !check_text(&c, text, err))
		note_unchecked(&c);
	ros_nameset_release(&c.by_word);
	ros_nameset_release(&c.by_file);
	v->checked = f->compared;
	return err->code;
}
