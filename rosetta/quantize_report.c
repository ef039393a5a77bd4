/* What quantizing did, or would do: totals per type, and what each tensor lost. */
#include "rosetta/convert.h"

#include <inttypes.h>
#include <math.h>

static double bits(const struct ros_step *s)
{
	uint64_t n = ros_tensor_elements(&s->dst);

	return n ? 8.0 * (double)s->dst.data.len / (double)n : 0;
}

static double rmse(const struct ros_tile_notes *n)
{
	return sqrt(n->error2 / (double)n->measured);
}

/* Signal to noise in dB; false where there is no noise, or no signal. */
static bool snr(const struct ros_tile_notes *n, double *out)
{
	if (n->error2 <= 0 || n->value2 <= 0)
		return false;
	*out = 10 * log10(n->value2 / n->error2);
	return true;
}

static void text_quality(struct ros_text *t, const struct ros_step *s, const struct ros_tile_notes *n)
{
	double db;

	ros_text_put_escaped(t, s->dst.name);
	ros_text_pad(t, 46);
	ros_text_put(t, "%-8s %7.4f bits  rmse %.6e  max %.6e  ", ros_dtypes[s->dst.dtype].name, bits(s), rmse(n), (double)n->largest_error);
	if (snr(n, &db))
		ros_text_put(t, "SNR %6.2f dB\n", db);
	else
		ros_text_put(t, "%s\n", n->error2 > 0 ? "no signal" : "exact");
}

/* "Q4_K      168 tensors  4.5000 bits  650 MB" for every type there is. */
static void text_types(struct ros_text *t, const struct ros_plan *plan)
{
	for (int type = 0; type < ROS_DTYPE_COUNT; type++) {
		uint64_t count = 0, bytes = 0, elements = 0;

		for (size_t i = 0; i < plan->count; i++)
			if (plan->steps[i].dst.dtype == (enum ros_dtype)type) {
				count++;
				bytes += plan->steps[i].dst.data.len;
				elements += ros_tensor_elements(&plan->steps[i].dst);
			}
		if (!count)
			continue;
		ros_text_put(t, "%-8s %6" PRIu64 " tensor%s %8.4f bits per weight, %" PRIu64 " bytes\n", ros_dtypes[type].name, count,
			     count == 1 ? " " : "s", elements ? 8.0 * (double)bytes / (double)elements : 0, bytes);
	}
}

void ros_quantization_text(const struct ros_conversion *c, struct ros_text *t)
{
	for (size_t i = 0; c->notes && i < c->plan.count; i++)
		if (c->notes[i].measured)
			text_quality(t, &c->plan.steps[i], &c->notes[i]);
	if (c->quantization)
		text_types(t, &c->plan);
}

void ros_quantization_json_step(const struct ros_step *s, const struct ros_tile_notes *n, struct ros_json_out *o)
{
	double db;

	ros_json_put_f64(o, "bits_per_weight", bits(s));
	if (!n || !n->measured)
		return;
	ros_json_open_object(o, "quality");
	ros_json_put_f64(o, "rmse", rmse(n));
	ros_json_put_f64(o, "max_error", n->largest_error);
	if (snr(n, &db))
		ros_json_put_f64(o, "snr_db", db);
	else
		ros_json_put_null(o, "snr_db");
	ros_json_close_object(o);
}

void ros_quantization_json(const struct ros_conversion *c, struct ros_json_out *o)
{
	if (!c->quantization)
		return;
	ros_json_open_object(o, "quantization");
	ros_json_put_str(o, "type", ros_str_of(c->quantization->recipe.copy_only ? "COPY" : ros_ftypes[c->quantization->recipe.ftype].name));
	ros_json_put_bool(o, "pure", c->quantization->recipe.pure);
	ros_json_put_bool(o, "imatrix", c->quantization->recipe.have_imatrix);
	ros_json_put_u64(o, "tensor_bytes", c->plan.bytes);
	ros_json_close_object(o);
}
