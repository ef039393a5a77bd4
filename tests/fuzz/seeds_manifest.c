/* Manifests as fingerprint writes them, and lines that other programs leave. */
#include "tests/fuzz/fuzz.h"

#include "rosetta/fingerprint.h"

#include <stdio.h>
#include <string.h>

/* "own" is the whole manifest of the model in fuzz_manifest.c. */
void fuzz_seeds(fuzz_emit_fn *emit)
{
	static const char other[] = "# rosetta-manifest-1 sha256\r\n#\n# tensor\n# canonical\n\\12  a\\nb\n  \n12";
	char hex[3][2 * ROS_DIGEST_MAX + 1], text[1000];
	struct ros_error err = { 0 };
	struct ros_digest d[3];

	for (int i = 0; i < 2; i++)
		d[i] = ros_digest_of(ROS_SHA256, &i, sizeof i);
	d[2] = ros_digest_of_names(ROS_SHA256, (struct ros_str[]){ ROS_STR("a") }, d, 1, &err);
	for (int i = 0; i < 3; i++)
		ros_digest_hex(&d[i], hex[i]);
	snprintf(text, sizeof text, "# rosetta-manifest-1 sha256\n# canonical %s\n# raw %s\n# tensor %s a\n# tensor %s b\\x20c\n%s  m.gguf\n", hex[2],
		 hex[1], hex[0], hex[1], hex[1]);
	emit("own", (const uint8_t *)text, strlen(text));
	emit("other", (const uint8_t *)other, sizeof other - 1);
}
