/* JSON: what is accepted is written, read and written again without change, and cJSON reads it the same. */
#include "formats/json.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ros_error err = { 0 }, again = { 0 };
	struct ros_json_out first, second;
	struct ros_arena arena;
	struct ros_json *v;

	ros_arena_init(&arena, 64u << 20);
	ros_json_out_init(&first, (int)(size % 3));
	ros_json_out_init(&second, (int)(size % 3));
	v = ros_json_parse((struct ros_str){ (const char *)data, size }, &arena, &err);
	/* a key may hold any words, and messages quote keys: whole texts are compared */
	if (!v != !!err.code || !strcmp(err.text, "JSON: two parsers read this value differently") || err.code == ROS_ENOMEM)
		abort();
	if (v) {
		ros_json_put_value(&first, NULL, v);
		v = ros_json_parse((struct ros_str){ first.text, first.len }, &arena, &again);
		if (first.failed || !v)
			abort();
		ros_json_put_value(&second, NULL, v);
		if (first.len != second.len || memcmp(first.text, second.text, first.len))
			abort();
	}
	ros_json_out_release(&first);
	ros_json_out_release(&second);
	ros_arena_release(&arena);
	return 0;
}
