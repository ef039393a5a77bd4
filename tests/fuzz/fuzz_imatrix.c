/* Importance matrices: .dat bytes, or a GGUF file. */
#include "formats/gguf.h"
#include "quant/imatrix.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void look_up(const struct ros_imatrix *im)
{
	for (size_t i = 0; i < im->count; i++)
		if (ros_imatrix_find(im, im->entries[i].name) != &im->entries[i])
			abort();
}

static void as_gguf(struct ros_imatrix *im, const uint8_t *data, size_t size)
{
	struct ros_error err = { 0 };
	struct ros_model m;
	uint8_t *copy = malloc(size);

	if (!copy)
		return;
	memcpy(copy, data, size);
	ros_model_init(&m, ROS_FORMAT_GGUF);
	m.parts = ros_arena_alloc(&m.arena, 1, sizeof *m.parts, &err);
	if (m.parts) {
		m.part_count = 1;
		m.parts[0].path = m.parts[0].name = ROS_STR("input");
		ros_mapping_from_heap(&m.parts[0].map, copy, size);
		if (!ros_gguf_read(&m, NULL, &err) && !ros_imatrix_read_gguf(im, &m, &err))
			look_up(im);
	}
	ros_model_release(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ros_error err = { 0 };
	struct ros_imatrix im;

	ros_imatrix_init(&im);
	if (size >= 4 && !memcmp(data, "GGUF", 4))
		as_gguf(&im, data, size);
	else if (!ros_imatrix_read_dat(&im, (struct ros_bytes){ data, size }, &err))
		look_up(&im);
	ros_imatrix_release(&im);
	return 0;
}
