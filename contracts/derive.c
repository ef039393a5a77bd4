/* Tensors that follow from the configuration. */
#include <math.h>
#include <string.h>

#include "contracts/contract.h"
#include "formats/bytes.h"

static double number(const struct ros_hparams *hp, enum ros_hp id, double otherwise)
{
	ros_hparams_f64(hp, id, &otherwise);
	return otherwise;
}

/* Llama 3's factor of frequency I of N: everything in float32 and in the order in which torch does it, so that the
 * file equals the reference converter's bit for bit (in double 2 to 5 entries differ in the last place). */
static float llama3_factor(const struct ros_hparams *hp, size_t i, size_t n)
{
	float theta = (float)number(hp, ROS_HP_ROPE_THETA, 10000.0), factor = (float)number(hp, ROS_HP_ROPE_FACTOR, 8.0);
	float low = (float)number(hp, ROS_HP_ROPE_LOW, 1.0), high = (float)number(hp, ROS_HP_ROPE_HIGH, 4.0);
	float ctx = (float)number(hp, ROS_HP_N_CTX_ORIG, 8192.0);
	float freq = 1.0f / powf(theta, (float)(2 * i) / (float)(2 * n));
	float wavelen = (1.0f / freq) * (float)6.283185307179586;
	float smooth;

	if (wavelen < ctx / high)
		return 1.0f;
	if (wavelen > ctx / low)
		return factor;
	smooth = ((1.0f / wavelen) * ctx - low) / (high - low);
	return 1.0f / ((1.0f - smooth) / factor + smooth);
}

static int fill_llama3(const struct ros_hparams *hp, uint8_t *out, size_t n, struct ros_error *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		float f = llama3_factor(hp, i, n);

		if (!isfinite(f))
			return ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "rope scaling: factor %zu is not finite: low and high "
					"frequency factors must differ", i);
		ros_put_le32(out + 4 * i, ros_f32_bits(f));
	}
	return ROS_OK;
}

static int fill_list(const double *list, size_t count, const char *name, uint8_t *out, size_t n, struct ros_error *err)
{
	size_t i;

	if (count != n)
		return ros_fail(err, ROS_ECONTRACT, ROS_NO_OFFSET, "%s: %zu factors found, %zu wanted (half of the rotating elements)",
				name, count, n);
	for (i = 0; i < n; i++)
		ros_put_le32(out + 4 * i, ros_f32_bits((float)list[i]));
	return ROS_OK;
}

int ros_layout_derive(const struct ros_layout *l, const struct ros_layout_tensor *t, const struct ros_hparams *hp,
		      struct ros_arena *arena, struct ros_bytes *out, struct ros_error *err)
{
	size_t n = (size_t)t->dim[0];
	uint8_t *bytes;

	(void)l;
	if (!t->derived || t->ndim != 1 || t->dim[0] > UINT32_MAX)
		return ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "%.*s does not follow from the configuration", (int)t->name.len, t->name.ptr);
	bytes = ros_arena_alloc(arena, n, 4, err);
	if (!bytes)
		return err->code;
	*out = (struct ros_bytes){ bytes, 4 * n };
	switch (t->derivation) {
	case ROS_DERIVE_LLAMA3_FACTORS:
		return fill_llama3(hp, bytes, n, err);
	case ROS_DERIVE_LONG_FACTORS:
		return fill_list(hp->rope_long, hp->rope_long_count, "rope_scaling.long_factor", bytes, n, err);
	default:
		return fill_list(hp->rope_short, hp->rope_short_count, "rope_scaling.short_factor", bytes, n, err);
	}
}

/* The originals that Meta's models and their derivatives were trained with; then every other power of two. */
static const double original_contexts[] = { 8192, 4096, 16384, 32768, 2048, 1024, 512, 256, 128, 64, 32, 16, 65536, 131072, 262144, 524288, 1048576 };

bool ros_rope_factors_recognise(struct ros_bytes factors, struct ros_hparams *hp)
{
	size_t n = factors.len / 4, i, k;
	struct ros_hparams guess = *hp;
	float most = 0;

	for (i = 0; i < n; i++)
		most = fmaxf(most, ros_bits_f32(ros_le32(factors.ptr + 4 * i)));
	if (!n || !(most >= 1.0f) || most > 1e6f)
		return false;
	for (k = 0; k < sizeof original_contexts / sizeof original_contexts[0]; k++) {
		struct ros_error ignored = { 0 };

		ros_hparams_set_u64(&guess, ROS_HP_ROPE_SCALING, ROS_SCALING_LLAMA3, &ignored);
		ros_hparams_set_f64(&guess, ROS_HP_ROPE_FACTOR, most, &ignored);
		ros_hparams_set_f64(&guess, ROS_HP_ROPE_LOW, 1.0, &ignored);
		ros_hparams_set_f64(&guess, ROS_HP_ROPE_HIGH, 4.0, &ignored);
		ros_hparams_set_f64(&guess, ROS_HP_N_CTX_ORIG, original_contexts[k], &ignored);
		for (i = 0; i < n; i++)
			if (ros_f32_bits(llama3_factor(&guess, i, n)) != ros_le32(factors.ptr + 4 * i))
				break;
		if (i == n) {
			*hp = guess;
			return true;
		}
	}
	return false;
}
