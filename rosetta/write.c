#include "rosetta/write.h"

#include "formats/bytes.h"
#include "formats/temporary.h"
#include "rosetta/fetch.h"
#include "rosetta/forget.h"
#include "rosetta/look.h"
#include "rosetta/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES (1u << 20)           /* a unit of bytes that stay as they are: one large request, and still in the cache when it is written */
#define TILE_ELEMENTS (256u << 10)      /* a tile: one megabyte of float32 */
#define TILE_MIN_ELEMENTS (32u << 10)
#define BUFFER_BUDGET (24u << 20)       /* bytes that all tiles in flight may take, about */

enum unit_kind { UNIT_COPY, UNIT_TILE };

/* One piece of work: a stretch of an extent. */
struct unit {
	uint32_t file, step;
	enum unit_kind kind;
	uint64_t at;            /* offset in its file */
	uint64_t bytes;
	uint64_t row, rows;     /* tile */
	uint64_t offset;        /* copy: in the source tensor's payload */
	const uint8_t *made;    /* from its making to its taking: its bytes */
};

struct sink {
	struct ros_write *w;
	struct unit *units;
	size_t count;
	struct ros_tile_notes *seen;    /* per unit */
	struct ros_writer *files;
	size_t open;                    /* files opened so far */
	struct ros_writer *_Atomic current;     /* the last of them, once it has its header */
	size_t slot_bytes, tile_bytes;
	uint64_t total;
};

/* ---- cutting the output into units ---- */

static uint64_t tile_elements(const struct ros_write *w)
{
	uint64_t n = BUFFER_BUDGET / 8 / (ros_pool_jobs(w->run) + 2);

	if (w->fixed_tiles)
		return TILE_MIN_ELEMENTS;
	return n > TILE_ELEMENTS ? TILE_ELEMENTS : n < TILE_MIN_ELEMENTS ? TILE_MIN_ELEMENTS : n;
}

static void cut_copy(struct sink *s, uint32_t file, const struct ros_extent *e)
{
	const struct ros_dtype_info *type = &ros_dtypes[s->w->plan->steps[e->tensor].dst.dtype];
	uint64_t piece = COPY_BYTES / type->block_bytes * type->block_bytes;

	for (uint64_t at = 0; at < e->bytes; at += piece) {
		uint64_t bytes = e->bytes - at < piece ? e->bytes - at : piece;

		if (s->units)
			s->units[s->count] = (struct unit){ .file = file, .step = e->tensor, .kind = UNIT_COPY, .at = e->offset + at, .bytes = bytes, .offset = at };
		s->count++;
		if (bytes > s->slot_bytes)
			s->slot_bytes = bytes;
	}
}

static void cut_tiles(struct sink *s, uint32_t file, const struct ros_extent *e, uint64_t elements)
{
	struct ros_step *step = &s->w->plan->steps[e->tensor];
	uint64_t all, rows;

	ros_step_narrow(step, NULL);
	all = ros_tile_all(step);
	rows = ros_tile_rows(step, elements);

	for (uint64_t row = 0; row < all; row += rows) {
		uint64_t n = all - row < rows ? all - row : rows, bytes = ros_tile_bytes(step, row, n);
		size_t need = (bytes + 63) / 64 * 64 + ros_tile_scratch(step, n);

		if (s->units)
			s->units[s->count] = (struct unit){ .file = file, .step = e->tensor, .kind = UNIT_TILE, .at = e->offset + ros_tile_offset(step, row),
							  .bytes = bytes, .row = row, .rows = n };
		s->count++;
		if (need > s->slot_bytes)
			s->slot_bytes = need;
		if ((bytes + 63) / 64 * 64 > s->tile_bytes)
			s->tile_bytes = (bytes + 63) / 64 * 64;
	}
}

/* Counts the units, or fills them where there is storage. */
static int cut(struct sink *s, struct ros_error *err)
{
	const struct ros_output *out = s->w->out;
	uint64_t elements = tile_elements(s->w);

	s->count = 0;
	s->total = 0;
	for (size_t f = 0; f < out->file_count; f++) {
		for (size_t i = 0; i < out->files[f].extent_count; i++) {
			const struct ros_extent *e = &out->files[f].extents[i];
			const struct ros_step *step = &s->w->plan->steps[e->tensor];

			if (e->bytes != step->dst.data.len)
				return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "tensor '%.*s': %" PRIu64 " bytes were laid out, %zu are made",
						(int)(step->dst.name.len < 200 ? step->dst.name.len : 200), step->dst.name.ptr, e->bytes, step->dst.data.len);
			if (step->kind == ROS_STEP_COPY && step->pieces[0].src->part != ROS_NO_PART)
				cut_copy(s, (uint32_t)f, e);
			else if (e->bytes)
				cut_tiles(s, (uint32_t)f, e, elements);
			s->total += e->bytes;
		}
	}
	return 0;
}

static int make_units(struct sink *s, struct ros_error *err)
{
	if (cut(s, err))
		return err->code;
	s->units = ros_arena_alloc(s->w->arena, s->count, sizeof *s->units, err);
	s->seen = ros_arena_alloc(s->w->arena, s->count, sizeof *s->seen, err);
	if (err->code || cut(s, err))
		return err->code;
	for (size_t i = 0; i < s->count; i++)
		s->seen[i] = (struct ros_tile_notes)ROS_TILE_NOTES_INIT;
	s->slot_bytes += s->tile_bytes;   /* the tile lies before its scratch, at one distance for all */
	return 0;
}

/* ---- workers ---- */

/* Bytes that stay as they are: looked through, then written from where they are while they are still in a cache. That costs
 * less than to let the kernel copy them and to read them once more for the look. */
static int make_copy(const struct sink *s, struct unit *u, struct ros_tile_notes *seen, void *buffer, struct ros_error *err)
{
	const struct ros_tensor *src = s->w->plan->steps[u->step].pieces[0].src;

	u->made = ros_look(s->w->src, src, u->offset, u->bytes, buffer, err);
	if (!u->made)
		return err->code;
	seen->nonfinite = ros_first_nonfinite_stored(s->w->kernels, src, u->offset, u->made, u->bytes);
	return 0;
}

static int make(void *context, size_t unit, void *scratch, struct ros_error *err)
{
	struct sink *s = context;
	struct unit *u = &s->units[unit];
	struct ros_tile_notes *seen = &s->seen[unit];
	const struct ros_step *step = &s->w->plan->steps[u->step];

	if (atomic_load(&s->current))
		ros_writer_write_back(atomic_load(&s->current));
	if (u->kind == UNIT_COPY) {
		if (make_copy(s, u, seen, scratch, err))
			return err->code;
	} else {
		u->made = scratch;
		ros_tile_make(step, s->w->kernels, u->row, u->rows, scratch, (uint8_t *)scratch + s->tile_bytes, seen);
		ros_forget_rows(step, s->w->src, u->row, u->rows);
	}
	if ((seen->nonfinite != ROS_NONE && !s->w->allow_nonfinite) || (seen->overflow != ROS_NONE && !s->w->allow_overflow))
		return ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "values that must not be");
	return 0;
}

/* ---- the calling thread ---- */

/* "PATH", "PATH/NAME" in a folder, or NAME in PATH's folder when there are several files. */
static char *file_path(const struct ros_write *w, struct ros_str name, bool alone)
{
	const char *slash = strrchr(w->path, '/');
	size_t dir = w->folder ? strlen(w->path) : slash ? (size_t)(slash - w->path) : 0;
	char *path;

	if (alone && !w->folder)
		return strdup(w->path);
	path = malloc(dir + name.len + 2);
	if (!path)
		return NULL;
	memcpy(path, w->path, dir);
	if (dir || slash == w->path)
		path[dir++] = '/';
	memcpy(path + dir, name.ptr, name.len);
	path[dir + name.len] = 0;
	return path;
}

static int open_named(const struct ros_write *w, struct ros_writer *to, struct ros_str name, bool alone, uint64_t size, struct ros_error *err)
{
	char *path = file_path(w, name, alone);

	if (!path)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "a path");
	ros_writer_open(to, path, size, w->force, err);
	free(path);
	return err->code;
}

/* Ends the file that is open (tail padding, checksum) and begins the next ones up to FILE. */
static int close_file(struct sink *s, size_t f)
{
	const struct ros_output_file *file = &s->w->out->files[f];
	struct ros_writer *to = &s->files[f];
	uint8_t crc[4];

	if (file->size > to->pos)
		ros_writer_zeros(to, file->size - to->pos);
	if (file->footer_crc) {
		ros_put_le32(crc, to->crc);
		to->footer_crc = false;
		ros_writer_put(to, crc, sizeof crc);
	}
	return to->err->code;
}

static int reach_file(struct sink *s, size_t f, struct ros_error *err)
{
	while (s->open <= f) {
		const struct ros_output_file *file = &s->w->out->files[s->open];
		struct ros_writer *to = &s->files[s->open];

		if (s->open && close_file(s, s->open - 1))
			return err->code;
		if (open_named(s->w, to, file->name, s->w->out->file_count == 1, file->size, err))
			return err->code;
		s->open++;
		to->footer_crc = file->footer_crc;
		if (ros_writer_put(to, file->header.ptr, file->header.len))
			return err->code;
		atomic_store(&s->current, to);
	}
	return 0;
}

static int take(void *context, size_t unit, void *scratch, struct ros_error *err)
{
	struct sink *s = context;
	const struct unit *u = &s->units[unit];
	struct ros_writer *to = &s->files[u->file];

	(void)scratch;          /* the unit says where its bytes are */
	if (s->open)
		s->files[s->open - 1].err = err;   /* errors stick in this call's storage */
	if (reach_file(s, u->file, err))
		return err->code;
	to->err = err;
	if (u->at > to->pos && ros_writer_zeros(to, u->at - to->pos))
		return err->code;
	return ros_writer_put(to, u->made, u->bytes);
}

static uint64_t unit_bytes(const void *context, size_t unit)
{
	const struct sink *s = context;

	return s->units[unit].bytes;
}

/* ---- the whole ---- */

/* Sums up per step; the first bad value (all units before it were looked at) is a finding. True: one was fatal. */
static bool gather_notes(struct sink *s, struct ros_verdict *v)
{
	struct ros_write *w = s->w;

	for (size_t i = 0; i < s->count; i++) {
		const struct ros_tile_notes *u = &s->seen[i];
		const struct ros_step *step = &w->plan->steps[s->units[i].step];
		struct ros_tile_notes *n = &w->notes[s->units[i].step];
		bool stop = false;

		if (u->nonfinite != ROS_NONE && n->nonfinite == ROS_NONE) {
			stop = !w->allow_nonfinite;
			n->nonfinite = u->nonfinite;
			ros_verdict_add(v, stop, "data.nonfinite", step->dst.name, "element %" PRIu64 " is NaN or infinite%s", u->nonfinite,
					stop ? "; --allow-nonfinite accepts such values" : ", accepted");
		}
		if (u->overflow != ROS_NONE && n->overflow == ROS_NONE) {
			stop |= !w->allow_overflow;
			n->overflow = u->overflow;
			ros_verdict_add(v, !w->allow_overflow, "data.overflow", step->dst.name, "element %" PRIu64 " is beyond the range of %s%s", u->overflow,
					ros_dtypes[step->dst.dtype].name, w->allow_overflow ? ", accepted" : "; --allow-overflow accepts such values");
		}
		if (stop)
			return true;
		n->lossy += u->lossy;
		n->rounded += u->rounded;
		n->measured += u->measured;
		n->error2 += u->error2;
		n->value2 += u->value2;
		n->largest_error = u->largest_error > n->largest_error ? u->largest_error : n->largest_error;
	}
	return false;
}

static int write_side_files(struct ros_write *w, struct ros_writer *to, struct ros_error *err)
{
	for (size_t i = 0; i < w->out->side_count; i++) {
		if (open_named(w, &to[i], w->out->side[i].name, false, w->out->side[i].data.len, err))
			return err->code;
		ros_writer_put(&to[i], w->out->side[i].data.ptr, w->out->side[i].data.len);
	}
	return err->code;
}

/* Files and side files lie one after another. */
static int commit(struct sink *s, struct ros_error *err)
{
	size_t n = s->w->out->file_count + s->w->out->side_count;

	for (size_t i = 0; i < n; i++) {
		s->files[i].err = err;
		s->w->written += s->files[i].pos;
	}
	return ros_writer_commit_all(s->files, n);
}

/* Entered before it is there: a signal between the two finds it. What was there already is never entered. */
static bool new_folder(const char *path)
{
	struct stat st;
	bool made;

	if (!lstat(path, &st)) {
		errno = EEXIST;
		return false;
	}
	ros_temporary_enter_folder(path);
	made = !mkdir(path, 0777);
	if (!made)
		ros_temporary_forget(AT_FDCWD, path);
	return made;
}

/* Makes the target folder; *MADE says that it is ours to remove. */
static int make_folder(const struct ros_write *w, bool *made, struct ros_error *err)
{
	struct stat st;

	if (!w->folder)
		return 0;
	*made = new_folder(w->path);
	if (*made || (errno == EEXIST && !stat(w->path, &st) && S_ISDIR(st.st_mode)))
		return 0;
	return ros_fail_errno(err, errno, "%s: cannot make the folder", w->path);
}

static int start_notes(struct ros_write *w, struct ros_error *err)
{
	w->notes = ros_arena_alloc(w->arena, w->plan->count, sizeof *w->notes, err);
	for (size_t i = 0; w->notes && i < w->plan->count; i++)
		w->notes[i] = (struct ros_tile_notes)ROS_TILE_NOTES_INIT;
	return err->code;
}

int ros_write_run(struct ros_write *w, ros_write_finish *finish, void *context, struct ros_verdict *v, struct ros_error *err)
{
	size_t n = w->out->file_count + w->out->side_count;
	struct sink s = { .w = w, .files = ros_arena_alloc(w->arena, n, sizeof *s.files, err) };
	struct ros_writer *side = s.files + w->out->file_count;
	bool made = false, stopped = false;

	if (err->code || start_notes(w, err) || make_units(&s, err))
		return err->code;
	for (size_t i = 0; i < n; i++)
		s.files[i] = (struct ros_writer)ROS_WRITER_INIT;
	if (make_folder(w, &made, err) || reach_file(&s, 0, err))
		goto out;
	ros_pool_run(&(struct ros_work){ .count = s.count, .make = make, .take = take, .bytes = unit_bytes, .context = &s,
					 .scratch_bytes = s.slot_bytes, .phase = "convert", .total = s.total }, w->run, err);
	stopped = gather_notes(&s, v);
	if (stopped && err->code == ROS_ECONTRACT)
		*err = (struct ros_error){ 0 };   /* the finding says it */
	for (size_t i = 0; i < s.open; i++)
		s.files[i].err = err;
	if (stopped || err->code || reach_file(&s, w->out->file_count - 1, err) || close_file(&s, w->out->file_count - 1)
	    || (finish && finish(context, s.files, w->out->file_count, err)) || write_side_files(w, side, err))
		goto out;
	commit(&s, err);
out:
	for (size_t i = 0; i < n; i++)
		ros_writer_release(&s.files[i]);
	if (made && (err->code || stopped))
		rmdir(w->path);
	if (made)
		ros_temporary_forget(AT_FDCWD, w->path);
	return err->code;
}
