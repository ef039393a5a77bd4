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
#define ROS_HUB_NO_ARCHITECTURE "unknown"      /* a GGUF has to name one: what is written for a model that names none */

struct ros_hub {
	struct ros_arena *arena;
	struct ros_side_file *files;            /* sorted by name */
	size_t file_count;
	const struct ros_contract *contract;    /* NULL: family unknown */
	struct ros_str architecture;            /* as the source names it: class name, GGUF arch or APR architecture */
	struct ros_str name;                    /* what the model is called (general.name); {NULL, 0}: nothing says */
	struct ros_hparams *hp;                 /* NULL when the source has no configuration or the family is unknown */
	enum ros_format_id layout_format;       /* whose names and rules the source's tensors follow: its own format's, but
						 * GGUF's for an APR file that kept GGUF's names */
	int rows_hf;                            /* for ros_layout_build of the SOURCE: -1 format's rule, 0, 1 (APR rope_type) */
	struct ros_warning *missing;            /* what is lacking or in doubt (no tokenizer, no config, rope_type): reported, not fatal */
	size_t missing_count;
	const struct ros_json *config;          /* parsed config.json, the source's own or carried; NULL when none */
	const struct ros_json *provenance;      /* parsed rosetta.json, NULL when none */
	const struct ros_meta *safetensors_meta; /* __metadata__ of a SafeTensors source; NULL otherwise */
	struct ros_error contradiction;         /* where a container's own vocabulary and the files it carries differ, if that was not refused */
};

struct ros_hub_options {
	int apr_rows;           /* 0: rows=gguf; 1: rows=hf; -1: reading, as the file and the rules of doubt say; writing, hf */
	bool unread;            /* no value of a tensor may be read: an output matrix that is there is taken for one of its own */
	bool own;               /* reading: the files that a GGUF or APR carries are passed over */
	bool both;              /* reading: where they differ from the container's own vocabulary, that goes to the hub's CONTRADICTION */
	bool strip;             /* do not carry side files into the target */
	bool lone;              /* a SafeTensors target is one file without a folder: its __metadata__ carries the side files */
	bool file_type_given;   /* general.file_type of a GGUF target is FILE_TYPE; otherwise the tensors' commonest type decides */
	uint32_t file_type;
};

/* Gathers the side files of M (real, carried or written from its own keys), finds the family by architecture
 * string (never by tensor names alone when a string is there) and reads the hparams. An unknown family is not an
 * error. Configuration that contradicts itself is ROS_ECONTRACT with key, wanted and found, and so is a
 * container whose own vocabulary differs from the files that it carries (contracts/hub_agree.h). */
int ros_hub_read(struct ros_hub *hub, const struct ros_model *m, const struct ros_hub_options *opt,
		 struct ros_arena *arena, struct ros_error *err);

/* Side file NAME of the hub, NULL when absent. */
const struct ros_side_file *ros_hub_file(const struct ros_hub *hub, const char *name);
/* HUB's files were written from a container's own keys, which say all of it: there is no text of theirs to hold against another. */
bool ros_hub_is_derived(const struct ros_hub *hub);

/* Adds or replaces a side file, keeping the order; NAME and DATA are borrowed and must outlive the hub. */
int ros_hub_add_file(struct ros_hub *hub, struct ros_str name, struct ros_bytes data, struct ros_error *err);

/* The tensors that FORMAT's own record (rosetta.gguf.json) lists, in the order of the file that it was made from: the order
 * and types a way back should have. *COUNT 0 where there is no such record. */
struct ros_hub_tensor {
	struct ros_str name;
	enum ros_dtype dtype;
};
int ros_hub_recorded(const struct ros_hub *hub, enum ros_format_id format, struct ros_hub_tensor **list, size_t *count,
		     struct ros_error *err);

/* Fills DST's metadata (DST->meta; side files for SafeTensors) for DST->format from the hub. DST's
 * tensors are filled already (names, dtypes, dims): file_type, counts and APR's totals come from them. Remarks (a
 * pre-tokenizer without a name, special ids out of range) become DST's warnings. Everything is DST's arena's or the hub's.
 * Where the hub holds the target format's own record (ROS_HUB_GGUF, ROS_HUB_APR) the metadata is that record's, exactly, but for what
 * DST's tensors contradict (file_type, totals) and APR's rope_type, which says how our rows lie. */
int ros_hub_write(const struct ros_hub *hub, struct ros_model *dst, const struct ros_hub_options *opt,
		  struct ros_error *err);

/* DST's metadata was copied from a file of the same format: makes true what is known to be wrong in it, which is APR's
 * rope_type, by the rows that OPT states. What was right stays byte for byte. */
int ros_hub_correct(const struct ros_hub *hub, struct ros_model *dst, const struct ros_hub_options *opt, struct ros_error *err);

#endif
