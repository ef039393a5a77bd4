#include "formats/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const code_names[] = {
	[ROS_OK] = "ok",
	[ROS_EIO] = "io",
	[ROS_EFORMAT] = "format",
	[ROS_ELIMIT] = "limit",
	[ROS_EUNSUPPORTED] = "unsupported",
	[ROS_ECONTRACT] = "contract",
	[ROS_EMISMATCH] = "mismatch",
	[ROS_ENOMEM] = "out of memory",
	[ROS_EUSAGE] = "usage",
};
_Static_assert(sizeof code_names / sizeof *code_names == ROS_CODE_COUNT, "a code lacks its name");

int ros_fail(struct ros_error *err, enum ros_code code, uint64_t offset, const char *fmt, ...)
{
	va_list ap;

	if (err->code)
		return err->code;
	err->code = code;
	err->offset = offset;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	return code;
}

int ros_fail_errno(struct ros_error *err, int errnum, const char *fmt, ...)
{
	va_list ap;
	size_t used;

	if (err->code)
		return err->code;
	err->code = ROS_EIO;
	err->offset = ROS_NO_OFFSET;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof err->text - used, ": %s", strerror(errnum));
	return err->code;
}

int ros_error_in_file(struct ros_error *err, const char *file)
{
	size_t len = strlen(file);

	if (!err->code || err->file[0])
		return err->code;
	if (len < sizeof err->file)
		memcpy(err->file, file, len + 1);
	else
		snprintf(err->file, sizeof err->file, "...%s", file + len - (sizeof err->file - 4));
	return err->code;
}

const char *ros_code_name(enum ros_code code)
{
	return (unsigned)code < ROS_CODE_COUNT ? code_names[code] : "unknown";
}
