/* What one step has to do: copy, move, or convert. */
#include "rosetta/plan.h"

#include "quant/codec.h"

#include <inttypes.h>
#include <stdio.h>

const char *ros_step_kind_name(enum ros_step_kind kind)
{
	static const char *const name[] = {
		[ROS_STEP_COPY] = "copy", [ROS_STEP_MOVE] = "move", [ROS_STEP_CONVERT] = "convert", [ROS_STEP_MADE] = "made",
	};

	return name[kind];
}

const char *ros_leave_name(enum ros_leave why)
{
	static const char *const name[] = {
		[ROS_LEFT_TIED] = "tied", [ROS_LEFT_DERIVABLE] = "derivable", [ROS_LEFT_EXCLUDED] = "excluded",
		[ROS_LEFT_NO_PLACE] = "no-place", [ROS_LEFT_UNKNOWN] = "unknown",
	};

	return name[why];
}

struct ros_step ros_step_copy_of(const struct ros_tensor *t, struct ros_piece *piece)
{
	struct ros_placement whole = {
		.key = { 0, ROS_NO_LAYER, ROS_NO_EXPERT },
		.rows = ros_tensor_rows(t), .cols = ros_tensor_cols(t),
		.group_rows = ros_tensor_rows(t), .group_stride = ros_tensor_rows(t),
	};
	struct ros_step s = { .dst = *t, .kind = ROS_STEP_COPY, .pieces = piece, .piece_count = 1 };

	*piece = (struct ros_piece){ t, whole, whole };
	s.dst.data = (struct ros_bytes){ NULL, t->data.len };
	return s;
}

static int fail(struct ros_error *err, const struct ros_step *s, const char *what)
{
	return ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "tensor '%.*s': %s", (int)(s->dst.name.len < 200 ? s->dst.name.len : 200),
			s->dst.name.ptr, what);
}

/* All pieces come from one tensor and stay where they are, and nothing else is in it. */
static bool is_copy(const struct ros_step *s)
{
	const struct ros_tensor *src = s->pieces[0].src;
	uint64_t covered = 0;

	if (src->dtype != s->dst.dtype || src->data.len != s->dst.data.len || ros_tensor_cols(src) != ros_tensor_cols(&s->dst))
		return false;
	for (uint32_t i = 0; i < s->piece_count; i++) {
		const struct ros_piece *p = &s->pieces[i];

		if (p->src != src || !ros_placement_equal(&p->from, &p->to))
			return false;
		covered += p->from.rows * p->from.cols;
	}
	return covered == ros_tensor_elements(src);
}

/* Stored bytes can take other places: single elements, or whole rows of whole blocks. */
static bool is_move(const struct ros_step *s)
{
	const struct ros_dtype_info *row = &ros_dtypes[s->dst.dtype];
	bool elements = row->block_len == 1 && row->sizing <= ROS_SIZE_ROWS;
	bool rows = row->sizing == ROS_SIZE_ROWS || (row->sizing == ROS_SIZE_FLAT && ros_tensor_cols(&s->dst) % row->block_len == 0);

	for (uint32_t i = 0; i < s->piece_count; i++) {
		const struct ros_piece *p = &s->pieces[i];

		if (p->src->dtype != s->dst.dtype || p->from.value != p->to.value)
			return false;
		if (!elements && (!rows || p->from.transposed || p->to.transposed))
			return false;
	}
	return true;
}

static bool quantised_move_fails(const struct ros_step *s)
{
	for (uint32_t i = 0; i < s->piece_count; i++)
		if (s->pieces[i].src->dtype != s->dst.dtype)
			return false;
	return ros_dtypes[s->dst.dtype].class_ == ROS_CLASS_FLOAT && ros_dtypes[s->dst.dtype].block_len > 1;
}

/* Every destination element has exactly one source: parts are disjoint by construction, so counting is enough. */
static int check_pieces(const struct ros_step *s, struct ros_error *err)
{
	uint64_t covered = 0;

	for (uint32_t i = 0; i < s->piece_count; i++) {
		const struct ros_piece *p = &s->pieces[i];

		if (p->from.rows != p->to.rows || p->from.cols != p->to.cols)
			return fail(err, s, "a part has another shape in the source");
		if (!ros_placement_fits(&p->from, p->src))
			return fail(err, s, "a part reaches outside its source tensor");
		if (!ros_placement_fits(&p->to, &s->dst))
			return fail(err, s, "a part reaches outside the tensor");
		covered += p->to.rows * p->to.cols;
	}
	if (covered != ros_tensor_elements(&s->dst))
		return fail(err, s, "its parts do not fill it");
	return 0;
}

static int check_types(const struct ros_step *s, struct ros_error *err)
{
	char text[120];

	for (uint32_t i = 0; i < s->piece_count; i++) {
		if (ros_codecs[s->pieces[i].src->dtype].decode)
			continue;
		snprintf(text, sizeof text, "%s cannot become %s", ros_dtypes[s->pieces[i].src->dtype].name, ros_dtypes[s->dst.dtype].name);
		return fail(err, s, text);
	}
	if (!ros_codecs[s->dst.dtype].encode) {
		snprintf(text, sizeof text, "%s cannot be made from floats", ros_dtypes[s->dst.dtype].name);
		return fail(err, s, text);
	}
	return 0;
}

static int set_size(struct ros_step *s, enum ros_format_id target, struct ros_error *err)
{
	uint64_t bytes;
	char text[120];

	if (!ros_dtype_nbytes(s->dst.dtype, s->dst.ndim, s->dst.dim, target == ROS_FORMAT_APR, &bytes)) {
		snprintf(text, sizeof text, "rows of %" PRIu64 " do not divide into blocks of %s", ros_tensor_cols(&s->dst), ros_dtypes[s->dst.dtype].name);
		return fail(err, s, text);
	}
	s->dst.data = (struct ros_bytes){ NULL, bytes };
	return 0;
}

int ros_step_settle(struct ros_step *s, enum ros_format_id target, struct ros_error *err)
{
	if (s->kind == ROS_STEP_MADE && s->made.len != ros_tensor_elements(&s->dst) * sizeof(float))
		return fail(err, s, "what follows from the configuration has another size");
	if (s->kind == ROS_STEP_MADE)
		return set_size(s, target, err);
	if (check_pieces(s, err) || set_size(s, target, err))
		return err->code;
	if (is_copy(s)) {
		s->kind = ROS_STEP_COPY;
	} else if (is_move(s)) {
		s->kind = ROS_STEP_MOVE;
	} else {
		s->kind = ROS_STEP_CONVERT;
		if (quantised_move_fails(s)) {
			s->dst.dtype = ROS_F32;   /* blocks that cannot be moved are widened, which is exact, not encoded again */
			return ros_step_settle(s, target, err);
		}
		return check_types(s, err);
	}
	return 0;
}
