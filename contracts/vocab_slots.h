/* Filling a vocabulary id by id: places for all rows of the embedding, added tokens written over them.
 * The findings may not be NULL here: their arena takes texts that change. */
#ifndef ROS_CONTRACTS_VOCAB_SLOTS_H
#define ROS_CONTRACTS_VOCAB_SLOTS_H

#include "contracts/json_members.h"
#include "contracts/tokens.h"

/* COUNT entries "[PAD<id>]" of type unused, with score -10000 when SCORES. ROS_ELIMIT over ROS_MAX_VOCABULARY. */
int ros_vocab_make_slots(struct ros_vocab *v, uint64_t count, bool scores, struct ros_arena *arena, struct ros_error *err);

/* Puts an added token at ID: score -1000, control when SPECIAL or by its looks, else user-defined with U+2581 replaced
 * by a blank. An id outside the vocabulary is a finding. WHERE names the file. */
void ros_vocab_put_added(struct ros_vocab *v, uint64_t id, struct ros_str text, bool special, const char *where, struct ros_findings *f);

/* The same from an added-token object {content, special, ...}. */
void ros_vocab_put_added_token(struct ros_vocab *v, uint64_t id, const struct ros_json *token, const char *where, struct ros_findings *f);

/* Every entry of tokenizer_config.json's added_tokens_decoder {"id": {content ...}}; CONFIG empty: nothing. */
int ros_vocab_put_added_decoder(struct ros_vocab *v, struct ros_str config, struct ros_arena *arena, struct ros_findings *f, struct ros_error *err);

/* Gives every entry that nothing has filled its text "[PAD<id>]". */
int ros_vocab_fill_pads(struct ros_vocab *v, struct ros_arena *arena, struct ros_error *err);

/* Findings for texts that occur twice and for special ids outside the vocabulary; those ids are taken out. */
int ros_vocab_check(struct ros_vocab *v, struct ros_findings *f, struct ros_error *err);

#endif
