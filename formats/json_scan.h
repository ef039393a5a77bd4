/* A strict JSON scanner that hands out one event at a time and builds nothing: a header that
 * names half a million tensors is read in one pass with a few hundred bytes of state.
 *
 *     ros_json_scan_init(&s, text, 8, err);
 *     while ((ev = ros_json_scan_next(&s)) != ROS_JSON_END) ...
 *     if (err->code) ...
 *
 * Grammar: RFC 8259, exactly one value, blanks around it allowed; valid UTF-8, no BOM, no raw control
 * characters, no lone surrogates, at most ROS_MAX_JSON_DEPTH levels, every number inside a double's range.
 * Duplicate keys are the caller's to refuse (formats/nameset.h): the scanner keeps no names. */
#ifndef ROS_FORMATS_JSON_SCAN_H
#define ROS_FORMATS_JSON_SCAN_H

#include "formats/arena.h"
#include "formats/limits.h"

enum ros_json_event {
	ROS_JSON_END,                   /* the document ended, or an error stands */
	ROS_JSON_OPEN_OBJECT, ROS_JSON_CLOSE_OBJECT,
	ROS_JSON_OPEN_ARRAY, ROS_JSON_CLOSE_ARRAY,
	ROS_JSON_KEY,                   /* token: between the quotes; its value is the next event */
	ROS_JSON_TEXT,                  /* a string; token: between the quotes */
	ROS_JSON_NUMBER,                /* token: as written */
	ROS_JSON_TRUE, ROS_JSON_FALSE, ROS_JSON_NIL,
};

struct ros_json_scan {
	struct ros_str text;            /* borrowed */
	size_t pos;
	uint64_t base;                  /* offset of text in the file, for messages */
	struct ros_error *err;
	enum ros_json_event event;      /* the last one handed out */
	struct ros_str token;           /* view into text */
	size_t start;                   /* where the event's text starts in text */
	bool escaped;                   /* token holds backslashes: ros_json_scan_str decodes */
	bool whole;                     /* token is a number without fraction and exponent */
	unsigned depth;
	uint64_t object[(ROS_MAX_JSON_DEPTH + 64) / 64];   /* a bit a level: it is an object */
	unsigned expect;                /* private */
};

/* Starts over TEXT, found at offset BASE of its file; checks its length and UTF-8. Errors go to ERR and stick. */
void ros_json_scan_init(struct ros_json_scan *s, struct ros_str text, uint64_t base, struct ros_error *err);

/* The next event. */
enum ros_json_event ros_json_scan_next(struct ros_json_scan *s);

/* Right after a KEY, or after an OPEN event: passes over the whole value (the rest of it), checking its grammar. */
void ros_json_scan_skip(struct ros_json_scan *s);

/* The key or string just scanned, escapes decoded: a view into the text where there are none, else in ARENA
 * ({NULL, 0} with the scan's error set when that is full). */
struct ros_str ros_json_scan_str(struct ros_json_scan *s, struct ros_arena *arena);

/* The number just scanned as a whole number from 0 to 2^64-1; false for "-0", "2.0", "1e3" and larger ones. */
bool ros_json_scan_u64(const struct ros_json_scan *s, uint64_t *out);

/* A failure at the current event; returns the code. */
int ros_json_scan_fail(struct ros_json_scan *s, const char *wanted);

/* The double nearest to number TEXT (already known to be a JSON number), in any locale; infinite when out of range. */
double ros_json_to_double(struct ros_str text);

#endif
