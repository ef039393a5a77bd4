/* Manifests as fingerprint writes them, and lines that other programs leave. */
#include "tests/fuzz/fuzz.h"

#include "rosetta/fingerprint.h"

#include <stdio.h>
#include <string.h>

static void digest_of(int i, char *hex)
{
	struct ros_digest d = ros_digest_of(ROS_SHA256, &i, sizeof i);

	ros_digest_hex(&d, hex);
}

/* That of the model in fuzz_manifest.c, but for the digest of the whole. */
void fuzz_seeds(fuzz_emit_fn *emit)
{
	static const char other[] = "# rosetta-manifest-1 sha256\r\n#\n# tensor\n# canonical\n\\12  a\\nb\n  \n12";
	char one[2 * ROS_DIGEST_MAX + 1], two[2 * ROS_DIGEST_MAX + 1], text[1000];

	digest_of(0, one);
	digest_of(1, two);
	snprintf(text, sizeof text, "# rosetta-manifest-1 sha256\n# canonical %s\n# raw %s\n# tensor %s a\n# tensor %s b\\x20c\n%s  m.gguf\n", one, two, one,
		 two, two);
	emit("own", (const uint8_t *)text, strlen(text));
	emit("other", (const uint8_t *)other, sizeof other - 1);
}
