/* Shard indexes: an accepted one names only files that are safe to open. */
#include "formats/shards.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ros_error err = { 0 };
	struct ros_shard_index index;
	struct ros_shard_number n;
	struct ros_arena arena;

	ros_arena_init(&arena, 64u << 20);
	ros_shard_index_parse(&index, (struct ros_str){ (const char *)data, size }, &arena, &err);
	for (size_t f = 0; f < index.file_count; f++) {
		if (ros_shards_check_name(index.files[f], &err) || (f && ros_str_compare(index.files[f - 1], index.files[f]) >= 0))
			abort();
		ros_shards_number(index.files[f], &n);
	}
	for (size_t i = 0; i < index.tensors.room; i++)
		if (index.tensors.slots[i].name.ptr && index.tensors.slots[i].value >= index.file_count)
			abort();
	ros_shard_index_release(&index);
	ros_arena_release(&arena);
	ros_shards_number((struct ros_str){ (const char *)data, size }, &n);
	return 0;
}
