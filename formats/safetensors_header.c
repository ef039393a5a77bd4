#include "formats/safetensors_header.h"

#include "formats/bytes.h"
#include "formats/json_scan.h"
#include "formats/nameset.h"

#include <inttypes.h>
#include <stdlib.h>

#define WARNINGS_MAX 16   /* of one kind in one header; more would only fill memory */

enum { SEEN_DTYPE = 1, SEEN_SHAPE = 2, SEEN_OFFSETS = 4, SEEN_ALL = 7 };

struct parser {
	struct ros_json_scan scan;
	struct ros_model *m;
	struct ros_tensor_array *list;
	struct ros_error *err;
	uint32_t part;
	bool metadata_seen;
	unsigned unknown_fields;
};

static int name_width(struct ros_str name)
{
	return name.len < 120 ? (int)name.len : 120;
}

int ros_safetensors_header(struct ros_bytes file, struct ros_str *json, struct ros_error *err)
{
	uint64_t len;

	if (file.len < 8)
		return ros_fail(err, ROS_EFORMAT, 0, "header length: 8 bytes wanted, %zu in the file", file.len);
	len = ros_le64(file.ptr);
	if (len > ROS_MAX_SAFETENSORS_HEADER)
		return ros_fail(err, ROS_ELIMIT, 0, "header length: %" PRIu64 " bytes, the cap is %u", len, ROS_MAX_SAFETENSORS_HEADER);
	if (len > file.len - 8)
		return ros_fail(err, ROS_EFORMAT, 0, "header length: %" PRIu64 " bytes, %zu follow: the file is cut short", len, file.len - 8);
	*json = (struct ros_str){ (const char *)file.ptr + 8, len };
	return 0;
}

static struct ros_tensor *append(struct ros_tensor_array *list, struct ros_error *err)
{
	size_t room = list->room ? list->room * 2 : 64;
	struct ros_tensor *items;

	if (list->count == ROS_MAX_TENSORS) {
		ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "more than %u tensors", ROS_MAX_TENSORS);
		return NULL;
	}
	if (list->count == list->room) {
		items = realloc(list->items, room * sizeof *items);
		if (!items) {
			ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for %zu tensors", room);
			return NULL;
		}
		list->items = items;
		list->room = room;
	}
	list->items[list->count] = (struct ros_tensor){ 0 };
	return &list->items[list->count++];
}

static bool expect(struct parser *p, enum ros_json_event event, const char *wanted)
{
	if (ros_json_scan_next(&p->scan) == event)
		return true;
	ros_json_scan_fail(&p->scan, wanted);
	return false;
}

static void parse_dtype(struct parser *p, struct ros_tensor *t)
{
	struct ros_str name;

	if (!expect(p, ROS_JSON_TEXT, "dtype: a string wanted"))
		return;
	name = ros_json_scan_str(&p->scan, &p->m->arena);
	t->dtype = ros_dtype_by_safetensors(name);
	if (t->dtype == ROS_DTYPE_COUNT)
		ros_fail(p->err, ROS_EUNSUPPORTED, 8 + p->scan.start, "dtype '%.*s' of tensor '%.*s' is none that SafeTensors has",
			 name_width(name), name.ptr, name_width(t->name), t->name.ptr);
}

static void parse_shape(struct parser *p, struct ros_tensor *t)
{
	enum ros_json_event ev;

	if (!expect(p, ROS_JSON_OPEN_ARRAY, "shape: an array wanted"))
		return;
	while ((ev = ros_json_scan_next(&p->scan)) != ROS_JSON_CLOSE_ARRAY && !p->err->code) {
		if (t->ndim == ROS_MAX_DIMS)
			ros_fail(p->err, ROS_ELIMIT, 8 + p->scan.start, "shape of '%.*s': more than %d dimensions",
				 name_width(t->name), t->name.ptr, ROS_MAX_DIMS);
		else if (!ros_json_scan_u64(&p->scan, &t->dim[t->ndim++]))
			ros_json_scan_fail(&p->scan, "shape: whole numbers from 0 to 2^64-1 wanted");
	}
}

/* Begin and end go to offset and data.len for now; place() makes them what they are called. */
static void parse_offsets(struct parser *p, struct ros_tensor *t)
{
	uint64_t end = 0;

	if (expect(p, ROS_JSON_OPEN_ARRAY, "data_offsets: an array wanted") &&
	    (ros_json_scan_next(&p->scan), !ros_json_scan_u64(&p->scan, &t->offset)))
		ros_json_scan_fail(&p->scan, "data_offsets: a whole number wanted");
	if (!p->err->code && (ros_json_scan_next(&p->scan), !ros_json_scan_u64(&p->scan, &end)))
		ros_json_scan_fail(&p->scan, "data_offsets: a second whole number wanted");
	if (!p->err->code)
		expect(p, ROS_JSON_CLOSE_ARRAY, "data_offsets: two numbers wanted, more found");
	t->data.len = end;
}

static void parse_unknown(struct parser *p, const struct ros_tensor *t, struct ros_str key, struct ros_nameset *unknown)
{
	uint64_t at = 8 + p->scan.start;
	uint32_t found;

	if (unknown->count == ROS_MAX_UNKNOWN_FIELDS)
		ros_fail(p->err, ROS_ELIMIT, at, "tensor '%.*s' has more than %d unknown fields", name_width(t->name), t->name.ptr, ROS_MAX_UNKNOWN_FIELDS);
	else if (!ros_nameset_add(unknown, key, 0, &found, p->err) && found != ROS_NAMESET_NONE)
		ros_fail(p->err, ROS_EFORMAT, at, "field '%.*s' of tensor '%.*s' occurs twice",
			 name_width(key), key.ptr, name_width(t->name), t->name.ptr);
	else if (p->unknown_fields++ < WARNINGS_MAX)
		ros_model_warn(p->m, "safetensors.unknown-field", t->name, "field '%.*s' is unknown and was passed over",
			       name_width(key), key.ptr);
	ros_json_scan_skip(&p->scan);
}

static void parse_field(struct parser *p, struct ros_tensor *t, unsigned *seen, struct ros_nameset *unknown)
{
	static const struct {
		struct ros_str key;
		void (*parse)(struct parser *p, struct ros_tensor *t);
	} fields[] = {
		{ { "dtype", 5 }, parse_dtype }, { { "shape", 5 }, parse_shape }, { { "data_offsets", 12 }, parse_offsets },
	};
	struct ros_str key = ros_json_scan_str(&p->scan, &p->m->arena);

	for (unsigned f = 0; f < 3; f++) {
		if (!ros_str_equal(key, fields[f].key))
			continue;
		if (*seen & 1u << f)
			ros_fail(p->err, ROS_EFORMAT, 8 + p->scan.start, "field '%s' of tensor '%.*s' occurs twice",
				 fields[f].key.ptr, name_width(t->name), t->name.ptr);
		*seen |= 1u << f;
		fields[f].parse(p, t);
		return;
	}
	parse_unknown(p, t, key, unknown);
}

static void parse_tensor(struct parser *p, struct ros_str name, uint64_t at)
{
	struct ros_tensor *t = append(p->list, p->err);
	struct ros_nameset unknown;
	unsigned seen = 0;

	if (!t)
		return;
	if (name.len > ROS_MAX_NAME)
		ros_fail(p->err, ROS_ELIMIT, at, "a tensor name of %zu bytes, the cap is %d", name.len, ROS_MAX_NAME);
	t->name = name;
	t->part = (uint32_t)p->list->count;   /* its place in the header, until place() */
	if (!expect(p, ROS_JSON_OPEN_OBJECT, "a tensor's entry: an object wanted"))
		return;
	ros_nameset_init(&unknown);
	while (ros_json_scan_next(&p->scan) == ROS_JSON_KEY)
		parse_field(p, t, &seen, &unknown);
	ros_nameset_release(&unknown);
	if (!p->err->code && seen != SEEN_ALL)
		ros_fail(p->err, ROS_EFORMAT, at, "tensor '%.*s' lacks its %s", name_width(name), name.ptr,
			 !(seen & SEEN_DTYPE) ? "dtype" : !(seen & SEEN_SHAPE) ? "shape" : "data_offsets");
}

/* Shards repeat the same metadata; one that says something else is worth a word. */
static void merge_metadata(struct parser *p, struct ros_str key, struct ros_str text)
{
	const struct ros_meta_value *old = p->part ? ros_meta_get(&p->m->meta, key) : NULL;

	if (!old)
		ros_meta_add(&p->m->meta, key, ros_meta_str(text), p->err);
	else if (!ros_str_equal(old->str, text))
		ros_model_warn(p->m, "safetensors.metadata-differs", p->m->parts[p->part].name,
			       "key '%.*s' has another value in an earlier shard, which stands", name_width(key), key.ptr);
}

static void parse_metadata(struct parser *p, uint64_t at)
{
	struct ros_nameset seen;
	uint32_t found;

	if (p->metadata_seen)
		ros_fail(p->err, ROS_EFORMAT, at, "__metadata__ occurs twice");
	p->metadata_seen = true;
	if (!expect(p, ROS_JSON_OPEN_OBJECT, "__metadata__: an object of strings wanted"))
		return;
	ros_nameset_init(&seen);
	while (ros_json_scan_next(&p->scan) == ROS_JSON_KEY) {
		struct ros_str key = ros_json_scan_str(&p->scan, &p->m->arena);

		if (!ros_nameset_add(&seen, key, 0, &found, p->err) && found != ROS_NAMESET_NONE)
			ros_json_scan_fail(&p->scan, "__metadata__: a key occurs twice");
		if (expect(p, ROS_JSON_TEXT, "__metadata__: a string wanted"))
			merge_metadata(p, key, ros_json_scan_str(&p->scan, &p->m->arena));
	}
	ros_nameset_release(&seen);
}

static void parse_header(struct parser *p)
{
	if (!expect(p, ROS_JSON_OPEN_OBJECT, "header: an object wanted"))
		return;
	while (ros_json_scan_next(&p->scan) == ROS_JSON_KEY) {
		uint64_t at = 8 + p->scan.start;
		struct ros_str key = ros_json_scan_str(&p->scan, &p->m->arena);

		if (ros_str_equal(key, ROS_STR("__metadata__")))
			parse_metadata(p, at);
		else
			parse_tensor(p, key, at);
	}
	ros_json_scan_next(&p->scan);   /* nothing may follow */
}

static int by_place(const void *a, const void *b)
{
	const struct ros_tensor *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	if (x->data.len != y->data.len)
		return x->data.len < y->data.len ? -1 : 1;
	return x->part < y->part ? -1 : 1;
}

static void sort_by_place(struct ros_tensor *t, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (by_place(&t[i - 1], &t[i]) > 0) {
			qsort(t, count, sizeof *t, by_place);
			return;
		}
}

/* Checks T against the end of the tensor before it and its own shape; offsets count from BASE on. */
static int place(struct ros_tensor *t, uint64_t *end, struct ros_bytes file, uint64_t base, struct ros_error *err)
{
	uint64_t begin = t->offset, stop = t->data.len, want;
	int w = name_width(t->name);

	if (begin != *end || stop < begin)
		return ros_fail(err, ROS_EFORMAT, begin < file.len - base ? base + begin : ROS_NO_OFFSET,
				"tensor '%.*s' takes [%" PRIu64 ", %" PRIu64 ") of the data, but the one before it ends at %" PRIu64 ": %s",
				w, t->name.ptr, begin, stop, *end,
				stop < begin ? "reversed" : begin < *end ? "they overlap" : "a hole");
	if (!ros_dtype_nbytes(t->dtype, t->ndim, t->dim, false, &want))
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "tensor '%.*s': its shape overflows or is not whole bytes of %s",
				w, t->name.ptr, ros_dtypes[t->dtype].name);
	if (want != stop - begin)
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "tensor '%.*s': %" PRIu64 " bytes by dtype and shape, %" PRIu64 " by data_offsets",
				w, t->name.ptr, want, stop - begin);
	*end = stop;
	t->data = (struct ros_bytes){ NULL, 0 };
	if (stop <= file.len - base)
		t->data = (struct ros_bytes){ file.ptr + base + begin, want };
	t->offset = base + begin;
	return 0;
}

static int place_all(struct parser *p, size_t first, uint64_t base, bool header_only)
{
	struct ros_bytes file = p->m->parts[p->part].map.bytes;
	uint64_t end = 0, data = file.len - base;

	for (size_t i = first; i < p->list->count; i++) {
		if (place(&p->list->items[i], &end, file, base, p->err))
			return p->err->code;
		p->list->items[i].part = p->part;
	}
	if (end > data && !header_only)
		return ros_fail(p->err, ROS_EFORMAT, file.len, "the tensors take %" PRIu64 " bytes, %" PRIu64 " are there: the file is cut short",
				end, data);
	if (end < data)
		return ros_fail(p->err, ROS_EFORMAT, base + end, "%" PRIu64 " bytes follow the last tensor", data - end);
	return 0;
}

int ros_safetensors_parse(struct ros_model *m, uint32_t part, bool header_only, struct ros_tensor_array *list,
			  struct ros_error *err)
{
	struct parser p = { .m = m, .list = list, .err = err, .part = part };
	struct ros_bytes file = m->parts[part].map.bytes;
	size_t first = list->count;
	struct ros_str json;

	if (ros_safetensors_header(file, &json, err))
		return err->code;
	ros_json_scan_init(&p.scan, json, 8, err);
	parse_header(&p);
	if (err->code)
		return err->code;
	if (p.unknown_fields > WARNINGS_MAX)
		ros_model_warn(m, "safetensors.unknown-field", m->parts[part].name, "%u unknown fields in all", p.unknown_fields);
	m->header_bytes += 8 + json.len;
	m->file_bytes += file.len;
	if (list->count > first)
		sort_by_place(list->items + first, list->count - first);
	return place_all(&p, first, 8 + json.len, header_only);
}

int ros_tensor_array_finish(struct ros_tensor_array *list, struct ros_model *m, struct ros_error *err)
{
	struct ros_tensor *exact;

	if (list->count && !err->code) {
		exact = realloc(list->items, list->count * sizeof *exact);
		ros_model_take_tensors(m, exact ? exact : list->items, list->count);
		*list = (struct ros_tensor_array){ 0 };
	} else if (!err->code) {
		ros_model_alloc_tensors(m, 0, err);
	}
	ros_tensor_array_release(list);
	return err->code ? (int)err->code : ros_model_index(m, err);
}

void ros_tensor_array_release(struct ros_tensor_array *list)
{
	free(list->items);
	*list = (struct ros_tensor_array){ 0 };
}
