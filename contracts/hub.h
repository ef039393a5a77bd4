/* The hub: what belongs to a model beside its weights, in one spelling.
 *
 * As tensors meet in the canonical form, so metadata meets in the Hugging Face one: a set of
 * side files (config.json, generation_config.json, tokenizer.json, tokenizer_config.json,
 * chat_template.jinja ...). A SafeTensors folder has them on disk. A GGUF or APR made
 * from such a folder carries them word for word (keys `rosetta.file.NAME` in GGUF, object
 * `rosetta.files` in APR, `rosetta.file.NAME` in the __metadata__ of a lone .safetensors), so that the
 * way back returns them byte for byte. A foreign GGUF or APR has none: then they are
 * written from its own keys (config.json from {arch}.* , tokenizer.json or tokenizer.model from
 * tokenizer.ggml.*), and the container's exact metadata travels as one more side file,
 * `rosetta.gguf.json` or `rosetta.apr.json`, so that the way back to GGUF or APR is exact too.
 *
 * `rosetta.json` is the provenance file: made at the first conversion between formats, carried
 * unchanged after that (so A -> B -> C equals A -> C): origin format, origin files with size
 * and SHA-256, origin dtypes where the target's rules change them (norms widened to F32), container
 * facts needed to write the origin again. No clock, path or host.
 *
 *     source model --ros_hub_read--> hub files + hparams --ros_hub_write--> target's metadata
 */
#ifndef ROS_CONTRACTS_HUB_H
#define ROS_CONTRACTS_HUB_H

#include "contracts/layout.h"
#include "formats/json.h"

#define ROS_HUB_PROVENANCE "rosetta.json"
#define ROS_HUB_GGUF "rosetta.gguf.json"
#define ROS_HUB_APR "rosetta.apr.json"

struct ros_hub {
	struct ros_arena *arena;
	struct ros_side_file *files;            /* sorted by name */
	size_t file_count;
	const struct ros_contract *contract;    /* NULL: family unknown */
	struct ros_str architecture;            /* as the source names it: class name, GGUF arch or APR architecture */
	struct ros_hparams *hp;                 /* NULL when the source has no configuration */
	int rows_hf;                            /* for ros_layout_build of the SOURCE: -1 format's rule, 0, 1 (APR rope_type) */
	struct ros_warning *missing;            /* what a folder lacks: tokenizer, config, chat template; reported, not fatal */
	size_t missing_count;
	const struct ros_json *provenance;      /* parsed rosetta.json, NULL when none */
};

struct ros_hub_options {
	int apr_rows;           /* -1: as the file and the rules of doubt say; 0: rows=gguf; 1: rows=hf */
	bool strip;             /* do not carry side files into the target */
};

/* Gathers the side files of M (real, carried or written from its own keys), finds the family by architecture
 * string (never by tensor names alone when a string is there) and reads the hparams. An unknown family is not an
 * error. Configuration that contradicts itself is ROS_ECONTRACT with key, wanted and found. */
int ros_hub_read(struct ros_hub *hub, const struct ros_model *m, const struct ros_hub_options *opt,
		 struct ros_arena *arena, struct ros_error *err);

/* Fills DST's metadata (DST->meta; side files for SafeTensors) for DST->format from the hub. DST's
 * tensors are filled already (names, dtypes, dims): file_type, counts and APR's totals come from them. */
int ros_hub_write(const struct ros_hub *hub, struct ros_model *dst, const struct ros_hub_options *opt,
		  struct ros_error *err);

#endif
