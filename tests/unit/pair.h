/* A Hugging Face folder and the GGUF that the reference converter made of it (families/NAME in the test data). */
#ifndef ROS_TESTS_PAIR_H
#define ROS_TESTS_PAIR_H

#include "contracts/binding.h"
#include "formats/format.h"

struct pair {
	struct ros_model hf, gguf;
	struct ros_arena arena;
	struct ros_hparams hp;
	const struct ros_contract *c;
	struct ros_layout of_hf, of_gguf;
	struct ros_binding in_hf, in_gguf;
};

/* Opens FOLDER/hf and FOLDER/model.gguf, reads the numbers from config.json through the contract's keys and binds both
 * models to their layouts; the test fails where that does not go. False when the family has no contract. */
bool pair_open(struct pair *p, const char *folder);
void pair_close(struct pair *p);

/* Calls VISIT for every pair of $ROSETTA_TEST_DATA whose family has a contract; returns how many, -1 where
 * there is no such folder ("skipped: ..." is printed). */
int pair_each(void (*visit)(struct pair *p));

#endif
