/* What ros_convert is made of, for the verbs that convert too (chain, quantize). */
#ifndef ROS_ROSETTA_CONVERT_H
#define ROS_ROSETTA_CONVERT_H

#include "formats/digest.h"
#include "formats/format.h"
#include "formats/nameset.h"
#include "rosetta/quantize.h"
#include "rosetta/report.h"
#include "rosetta/source.h"
#include "rosetta/tile.h"

/* Where a conversion goes. */
struct ros_target {
	enum ros_format_id format;
	const char *path;
	bool folder;            /* a Hugging Face folder: the weights are PATH/model.safetensors, config.json lies beside */
};

/* From -t (NULL: DST's suffix, none: a folder) and DST, which may be NULL in a dry run with TO. ROS_EUSAGE where TO is no format. */
int ros_target_choose(struct ros_target *t, const char *to, const char *dst, bool dry_run, struct ros_error *err);

/* The last component of T's path without its format's suffix; a view into it. */
struct ros_str ros_target_stem(const struct ros_target *t);

/* Before OUT is written to T: ROS_EUSAGE where two of its files have one name, where one of them is a file that M was read from, or where the folder holds
 * weights that are none of OUT's files: readers would take them for a part of this model, or for the model itself. */
int ros_target_is_free(const struct ros_target *t, const struct ros_output *out, const struct ros_model *m, struct ros_error *err);

/* The tensors of the file that the model once was in the target's format (contracts/hub.h). */
struct ros_recorded {
	struct ros_hub_tensor *list;
	size_t count;
	struct ros_nameset by_name;     /* number in LIST, the first of a name */
};

/* One conversion, from the opened source on; fields are filled by the steps below. */
struct ros_conversion {
	struct ros_source source;
	struct ros_convert_options opt;
	struct ros_target target;
	enum ros_dtype dtype;           /* --dtype; ROS_DTYPE_COUNT: kept */
	struct ros_recorded recorded;
	struct ros_layout *first;       /* of the SafeTensors files the model first came from; NULL: it is one, or came from elsewhere */
	struct ros_quantization *quantization;  /* NULL: none */
	struct ros_plan plan;
	enum ros_digest_kind digest;    /* --digest: of the source's files */
	bool in_chain;                  /* a hop: nobody will see this source, or this target, again */
	const char *origin_path;        /* the files that rosetta.json is to name where the source's are only on the way; NULL: the source's */
	struct ros_model origin;        /* those, open from the laying out on */
	size_t place_count;             /* files whose digests are filled in once they are known (rosetta/origin.h) */
	char mark[25];                  /* in their place until then, 24 hexadecimal digits */
	struct ros_hash_files *hashing; /* runs while tensors are written */
	struct ros_model dst;           /* tensors without data, metadata: what is laid out */
	struct ros_model imitated;      /* --compat: owns what the header in DST borrows */
	struct ros_output out;
	struct ros_tile_notes *notes;   /* per step, after writing */
	uint64_t written;
};

/* ros_convert where SRC is on the way from ORIGIN, whose files are the ones to be named; NULL: ros_convert itself. */
struct ros_report *ros_convert_from(const char *src, const char *dst, const struct ros_convert_options *given, const char *origin);

/* The type rule of convert: --dtype for floats, float32 where the target's readers want it, the types of
 * the origin where its provenance tells them, else as stored. CONTEXT is the conversion. */
enum ros_dtype ros_convert_type(void *context, const struct ros_step *step, enum ros_dtype stored, bool keep_f32);

/* What becomes of an output matrix that repeats the embedding when C's source goes to TARGET: sets WANT's members about it. */
void ros_conversion_choose_tied(const struct ros_conversion *c, enum ros_format_id target, struct ros_plan_request *want);

/* Nothing but the container is written anew: C's source goes to its own format in its own types, and its metadata stays as it is. */
bool ros_conversion_is_rewrite(const struct ros_conversion *c);

/* Plans C (source, options and target are set): fills plan. A source that is no model (partial) is only rewritten: else ROS_ECONTRACT. */
int ros_conversion_plan(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err);

/* Looks at the values of C's plan that the way back narrows to the type of their origin: a tensor that has come to hold
 * others than that type can say stays float32, and V says so. Reads those tensors; a dry run does not and says that it is open. After
 * quantization: what a recipe chose is no way back. */
int ros_conversion_keep_values(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err);

/* On the way back to the origin's format: the buffers that it had (contracts/buffers.h) become steps. ROS_EFORMAT where
 * rosetta.json describes none that could be. */
int ros_conversion_add_buffers(struct ros_conversion *c, struct ros_error *err);

/* Names in V the buffers that no format between carries. */
int ros_conversion_note_buffers(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err);

/* Makes the destination's tensor table and metadata, and lays it out: fills dst and out. */
int ros_conversion_lay_out(struct ros_conversion *c, struct ros_error *err);

/* Closes the source and frees the layout of the destination. */
void ros_conversion_release(struct ros_conversion *c);

/* Members and lines of the report. */
void ros_conversion_json(const struct ros_conversion *c, struct ros_json_out *o);
void ros_conversion_text(const struct ros_conversion *c, struct ros_text *t, unsigned flags);

#endif
