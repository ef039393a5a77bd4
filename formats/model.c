#include "formats/model.h"

#include "formats/nameset.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ros_model_init(struct ros_model *m, enum ros_format_id format)
{
	*m = (struct ros_model){ .format = format, .alignment = 1 };
	ros_arena_init(&m->arena, 0);
	ros_meta_init(&m->meta, &m->arena);
}

int ros_model_alloc_tensors(struct ros_model *m, size_t count, struct ros_error *err)
{
	if (count > ROS_MAX_TENSORS)
		return ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "tensors: %zu, the cap is %u", count, ROS_MAX_TENSORS);
	m->tensors = ros_arena_alloc(&m->arena, count, sizeof *m->tensors, err);
	m->tensor_count = m->tensors ? count : 0;
	return err->code;
}

void ros_model_take_tensors(struct ros_model *m, struct ros_tensor *tensors, size_t count)
{
	free(m->tensor_block);
	m->tensor_block = m->tensors = tensors;
	m->tensor_count = count;
}

/* The slot that holds NAME, or the empty one where it would go. */
static uint32_t *slot_of(const struct ros_model *m, struct ros_str name)
{
	size_t i = ros_str_hash(name, (uintptr_t)m->index) & (m->slots - 1);

	while (m->index[i] && !ros_str_equal(m->tensors[m->index[i] - 1].name, name))
		i = (i + 1) & (m->slots - 1);
	return &m->index[i];
}

int ros_model_index(struct ros_model *m, struct ros_error *err)
{
	size_t slots = 16;

	while (slots < m->tensor_count * 2)
		slots *= 2;
	m->index = ros_arena_alloc(&m->arena, slots, sizeof *m->index, err);
	if (!m->index)
		return err->code;
	m->slots = slots;
	for (size_t t = 0; t < m->tensor_count; t++) {
		struct ros_str name = m->tensors[t].name;
		uint32_t *slot = slot_of(m, name);

		if (*slot)
			return ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "tensor '%.*s' occurs twice (numbers %" PRIu32 " and %zu)",
					(int)(name.len < 200 ? name.len : 200), name.ptr, *slot, t + 1);
		*slot = (uint32_t)t + 1;
	}
	return 0;
}

const struct ros_tensor *ros_model_find(const struct ros_model *m, struct ros_str name)
{
	uint32_t slot = m->slots ? *slot_of(m, name) : 0;

	return slot ? &m->tensors[slot - 1] : NULL;
}

const struct ros_side_file *ros_model_file(const struct ros_model *m, struct ros_str name)
{
	for (size_t i = 0; i < m->file_count; i++)
		if (ros_str_equal(m->files[i].name, name))
			return &m->files[i];
	return NULL;
}

int ros_model_add_file(struct ros_model *m, struct ros_str name, struct ros_bytes data, struct ros_error *err)
{
	struct ros_side_file *files = (struct ros_side_file *)ros_model_file(m, name);

	if (files) {
		files->data = data;
		return 0;
	}
	files = ros_arena_alloc(&m->arena, m->file_count + 1, sizeof *files, err);
	if (!files)
		return err->code;
	if (m->file_count)
		memcpy(files, m->files, m->file_count * sizeof *files);
	files[m->file_count++] = (struct ros_side_file){ name, data };
	m->files = files;
	return 0;
}

void ros_model_warn(struct ros_model *m, const char *rule, struct ros_str subject, const char *fmt, ...)
{
	struct ros_error dropped = { 0 };
	char text[512];
	va_list ap;

	if (m->warning_count == m->warning_room) {
		size_t room = m->warning_room ? m->warning_room * 2 : 8;
		struct ros_warning *w = ros_arena_alloc(&m->arena, room, sizeof *w, &dropped);

		if (!w)
			return;
		if (m->warning_count)
			memcpy(w, m->warnings, m->warning_count * sizeof *w);
		m->warnings = w;
		m->warning_room = room;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	m->warnings[m->warning_count++] = (struct ros_warning){
		.rule = ros_arena_str(&m->arena, ros_str_of(rule), &dropped),
		.subject = ros_arena_str(&m->arena, subject, &dropped),
		.text = ros_arena_str(&m->arena, ros_str_of(text), &dropped),
	};
}

uint64_t ros_tensor_rows(const struct ros_tensor *t)
{
	uint64_t rows = 1;

	for (unsigned i = 0; i + 1 < t->ndim; i++)
		rows *= t->dim[i];
	return rows;
}

uint64_t ros_tensor_cols(const struct ros_tensor *t)
{
	return t->ndim ? t->dim[t->ndim - 1] : 1;
}

uint64_t ros_tensor_elements(const struct ros_tensor *t)
{
	return ros_tensor_rows(t) * ros_tensor_cols(t);
}

void ros_model_release(struct ros_model *m)
{
	for (size_t i = 0; i < m->part_count; i++)
		ros_mapping_release(&m->parts[i].map);
	for (size_t i = 0; i < m->file_map_count; i++)
		ros_mapping_release(&m->file_maps[i]);
	free(m->tensor_block);
	ros_arena_release(&m->arena);
	ros_model_init(m, m->format);
}
