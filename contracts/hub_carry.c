#include "contracts/hub_carry.h"

#include "contracts/base64.h"
#include "formats/limits.h"
#include "formats/utf8.h"

#include <string.h>

bool ros_plain_file_name(struct ros_str name)
{
	if (!name.len || name.len > 255 || name.ptr[0] == '.' || ros_utf8_check(name) != name.len)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] == '/' || name.ptr[i] == '\\' || (unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7f)
			return false;
	return true;
}

/* ---- reading ---- */

static int take(struct ros_hub *hub, struct ros_str name, struct ros_bytes data, struct ros_error *err)
{
	if (!ros_plain_file_name(name))
		return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "carried file '%.*s': not a plain file name",
				(int)(name.len < 100 ? name.len : 100), name.ptr);
	if (data.len > ROS_MAX_SIDE_FILE)
		return ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "carried file '%.*s': %zu bytes, the cap is %u", (int)name.len, name.ptr,
				data.len, ROS_MAX_SIDE_FILE);
	return ros_hub_add_file(hub, name, data, err);
}

static bool under(struct ros_str key, const char *prefix, struct ros_str *rest)
{
	size_t n = strlen(prefix);

	if (key.len < n || memcmp(key.ptr, prefix, n))
		return false;
	*rest = (struct ros_str){ key.ptr + n, key.len - n };
	return true;
}

bool ros_carry_is_key(struct ros_str key)
{
	struct ros_str name;

	return under(key, ROS_CARRY_FILE, &name) || under(key, ROS_CARRY_FILE64, &name);
}

int ros_carry_from_meta(struct ros_hub *hub, const struct ros_meta *meta, struct ros_error *err)
{
	struct ros_bytes data;
	struct ros_str name;

	for (size_t i = 0; i < meta->count && !err->code; i++) {
		const struct ros_meta_value *v = &meta->entries[i].value;

		if (under(meta->entries[i].key, ROS_CARRY_FILE64, &name) && v->type == ROS_META_STRING) {
			if (!ros_unbase64(v->str, hub->arena, &data, err))
				take(hub, name, data, err);
		} else if (under(meta->entries[i].key, ROS_CARRY_FILE, &name)) {
			if (v->type == ROS_META_STRING)
				take(hub, name, (struct ros_bytes){ (const uint8_t *)v->str.ptr, v->str.len }, err);
			else if (v->type == ROS_META_ARRAY && v->array.type == ROS_META_U8)
				take(hub, name, v->array.raw, err);
		}
	}
	return err->code;
}

int ros_carry_from_apr(struct ros_hub *hub, const struct ros_json *root, struct ros_error *err)
{
	const struct ros_json *list = ros_json_get(root, ROS_CARRY_APR);
	struct ros_bytes data;

	if (!list || list->type != ROS_JSON_OBJECT)
		return 0;
	for (const struct ros_json *f = list->first; f && !err->code; f = f->next) {
		const struct ros_json *binary = ros_json_get(f, "base64");

		if (f->type == ROS_JSON_STRING)
			take(hub, f->key, (struct ros_bytes){ (const uint8_t *)f->text.ptr, f->text.len }, err);
		else if (binary && binary->type == ROS_JSON_STRING && !ros_unbase64(binary->text, hub->arena, &data, err))
			take(hub, f->key, data, err);
	}
	return err->code;
}

/* ---- writing ---- */

/* Text that a JSON string gives back byte for byte. */
static bool is_text(struct ros_bytes data)
{
	return ros_utf8_check((struct ros_str){ (const char *)data.ptr, data.len }) == data.len;
}

int ros_carry_to_gguf(const struct ros_hub *hub, struct ros_meta *meta, struct ros_error *err)
{
	for (size_t i = 0; i < hub->file_count && !err->code; i++) {
		const struct ros_side_file *f = &hub->files[i];
		struct ros_str key = ros_arena_printf(meta->arena, err, ROS_CARRY_FILE "%.*s", (int)f->name.len, f->name.ptr);

		if (key.ptr)
			ros_meta_set(meta, key, is_text(f->data) ? ros_meta_str((struct ros_str){ (const char *)f->data.ptr, f->data.len })
								 : ros_meta_num_array(ROS_META_U8, f->data, f->data.len), err);
	}
	return err->code;
}

int ros_carry_to_safetensors(const struct ros_hub *hub, struct ros_meta *meta, struct ros_error *err)
{
	for (size_t i = 0; i < hub->file_count && !err->code; i++) {
		const struct ros_side_file *f = &hub->files[i];
		bool text = is_text(f->data);
		struct ros_str key = ros_arena_printf(meta->arena, err, "%s%.*s", text ? ROS_CARRY_FILE : ROS_CARRY_FILE64,
						      (int)f->name.len, f->name.ptr);
		struct ros_str value = { (const char *)f->data.ptr, f->data.len };

		if (!text)
			value = ros_base64(f->data, meta->arena, err);
		if (!err->code)
			ros_meta_set(meta, key, ros_meta_str(value), err);
	}
	return err->code;
}

int ros_carry_to_apr(const struct ros_hub *hub, struct ros_json_out *o, struct ros_arena *arena, struct ros_error *err)
{
	if (!hub->file_count)
		return 0;
	ros_json_open_object(o, ROS_CARRY_APR);
	for (size_t i = 0; i < hub->file_count && !err->code; i++) {
		const struct ros_side_file *f = &hub->files[i];
		struct ros_str name = ros_arena_str(arena, f->name, err);

		if (!name.ptr)
			break;
		if (is_text(f->data)) {
			ros_json_put_str(o, name.ptr, (struct ros_str){ (const char *)f->data.ptr, f->data.len });
			continue;
		}
		ros_json_open_object(o, name.ptr);
		ros_json_put_str(o, "base64", ros_base64(f->data, arena, err));
		ros_json_close_object(o);
	}
	ros_json_close_object(o);
	return err->code;
}
