/* What a conversion did, or would do. */
#include "rosetta/convert.h"

#include <inttypes.h>
#include <string.h>

static void put_shape(struct ros_text *t, const struct ros_tensor *tensor)
{
	ros_text_put(t, "[");
	for (unsigned i = 0; i < tensor->ndim; i++)
		ros_text_put(t, "%s%" PRIu64, i ? ", " : "", tensor->dim[i]);
	ros_text_put(t, "]");
}

/* "q_proj.weight + k_proj.weight + v_proj.weight": the sources of S, each once, the first few. */
static void put_sources(struct ros_text *t, const struct ros_step *s)
{
	const struct ros_tensor *last = NULL;
	unsigned shown = 0;

	for (uint32_t i = 0; i < s->piece_count; i++) {
		if (s->pieces[i].src == last)
			continue;
		last = s->pieces[i].src;
		if (++shown > 4)
			continue;
		ros_text_put(t, shown > 1 ? " + " : "");
		ros_text_put_escaped(t, last->name);
	}
	if (shown > 4)
		ros_text_put(t, " + %u more", shown - 4);
}

static void text_step(struct ros_text *t, const struct ros_step *s)
{
	ros_text_put(t, "%-8s", ros_step_kind_name(s->kind));
	ros_text_put_escaped(t, s->dst.name);
	ros_text_pad(t, 46);
	ros_text_put(t, "%-5s ", ros_dtypes[s->dst.dtype].name);
	put_shape(t, &s->dst);
	ros_text_pad(t, 70);
	ros_text_put(t, "%12zu  ", s->dst.data.len);
	ros_text_put(t, s->piece_count ? "<- " : "<- configuration");
	put_sources(t, s);
	if (s->piece_count == 1 && s->pieces[0].src->dtype != s->dst.dtype)
		ros_text_put(t, " (%s)", ros_dtypes[s->pieces[0].src->dtype].name);
	ros_text_put(t, "\n");
}

static uint64_t output_bytes(const struct ros_conversion *c)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < c->out.file_count; i++)
		bytes += c->out.files[i].size + (c->out.files[i].footer_crc ? 4 : 0);
	return bytes;
}

void ros_conversion_text(const struct ros_conversion *c, struct ros_text *t, unsigned flags)
{
	uint64_t count[ROS_STEP_MADE + 1] = { 0 };

	if (!c->out.file_count)
		return;
	for (size_t i = 0; i < c->plan.count; i++) {
		count[c->plan.steps[i].kind]++;
		if (c->opt.dry_run || (flags & ROS_TEXT_ALL))
			text_step(t, &c->plan.steps[i]);
	}
	for (size_t i = 0; i < c->plan.left_count; i++) {
		ros_text_put(t, "left out ");
		ros_text_put_escaped(t, c->plan.left[i].tensor->name);
		ros_text_put(t, " (%s)\n", ros_leave_name(c->plan.left[i].why));
	}
	ros_quantization_text(c, t);
	ros_text_put(t, "%s (%s) -> %s: %zu tensors (%" PRIu64 " copied, %" PRIu64 " moved, %" PRIu64 " converted, %" PRIu64 " made), ",
		     ros_formats[c->source.model.format].name, ros_source_family(&c->source), ros_formats[c->target.format].name, c->plan.count,
		     count[ROS_STEP_COPY], count[ROS_STEP_MOVE], count[ROS_STEP_CONVERT], count[ROS_STEP_MADE]);
	ros_text_put_bytes(t, output_bytes(c));
	ros_text_put(t, " in %zu file%s", c->out.file_count, c->out.file_count == 1 ? "" : "s");
	if (c->opt.compress && strcmp(c->opt.compress, "none")) {
		ros_text_put(t, c->written ? ", compressed to " : " before compression");
		if (c->written)
			ros_text_put_bytes(t, c->written);
	}
	ros_text_put(t, "\n");
}

static void json_step(struct ros_json_out *o, const struct ros_step *s, const struct ros_tile_notes *n, bool quantizing)
{
	const struct ros_tensor *last = NULL;

	ros_json_open_object(o, NULL);
	ros_json_put_str(o, "name", s->dst.name);
	ros_json_put_str(o, "step", ros_str_of(ros_step_kind_name(s->kind)));
	ros_json_put_str(o, "dtype", ros_str_of(ros_dtypes[s->dst.dtype].name));
	ros_json_open_array(o, "shape");
	for (unsigned d = 0; d < s->dst.ndim; d++)
		ros_json_put_u64(o, NULL, s->dst.dim[d]);
	ros_json_close_array(o);
	ros_json_put_u64(o, "bytes", s->dst.data.len);
	ros_json_open_array(o, "from");
	for (uint32_t i = 0; i < s->piece_count; i++)
		if (s->pieces[i].src != last)
			ros_json_put_str(o, NULL, (last = s->pieces[i].src)->name);
	ros_json_close_array(o);
	if (quantizing)
		ros_quantization_json_step(s, n, o);
	if (n && n->rounded)
		ros_json_put_u64(o, "rounded", n->rounded);
	if (n && n->lossy)
		ros_json_put_u64(o, "not_invertible", n->lossy);
	if (n && n->nonfinite != ROS_NONE)
		ros_json_put_u64(o, "first_nonfinite", n->nonfinite);
	if (n && n->overflow != ROS_NONE)
		ros_json_put_u64(o, "first_overflow", n->overflow);
	ros_json_close_object(o);
}

void ros_conversion_json(const struct ros_conversion *c, struct ros_json_out *o)
{
	ros_json_put_str(o, "from", ros_str_of(ros_formats[c->source.model.format].name));
	ros_json_put_str(o, "to", ros_str_of(ros_formats[c->target.format].name));
	ros_json_put_str(o, "family", ros_str_of(ros_source_family(&c->source)));
	ros_json_put_bool(o, "dry_run", c->opt.dry_run);
	ros_json_put_bool(o, "allow_nonfinite", c->opt.allow_nonfinite);
	ros_json_put_u64(o, "bytes", output_bytes(c));
	ros_json_put_u64(o, "written", c->written);
	ros_quantization_json(c, o);
	ros_json_open_array(o, "files");
	for (size_t i = 0; i < c->out.file_count; i++)
		ros_json_put_str(o, NULL, c->out.files[i].name);
	ros_json_close_array(o);
	ros_json_open_array(o, "tensors");
	for (size_t i = 0; i < c->plan.count; i++)
		json_step(o, &c->plan.steps[i], c->notes ? &c->notes[i] : NULL, c->quantization || c->opt.quality);
	ros_json_close_array(o);
	ros_json_open_array(o, "left_out");
	for (size_t i = 0; i < c->plan.left_count; i++) {
		ros_json_open_object(o, NULL);
		ros_json_put_str(o, "name", c->plan.left[i].tensor->name);
		ros_json_put_str(o, "why", ros_str_of(ros_leave_name(c->plan.left[i].why)));
		ros_json_close_object(o);
	}
	ros_json_close_array(o);
}
