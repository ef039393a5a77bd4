#include "contracts/sentencepiece.h"

#include "formats/bytes.h"
#include "formats/cursor.h"
#include "formats/limits.h"
#include "formats/size.h"

/* ---- the wire format of protocol buffers ---- */

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/* One field: number and value; BYTES is set for WIRE_BYTES, VALUE for the rest. */
struct field {
	uint64_t number;
	enum wire wire;
	uint64_t value;
	struct ros_bytes bytes;
};

/* At most ten bytes; bits beyond 64 are refused. */
static uint64_t varint(struct ros_cursor *c, const char *what)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint64_t offset = ros_cursor_offset(c);
		uint8_t byte = ros_cursor_u8(c, what);

		if (c->err->code)
			return 0;
		if (shift == 63 && byte > 1) {
			ros_fail(c->err, ROS_EFORMAT, offset, "%s: the number does not fit 64 bits", what);
			return 0;
		}
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
	return v;
}

/* Reads the next field; false at the end or after an error. */
static bool next_field(struct ros_cursor *c, struct field *f, const char *what)
{
	uint64_t tag, offset = ros_cursor_offset(c);

	if (c->err->code || !ros_cursor_left(c))
		return false;
	tag = varint(c, what);
	*f = (struct field){ .number = tag >> 3, .wire = (enum wire)(tag & 7) };
	switch ((unsigned)(tag & 7)) {
	case WIRE_VARINT:
		f->value = varint(c, what);
		break;
	case WIRE_FIXED64:
		f->value = ros_cursor_u64(c, what);
		break;
	case WIRE_FIXED32:
		f->value = ros_cursor_u32(c, what);
		break;
	case WIRE_BYTES:
		f->bytes = ros_cursor_bytes(c, varint(c, what), what);
		break;
	default:
		ros_fail(c->err, ROS_EFORMAT, offset, "%s: wire type %u is unknown", what, (unsigned)(tag & 7));
	}
	return !c->err->code;
}

/* A cursor over the message that F holds, its offsets counted from the start of the file. */
static struct ros_cursor inside(const struct ros_cursor *outer, const struct field *f)
{
	return ros_cursor_over(f->bytes, ros_cursor_offset(outer) - f->bytes.len, outer->err);
}

static bool is(const struct field *f, uint64_t number, enum wire wire)
{
	return f->number == number && f->wire == wire;
}

/* ---- reading ---- */

static void read_piece(struct ros_cursor c, struct ros_spm_piece *p)
{
	struct field f;

	*p = (struct ros_spm_piece){ .type = ROS_PIECE_NORMAL };
	while (next_field(&c, &f, "piece")) {
		if (is(&f, 1, WIRE_BYTES))
			p->text = (struct ros_str){ (const char *)f.bytes.ptr, f.bytes.len };
		else if (is(&f, 2, WIRE_FIXED32))
			p->score = ros_bits_f32((uint32_t)f.value);
		else if (is(&f, 3, WIRE_VARINT))
			p->type = (int32_t)f.value;
	}
}

static void read_trainer(struct ros_cursor c, struct ros_spm *spm)
{
	struct field f;

	while (next_field(&c, &f, "trainer_spec")) {
		if (f.wire != WIRE_VARINT)
			continue;
		switch (f.number) {
		case 3: spm->kind = (enum ros_spm_kind)f.value; break;
		case 35: spm->byte_fallback = f.value; break;
		case 40: spm->unk_id = (int32_t)f.value; break;
		case 41: spm->bos_id = (int32_t)f.value; break;
		case 42: spm->eos_id = (int32_t)f.value; break;
		case 43: spm->pad_id = (int32_t)f.value; break;
		default: break;
		}
	}
}

static void read_normalizer(struct ros_cursor c, struct ros_spm *spm)
{
	struct field f;

	while (next_field(&c, &f, "normalizer_spec")) {
		if (is(&f, 2, WIRE_BYTES))
			spm->charsmap = f.bytes;
		else if (is(&f, 3, WIRE_VARINT))
			spm->add_dummy_prefix = f.value;
		else if (is(&f, 4, WIRE_VARINT))
			spm->remove_extra_whitespaces = f.value;
	}
}

static size_t count_pieces(struct ros_bytes file, struct ros_error *err)
{
	struct ros_cursor c = ros_cursor_over(file, 0, err);
	struct field f;
	size_t n = 0;

	while (next_field(&c, &f, "tokenizer.model"))
		n += is(&f, 1, WIRE_BYTES);
	return n;
}

int ros_spm_read(struct ros_spm *spm, struct ros_bytes file, struct ros_arena *arena, struct ros_error *err)
{
	struct ros_cursor c;
	struct field f;
	size_t n = count_pieces(file, err), i = 0;

	*spm = (struct ros_spm){ .kind = ROS_SPM_UNIGRAM, .unk_id = 0, .bos_id = 1, .eos_id = 2, .pad_id = -1,
				 .add_dummy_prefix = true, .remove_extra_whitespaces = true };
	if (err->code)
		return err->code;
	if (!n || n > ROS_MAX_ARRAY)
		return ros_fail(err, n ? ROS_ELIMIT : ROS_EFORMAT, 0, "tokenizer.model: %zu pieces", n);
	spm->pieces = ros_arena_alloc(arena, n, sizeof *spm->pieces, err);
	if (!spm->pieces)
		return err->code;
	c = ros_cursor_over(file, 0, err);
	while (next_field(&c, &f, "tokenizer.model")) {
		if (is(&f, 1, WIRE_BYTES))
			read_piece(inside(&c, &f), &spm->pieces[i++]);
		else if (is(&f, 2, WIRE_BYTES))
			read_trainer(inside(&c, &f), spm);
		else if (is(&f, 3, WIRE_BYTES))
			read_normalizer(inside(&c, &f), spm);
	}
	spm->count = i;
	return err->code;
}

/* ---- writing: sizes first, then bytes ---- */

/* With PTR NULL only LEN grows. */
struct sink {
	uint8_t *ptr;
	size_t len;
};

static void put_u8(struct sink *s, uint8_t v)
{
	if (s->ptr)
		s->ptr[s->len] = v;
	s->len++;
}

static void put_varint(struct sink *s, uint64_t v)
{
	for (; v > 0x7f; v >>= 7)
		put_u8(s, (uint8_t)(v | 0x80));
	put_u8(s, (uint8_t)v);
}

static void put_number(struct sink *s, unsigned number, int64_t v)
{
	put_varint(s, number << 3 | WIRE_VARINT);
	put_varint(s, (uint64_t)v);
}

static void put_bytes(struct sink *s, unsigned number, const void *data, size_t len)
{
	put_varint(s, number << 3 | WIRE_BYTES);
	put_varint(s, len);
	if (s->ptr && len)
		memcpy(s->ptr + s->len, data, len);
	s->len += len;
}

static void put_piece(struct sink *s, const struct ros_spm_piece *p)
{
	put_bytes(s, 1, p->text.ptr, p->text.len);
	put_varint(s, 2 << 3 | WIRE_FIXED32);
	if (s->ptr)
		ros_put_le32(s->ptr + s->len, ros_f32_bits(p->score));
	s->len += 4;
	put_number(s, 3, p->type);
}

static void put_trainer(struct sink *s, const struct ros_spm *spm)
{
	put_number(s, 3, spm->kind);
	put_number(s, 4, (int64_t)spm->count);
	put_number(s, 35, spm->byte_fallback);
	put_number(s, 40, spm->unk_id);
	put_number(s, 41, spm->bos_id);
	put_number(s, 42, spm->eos_id);
	put_number(s, 43, spm->pad_id);
}

static void put_normalizer(struct sink *s, const struct ros_spm *spm)
{
	put_bytes(s, 1, "identity", 8);
	put_bytes(s, 2, spm->charsmap.ptr, spm->charsmap.len);
	put_number(s, 3, spm->add_dummy_prefix);
	put_number(s, 4, spm->remove_extra_whitespaces);
	put_number(s, 5, 1);
}

/* The head of a nested message of LEN bytes. */
static void put_head(struct sink *s, unsigned number, size_t len)
{
	put_varint(s, number << 3 | WIRE_BYTES);
	put_varint(s, len);
}

static void put_model(struct sink *s, const struct ros_spm *spm)
{
	struct sink size;

	for (size_t i = 0; i < spm->count; i++) {
		size = (struct sink){ 0 };
		put_piece(&size, &spm->pieces[i]);
		put_head(s, 1, size.len);
		put_piece(s, &spm->pieces[i]);
	}
	size = (struct sink){ 0 };
	put_trainer(&size, spm);
	put_head(s, 2, size.len);
	put_trainer(s, spm);
	size = (struct sink){ 0 };
	put_normalizer(&size, spm);
	put_head(s, 3, size.len);
	put_normalizer(s, spm);
}

int ros_spm_write(const struct ros_spm *spm, struct ros_arena *arena, struct ros_bytes *file, struct ros_error *err)
{
	struct sink size = { 0 }, out = { 0 };

	put_model(&size, spm);
	out.ptr = ros_arena_alloc(arena, size.len, 1, err);
	if (!out.ptr)
		return err->code;
	put_model(&out, spm);
	*file = (struct ros_bytes){ out.ptr, out.len };
	return 0;
}
