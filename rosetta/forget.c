#include "rosetta/forget.h"

#include "rosetta/tile.h"

/* Forgetting interrupts every processor that runs this program: it is done once for so many bytes of a tensor, and at its end. */
#define STRETCH (8u << 20)
/* The kernel may keep a file in pieces as large as this and maps the whole piece at the first touch: what lies before a used
 * range was used too, or will be mapped again, and what follows a tensor is another's beginning at most. */
#define FOLIO (2u << 20)

void ros_forget_payload(const struct ros_tensor *t, const struct ros_model *src, uint64_t offset, uint64_t len)
{
	struct ros_bytes file;
	uint64_t begin, end;
	bool last;

	if (t->part >= src->part_count || src->parts[t->part].map.heap || !t->data.ptr || offset > t->data.len)
		return;
	if (len > t->data.len - offset)
		len = t->data.len - offset;
	last = offset + len == t->data.len;
	if (!last && offset / STRETCH == (offset + len) / STRETCH)
		return;
	file = src->parts[t->part].map.bytes;
	begin = (uint64_t)(t->data.ptr - file.ptr) + offset / STRETCH * STRETCH;
	end = (uint64_t)(t->data.ptr - file.ptr) + offset + len;
	begin = begin > STRETCH ? begin - STRETCH : 0;
	if (last)
		end = file.len - end > FOLIO ? end + FOLIO : file.len;
	ros_mapping_forget((struct ros_bytes){ file.ptr + begin, end - begin });
}

/* Share ROW / ALL of the tensor's bytes; exact where rows are equally long. */
static uint64_t share(const struct ros_tensor *t, uint64_t row)
{
	uint64_t rows = ros_tensor_rows(t);

	return rows ? t->data.len / rows * row : 0;
}

static void forget_piece(const struct ros_piece *p, const struct ros_model *src, uint64_t row, uint64_t rows, bool last)
{
	uint64_t i, first = UINT64_MAX, end = 0;

	if (p->from.transposed || p->to.transposed) {
		if (last)
			ros_forget_payload(p->src, src, 0, p->src->data.len);
		return;
	}
	for (uint64_t r = row; r < row + rows; r += rows > 1 ? rows - 1 : 1) {
		uint64_t at;

		if (!ros_placement_atom_row(&p->to, r, &i))
			continue;
		at = ros_placement_row(&p->from, i);
		first = at < first ? at : first;
		end = at + 1 > end ? at + 1 : end;
	}
	if (first < end)
		ros_forget_payload(p->src, src, share(p->src, first), share(p->src, end) - share(p->src, first));
}

/* A tensor that is taken as it stands, in rows that are not its own. */
static void forget_narrow(const struct ros_step *s, const struct ros_model *src, uint64_t row, uint64_t rows)
{
	const struct ros_tensor *t = s->pieces[0].src;
	uint64_t each = t->data.len / ros_tile_all(s);

	ros_forget_payload(t, src, each * row, each * rows);
}

void ros_forget_rows(const struct ros_step *s, const struct ros_model *src, uint64_t row, uint64_t rows)
{
	bool last = row + rows >= ros_tile_all(s);

	if (s->width && !last)
		forget_narrow(s, src, row, rows);
	else if (last)
		for (uint32_t i = 0; i < s->piece_count; i++)
			ros_forget_payload(s->pieces[i].src, src, 0, s->pieces[i].src->data.len);
	else
		for (uint32_t i = 0; i < s->piece_count && i < 64; i++)
			forget_piece(&s->pieces[i], src, row, rows, last);
}
