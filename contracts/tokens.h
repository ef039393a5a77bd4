/* A vocabulary between the formats.
 *
 *     HF files    --ros_vocab_from_files-->            --ros_vocab_to_gguf-->  tokenizer.ggml.*
 *     GGUF keys   --ros_vocab_from_gguf-->  ros_vocab  --ros_vocab_to_apr-->   tokenizer.*
 *     APR keys    --ros_vocab_from_apr-->              --ros_vocab_to_files--> tokenizer.json, tokenizer.model ...
 *
 * What the HF side writes into GGUF is what llama.cpp's convert_hf_to_gguf.py writes (its rules are named where they are
 * not obvious), except that the pre-tokenizer is recognised by its expressions and not by hashing a sample text. */
#ifndef ROS_CONTRACTS_TOKENS_H
#define ROS_CONTRACTS_TOKENS_H

#include "contracts/findings.h"
#include "contracts/sentencepiece.h"
#include "formats/json.h"

enum ros_vocab_kind {
	ROS_VOCAB_NONE,
	ROS_VOCAB_SPM,          /* SentencePiece pieces with scores; GGUF "llama" */
	ROS_VOCAB_BPE,          /* byte-level BPE with merges; GGUF "gpt2" */
	ROS_VOCAB_OTHER,        /* word pieces, unigram ...: kept, not translated */
};

/* Roles of special tokens, in the order in which the reference looks for them. */
enum ros_token_role {
	ROS_ROLE_BOS, ROS_ROLE_EOS, ROS_ROLE_UNK, ROS_ROLE_SEP, ROS_ROLE_PAD, ROS_ROLE_CLS, ROS_ROLE_MASK,
	ROS_ROLE_EOT, ROS_ROLE_EOM, ROS_ROLE_PREFIX, ROS_ROLE_SUFFIX, ROS_ROLE_MIDDLE,
	ROS_ROLE_COUNT
};

struct ros_token_role_info {
	const char *hf;         /* "bos": bos_token, bos_token_id, add_bos_token in the HF files */
	const char *gguf_id;    /* GGUF key of the id, NULL: the reference writes none */
	const char *gguf_add;   /* GGUF key of the switch, NULL: none */
};
extern const struct ros_token_role_info ros_token_roles[ROS_ROLE_COUNT];

#define ROS_NO_TOKEN UINT32_MAX

enum ros_tristate { ROS_UNSET = -1, ROS_FALSE, ROS_TRUE };

struct ros_chat_template {
	struct ros_str name;            /* "" for the default one */
	struct ros_str text;
};

struct ros_vocab {
	enum ros_vocab_kind kind;
	struct ros_str model;           /* tokenizer.ggml.model */
	struct ros_str pre;             /* tokenizer.ggml.pre; {NULL, 0}: unsaid */
	size_t count;
	struct ros_str *tokens;         /* by id; byte-level BPE: in the printable alphabet, added tokens raw */
	float *scores;                  /* NULL: none */
	int32_t *types;                 /* enum ros_piece_type; NULL: none */
	struct ros_str *merges;         /* "left right" */
	size_t merge_count;
	bool ignore_merges;
	uint32_t id[ROS_ROLE_COUNT];    /* ROS_NO_TOKEN: none */
	int8_t add[ROS_ROLE_COUNT];     /* enum ros_tristate: put it at the beginning or end by default */
	uint8_t id_order[ROS_ROLE_COUNT], add_order[ROS_ROLE_COUNT];    /* roles in the order in which they were found */
	uint8_t id_count, add_count;
	int8_t add_space_prefix;        /* enum ros_tristate */
	bool space_prefix_first;        /* GGUF: that key comes before all others */
	struct ros_chat_template *templates;    /* default first */
	size_t template_count;
};

/* Nothing in it. */
void ros_vocab_init(struct ros_vocab *v);

/* Sets the id or the switch of ROLE unless it is set already, remembering the order. */
void ros_vocab_set_id(struct ros_vocab *v, enum ros_token_role role, uint32_t id);
void ros_vocab_set_add(struct ros_vocab *v, enum ros_token_role role, bool add);

/* Does llama.cpp put the token of ROLE to a text where nothing says so? SentencePiece ("llama") and Llama 3 begin with bos. */
bool ros_vocab_adds_unsaid(struct ros_str model, struct ros_str pre, enum ros_token_role role);

/* KEY with VALUE says of META's vocabulary what its absence says too (add_eos_token: false ...). */
bool ros_vocab_key_is_default(const struct ros_meta *meta, struct ros_str key, const struct ros_meta_value *value);

/* The default chat template, {NULL, 0} when none. */
struct ros_str ros_vocab_template(const struct ros_vocab *v);

/* A file of FILES by name, {NULL, 0} when absent. */
struct ros_str ros_side_file_text(const struct ros_side_file *files, size_t count, const char *name);

/* Reads tokenizer.model, tokenizer.json, vocab.json + merges.txt, added_tokens.json, tokenizer_config.json, chat_template.jinja
 * and config.json out of FILES. VOCAB_SIZE: rows of the embedding, 0 unknown; absent ids become [PAD<id>] entries.
 * USUAL_PRE: the family's tokenizer.ggml.pre, taken (and told) where the files cut text as no known name says; NULL: none. Kind
 * ROS_VOCAB_NONE where the folder has no vocabulary that we read (a finding says so). Views into FILES. */
int ros_vocab_from_files(struct ros_vocab *v, const struct ros_side_file *files, size_t count, uint64_t vocab_size, const char *usual_pre,
			 struct ros_arena *arena, struct ros_findings *f, struct ros_error *err);

/* The parts of it, for one file each. */
int ros_vocab_read_spm(struct ros_vocab *v, const struct ros_side_file *files, size_t count, uint64_t vocab_size,
		       struct ros_arena *arena, struct ros_findings *f, struct ros_error *err);
int ros_vocab_read_json(struct ros_vocab *v, const struct ros_side_file *files, size_t count, uint64_t vocab_size, const char *usual_pre,
			struct ros_arena *arena, struct ros_findings *f, struct ros_error *err);
int ros_vocab_read_special(struct ros_vocab *v, const struct ros_side_file *files, size_t count,
			   struct ros_arena *arena, struct ros_findings *f, struct ros_error *err);

/* Does the reference take this text for a control token although nothing says so ("<|x|>", "<unused7>" ...)? */
bool ros_token_looks_special(struct ros_str text);

/* Appends the tokenizer.* keys in the reference's order. Nothing for ROS_VOCAB_NONE. */
int ros_vocab_to_gguf(const struct ros_vocab *v, struct ros_meta *meta, struct ros_error *err);
/* Views into META. Arrays of wrong length or type, ids outside the vocabulary and duplicates are findings. */
int ros_vocab_from_gguf(struct ros_vocab *v, const struct ros_meta *meta, struct ros_arena *arena,
			struct ros_findings *f, struct ros_error *err);

/* Writes the members tokenizer.* into the open object of O. */
void ros_vocab_to_apr(const struct ros_vocab *v, struct ros_str architecture, struct ros_json_out *o);
/* Views into ROOT's text. */
int ros_vocab_from_apr(struct ros_vocab *v, const struct ros_json *root, struct ros_arena *arena,
		       struct ros_findings *f, struct ros_error *err);

/* Writes the files that a Hugging Face folder wants: tokenizer.json, tokenizer.model (SentencePiece),
 * tokenizer_config.json, special_tokens_map.json, in that order; at most 4. Data is ARENA's. What cannot be said is a finding. */
int ros_vocab_to_files(const struct ros_vocab *v, struct ros_side_file files[4], size_t *count,
		       struct ros_arena *arena, struct ros_findings *f, struct ros_error *err);

/* The parts of it. The first two give an empty text where V's kind has no such file. */
int ros_vocab_write_json(const struct ros_vocab *v, struct ros_arena *arena, struct ros_str *text,
			 struct ros_findings *f, struct ros_error *err);
int ros_vocab_write_spm(const struct ros_vocab *v, struct ros_arena *arena, struct ros_bytes *file,
			struct ros_findings *f, struct ros_error *err);
int ros_vocab_write_config(const struct ros_vocab *v, struct ros_arena *arena, struct ros_str *text, struct ros_error *err);
int ros_vocab_write_special_map(const struct ros_vocab *v, struct ros_arena *arena, struct ros_str *text, struct ros_error *err);

/* "<0x0A>": a piece that stands for one byte. */
bool ros_token_is_byte(struct ros_str text);

/* SentencePiece scores from merges, into V's scores (allocated already): minus the rank of the first merge that makes the piece, so
 * that the best score is the earliest merge; -1e6 for pieces that no merge makes. */
int ros_scores_from_merges(struct ros_vocab *v, struct ros_error *err);

/* Merges in order of rank from the scores of SentencePiece pieces: every way to split a piece into two pieces,
 * higher scores first. Pairs are ids; the array is malloc'ed, the caller frees it. */
struct ros_merge_pair { uint32_t left, right; };
int ros_merges_from_scores(const struct ros_vocab *v, struct ros_merge_pair **pairs, size_t *count, struct ros_error *err);

/* O's text moved into ARENA; O is released. ROS_ENOMEM or ROS_ELIMIT where it failed. */
int ros_json_to_arena(struct ros_json_out *o, struct ros_arena *arena, struct ros_str *text, struct ros_error *err);

#endif
