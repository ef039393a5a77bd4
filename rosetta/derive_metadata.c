#include "rosetta/derive_verb.h"

#include "rosetta/compare_keys.h"

#include <string.h>

/* How the file was made or what it is called, not what the model computes. */
static bool is_free(struct ros_str key)
{
	return ros_key_is_incidental(key) || ros_key_describes(key);
}

/* Equal, or the same number in another width. */
static bool same_meaning(const struct ros_meta_value *a, const struct ros_meta_value *b)
{
	uint64_t ua, ub;
	double fa, fb;

	if (ros_meta_equal(a, b))
		return true;
	if (ros_meta_as_u64(a, &ua) && ros_meta_as_u64(b, &ub))
		return ua == ub;
	return ros_meta_as_f64(a, &fa) && ros_meta_as_f64(b, &fb) && (float)fa == (float)fb;
}

static void compare_key(struct ros_derive_detail *d, const struct ros_meta_entry *e, struct ros_verdict *v)
{
	const struct ros_meta_value *found = ros_meta_get(&d->quantized.model.meta, e->key);

	if (is_free(e->key))
		return;
	if (!found) {
		ros_verdict_add(v, ros_key_is_template(e->key), "derive.metadata-absent", e->key, "the source's files give this key, the quantized model has none");
		return;
	}
	d->keys_compared++;
	if (same_meaning(&e->value, found))
		return;
	d->keys_different++;
	ros_verdict_add(v, true, "derive.metadata", e->key, "differs from what the source's files give");
}

/* What the quantized model says and the source's files do not. */
static void compare_extra(struct ros_derive_detail *d, const struct ros_meta *expected, struct ros_verdict *v)
{
	const struct ros_meta *meta = &d->quantized.model.meta;

	for (size_t i = 0; i < meta->count; i++)
		if (!is_free(meta->entries[i].key) && !ros_meta_get(expected, meta->entries[i].key))
			ros_verdict_add(v, ros_key_is_template(meta->entries[i].key), "derive.metadata-extra", meta->entries[i].key,
					"the quantized model has this key, the source's files do not give it");
}

static int compare_containers(struct ros_derive_detail *d, struct ros_verdict *v, struct ros_error *err)
{
	const struct ros_model *q = &d->quantized.model;
	struct ros_hub_options opt = { .apr_rows = -1, .strip = true };
	struct ros_model expected;

	ros_model_init(&expected, q->format);
	if (ros_model_alloc_tensors(&expected, q->tensor_count, err))
		goto out;
	memcpy(expected.tensors, q->tensors, q->tensor_count * sizeof *q->tensors);
	if (ros_hub_write(&d->source.hub, &expected, &opt, err))
		goto out;
	for (size_t i = 0; i < expected.meta.count; i++)
		compare_key(d, &expected.meta.entries[i], v);
	compare_extra(d, &expected.meta, v);
out:
	ros_model_release(&expected);
	return err->code;
}

/* Side files of both, word for word. */
static void compare_files(struct ros_derive_detail *d, struct ros_verdict *v)
{
	const struct ros_hub *a = &d->source.hub, *b = &d->quantized.hub;

	for (size_t i = 0; i < a->file_count; i++)
		for (size_t k = 0; k < b->file_count; k++) {
			if (!ros_str_equal(a->files[i].name, b->files[k].name) || ros_key_is_incidental(a->files[i].name))
				continue;
			d->keys_compared++;
			if (a->files[i].data.len == b->files[k].data.len &&
			    !memcmp(a->files[i].data.ptr, b->files[k].data.ptr, a->files[i].data.len))
				continue;
			d->keys_different++;
			ros_verdict_add(v, true, "derive.file", a->files[i].name, "differs from the source's");
		}
}

int ros_derive_metadata(struct ros_derive_detail *d, struct ros_verdict *v, struct ros_error *err)
{
	if (d->quantized.model.format == ROS_FORMAT_GGUF)
		return compare_containers(d, v, err);
	compare_files(d, v);
	return 0;
}
