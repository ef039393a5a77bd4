/* Threads that make units of work, and the caller who takes them in order.
 *
 * Units are handed out in ascending order. With a TAKE function, the calling thread receives each
 * made unit in order, and at most WINDOW of them are in flight, so memory is bounded; without one,
 * units finish in any order. What a unit gives must depend on nothing but the unit: then the
 * result is the same for any number of threads. */
#ifndef ROS_ROSETTA_POOL_H
#define ROS_ROSETTA_POOL_H

#include "formats/error.h"
#include "rosetta/rosetta.h"

struct ros_work {
	size_t count;
	/* Any thread. SCRATCH: scratch_bytes, 64-byte aligned, this unit's own until it was taken. */
	int (*make)(void *context, size_t unit, void *scratch, struct ros_error *err);
	/* Calling thread, in order; NULL: nothing is taken. */
	int (*take)(void *context, size_t unit, void *scratch, struct ros_error *err);
	/* What a unit counts for in the progress report; NULL: one. */
	uint64_t (*bytes)(const void *context, size_t unit);
	void *context;
	size_t scratch_bytes;
	size_t window;                  /* units in flight when TAKE is given, 0: jobs + 2 */
	const char *phase;              /* for the progress report; static storage */
	uint64_t total;                 /* sum of BYTES over all units */
};

/* Threads that RUN asks for (NULL or 0: as many as CPUs), 1 to 256. */
unsigned ros_pool_jobs(const struct ros_run_options *run);

/* True when the caller of the library asked to stop; then *ERR says so (ROS_EMISMATCH never). */
bool ros_cancelled(const struct ros_run_options *run, struct ros_error *err);

/* Does all of WORK. On failure the error is that of the lowest unit that failed, whatever the
 * number of threads; units after it may or may not have been made. RUN may be NULL. */
int ros_pool_run(const struct ros_work *work, const struct ros_run_options *run, struct ros_error *err);

#endif
