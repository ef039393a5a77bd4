/* The digester sink: canonical digests, version 1, and raw ones.
 *
 * The canonical digest of a tensor is the digest of the line
 *
 *     rosetta-canonical-1 CLASS D0xD1x...\n
 *
 * followed by the digest of every block of 2^22 bytes of its canonical values, in order. CLASS is "f" when every
 * value of its type is a float32 (values: little-endian float32, NaN as 0x7fc00000, -0.0 kept), else the type's own
 * name (its own bytes). Blocks are hashed in any order by any thread. The model's digest is that of
 * the lines `HEX  NAME\n`, sorted by name as bytes. tests/interop/canonical.py computes it again. */
#ifndef ROS_ROSETTA_CANONICAL_H
#define ROS_ROSETTA_CANONICAL_H

#include "formats/digest.h"
#include "rosetta/rosetta.h"
#include "rosetta/tile.h"

#define ROS_CANONICAL_BLOCK (1u << 22)

/* One tensor of a canonical plan. */
struct ros_canonical {
	const struct ros_step *step;
	struct ros_digest digest;
};

/* The stored bytes of one tensor of the model. */
struct ros_raw {
	const struct ros_tensor *tensor;
	struct ros_digest digest;
};

struct ros_digester {
	const struct ros_model *model;
	enum ros_digest_kind kind;
	struct ros_canonical *canonical;        /* steps are given, digests are filled */
	size_t canonical_count;
	struct ros_raw *raw;                    /* tensors are given, the model's in its order; digests are filled; may be none */
	size_t raw_count;
	const struct ros_run_options *run;
	const struct ros_kernels *kernels;
	struct ros_arena *arena;
	uint64_t hashed;                        /* filled: bytes that went through the hash, tensors' digests only */
};

/* Fills every digest. */
int ros_digester_run(struct ros_digester *d, struct ros_error *err);

/* A canonical digest's first line for tensor T of a canonical plan, into TEXT[256]; returns its length. */
size_t ros_canonical_line(const struct ros_tensor *t, char *text);

#endif
