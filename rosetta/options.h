/* Options structs of rosetta.h grow at their end; SIZE says how much of one the caller knows. */
#ifndef ROS_ROSETTA_OPTIONS_H
#define ROS_ROSETTA_OPTIONS_H

#include <stddef.h>
#include <string.h>

/* Copies the GIVEN_SIZE bytes the caller has (NULL: none) into the OWN_SIZE bytes at OWN; the rest is zero. */
static inline void ros_options_take(void *own, size_t own_size, const void *given, size_t given_size)
{
	memset(own, 0, own_size);
	if (given)
		memcpy(own, given, given_size < own_size ? given_size : own_size);
}

#endif
