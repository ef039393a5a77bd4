/* A temporary folder for one test. */
#ifndef ROS_TESTS_SCRATCH_H
#define ROS_TESTS_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

struct scratch {
	char path[4000];
};

/* A new empty folder under $TMPDIR or /tmp; the test fails when there is none. */
struct scratch scratch_new(void);
/* "FOLDER/NAME", malloc'ed. */
char *scratch_path(const struct scratch *s, const char *name);
/* Writes a file; returns its path, malloc'ed. */
char *scratch_write(const struct scratch *s, const char *name, const void *data, size_t len);
/* A whole file, malloc'ed; the test fails when it is absent. */
uint8_t *scratch_read(const struct scratch *s, const char *name, size_t *len);
/* Removes the folder with all in it. */
void scratch_remove(struct scratch *s);

#endif
