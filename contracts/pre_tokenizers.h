/* How byte-level BPE families cut text before merging: tokenizer.json says it by rules and regular
 * expressions, GGUF by a name (tokenizer.ggml.pre). One table translates both ways, by the expressions' text. */
#ifndef ROS_CONTRACTS_PRE_TOKENIZERS_H
#define ROS_CONTRACTS_PRE_TOKENIZERS_H

#include "formats/json.h"

enum ros_pre_kind {
	ROS_PRE_END,            /* no more parts */
	ROS_PRE_SPLIT,          /* Split(regex, Isolated) */
	ROS_PRE_DIGITS,         /* Digits(individual_digits false) */
	ROS_PRE_DIGITS_EACH,    /* Digits(individual_digits true) */
	ROS_PRE_PUNCTUATION,    /* Punctuation(Contiguous) */
	ROS_PRE_BYTES,          /* ByteLevel(use_regex false) */
	ROS_PRE_BYTES_REGEX,    /* ByteLevel(use_regex true): GPT-2's own expression */
};

#define ROS_PRE_PARTS 7

struct ros_pre_tokenizer {
	const char *names;              /* of tokenizer.ggml.pre, blank between; the first is the one we write */
	const char *normalizer;         /* "NFC" or NULL, as these families' tokenizer.json has it */
	int ignore_merges;              /* the model's switch: 0, 1, or -1 where families of this row differ */
	struct { enum ros_pre_kind kind; const char *regex; } parts[ROS_PRE_PARTS + 1];
};

/* The row that NAME (tokenizer.ggml.pre) belongs to; NULL when none. Static storage. */
const struct ros_pre_tokenizer *ros_pre_by_name(struct ros_str name);

/* Several names stand for one row: true where A and B are of one, or the same text. */
bool ros_pre_same(struct ros_str a, struct ros_str b);

/* The row whose parts equal the tokenizer.json value PRE (an object, perhaps a Sequence); among equals the
 * one with the same IGNORE_MERGES and normaliser. NULL when none has these parts. */
const struct ros_pre_tokenizer *ros_pre_match(const struct ros_json *pre, const struct ros_json *normalizer, bool ignore_merges);

/* The first of ROW's names. */
struct ros_str ros_pre_name(const struct ros_pre_tokenizer *row);

/* Writes the members "normalizer" and "pre_tokenizer" of a tokenizer.json for ROW. */
void ros_pre_write(const struct ros_pre_tokenizer *row, struct ros_json_out *o);

/* Number of rows and row I, for tests. */
size_t ros_pre_count(void);
const struct ros_pre_tokenizer *ros_pre_row(size_t i);

#endif
