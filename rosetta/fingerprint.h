/* fingerprint: the digests of a model, and the manifest they are kept in.
 *
 * A manifest is a text that `sha256sum -c` (or `xxh128sum -c`) checks: a line `HEX  FILE` per file. What those
 * programs take for comments is ours:
 *
 *     # rosetta-manifest-1 sha256
 *     # canonical HEX
 *     # raw HEX
 *     # tensor HEX NAME                 canonical digest; blanks, backslashes and what a terminal acts on as \xNN
 *
 * Lines may end in CR LF. The raw digest is not compared: it is of the container, whose files have lines of their own. */
#ifndef ROS_ROSETTA_FINGERPRINT_H
#define ROS_ROSETTA_FINGERPRINT_H

#include "formats/mapping.h"

#include "rosetta/canonical.h"
#include "rosetta/model_digest.h"
#include "rosetta/report.h"
#include "rosetta/source.h"

struct ros_fingerprint {
	struct ros_source source;
	struct ros_fingerprint_options opt;
	struct ros_mapping manifest_map;        /* of opt.check, unless its text was given */
	struct ros_str manifest;                /* what to compare with */
	struct ros_plan plan;
	struct ros_digester digester;
	bool *tied;                             /* per canonical tensor: left out, it repeats the embedding */
	size_t tied_count;
	struct ros_digest model_canonical, model_raw;
	struct ros_digest *files;               /* one per part, or NULL */
	uint64_t compared;                      /* with --check: digests compared */
};

/* The manifest of F in the form above; malloc'ed, NULL when out of memory. */
char *ros_manifest_write(const struct ros_fingerprint *f);

/* The kind of digest that the manifest TEXT holds; *KIND stays where it says none that is known, which the check then tells. */
int ros_manifest_kind(struct ros_str text, enum ros_digest_kind *kind, struct ros_error *err);

/* Compares F with the manifest TEXT: what differs is a fatal finding, what was not compared a note; file digests are
 * compared where the manifest speaks of a file of the same name. ROS_EFORMAT where it is no manifest of ours. */
int ros_manifest_check(struct ros_fingerprint *f, struct ros_str text, struct ros_verdict *v, struct ros_error *err);

#endif
