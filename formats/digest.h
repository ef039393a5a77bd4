/* Digests through well-kept libraries: OpenSSL's EVP SHA-256, xxHash's XXH3, zlib-style CRC-32. */
#ifndef ROS_FORMATS_DIGEST_H
#define ROS_FORMATS_DIGEST_H

#include "formats/error.h"

enum ros_digest_kind { ROS_SHA256, ROS_XXH3_128, ROS_DIGEST_COUNT };

#define ROS_DIGEST_MAX 32

struct ros_digest {
	enum ros_digest_kind kind;
	uint8_t len;                 /* 32 for SHA-256, 16 for XXH3-128 */
	uint8_t byte[ROS_DIGEST_MAX];
};

struct ros_hasher;               /* opaque running state */

/* "sha256", "xxh3". */
const char *ros_digest_name(enum ros_digest_kind kind);
/* ROS_DIGEST_COUNT where NAME is none. */
enum ros_digest_kind ros_digest_by_name(struct ros_str name);
/* The kind that an option NAME asks for; NULL: USUAL. ROS_EUSAGE for a name that is none. */
int ros_digest_choose(const char *name, enum ros_digest_kind usual, enum ros_digest_kind *kind, struct ros_error *err);
/* Bytes of a digest, at most ROS_DIGEST_MAX. */
size_t ros_digest_bytes(enum ros_digest_kind kind);

/* NULL when out of memory. Free with ros_hasher_free (NULL allowed). */
struct ros_hasher *ros_hasher_new(enum ros_digest_kind kind);
void ros_hasher_update(struct ros_hasher *h, const void *data, size_t len);
/* The digest of everything so far; then the hasher starts again from nothing. */
struct ros_digest ros_hasher_finish(struct ros_hasher *h);
void ros_hasher_free(struct ros_hasher *h);

/* One shot. Allocates nothing that outlives the call; LEN 0 in the result where the library had no memory. */
struct ros_digest ros_digest_of(enum ros_digest_kind kind, const void *data, size_t len);

/* Lower-case hex, NUL-terminated, into TEXT[2 * ROS_DIGEST_MAX + 1]. */
void ros_digest_hex(const struct ros_digest *d, char *text);

/* CRC-32/IEEE (reflected 0xEDB88320), running: start with 0, feed on. */
uint32_t ros_crc32(uint32_t crc, const void *data, size_t len);

/* What the CRC-32 of A followed by LEN more bytes changes by (exclusive or), where A's own CRC-32 changes by DIFFERENCE and
 * its length stays: so a header can be patched under a checksum that runs over gigabytes. And since a CRC-32 of nothing is 0, the
 * CRC-32 of A followed by B is that of A, shifted by the length of B, exclusive or that of B. */
uint32_t ros_crc32_shift(uint32_t difference, uint64_t len);

#endif
