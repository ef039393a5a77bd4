/* rosetta: translate model weights between SafeTensors, GGUF and APR, and prove the translation.
 *
 * The public face of librosetta; it stands alone. Every verb is one call that takes paths and
 * options and returns one report:
 *
 *     struct ros_verify_options opt = { .size = sizeof opt };
 *     struct ros_report *r = ros_verify("model.safetensors", "model.gguf", &opt);
 *     char *text = ros_report_text(r, 0);
 *     ...
 *     free(text);
 *     int status = ros_report_exit(r);          0 pass, 1 difference or finding, 2 trouble
 *     ros_report_free(r);
 *
 * One verdict inside the report drives text, JSON and exit status, so they cannot disagree.
 *
 * A model is named by a path: a file of any of the formats, the index or first shard of a sharded
 * set, or a Hugging Face folder. Formats are told by content, never by suffix. Inputs are opened
 * read-only. The library prints nothing, never exits, and keeps no state but tables made once and
 * the list of temporary files that a signal handler removes; calls may be made from any number of
 * threads. Options are zero-initialised structs whose SIZE says which version the caller was
 * compiled with; NULL options mean all defaults. Strings in options are borrowed for the call. */
#ifndef ROSETTA_H
#define ROSETTA_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ROS_API __attribute__((visibility("default")))

/* "0.1.0". Static storage. */
ROS_API const char *ros_version(void);

/* ---- reports ---- */

struct ros_report;

/* 0: same, verified, done. 1: a difference or a finding. 2: trouble (usage, unreadable, nothing
 * compared). NULL (out of memory before a report could be made) is 2. */
ROS_API int ros_report_exit(const struct ros_report *r);
/* "pass", "fail" or "error". Static storage. */
ROS_API const char *ros_report_verdict(const struct ros_report *r);
/* One sentence: what came of it, or what went wrong and where. Borrowed from the report; text
 * that came out of files has been escaped for a terminal. */
ROS_API const char *ros_report_message(const struct ros_report *r);
/* True when the cause of exit status 2 is a request that makes no sense. */
ROS_API bool ros_report_usage(const struct ros_report *r);

/* A rule that was broken, where, and how. Views borrowed from the report; TENSOR may be "". */
struct ros_report_note {
	const char *rule, *tensor, *message;
	bool fatal;              /* turns the verdict to fail; others are notes */
};
ROS_API size_t ros_report_finding_count(const struct ros_report *r);
ROS_API struct ros_report_note ros_report_finding(const struct ros_report *r, size_t index);

enum ros_text_flags {
	ROS_TEXT_COLOR = 1,      /* ANSI colours */
	ROS_TEXT_ALL = 2,        /* list every tensor, also those of which nothing is to be said */
	ROS_TEXT_BRIEF = 4,      /* the verdict line and the findings only */
	ROS_TEXT_NO_NOTES = 8,   /* findings that are not fatal are left out */
};
/* The report for people, lines ending in \n. malloc'ed, NULL when out of memory. */
ROS_API char *ros_report_text(const struct ros_report *r, unsigned flags);
/* One JSON object with schema "rosetta.VERB/1", tool, verdict, exit_code, findings and the verb's
 * own fields; INDENT spaces a level, 0 compact. malloc'ed, NULL when out of memory. */
ROS_API char *ros_report_json(const struct ros_report *r, int indent);
/* The report of trouble that the caller found before or after a verb ran: VERB names it in the schema (NULL: "trouble"), TEXT says what is
 * wrong, USAGE tells a request that makes no sense from a failure. Both strings are copied. NULL when out of memory. */
ROS_API struct ros_report *ros_report_trouble(const char *verb, bool usage, const char *text);
ROS_API void ros_report_free(struct ros_report *r);

/* ---- what all verbs share ---- */

struct ros_progress {
	const char *phase;       /* "convert", "hash", "compare" ...: static storage */
	uint64_t done, total;    /* bytes */
};

struct ros_run_options {
	unsigned jobs;           /* threads, 0: as many as CPUs; results never depend on it */
	/* Called now and then from the calling thread; NULL: not. */
	void (*progress)(void *context, const struct ros_progress *p);
	void *context;
	const volatile sig_atomic_t *cancel;     /* stops soon after it becomes non-zero; NULL: never */
	const char *apr_rows;    /* "gguf" or "hf": Q/K row order of APR files that leave it in doubt; NULL: decide */
	const char *const *include, *const *exclude;     /* NULL-ended globs on tensor names; NULL: all, none */
};

/* Async-signal-safe: removes the temporary files of conversions that are under way, for handlers
 * of signals that end the process. */
ROS_API void ros_remove_temporaries(void);

/* ---- inspect ---- */

struct ros_inspect_options {
	size_t size;
	struct ros_run_options run;
	bool tensors;            /* list them (text; JSON always has them) */
	bool metadata;           /* list all of it (text; JSON always has it) */
	size_t max_array;        /* elements of an array shown in text and JSON, 0: 16 */
	bool header_only;        /* accept a file whose payload is absent or short */
	const char *verb;        /* what the JSON's schema calls it, for commands of another name; NULL: "inspect" */
	bool payload_unread;     /* leave a checksum over the payload unchecked (APR): opening then costs what the header does */
};
/* What a file says of itself. pass: accepted; error: refused, the message says why. */
ROS_API struct ros_report *ros_inspect(const char *path, const struct ros_inspect_options *opt);

/* ---- convert ---- */

struct ros_convert_options {
	size_t size;
	struct ros_run_options run;
	const char *to;                  /* "gguf", "apr", "safetensors"; NULL: by DST's suffix, a name without is a Hugging Face folder */
	const char *dtype;               /* plain float type for all float tensors: "f32", "f16", "bf16"; NULL: kept */
	const char *quantize;            /* recipe: "q4_k_m", "q8_0" ...; NULL: none */
	bool dry_run;                    /* plan only: the report lists the steps and the sizes */
	bool force;                      /* an existing target is replaced */
	bool preserve;                   /* same format: keep what was read as it stands, and name what is not */
	bool strip;                      /* carry no side files (tokenizer.json ...) inside the target */
	bool allow_nonfinite;            /* NaN and Inf are recorded, not refused */
	bool allow_overflow;             /* values beyond a narrower type's range are recorded, not refused */
	bool allow_unknown;              /* tensors that the family does not know are carried under their own names */
	uint64_t split_max_size;         /* bytes of tensor data in one output file, 0: no bound */
	uint32_t split_max_tensors;      /* 0: no bound */
	const char *compress;            /* APR: "lz4", "zstd"; NULL: not */
	int compress_level;
	const char *const *override_kv;  /* NULL-ended KEY=TYPE:VALUE */
	/* quantize only */
	const char *const *tensor_types; /* NULL-ended REGEX=TYPE, first match wins */
	const char *token_embedding_type, *output_tensor_type;
	const char *imatrix;             /* path */
	bool pure;
	bool compat_llama_cpp;           /* tensor and key order and added keys as llama-quantize writes them */
	bool quality;                    /* measure rmse, max error and SNR of every tensor whose type changes */
	bool leave_output_tensor;        /* output.weight keeps its type */
	bool allow_requantize;           /* tensors that are quantized already may be quantized again */
	bool llama_cpp_2025;             /* the recipes of llama-quantize as they were in February 2025 */
	const char *verb;                /* what the JSON's schema calls it, for commands of another name; NULL: "convert" */
	const char *digest;              /* of the source's files, recorded in the target: "xxh3" (default) or "sha256" */
	bool own_metadata;               /* of a GGUF or APR: what its own keys say; the files that it carries are passed over */
};
ROS_API struct ros_report *ros_convert(const char *src, const char *dst, const struct ros_convert_options *opt);

/* What can be said for QUANTIZE, and for TOKEN_EMBEDDING_TYPE, OUTPUT_TENSOR_TYPE and the types of TENSOR_TYPES: the
 * INDEX-th word, in the case that tools print; any is understood. NULL past the last. Static storage. */
ROS_API const char *ros_quantize_name(size_t index);
ROS_API const char *ros_tensor_type_name(size_t index);

/* ros_convert through several formats, "apr,gguf,safetensors": the intermediate files lie beside DST and are removed,
 * each hop is verified against the first source. DST is written in the last format. */
ROS_API struct ros_report *ros_chain(const char *src, const char *dst, const char *formats, const struct ros_convert_options *opt);

/* ---- verify, diff ---- */

struct ros_compare_options {
	size_t size;
	struct ros_run_options run;
	double tolerance;        /* largest |a - b| that still passes, 0: none */
	bool values;             /* equal values pass whatever the element type; rounding is then a difference */
	bool no_metadata;        /* tensors only */
};
/* Is B what A converts to? A is brought to B's format, names, layout and types, and compared with B's
 * bytes, then values; metadata by what it decides. Tensor status: identical, equal (same values, other type), rounded (exactly what
 * the conversion gives, which is not invertible: counted), within_tolerance, different, missing, extra. */
ROS_API struct ros_report *ros_verify(const char *a, const char *b, const struct ros_compare_options *opt);
/* How do A and B differ? Both are brought to the canonical form. fail: they do. */
ROS_API struct ros_report *ros_diff(const char *a, const char *b, const struct ros_compare_options *opt);

/* ---- fingerprint ---- */

struct ros_fingerprint_options {
	size_t size;
	struct ros_run_options run;
	const char *digest;      /* "sha256" or "xxh3"; NULL: that of the manifest to check, else sha256 */
	const char *check;       /* path of a manifest to compare with; NULL: none */
	bool files;              /* also digest the files whole, for ros_report_manifest */
	bool no_raw;             /* canonical digests only: half the work */
	const char *check_text;  /* that manifest itself, CHECK_LEN bytes; CHECK then only names it in messages. NULL: it is read from CHECK */
	size_t check_len;
};
ROS_API struct ros_report *ros_fingerprint(const char *path, const struct ros_fingerprint_options *opt);
/* The manifest of a ros_fingerprint made with FILES: lines `HEX  FILE` that `sha256sum -c` checks, and
 * the digests of model and tensors as `#` comments. malloc'ed; NULL for other reports. */
ROS_API char *ros_report_manifest(const struct ros_report *r);
/* The canonical digest of the whole model in hex, from a ros_fingerprint; NULL for other reports and where there is
 * none. malloc'ed. */
ROS_API char *ros_report_canonical(const struct ros_report *r);

/* ---- derive ---- */

struct ros_derive_options {
	size_t size;
	struct ros_run_options run;
	bool reproduce;          /* also encode the source again and compare bytes: the strongest proof, and slower */
	const char *imatrix;     /* importance matrix that was used, for reproduce; NULL: none */
	bool no_metadata;        /* tensors only */
};
/* Was QUANTIZED made from SOURCE's weights? Per tensor: identical (same values), reproduced (our encoder gives the same
 * bytes), consistent (every code is the nearest to its source weight under the file's own scales), within_bound (grid types:
 * rows and scales fit, single codes cannot be judged), not_derived. Tokenizer, chat template and hyper-parameters are held
 * against what the source's own files give. What each status proves, and what not: rosetta-derive(1). */
ROS_API struct ros_report *ros_derive(const char *source, const char *quantized, const struct ros_derive_options *opt);

/* ---- statistics ---- */

struct ros_stats_options {
	size_t size;
	struct ros_run_options run;
	bool allow_nonfinite;    /* NaN and Inf are notes */
};
/* min, max, mean, standard deviation, NaN, Inf and zeros of every float tensor, in canonical form; they are of the finite
 * values. fail: NaN or Inf, or a matrix whose values are all one (stats.all-zero, stats.constant). */
ROS_API struct ros_report *ros_stats(const char *path, const struct ros_stats_options *opt);

#ifdef __cplusplus
}
#endif

#endif
