/* One SafeTensors header, parsed and checked; private to the SafeTensors files. */
#ifndef ROS_FORMATS_SAFETENSORS_HEADER_H
#define ROS_FORMATS_SAFETENSORS_HEADER_H

#include "formats/format.h"

/* Tensors gathered over one or many files before their number is known. malloc'ed. */
struct ros_tensor_array {
	struct ros_tensor *items;
	size_t count, room;
};

/* Length prefix and JSON text of a file, checked against the caps and the bytes there are. */
int ros_safetensors_header(struct ros_bytes file, struct ros_str *json, struct ros_error *err);

/* Parses the header of M's part number PART, appends its tensors to LIST in the order of their data and its
 * __metadata__ to m->meta (a key that stands there with another value is a warning), and checks that they cover the data
 * exactly. HEADER_ONLY: tensors past the end of the file get empty data instead of an error. */
int ros_safetensors_parse(struct ros_model *m, uint32_t part, bool header_only, struct ros_tensor_array *list,
			  struct ros_error *err);

/* Hands LIST's tensors to M and indexes them; releases LIST either way. */
int ros_tensor_array_finish(struct ros_tensor_array *list, struct ros_model *m, struct ros_error *err);
void ros_tensor_array_release(struct ros_tensor_array *list);

/* Writes the header of one file: puts ORDER[0..COUNT), indexes into M's tensors, into the order of the file (by dtype from
 * wide to narrow, then by name, as the reference does; KEEP_ORDER: as they are), gives them offsets and fills FILE's
 * header, extents and size, all in OUT's arena. __metadata__ is M's metadata, sorted by key unless KEEP_ORDER. */
int ros_safetensors_write_header(const struct ros_model *m, uint32_t *order, size_t count, bool keep_order,
				 struct ros_output_file *file, struct ros_arena *arena, struct ros_error *err);

/* Can SafeTensors say all of M? Types it knows, names and metadata in UTF-8, no name twice. */
int ros_safetensors_check(const struct ros_model *m, struct ros_error *err);

#endif
