/* Indexes as found, and with names that must be refused. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const struct { const char *name, *text; } seeds[] = {
	{ "two", "{\"metadata\":{\"total_size\":12},\"weight_map\":{\"a\":\"model-00001-of-00002.safetensors\",\"b\":\"model-00002-of-00002.safetensors\"}}" },
	{ "odd", "{\"metadata\":[{}],\"x\":1,\"weight_map\":{\"\\u0061\":\"sub/x.safetensors\",\"b\":\"./y.safetensors\"}}" },
	{ "climbs", "{\"weight_map\":{\"a\":\"..\\u002f..\\\\x.safetensors\"}}" },
	{ "name", "model-00001-of-00002.safetensors" },
};

void fuzz_seeds(fuzz_emit_fn *emit)
{
	for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
		emit(seeds[i].name, (const uint8_t *)seeds[i].text, strlen(seeds[i].text));
}
