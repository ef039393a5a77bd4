#include "contracts/hub_vocabulary.h"

#include "contracts/contract.h"

int ros_hub_vocabulary(const struct ros_hub *hub, struct ros_vocab *v, struct ros_arena *arena, struct ros_findings *f, struct ros_error *err)
{
	uint64_t rows = 0;

	if (hub->hp)
		ros_hparams_u64(hub->hp, ROS_HP_N_VOCAB, &rows);
	return ros_vocab_from_files(v, hub->files, hub->file_count, rows, hub->contract ? hub->contract->tokenizer.pre : NULL, arena, f, err);
}
