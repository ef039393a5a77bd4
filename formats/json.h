/* JSON behind one door. Parsing is strict RFC 8259: no duplicate keys, no BOM, no
 * raw control characters, no lone surrogates, valid UTF-8, nesting capped; integers are kept
 * exactly to 64 bits where cJSON keeps doubles, and a number's own text is kept, so a document
 * can be written back as it was. Values are owned by an arena. */
#ifndef ROS_FORMATS_JSON_H
#define ROS_FORMATS_JSON_H

#include "formats/arena.h"
#include "formats/limits.h"

enum ros_json_type { ROS_JSON_NULL, ROS_JSON_BOOL, ROS_JSON_INT, ROS_JSON_REAL, ROS_JSON_STRING, ROS_JSON_ARRAY, ROS_JSON_OBJECT };

struct ros_json {
	enum ros_json_type type;
	struct ros_str key;             /* inside an object */
	struct ros_str text;            /* strings: unescaped, may hold NUL; numbers: as written */
	bool boolean;
	bool negative;                  /* ROS_JSON_INT: the value is -magnitude */
	uint64_t magnitude;
	double real;                    /* both number types; ints rounded */
	size_t count;                   /* members or elements */
	struct ros_json *first;         /* array/object: children in document order */
	struct ros_json *next;
	uint64_t offset;                /* where it starts in the document */
};

/* Parses TEXT; every node lives in ARENA, strings without escapes are views into TEXT. NULL with
 * *ERR filled (ROS_EFORMAT with the byte offset) on anything but exactly one value. Small documents are read by
 * cJSON too, and refused where the two differ (formats/json_witness.h). A whole number past 64 bits is ROS_JSON_REAL;
 * "-0" is negative with magnitude 0. Huge documents that need no tree: formats/json_scan.h. */
struct ros_json *ros_json_parse(struct ros_str text, struct ros_arena *arena, struct ros_error *err);

/* Member KEY of OBJECT, NULL when absent or OBJECT is NULL or not an object. */
const struct ros_json *ros_json_get(const struct ros_json *object, const char *key);
/* The same for a key that may hold NUL. */
const struct ros_json *ros_json_getk(const struct ros_json *object, struct ros_str key);
/* By path of keys separated by '/', e.g. "rope_scaling/factor". */
const struct ros_json *ros_json_path(const struct ros_json *object, const char *path);
/* Element I of an array, NULL when out of range (linear). */
const struct ros_json *ros_json_at(const struct ros_json *array, size_t i);
bool ros_json_u64(const struct ros_json *v, uint64_t *out);
bool ros_json_f64(const struct ros_json *v, double *out);
/* The string, or {NULL,0} when V is not one. */
struct ros_str ros_json_str(const struct ros_json *v);

/* ---- writing: a growing text with a maximum, escapes done, no trailing commas possible ---- */

struct ros_json_out {
	char *text;                 /* malloc'ed, owned */
	size_t len, room, max;
	int depth;
	bool comma[ROS_MAX_JSON_DEPTH + 2];
	int indent;                 /* spaces a level, 0: compact */
	bool shown;                 /* set after init for JSON that people look at: what a terminal acts on is written as \uNNNN */
	bool failed;                /* out of memory or over max: sticky */
};

/* Empty text with INDENT blanks a level (0: all in one line). Release frees it. Every call after a failure does
 * nothing: check FAILED once at the end. */
void ros_json_out_init(struct ros_json_out *o, int indent);
void ros_json_out_release(struct ros_json_out *o);
/* KEY NULL inside arrays and at the top. */
void ros_json_open_object(struct ros_json_out *o, const char *key);
void ros_json_open_objectk(struct ros_json_out *o, struct ros_str key);   /* a key that may hold NUL */
void ros_json_close_object(struct ros_json_out *o);
void ros_json_open_array(struct ros_json_out *o, const char *key);
void ros_json_close_array(struct ros_json_out *o);
void ros_json_put_str(struct ros_json_out *o, const char *key, struct ros_str value);
void ros_json_put_strk(struct ros_json_out *o, struct ros_str key, struct ros_str value);
void ros_json_put_u64(struct ros_json_out *o, const char *key, uint64_t value);
void ros_json_put_u64k(struct ros_json_out *o, struct ros_str key, uint64_t value);
void ros_json_put_i64(struct ros_json_out *o, const char *key, int64_t value);
/* Shortest text that reads back to the same double, with a '.' or 'e' in it (1.0, 1e-05); NaN and infinities are
 * written as null. */
void ros_json_put_f64(struct ros_json_out *o, const char *key, double value);
/* Shortest text that reads back to the same float. */
void ros_json_put_f32(struct ros_json_out *o, const char *key, float value);
void ros_json_put_bool(struct ros_json_out *o, const char *key, bool value);
void ros_json_put_null(struct ros_json_out *o, const char *key);
/* A parsed value, copied as it stands (numbers keep their text). */
void ros_json_put_value(struct ros_json_out *o, const char *key, const struct ros_json *value);

#endif
