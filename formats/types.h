/* The words every room speaks: borrowed views, result codes, the export mark. */
#ifndef ROS_FORMATS_TYPES_H
#define ROS_FORMATS_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Marks what librosetta exports; all else is hidden (-fvisibility=hidden). */
#define ROS_API __attribute__((visibility("default")))

/* A borrowed view of bytes. Whoever hands one out says from whom it is borrowed. */
struct ros_bytes {
	const uint8_t *ptr;
	size_t len;
};

/* A borrowed, length-counted string; may hold any byte, NUL included. Text in a
 * ros_str that an arena made is also NUL-terminated one past its length. */
struct ros_str {
	const char *ptr;
	size_t len;
};

#define ROS_STR(literal) ((struct ros_str){ "" literal, sizeof(literal) - 1 })

/* What came of a call. 0 is success; the rest are returned as they stand (positive). */
enum ros_code {
	ROS_OK = 0,
	ROS_EIO,          /* the system refused: open, read, write, map, fsync */
	ROS_EFORMAT,      /* the bytes contradict the format: corrupt or hostile */
	ROS_ELIMIT,       /* over a named cap of limits.h */
	ROS_EUNSUPPORTED, /* valid, and unknown to us */
	ROS_ECONTRACT,    /* the model contradicts its family's contract */
	ROS_EMISMATCH,    /* two things that should agree differ */
	ROS_ENOMEM,
	ROS_EUSAGE,       /* the caller asked for what cannot be */
	ROS_CODE_COUNT
};

#endif
