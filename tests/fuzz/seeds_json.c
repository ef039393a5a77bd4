/* Documents of every shape. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const struct { const char *name, *text; } seeds[] = {
	{ "kinds", "{\"a\":[1,-2.5e+3,true,false,null,\"\\u00e9\\n\\ud83d\\ude00\"],\"b\":{\"\":{}},\"c\":[]}" },
	{ "many-keys", "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"j\":0}" },
	{ "numbers", "[0,-0,18446744073709551615,18446744073709551616,1e308,1E-400,0.1,123456789012345678901234567890123456789012345678901234567890123]" },
	{ "config", " {\n  \"hidden_size\": 64,\n  \"rope_scaling\": {\"factor\": 8.0},\n  \"architectures\": [\"X\"]\n}\n" },
	{ "quoted-in-a-message", "{\"second time\":1,\"second time\":2,\"two parsers\":1,\"two parsers\":2}" },
	{ "nul", "\"a\\u0000b\"" },
};

void fuzz_seeds(fuzz_emit_fn *emit)
{
	for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
		emit(seeds[i].name, (const uint8_t *)seeds[i].text, strlen(seeds[i].text));
}
