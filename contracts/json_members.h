/* The members of one JSON object as slices of its text: a tokenizer.json is mostly one huge vocabulary, so
 * its small parts are parsed each for itself and the huge ones are walked with the scanner. */
#ifndef ROS_CONTRACTS_JSON_MEMBERS_H
#define ROS_CONTRACTS_JSON_MEMBERS_H

#include "formats/json.h"
#include "formats/json_scan.h"

#define ROS_JSON_MEMBERS 64             /* more are ROS_ELIMIT: none of the documents read so has 20 */

struct ros_json_members {
	struct { struct ros_str key, value; } at[ROS_JSON_MEMBERS];
	size_t count;
};

/* Splits TEXT, one object; the values' grammar is checked. ROS_EFORMAT with the byte offset; a key twice is one too. */
int ros_json_members(struct ros_json_members *m, struct ros_str text, struct ros_arena *arena, struct ros_error *err);

/* The text of member KEY; {NULL, 0} when absent. */
struct ros_str ros_json_member_text(const struct ros_json_members *m, const char *key);

/* Member KEY parsed into ARENA; NULL when absent or on failure (then *ERR is set). */
const struct ros_json *ros_json_member(const struct ros_json_members *m, const char *key, struct ros_arena *arena, struct ros_error *err);

/* Counts the elements of an array, or the members of an object, TEXT; ROS_EFORMAT when it is neither. */
int ros_json_count(struct ros_str text, size_t *count, struct ros_error *err);

/* As ros_json_parse, but Infinity and NaN, which are no JSON, pass: Python writes them into configurations (Mamba's
 * time_step_limit). They read as null and "". */
struct ros_json *ros_json_parse_python(struct ros_str text, struct ros_arena *arena, struct ros_error *err);

#endif
