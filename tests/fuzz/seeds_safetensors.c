/* Small files of every kind that the reader knows. */
#include "formats/bytes.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const struct { const char *name, *header; size_t data; } seeds[] = {
	{ "empty", "{}      ", 0 },
	{ "two", "{\"__metadata__\":{\"format\":\"pt\",\"a\":\"\\u00e9\"},\"w\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
		 "\"b\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[8,14]}}   ", 14 },
	{ "odd", " {\"a\\u0062\":{\"data_offsets\":[2,2],\"x\":[{\"y\":null}],\"dtype\":\"F64\",\"shape\":[0,7]},"
		 "\"s\":{\"dtype\":\"F4\",\"shape\":[4],\"data_offsets\":[0,2]}}\n", 2 },
	{ "hole", "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", 2 },
};

void fuzz_seeds(fuzz_emit_fn *emit)
{
	uint8_t file[1024];

	for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
		size_t len = strlen(seeds[i].header);

		memset(file, 0x5a, sizeof file);
		ros_put_le64(file, len);
		memcpy(file + 8, seeds[i].header, len);
		emit(seeds[i].name, file, 8 + len + seeds[i].data);
	}
}
