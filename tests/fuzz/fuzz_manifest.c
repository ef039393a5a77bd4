/* Manifests: any text is compared with the digests of a model of three tensors and one file, without reading past its end. */
#include "rosetta/fingerprint.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static struct ros_step steps[] = {
	{ .dst = { .name = ROS_STR("a") } }, { .dst = { .name = ROS_STR("b c") } }, { .dst = { .name = ROS_STR("tied") } },
};

static void fill(struct ros_fingerprint *f, struct ros_error *err)
{
	static struct ros_canonical canonical[3];
	static struct ros_part part = { .name = ROS_STR("m.gguf"), .map = ROS_MAPPING_INIT };
	static struct ros_digest file;
	static bool tied[3] = { false, false, true };

	*f = (struct ros_fingerprint){ 0 };
	for (int i = 0; i < 3; i++)
		canonical[i] = (struct ros_canonical){ &steps[i], ros_digest_of(ROS_SHA256, &i, sizeof i) };
	f->model_canonical = ros_digest_of_names(ROS_SHA256, (struct ros_str[]){ ROS_STR("a") }, &canonical[0].digest, 1, err);
	file = f->model_raw = canonical[1].digest;
	f->digester = (struct ros_digester){ .kind = ROS_SHA256, .canonical = canonical, .canonical_count = 3 };
	f->tied = tied;
	f->files = &file;
	ros_arena_init(&f->source.arena, 64u << 20);
	f->source.model.parts = &part;
	f->source.model.part_count = 1;
}

/* The manifest that the fingerprint itself gives agrees, whatever was read before. */
static void check_own(struct ros_fingerprint *f, struct ros_verdict *v, const uint8_t *data, size_t size)
{
	char *own = ros_manifest_write(f);

	if (own && size == strlen(own) && !memcmp(own, data, size) && (v->fatal || f->compared != 4))
		abort();
	free(own);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ros_error err = { 0 };
	struct ros_fingerprint f;
	struct ros_verdict v;
	struct ros_arena arena;

	ros_arena_init(&arena, 64u << 20);
	ros_verdict_init(&v, &arena);
	fill(&f, &err);
	if (!ros_manifest_check(&f, (struct ros_str){ (const char *)data, size }, &v, &err))
		check_own(&f, &v, data, size);
	ros_arena_release(&f.source.arena);
	ros_arena_release(&arena);
	return 0;
}
