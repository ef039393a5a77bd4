/* Digests of a model's files, computed on threads of its own while other work goes on. */
#ifndef ROS_ROSETTA_HASH_FILES_H
#define ROS_ROSETTA_HASH_FILES_H

#include "formats/digest.h"
#include "formats/model.h"
#include "rosetta/rosetta.h"

struct ros_hash_files;

/* Starts hashing every part of M, which must outlive the call to _finish. NULL with *ERR filled on failure. Progress is
 * not reported; RUN gives the number of threads and the flag that cancels. */
struct ros_hash_files *ros_hash_files_start(const struct ros_model *m, enum ros_digest_kind kind, const struct ros_run_options *run,
					    struct ros_error *err);

/* Waits, fills DIGEST[part_count] (NULL: not wanted any more, what is under way ends soon) and frees H (NULL: nothing happens). */
int ros_hash_files_finish(struct ros_hash_files *h, struct ros_digest *digest, struct ros_error *err);

#endif
