/* inspect: what a file says of itself. */
#include "rosetta/meta_text.h"
#include "rosetta/options.h"
#include "rosetta/report.h"
#include "rosetta/source.h"

#include "formats/format.h"

#include <inttypes.h>

#define SHOWN_ELEMENTS 16

struct inspection {
	struct ros_source source;
	struct ros_inspect_options opt;
	uint64_t parameters;
	uint64_t elements[ROS_DTYPE_COUNT], tensors[ROS_DTYPE_COUNT];
};

static void put_shape(struct ros_text *t, const struct ros_tensor *tensor)
{
	ros_text_put(t, "[");
	for (unsigned i = 0; i < tensor->ndim; i++)
		ros_text_put(t, "%s%" PRIu64, i ? ", " : "", tensor->dim[i]);
	ros_text_put(t, "]");
}

static void text_tensors(const struct inspection *in, struct ros_text *t)
{
	const struct ros_model *m = &in->source.model;

	for (size_t i = 0; i < m->tensor_count; i++) {
		const struct ros_tensor *tensor = &m->tensors[i];

		if (!ros_run_selects((void *)&in->opt.run, tensor->name))
			continue;
		ros_text_put_escaped(t, tensor->name);
		ros_text_pad(t, 48);
		ros_text_put(t, "%-8s ", ros_dtypes[tensor->dtype].name);
		put_shape(t, tensor);
		ros_text_pad(t, 78);
		ros_text_put(t, "%" PRIu64 "\n", (uint64_t)tensor->data.len);
	}
}

static void text_summary(const struct inspection *in, struct ros_text *t)
{
	const struct ros_model *m = &in->source.model;

	ros_text_put(t, "format      %s", ros_formats[m->format].name);
	ros_text_put(t, m->format_version ? " %" PRIu32 "\n" : "\n", m->format_version);
	ros_text_put(t, "family      %s", ros_source_family(&in->source));
	if (in->source.hub.contract && in->source.hub.contract->display_name)
		ros_text_put(t, " (%s)", in->source.hub.contract->display_name);
	ros_text_put(t, "\nsize        ");
	ros_text_put_bytes(t, m->file_bytes);
	ros_text_put(t, " in %zu file%s\ntensors     %zu\nparameters  %" PRIu64 "\ntypes       ", m->part_count, m->part_count == 1 ? "" : "s",
		     m->tensor_count, in->parameters);
	for (int d = 0, any = 0; d < ROS_DTYPE_COUNT; d++)
		if (in->tensors[d])
			ros_text_put(t, "%s%s in %" PRIu64, any++ ? ", " : "", ros_dtypes[d].name, in->tensors[d]);
	ros_text_put(t, "\nmetadata    %zu\n", m->meta.count);
	for (size_t i = 0; i < in->source.hub.file_count; i++) {
		ros_text_put(t, i ? ", " : "files       ");
		ros_text_put_escaped(t, in->source.hub.files[i].name);
	}
	ros_text_put(t, in->source.hub.file_count ? "\n" : "");
}

static void inspect_text(const struct ros_report *r, struct ros_text *t, unsigned flags)
{
	const struct inspection *in = r->detail;
	const struct ros_meta *meta = &in->source.model.meta;

	if (!in->opt.tensors || in->opt.metadata)
		text_summary(in, t);
	for (size_t i = 0; in->opt.metadata && i < meta->count; i++) {
		ros_text_put_escaped(t, meta->entries[i].key);
		ros_text_put(t, " = ");
		ros_meta_put_text(t, &meta->entries[i].value, in->opt.max_array);
		ros_text_put(t, "\n");
	}
	if (in->opt.tensors || (flags & ROS_TEXT_ALL))
		text_tensors(in, t);
}

static void json_tensors(const struct inspection *in, struct ros_json_out *o)
{
	const struct ros_model *m = &in->source.model;

	ros_json_open_array(o, "tensors");
	for (size_t i = 0; i < m->tensor_count; i++) {
		const struct ros_tensor *t = &m->tensors[i];

		if (!ros_run_selects((void *)&in->opt.run, t->name))
			continue;
		ros_json_open_object(o, NULL);
		ros_json_put_str(o, "name", t->name);
		ros_json_put_str(o, "dtype", ros_str_of(ros_dtypes[t->dtype].name));
		ros_json_open_array(o, "shape");
		for (unsigned d = 0; d < t->ndim; d++)
			ros_json_put_u64(o, NULL, t->dim[d]);
		ros_json_close_array(o);
		ros_json_put_u64(o, "bytes", t->data.len);
		ros_json_put_u64(o, "offset", t->offset);
		ros_json_put_str(o, "file", m->parts[t->part].name);
		ros_json_close_object(o);
	}
	ros_json_close_array(o);
}

static void inspect_json(const struct ros_report *r, struct ros_json_out *o)
{
	const struct inspection *in = r->detail;
	const struct ros_model *m = &in->source.model;

	ros_json_put_str(o, "format", ros_str_of(ros_formats[m->format].name));
	ros_json_put_u64(o, "format_version", m->format_version);
	ros_json_put_str(o, "family", ros_str_of(ros_source_family(&in->source)));
	ros_json_put_str(o, "architecture", in->source.hub.architecture);
	ros_json_put_u64(o, "size", m->file_bytes);
	ros_json_put_u64(o, "parameters", in->parameters);
	json_tensors(in, o);
	ros_json_open_object(o, "metadata");
	for (size_t i = 0; i < m->meta.count; i++)
		ros_meta_put_json(o, m->meta.entries[i].key, &m->meta.entries[i].value, in->opt.max_array);
	ros_json_close_object(o);
	ros_json_open_array(o, "files");
	for (size_t i = 0; i < in->source.hub.file_count; i++) {
		ros_json_open_object(o, NULL);
		ros_json_put_str(o, "name", in->source.hub.files[i].name);
		ros_json_put_u64(o, "bytes", in->source.hub.files[i].data.len);
		ros_json_close_object(o);
	}
	ros_json_close_array(o);
}

static void inspect_release(struct ros_report *r)
{
	struct inspection *in = r->detail;

	ros_source_release(&in->source);
}

static const struct ros_report_kind inspect_kind = { "inspect", inspect_json, inspect_text, NULL, inspect_release };

static void count(struct inspection *in)
{
	const struct ros_model *m = &in->source.model;

	for (size_t i = 0; i < m->tensor_count; i++) {
		const struct ros_tensor *t = &m->tensors[i];

		in->tensors[t->dtype]++;
		in->elements[t->dtype] += ros_tensor_elements(t);
		in->parameters += ros_tensor_elements(t);
	}
}

/* A list without a line is what grep has when nothing matches: no success. */
static void find_none(const struct inspection *in, struct ros_verdict *v)
{
	const struct ros_model *m = &in->source.model;

	for (size_t i = 0; i < m->tensor_count; i++)
		if (ros_run_selects((void *)&in->opt.run, m->tensors[i].name))
			return;
	if (m->tensor_count)
		ros_verdict_add(v, true, "tensors.none", ROS_STR(""), "none of its %zu tensors has a name that was asked for", m->tensor_count);
}

struct ros_report *ros_inspect(const char *path, const struct ros_inspect_options *given)
{
	struct ros_report *r = ros_report_new(&inspect_kind, sizeof(struct inspection));
	struct ros_error err = { 0 };
	struct inspection *in;
	unsigned how;

	if (!r)
		return NULL;
	in = r->detail;
	ros_options_take(&in->opt, sizeof in->opt, given, given ? given->size : 0);
	ros_report_call(r, in->opt.verb);
	if (!in->opt.max_array)
		in->opt.max_array = SHOWN_ELEMENTS;
	how = ROS_SOURCE_LENIENT | (in->opt.header_only ? ROS_SOURCE_ABSENT : in->opt.payload_unread ? ROS_SOURCE_HEADER : 0);
	if (!ros_source_open(&in->source, path, &in->opt.run, how, &r->verdict, &err)) {
		count(in);
		r->verdict.checked = 1;
		ros_report_say(r, "%s, %zu tensors", ros_formats[in->source.model.format].name, in->source.model.tensor_count);
		if (in->opt.tensors)
			find_none(in, &r->verdict);
	}
	if (err.code == ROS_ECONTRACT || err.code == ROS_EMISMATCH)
		err.code = ROS_EFORMAT;         /* what contradicts itself is refused, as what is broken is */
	return ros_report_close(r, &err);
}
