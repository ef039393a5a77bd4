/* A file of any format, read, planned, made into memory tile by tile in any other, and read back: what a conversion lays
 * out is accepted, with the tensors that the plan made. The first byte holds the options, bit by bit:
 *
 *     0-1  target format, 3: a SafeTensors folder     4  allow unknown tensors
 *     2-3  kept, F32, F16, BF16                       5  strip     6  preserve     7  quantize */
#include "formats/apr.h"
#include "formats/digest.h"
#include "formats/safetensors_header.h"
#include "rosetta/convert.h"
#include "rosetta/fetch.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/blob.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY (256u << 20)             /* cap of each arena */
#define OUTPUT (1u << 22)               /* larger conversions are not run */

/* ---- reading ---- */

/* As ros_safetensors_read does, but without looking for neighbours in the current folder. */
static int read_safetensors(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err)
{
	struct ros_tensor_array list = { 0 };

	(void)opt;
	ros_safetensors_parse(m, 0, false, &list, err);
	return ros_tensor_array_finish(&list, m, err);
}

static enum ros_format_id detect(const uint8_t *data, size_t size)
{
	int best = 0;

	for (int f = 1; f < ROS_FORMAT_COUNT; f++)
		if (ros_formats[f].bid((struct ros_bytes){ data, size < 64 ? size : 64 }, size) >
		    ros_formats[best].bid((struct ros_bytes){ data, size < 64 ? size : 64 }, size))
			best = f;
	return (enum ros_format_id)best;
}

/* Reads a copy of DATA; an APR's checksums are put right, or no input would get past them. */
static int read_model(struct ros_model *m, enum ros_format_id format, const uint8_t *data, size_t size, struct ros_error *err)
{
	struct blob o = { 0 };

	blob_put(&o, data, size);
	if (format == ROS_FORMAT_APR && size >= ROS_APR_HEADER + 4) {
		ros_put_le32(o.b + 40, ros_apr_header_crc(o.b));
		ros_put_le32(o.b + size - 4, ros_crc32(0, o.b, size - 4));
	}
	open_bytes(m, format, o.b, size, format == ROS_FORMAT_SAFETENSORS ? read_safetensors : ros_formats[format].read, NULL, err);
	blob_free(&o);
	return err->code;
}

/* ---- tiles ---- */

static void *allocate(size_t bytes)
{
	void *p = malloc(bytes ? bytes : 1);    /* of exactly that size, so that a sanitizer sees any byte too many */

	if (!p)
		abort();
	return p;
}

static void *allocate_scratch(size_t bytes)
{
	void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);

	if (!p)
		abort();
	return p;
}

static void make_tile(const struct ros_step *s, uint64_t row, uint64_t rows, uint8_t *payload)
{
	const struct ros_kernels *k = ros_kernels_best();
	struct ros_tile_notes notes = ROS_TILE_NOTES_INIT;
	uint64_t bytes = ros_tile_bytes(s, row, rows), at = ros_tile_offset(s, row);
	void *scratch = allocate_scratch(ros_tile_scratch(s, rows));
	uint8_t *tile = allocate(bytes);

	ros_tile_make(s, k, row, rows, tile, scratch, &notes);
	if (at > s->dst.data.len || bytes > s->dst.data.len - at)
		abort();
	memcpy(payload + at, tile, bytes);
	free(tile);
	free(scratch);
}

static void make_values(const struct ros_step *s, uint64_t row, uint64_t rows)
{
	struct ros_tile_notes notes = ROS_TILE_NOTES_INIT;
	void *scratch = allocate_scratch(ros_tile_scratch(s, rows));
	float *values = allocate(rows * ros_tensor_cols(&s->dst) * sizeof *values);

	ros_tile_values(s, ros_kernels_best(), row, rows, values, scratch, &notes);
	free(values);
	free(scratch);
}

/* The whole payload of S, malloc'ed: small tiles, which give what one large tile gives. */
static uint8_t *make_step(const struct ros_step *s)
{
	uint64_t all = ros_tensor_rows(&s->dst), rows = ros_tile_rows(s, 17);
	uint8_t *payload = allocate(s->dst.data.len), *whole = allocate(s->dst.data.len);

	for (uint64_t row = 0; s->dst.data.len && row < all; row += rows) {
		make_tile(s, row, all - row < rows ? all - row : rows, payload);
		if (ros_step_is_float(s))
			make_values(s, row, all - row < rows ? all - row : rows);
	}
	if (s->dst.data.len) {
		make_tile(s, 0, all, whole);
		if (memcmp(payload, whole, s->dst.data.len))
			abort();
	}
	free(whole);
	/* what the writer would have handed to the kernel as it stands */
	if (s->kind == ROS_STEP_COPY && s->dst.data.len && memcmp(payload, s->pieces[0].src->data.ptr, s->dst.data.len))
		abort();
	return payload;
}

/* ---- writing ---- */

static void read_back(const struct ros_conversion *c, uint8_t *const *payloads)
{
	struct ros_error err = { 0 };
	struct ros_model again;
	struct blob o = { 0 };

	for (size_t i = 0; i < c->plan.count; i++)
		c->dst.tensors[i].data.ptr = payloads[i];
	assemble(&c->dst, &c->out.files[0], &o);
	if (c->out.files[0].footer_crc)
		blob_u32(&o, ros_crc32(0, o.b, o.len));
	if (read_model(&again, c->target.format, o.b, o.len, &err) || again.tensor_count != c->plan.count) {
		fprintf(stderr, "read back: %s\n", err.text);
		abort();
	}
	for (size_t i = 0; i < c->plan.count; i++) {
		const struct ros_tensor *t = ros_model_find(&again, c->plan.steps[i].dst.name);

		if (!t || t->dtype != c->plan.steps[i].dst.dtype || t->data.len != c->plan.steps[i].dst.data.len ||
		    (t->data.len && memcmp(t->data.ptr, payloads[i], t->data.len)))
			abort();
	}
	ros_model_release(&again);
	blob_free(&o);
}

static void write_out(struct ros_conversion *c)
{
	uint8_t **payloads = allocate(c->plan.count * sizeof *payloads);

	for (size_t i = 0; i < c->plan.count; i++)
		payloads[i] = make_step(&c->plan.steps[i]);
	if (c->out.file_count == 1 && c->out.files[0].size <= 2 * OUTPUT)
		read_back(c, payloads);
	for (size_t i = 0; i < c->plan.count; i++)
		free(payloads[i]);
	free(payloads);
}

/* ---- the whole ---- */

static const char *const recipes[] = { "q8_0", "q4_0", "q4_k_m", "q6_k", "q5_1", "q2_k", "q3_k_s", "f16" };

static void take_options(struct ros_conversion *c, uint8_t bits, size_t size)
{
	static const enum ros_dtype types[] = { ROS_DTYPE_COUNT, ROS_F32, ROS_F16, ROS_BF16 };
	static const enum ros_format_id formats[] = { ROS_FORMAT_SAFETENSORS, ROS_FORMAT_GGUF, ROS_FORMAT_APR, ROS_FORMAT_SAFETENSORS };

	c->target = (struct ros_target){ formats[bits & 3], "target", (bits & 3) == 3 };
	c->dtype = types[bits >> 2 & 3];
	c->opt = (struct ros_convert_options){ .size = sizeof c->opt, .allow_unknown = bits >> 4 & 1, .strip = bits >> 5 & 1,
		.preserve = bits >> 6 & 1, .quantize = bits >> 7 ? recipes[size % (sizeof recipes / sizeof *recipes)] : NULL };
}

static int quantize(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err)
{
	c->quantization = ros_arena_alloc(&c->source.arena, 1, sizeof *c->quantization, err);
	if (!c->quantization || ros_quantization_take(c->quantization, &c->opt, c->target.format, &c->source.arena, err))
		return err->code;
	return ros_quantization_apply(c, v, err);
}

static void convert(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err)
{
	if (ros_conversion_plan(c, v, err) || v->fatal || c->plan.bytes > OUTPUT || (c->opt.quantize && quantize(c, v, err)) || v->fatal ||
	    ros_conversion_lay_out(c, err) || ros_conversion_note_buffers(c, v, err) || c->plan.bytes > OUTPUT)
		return;
	write_out(c);
}

static void canonical(struct ros_source *s, struct ros_verdict *v)
{
	struct ros_error err = { 0 };
	struct ros_plan plan;

	if (ros_source_canonical(s, NULL, &plan, v, &err) || plan.bytes > OUTPUT)
		return;
	for (size_t i = 0; i < plan.count; i++)
		free(make_step(&plan.steps[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ros_conversion c = { 0 };
	struct ros_error err = { 0 };
	struct ros_verdict v;
	struct ros_arena arena;

	if (!size)
		return 0;
	ros_arena_init(&arena, MEMORY);
	ros_verdict_init(&v, &arena);
	ros_arena_init(&c.source.arena, MEMORY);
	take_options(&c, data[0], size);
	if (!read_model(&c.source.model, detect(data + 1, size - 1), data + 1, size - 1, &err) &&
	    !ros_source_settle(&c.source, -1, 0, &v, &err)) {
		canonical(&c.source, &v);
		v.fatal = 0;
		convert(&c, &v, &err);
	}
	ros_conversion_release(&c);
	ros_arena_release(&arena);
	return 0;
}
