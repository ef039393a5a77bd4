/* Ordered, typed key/values that keep the file's own widths: what GGUF calls
 * metadata, and what the others are brought to. Storage is an arena's. */
#ifndef ROS_FORMATS_META_H
#define ROS_FORMATS_META_H

#include "formats/arena.h"

/* Numbered as GGUF numbers them, so that a reader stores the id it read. */
enum ros_meta_type {
	ROS_META_U8, ROS_META_I8, ROS_META_U16, ROS_META_I16, ROS_META_U32, ROS_META_I32,
	ROS_META_F32, ROS_META_BOOL, ROS_META_STRING, ROS_META_ARRAY, ROS_META_U64, ROS_META_I64, ROS_META_F64,
	ROS_META_TYPE_COUNT
};

/* Bytes of one element as GGUF stores it, 0 for strings and arrays; name as in option texts ("u32", "str"). */
struct ros_meta_type_info {
	const char *name;
	unsigned bytes;
};
extern const struct ros_meta_type_info ros_meta_types[ROS_META_TYPE_COUNT];

struct ros_meta_array {
	enum ros_meta_type type;    /* of the elements */
	uint64_t count;
	union {
		struct ros_bytes raw;                 /* numbers and bools: count * bytes, little endian, maybe a view into the file */
		const struct ros_str *strings;
		const struct ros_meta_array *arrays;
	};
};

struct ros_meta_value {
	enum ros_meta_type type;
	union {
		uint64_t u;                 /* U8 U16 U32 U64 BOOL */
		int64_t i;                  /* I8 I16 I32 I64 */
		double f;                   /* F32 (exact) and F64 */
		struct ros_str str;
		struct ros_meta_array array;
	};
};

struct ros_meta_entry {
	struct ros_str key;
	struct ros_meta_value value;
};

struct ros_meta {
	struct ros_arena *arena;    /* keys and values live here, or in the file's mapping; not owned */
	struct ros_meta_entry *entries;
	size_t count, room;
	uint32_t *index;            /* hash slots (entry + 1), private */
	size_t slots;
};

/* Empty; allocates from ARENA, which must outlive META. */
void ros_meta_init(struct ros_meta *meta, struct ros_arena *arena);

/* Appends. KEY and VALUE are stored as given (not copied). A key that is there already is ROS_EFORMAT. */
int ros_meta_add(struct ros_meta *meta, struct ros_str key, struct ros_meta_value value, struct ros_error *err);

/* Replaces the value of KEY where it stands, or appends. */
int ros_meta_set(struct ros_meta *meta, struct ros_str key, struct ros_meta_value value, struct ros_error *err);

/* Removes KEY, keeping the order of the rest; no-op when absent. */
void ros_meta_remove(struct ros_meta *meta, struct ros_str key);

/* NULL when absent. */
const struct ros_meta_value *ros_meta_get(const struct ros_meta *meta, struct ros_str key);

/* Constructors. */
struct ros_meta_value ros_meta_u32(uint32_t v);
struct ros_meta_value ros_meta_i32(int32_t v);
struct ros_meta_value ros_meta_u64(uint64_t v);
struct ros_meta_value ros_meta_f32(float v);
struct ros_meta_value ros_meta_bool(bool v);
struct ros_meta_value ros_meta_str(struct ros_str v);
struct ros_meta_value ros_meta_str_array(const struct ros_str *strings, size_t count);
struct ros_meta_value ros_meta_num_array(enum ros_meta_type type, struct ros_bytes raw, size_t count);

/* Whole numbers of any width that fit; false when not a whole number or negative. */
bool ros_meta_as_u64(const struct ros_meta_value *v, uint64_t *out);
/* Any number; false for the rest. */
bool ros_meta_as_f64(const struct ros_meta_value *v, double *out);
/* Element I of a numeric array as a value. The caller checks I < count. */
struct ros_meta_value ros_meta_element(const struct ros_meta_array *a, uint64_t i);
/* Same type and same value, elements of arrays included; floats by bits. */
bool ros_meta_equal(const struct ros_meta_value *a, const struct ros_meta_value *b);

#endif
