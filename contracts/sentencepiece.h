/* tokenizer.model: SentencePiece's ModelProto (protocol buffers), read and written.
 *
 *     1 pieces (repeated)     { 1 piece string, 2 score float, 3 type enum, default 1 }
 *     2 trainer_spec          { 3 model_type (1 unigram, 2 bpe, 3 word, 4 char), 4 vocab_size, 35 byte_fallback,
 *                               40..43 unk, bos, eos, pad id (int32, -1 none), 45..48 their pieces }
 *     3 normalizer_spec       { 1 name, 2 precompiled_charsmap bytes, 3 add_dummy_prefix (default true),
 *                               4 remove_extra_whitespaces (default true), 5 escape_whitespaces (default true) }
 *
 * Source: sentencepiece_model.proto. Fields not listed are passed over. */
#ifndef ROS_CONTRACTS_SENTENCEPIECE_H
#define ROS_CONTRACTS_SENTENCEPIECE_H

#include "formats/arena.h"

enum ros_piece_type {           /* also GGUF's tokenizer.ggml.token_type */
	ROS_PIECE_NORMAL = 1, ROS_PIECE_UNKNOWN, ROS_PIECE_CONTROL, ROS_PIECE_USER, ROS_PIECE_UNUSED, ROS_PIECE_BYTE
};

enum ros_spm_kind { ROS_SPM_UNIGRAM = 1, ROS_SPM_BPE, ROS_SPM_WORD, ROS_SPM_CHAR };

struct ros_spm_piece {
	struct ros_str text;
	float score;
	int32_t type;                   /* enum ros_piece_type */
};

struct ros_spm {
	struct ros_spm_piece *pieces;
	size_t count;
	enum ros_spm_kind kind;
	bool byte_fallback;
	int32_t unk_id, bos_id, eos_id, pad_id;
	struct ros_bytes charsmap;      /* precompiled normalisation rules; empty: none */
	bool add_dummy_prefix, remove_extra_whitespaces;
};

/* Reads FILE; texts are views into it, the array is ARENA's. ROS_EFORMAT with offset and field, ROS_ELIMIT over
 * ROS_MAX_ARRAY pieces. An unknown piece type is kept as it is. */
int ros_spm_read(struct ros_spm *spm, struct ros_bytes file, struct ros_arena *arena, struct ros_error *err);

/* Writes SPM; *FILE is ARENA's. Fields that have their default value are written too, so that the text says all. */
int ros_spm_write(const struct ros_spm *spm, struct ros_arena *arena, struct ros_bytes *file, struct ros_error *err);

#endif
