/* The built-in model: adder, a complete Hugging Face folder inside the command. */
#ifndef ROS_CLI_DEMO_MODEL_H
#define ROS_CLI_DEMO_MODEL_H

#include <stddef.h>

struct demo_file {
	const char *name;
	const unsigned char *start, *end;
};

/* The folder's files, ended by a NULL name. */
extern const struct demo_file demo_files[];

#endif
