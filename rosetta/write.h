/* The writer sink: runs a plan into files that appear whole or not at all.
 *
 * Workers make tiles ahead while the calling thread writes them in offset order with large
 * requests; whole tensors that do not change go through the kernel (copy_file_range). Every float
 * that passes is looked at once for NaN and Inf. */
#ifndef ROS_ROSETTA_WRITE_H
#define ROS_ROSETTA_WRITE_H

#include "formats/writer.h"
#include "rosetta/rosetta.h"
#include "rosetta/tile.h"

struct ros_write {
	const struct ros_plan *plan;    /* step I makes tensor I of the model that was laid out */
	const struct ros_model *src;    /* whose mappings the plan's pieces are views of */
	const struct ros_output *out;   /* what goes where */
	const char *path;               /* the target; a folder when FOLDER */
	bool folder;                    /* files of OUT go into PATH under their names; made when absent */
	bool force, allow_nonfinite, allow_overflow;
	bool fixed_tiles;               /* tiles of one size whatever the number of threads: sums over them are then the same too */
	const struct ros_run_options *run;
	const struct ros_kernels *kernels;
	struct ros_arena *arena;
	/* filled: */
	struct ros_tile_notes *notes;   /* one per step */
	uint64_t written;               /* bytes of all files */
};

/* Called when every payload byte is written and nothing is committed yet: the last chance to patch headers
 * (ros_writer_patch on FILE's writer, whose crc is still that of all before its footer). Side files are not written yet. Returns a code. */
typedef int ros_write_finish(void *context, struct ros_writer *files, size_t count, struct ros_error *err);

/* Writes all files of W->out and commits them together. A float that is NaN or Inf, or that the target's type
 * cannot hold, is a fatal finding in V (data.nonfinite, data.overflow) naming tensor and element unless allowed,
 * and nothing is left behind. FINISH may be NULL. */
int ros_write_run(struct ros_write *w, ros_write_finish *finish, void *context, struct ros_verdict *v, struct ros_error *err);

#endif
