#include "rosetta/derive_verb.h"

#include "contracts/tokens.h"
#include "rosetta/compare_keys.h"
#include "rosetta/reading.h"

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

/* What the source's files give, what the quantized model says, and what a reader makes of either where a key is left out. */
struct sides {
	struct ros_derive_detail *d;
	struct ros_reading expected, source, quantized;
	bool read;
};

static int read_both(struct sides *s, struct ros_error *err)
{
	const struct ros_source *q = &s->d->quantized;

	if (s->read)
		return 0;
	s->read = true;
	if (ros_reading_of_hub(&s->source, &s->d->source.hub, q->model.format, &q->model, q->hub.rows_hf, false, err))
		return err->code;
	return ros_reading_of_keys(&s->quantized, &q->model, err);
}

/* KEY is in one of both only: it counts where it decides the computation or the tokens, and what readers take in its place is not
 * the same. */
static bool lone_matters(struct sides *s, struct ros_str key, struct ros_error *err)
{
	const struct ros_meta_value *x, *y;

	if (ros_key_is_template(key))
		return true;
	if (!ros_key_is_number(s->d->source.hub.contract, ROS_FORMAT_GGUF, key) && !ros_key_decides_tokens(key))
		return false;
	if (read_both(s, err))
		return false;
	x = ros_meta_get(&s->source.keys, key);
	y = ros_meta_get(&s->quantized.keys, key);
	return (x || y) && !(x && y && same_meaning(x, y));
}

static int compare_key(struct sides *s, const struct ros_meta_entry *e, struct ros_verdict *v, struct ros_error *err)
{
	const struct ros_meta_value *found = ros_meta_get(&s->d->quantized.model.meta, e->key);

	if (is_free(e->key))
		return 0;
	if (!found) {
		ros_verdict_add(v, lone_matters(s, e->key, err), "derive.metadata-absent", e->key, "the source's files give this key, the quantized model has none");
		return err->code;
	}
	s->d->keys_compared++;
	if (same_meaning(&e->value, found))
		return 0;
	s->d->keys_different++;
	ros_verdict_add(v, true, "derive.metadata", e->key, "differs from what the source's files give");
	return 0;
}

/* What the quantized model says and the source's files do not. */
static int compare_extra(struct sides *s, struct ros_verdict *v, struct ros_error *err)
{
	const struct ros_meta *meta = &s->d->quantized.model.meta, *expected = &s->expected.keys;

	for (size_t i = 0; i < meta->count && !err->code; i++) {
		struct ros_str key = meta->entries[i].key;

		if (!is_free(key) && !ros_meta_get(expected, key) && !ros_vocab_key_is_default(expected, key, &meta->entries[i].value))
			ros_verdict_add(v, lone_matters(s, key, err), "derive.metadata-extra", key, "the quantized model has this key, the source's files do not give it");
	}
	return err->code;
}

static int compare_containers(struct ros_derive_detail *d, struct ros_verdict *v, struct ros_error *err)
{
	struct sides s = { .d = d };

	if (ros_reading_of_hub(&s.expected, &d->source.hub, ROS_FORMAT_GGUF, &d->quantized.model, d->quantized.hub.rows_hf, true, err))
		goto out;
	for (size_t i = 0; i < s.expected.keys.count && !err->code; i++)
		compare_key(&s, &s.expected.keys.entries[i], v, err);
	if (!err->code)
		compare_extra(&s, v, err);
out:
	ros_reading_release(&s.expected);
	ros_reading_release(&s.source);
	ros_reading_release(&s.quantized);
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
