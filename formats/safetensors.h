/* SafeTensors: 8 bytes of header length, a JSON header, packed little-endian tensors. Read as the
 * reference (safetensors 0.8) reads it, but stricter where the written format is: duplicate keys, entries that are
 * not objects and a null __metadata__ are refused. Sharded sets: formats/shards.h. */
#ifndef ROS_FORMATS_SAFETENSORS_H
#define ROS_FORMATS_SAFETENSORS_H

#include "formats/format.h"

/* The rows of the registry (formats/format.h says what each does). A file that belongs to a sharded set
 * opens the whole set; one that lies in a Hugging Face folder brings the side files along. */
int ros_safetensors_bid(struct ros_bytes head, uint64_t file_size);
int ros_safetensors_read(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err);
int ros_safetensors_lay_out(const struct ros_model *m, const struct ros_write_options *opt, struct ros_output *out,
			    struct ros_error *err);

#endif
