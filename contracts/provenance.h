/* rosetta.json: where a model comes from and what a way back needs to know. Made at the first conversion between formats, or of
 * SafeTensors into others of other types or with their files inside, carried unchanged after that.
 *
 *     { "schema": "rosetta.provenance/1",
 *       "origin": {
 *         "format": "safetensors",
 *         "name": "Tiny Llama",                                    what general.name was, or is to be
 *         "files": [ {"name": "model.safetensors", "size": 1, "xxh3": "HEX"} ],       or "sha256", as was asked
 *         "metadata": { ... },                                     SafeTensors' own __metadata__, absent when there was none
 *         "dtypes": { "default": "BF16", "tensors": {"model.norm.weight": "F32"} },      exceptions only
 *         "buffers": [ ... ],                                      tensors that follow from the configuration (contracts/buffers.h)
 *         "output_present": true,                                  it had an output matrix of its own
 *         "tied": "lm_head.weight" },                              or: the one tensor that stands for embedding and output
 *       "derived": { "config.json": "HEX" } }                      SHA-256 of files written from the container's own keys
 *
 * The digests may be placeholders of the final length, found in the written header and overwritten when hashing has
 * finished: the text is kept as given, in all three formats (a digest has no character that JSON escapes). */
#ifndef ROS_CONTRACTS_PROVENANCE_H
#define ROS_CONTRACTS_PROVENANCE_H

#include "contracts/binding.h"
#include "contracts/hub.h"

struct ros_origin_file {
	struct ros_str name;            /* plain file name */
	uint64_t size;
	const char *digest_kind;        /* the member's name: "xxh3", "sha256" */
	struct ros_str digest;          /* lower-case hex, or a placeholder of its length; empty: not said */
};

/* Adds rosetta.json about M, FILES among it, to HUB, unless it has one. TYPES has the tensor types that a way back should give:
 * M, or what is made of it in M's own format. B is M in its family's layout, NULL when that is unknown. */
int ros_provenance_add(struct ros_hub *hub, const struct ros_model *m, const struct ros_model *types, const struct ros_binding *b,
		       const struct ros_origin_file *files, size_t count, struct ros_error *err);

/* The origin's format; ROS_FORMAT_COUNT when nothing says. */
enum ros_format_id ros_provenance_format(const struct ros_hub *hub);

/* The type that tensor NAME (Hugging Face name) had in the SafeTensors origin, to be given back where a format between has
 * widened it; false when nothing says. */
bool ros_provenance_dtype(const struct ros_hub *hub, struct ros_str name, enum ros_dtype *type);

/* The origin had an output matrix of its own (perhaps one that repeats the embedding). */
bool ros_provenance_output_present(const struct ros_hub *hub);

/* The name under which the origin stored the one matrix that is embedding and output; {NULL, 0}: it stored both or
 * nothing says. */
struct ros_str ros_provenance_tied(const struct ros_hub *hub);

/* The first file that was written from a foreign container's own keys and has been changed or removed since: then that
 * container's exact record no longer says what the files say. {NULL, 0} when there is none. */
struct ros_str ros_provenance_stale(const struct ros_hub *hub);

/* What the origin was called; {NULL, 0} when nothing says. */
struct ros_str ros_provenance_name(const struct ros_hub *hub);

/* The origin's buffers, for ros_buffers_read; NULL when none. */
const struct ros_json *ros_provenance_buffers(const struct ros_hub *hub);

/* The origin's SafeTensors __metadata__, NULL when none. */
const struct ros_json *ros_provenance_metadata(const struct ros_hub *hub);

#endif
