#include "config.h"

#include "formats/digest.h"

#include "formats/arena.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#ifdef ROS_XXH_DISPATCH
#include <xxh_x86dispatch.h>    /* gives XXH3's names to the functions that choose the instruction set */
#endif

struct ros_hasher {
	enum ros_digest_kind kind;
	EVP_MD_CTX *sha;
	XXH3_state_t *xxh;
};

static const struct { const char *name; size_t bytes; } kinds[] = { [ROS_SHA256] = { "sha256", 32 }, [ROS_XXH3_128] = { "xxh3", 16 } };
_Static_assert(sizeof kinds / sizeof *kinds == ROS_DIGEST_COUNT, "a digest lacks its row");

const char *ros_digest_name(enum ros_digest_kind kind)
{
	return kinds[kind].name;
}

size_t ros_digest_bytes(enum ros_digest_kind kind)
{
	return kinds[kind].bytes;
}

enum ros_digest_kind ros_digest_by_name(struct ros_str name)
{
	for (int k = 0; k < ROS_DIGEST_COUNT; k++)
		if (ros_str_equal(name, ros_str_of(kinds[k].name)))
			return (enum ros_digest_kind)k;
	return ROS_DIGEST_COUNT;
}

int ros_digest_choose(const char *name, enum ros_digest_kind usual, enum ros_digest_kind *kind, struct ros_error *err)
{
	*kind = name ? ros_digest_by_name(ros_str_of(name)) : usual;
	return *kind == ROS_DIGEST_COUNT ? ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "'%s' is no digest: sha256, xxh3", name) : 0;
}

/* Begins anew; false where the library refuses. */
static bool restart(struct ros_hasher *h)
{
	if (h->kind == ROS_SHA256)
		return h->sha && EVP_DigestInit_ex(h->sha, EVP_sha256(), NULL) == 1;
	return h->xxh && XXH3_128bits_reset(h->xxh) == XXH_OK;
}

struct ros_hasher *ros_hasher_new(enum ros_digest_kind kind)
{
	struct ros_hasher *h = calloc(1, sizeof *h);

	if (!h)
		return NULL;
	h->kind = kind;
	if (kind == ROS_SHA256)
		h->sha = EVP_MD_CTX_new();
	else
		h->xxh = XXH3_createState();
	if (!restart(h)) {
		ros_hasher_free(h);
		return NULL;
	}
	return h;
}

void ros_hasher_update(struct ros_hasher *h, const void *data, size_t len)
{
	if (!len)
		return;
	if (h->kind == ROS_SHA256)
		EVP_DigestUpdate(h->sha, data, len);
	else
		XXH3_128bits_update(h->xxh, data, len);
}

static struct ros_digest of_xxh(XXH128_hash_t hash)
{
	struct ros_digest d = { .kind = ROS_XXH3_128, .len = 16 };
	XXH128_canonical_t canonical;

	XXH128_canonicalFromHash(&canonical, hash);
	memcpy(d.byte, canonical.digest, 16);
	return d;
}

struct ros_digest ros_hasher_finish(struct ros_hasher *h)
{
	struct ros_digest d = { .kind = h->kind, .len = 32 };

	if (h->kind == ROS_XXH3_128)
		d = of_xxh(XXH3_128bits_digest(h->xxh));
	else
		EVP_DigestFinal_ex(h->sha, d.byte, NULL);
	restart(h);
	return d;
}

void ros_hasher_free(struct ros_hasher *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->sha);
	XXH3_freeState(h->xxh);
	free(h);
}

struct ros_digest ros_digest_of(enum ros_digest_kind kind, const void *data, size_t len)
{
	struct ros_digest d = { .kind = kind, .len = 32 };

	if (kind == ROS_XXH3_128)
		return of_xxh(XXH3_128bits(data, len));
	if (EVP_Digest(data, len, d.byte, NULL, EVP_sha256(), NULL) != 1)
		d.len = 0;
	return d;
}

void ros_digest_hex(const struct ros_digest *d, char *text)
{
	static const char hex[] = "0123456789abcdef";

	for (unsigned i = 0; i < d->len; i++) {
		*text++ = hex[d->byte[i] >> 4];
		*text++ = hex[d->byte[i] & 15];
	}
	*text = 0;
}
