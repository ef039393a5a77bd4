/* Errors live in storage of the caller and are filled once: the first failure
 * is kept, later ones are dropped, so the text names the cause and not its echo.
 * A text says what was read, what was wanted, what was found. */
#ifndef ROS_FORMATS_ERROR_H
#define ROS_FORMATS_ERROR_H

#include "formats/types.h"

#define ROS_NO_OFFSET UINT64_MAX

struct ros_error {
	enum ros_code code;
	uint64_t offset;      /* byte offset in the file, or ROS_NO_OFFSET */
	char file[256];       /* which file, shortened at the front; "" when none */
	char text[512];
};

/* Records a failure in ERR unless one stands there already; returns the code that stands. */
int ros_fail(struct ros_error *err, enum ros_code code, uint64_t offset, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* As ros_fail with ROS_EIO, ": " and the text of ERRNUM appended. */
int ros_fail_errno(struct ros_error *err, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Names the file a standing error belongs to, unless one is named already. Returns the code. */
int ros_error_in_file(struct ros_error *err, const char *file);

/* The lower-case word for a code: "io", "format", "limit" ... Static storage. */
const char *ros_code_name(enum ros_code code);

#endif
