/* An arena: many small allocations that die together. Grows to a maximum it is
 * born with, so no input can make it unbounded. Not thread-safe. */
#ifndef ROS_FORMATS_ARENA_H
#define ROS_FORMATS_ARENA_H

#include "formats/error.h"

struct ros_arena {
	struct ros_arena_chunk *head;
	size_t used;                /* bytes handed out */
	size_t max;                 /* never hands out more than this */
};

/* Empty arena; nothing is allocated until used. MAX 0 means the default, 8 GiB. */
void ros_arena_init(struct ros_arena *a, size_t max);

/* Zeroed storage of COUNT * SIZE bytes, aligned for any type, owned by the arena. NULL and
 * *ERR filled (ROS_ENOMEM, or ROS_ELIMIT over the arena's maximum) on failure. Zero bytes
 * give a valid pointer. */
void *ros_arena_alloc(struct ros_arena *a, size_t count, size_t size, struct ros_error *err);

/* A copy of TEXT owned by the arena, NUL-terminated one past its length. {NULL, 0} on failure. */
struct ros_str ros_arena_str(struct ros_arena *a, struct ros_str text, struct ros_error *err);

/* printf into the arena. {NULL, 0} on failure. */
struct ros_str ros_arena_printf(struct ros_arena *a, struct ros_error *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Frees everything; the arena is empty and usable again. */
void ros_arena_release(struct ros_arena *a);

/* True where both strings hold the same bytes. */
bool ros_str_equal(struct ros_str a, struct ros_str b);
/* True where S begins, or ends, with WITH; all do with "". */
bool ros_str_begins(struct ros_str s, const char *with);
bool ros_str_ends(struct ros_str s, const char *with);
/* memcmp order, the shorter first. */
int ros_str_compare(struct ros_str a, struct ros_str b);
/* A view of a C string; lives as long as it does. NULL gives {NULL, 0}. */
struct ros_str ros_str_of(const char *text);

#endif
