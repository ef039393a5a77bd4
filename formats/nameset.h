/* A set of names, each with a number: finds duplicates in time proportional to the names,
 * also when a file chose the names to collide (the hash is seeded with an address). */
#ifndef ROS_FORMATS_NAMESET_H
#define ROS_FORMATS_NAMESET_H

#include "formats/error.h"

/* XXH3 of the bytes under SEED; tables of names that files chose seed it with an address of their own. */
uint64_t ros_str_hash(struct ros_str text, uint64_t seed);

#define ROS_NAMESET_NONE UINT32_MAX

struct ros_nameset {
	struct ros_nameset_slot { struct ros_str name; uint32_t value; } *slots;   /* malloc'ed */
	size_t count, room;
	uint64_t seed;
};

/* Empty; nothing is allocated. */
void ros_nameset_init(struct ros_nameset *set);
/* Adds NAME (borrowed until release) with VALUE unless it is there; *FOUND is the value that stood
 * there before, or ROS_NAMESET_NONE. ROS_ENOMEM is the only failure. */
int ros_nameset_add(struct ros_nameset *set, struct ros_str name, uint32_t value, uint32_t *found, struct ros_error *err);
/* The value of NAME, or ROS_NAMESET_NONE. */
uint32_t ros_nameset_find(const struct ros_nameset *set, struct ros_str name);
void ros_nameset_release(struct ros_nameset *set);

#endif
