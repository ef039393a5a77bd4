/* GGUF, version 3 (2 is read alike): little endian, nothing aligned before the data.
 *
 *     OFFSET  SIZE  DESCRIPTION
 *     0       4     "GGUF"
 *     4       4     version: 3 is written (2 where a file of it is preserved), 2 and 3 are read; 1 (32-bit counts) and big endian are refused by name
 *     8       8     n_tensors
 *     16      8     n_kv
 *     24      -     n_kv records:      string key, i32 type, value
 *     -       -     n_tensors records: string name, u32 n_dims, n_dims x u64 (FASTEST first), i32 ggml type, u64 offset
 *     -       -     zeros up to a multiple of the alignment (general.alignment, a u32 power of two, 32 if absent)
 *     -       -     data: tensors in record order, each padded with zeros to the alignment, the last too
 *
 *     string: u64 length, bytes          array: i32 element type, u64 count, elements
 *     types:  0 u8, 1 i8, 2 u16, 3 i16, 4 u32, 5 i32, 6 f32, 7 bool (1 byte), 8 string, 9 array, 10 u64, 11 i64, 12 f64
 *
 * A tensor's offset counts from the start of the data and is exactly the sum of the padded sizes before
 * it: no gap, no overlap, no other order. The reader is as strict as ggml's own (gguf.cpp, August
 * 2026), and safe where that one wraps around: every size is computed with checked arithmetic and
 * every tensor lies inside the real file.
 *
 * A model may be cut into files NAME-00001-of-0000N.gguf: each carries split.no (u16, from 0), split.count
 * (u16) and split.tensors.count (i32, over all); the first has all other metadata. */
#ifndef ROS_FORMATS_GGUF_H
#define ROS_FORMATS_GGUF_H

#include "formats/cursor.h"
#include "formats/format.h"

#define ROS_GGUF_VERSION 3
#define ROS_GGUF_ALIGNMENT 32
#define ROS_GGUF_MAX_DIMS 4
#define ROS_GGUF_MAX_NAME 63            /* ggml keeps 64 bytes with the NUL */

#define ROS_GGUF_KEY_ALIGNMENT "general.alignment"
#define ROS_GGUF_KEY_SPLIT_NO "split.no"
#define ROS_GGUF_KEY_SPLIT_COUNT "split.count"
#define ROS_GGUF_KEY_SPLIT_TENSORS "split.tensors.count"

/* The three functions of the registry's row: see struct ros_format. ros_gguf_read given any
 * file of a split model opens them all, as parts in order. With header_only a tensor whose
 * bytes are not in the file has data.ptr NULL (data.len still says how many there should be). */
int ros_gguf_bid(struct ros_bytes head, uint64_t file_size);
int ros_gguf_read(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err);
int ros_gguf_lay_out(const struct ros_model *m, const struct ros_write_options *opt, struct ros_output *out,
		     struct ros_error *err);

/* ---- between the GGUF files of this room ---- */

/* What one file holds; everything lives in the model's arena or the file's mapping. */
struct ros_gguf_file {
	uint32_t version;
	uint64_t alignment;
	uint64_t header_bytes;          /* up to the end of the tensor records */
	struct ros_meta meta;
	struct ros_tensor *tensors;
	size_t tensor_count;
};

/* Reads M->parts[PART] into FILE; oddities become M's warnings. */
int ros_gguf_read_file(struct ros_model *m, uint32_t part, const struct ros_open_options *opt,
		       struct ros_gguf_file *file, struct ros_error *err);

/* What the reader and the writer ask of T's shape: whole blocks, dimensions, elements and bytes that are 63-bit numbers, as ggml counts
 * them. *BYTES is its payload; a failure is CODE at offset AT, naming T. */
int ros_gguf_payload(const struct ros_tensor *t, uint64_t *bytes, enum ros_code code, uint64_t at, struct ros_error *err);

/* Reads COUNT key/value records at C into META (init'ed here, in M's arena). */
int ros_gguf_read_meta(struct ros_cursor *c, uint64_t count, struct ros_model *m, struct ros_meta *meta);

/* True where FILE says it is one of several; then ros_gguf_read_split, whose PART 0 it is now, opens the
 * others from the folder, puts the parts in order and gives M the tensors of all and the first one's metadata; what
 * another says besides becomes a warning. */
bool ros_gguf_is_split(const struct ros_gguf_file *file);
int ros_gguf_read_split(struct ros_model *m, const struct ros_gguf_file *opened, const struct ros_open_options *opt,
			struct ros_error *err);

/* True for the three keys above that say which of several files this is. */
bool ros_gguf_is_split_key(struct ros_str key);

/* Tensors [first, first + count) of one output file, and its place among them. */
struct ros_gguf_share {
	uint32_t first, count;
	uint32_t no, of;                /* of is 1: not split */
};

/* Cuts M's tensors into files as llama-gguf-split does: a file is full when the next tensor would
 * exceed the bytes (payloads padded to 32, headers not counted) or the number. Owned by ARENA. */
int ros_gguf_shares(const struct ros_model *m, const struct ros_write_options *opt, struct ros_arena *arena,
		    struct ros_gguf_share **shares, size_t *count, struct ros_error *err);

/* The name of file NO (from 0) of OF for a target TARGET: its last component, numbered when OF is over 1. */
struct ros_str ros_gguf_share_name(struct ros_str target, uint32_t no, uint32_t of, struct ros_arena *arena,
				   struct ros_error *err);

#endif
