/* IQ4_NL and IQ4_XS blocks: the twins of iq4_encode.c. A batch is LANES sub-blocks of 32. */
#ifndef ROS_QUANT_LANES_IQ4_ENCODE_H
#define ROS_QUANT_LANES_IQ4_ENCODE_H

#include "quant/half.h"
#include "quant/lanes/importance.h"
#include "quant/lanes/iq4_search.h"
#include "quant/lanes/pack.h"
#include "quant/lanes/transpose.h"
#include "quant/reference.h"

#include <string.h>

/* What one batch goes through; sub-block j in entry j, or in 16 bytes of CODES. */
struct iq4_batch {
	const float *q[LANES];                /* importance of its columns, all NULL: none */
	float sigma2[LANES];                  /* goes with that */
	float scales[LANES], id[LANES];       /* found; what the values are multiplied by for their levels */
	unsigned odd;                         /* bits: only the reference can */
	uint8_t codes[16 * LANES];
};

/* Levels of X by id: elements t and 16 + t of a sub-block in its byte t. */
INLINE void iq4_codes(const float *x, struct iq4_batch *b)
{
	uint8_t l[32 * LANES] ALIGNED;

	for (unsigned e = 0; e < 32 * LANES; e += 4 * LANES) {
		vf q[4];

		for (unsigned k = 0; k < 4; k++) {
			unsigned at = e + k * LANES;

			q[k] = iq4_level(lanes_iq4.index, v_mul(v_set(b->id[at / 32]), v_loadu(x + at)));
		}
		v_store_u8(l + e, q);
	}
	for (unsigned j = 0; j < LANES; j++) {
		__m128i low = _mm_load_si128((const __m128i *)(const void *)(l + 32 * j));
		__m128i high = _mm_load_si128((const __m128i *)(const void *)(l + 32 * j + 16));

		_mm_storeu_si128((__m128i *)(void *)(b->codes + 16 * j), _mm_or_si128(low, _mm_slli_epi16(high, 4)));
	}
}

INLINE void iq4_scales(const float *x, struct iq4_batch *b)
{
	const unsigned step = sizeof(((struct iq4_group *)0)->e[0]) / sizeof(vf);
	const bool weighted = b->q[0];
	struct iq4_group g;

	v_transpose(x, 32, &g.e[0].x, step);
	if (weighted)
		v_transpose_rows(b->q, 32, &g.e[0].w, step);
	for (unsigned i = 0; i < 32; i++)
		g.e[i].w = weighted ? importance(g.e[i].w, v_loadu(b->sigma2), g.e[i].x) : v_mul(g.e[i].x, g.e[i].x);
	iq4_search(&g);
	v_storeu(b->scales, g.scale);
	b->odd = m_bits(g.odd);
}

/* Importance for sub-block J of the batch: columns C and on of WEIGHTS, or none. */
INLINE void iq4_columns(struct iq4_batch *b, unsigned j, const float *weights, size_t c, float sigma2)
{
	b->q[j] = weights ? weights + c : NULL;
	b->sigma2[j] = sigma2;
}

/* As twice_mean_square of the reference. */
INLINE float iq4_sigma2(const float *x, unsigned n)
{
	float sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += x[i] * x[i];
	return sum * (2.0f / (float)n);
}

INLINE void put_half(uint8_t *p, float f)
{
	ros_put_le16(p, _cvtss_sh(f, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

/* X holds LANES blocks, N of which are wanted; they start at block AT of the tensor. */
INLINE void iq4_nl_batch(const float *x, uint8_t *dst, unsigned n, const float *weights, size_t cols, size_t at)
{
	struct iq4_batch b;

	for (unsigned j = 0; j < LANES; j++)
		iq4_columns(&b, j, weights, (at + j) * 32 % cols, weights ? iq4_sigma2(x + 32 * j, 32) : 0);
	iq4_scales(x, &b);
	for (unsigned j = 0; j < LANES; j++)
		b.id[j] = b.scales[j] != 0 ? 1 / b.scales[j] : 0;
	iq4_codes(x, &b);
	for (unsigned j = 0; j < n; j++, x += 32, dst += 18) {
		put_half(dst, b.scales[j]);
		memcpy(dst + 2, b.codes + 16 * j, 16);
		if (b.odd >> j & 1)
			ros_iq4_nl_encode(x, dst, 1, 32, b.q[j]);
	}
}

/* What IQ4_XS stores of eight scales, before the codes; sets their id. */
INLINE void iq4_xs_scales(const float *scales, float *id, uint8_t *dst)
{
	float max = 0, d, inverse;
	unsigned high = 0;

	for (unsigned j = 0; j < 8; j++)
		max = __builtin_fabsf(scales[j]) > __builtin_fabsf(max) ? scales[j] : max;
	d = -max / 32;
	inverse = d != 0 ? 1 / d : 0;
	put_half(dst, d);
	memset(dst + 4, 0, 4);
	for (unsigned j = 0; j < 8; j++) {
		int l = ros_clamp(ros_nearest(inverse * scales[j]), -32, 31);
		float dl = d * (float)l;

		id[j] = dl != 0 ? 1 / dl : 0;
		dst[4 + j / 2] |= (uint8_t)((l & 15) << 4 * (j % 2));
		high |= (unsigned)(l + 32) >> 4 << 2 * j;
	}
	ros_put_le16(dst + 2, (uint16_t)high);
}

/* X holds LANES / 8 super-blocks, N of which are wanted; they start at super-block AT. */
INLINE void iq4_xs_batch(const float *x, uint8_t *dst, unsigned n, const float *weights, size_t cols, size_t at)
{
	struct iq4_batch b;
	float sigma2 = 0;

	for (unsigned j = 0; j < LANES; j++) {
		if (weights && j % 8 == 0)
			sigma2 = iq4_sigma2(x + 32 * j, 256);
		iq4_columns(&b, j, weights, (at * 256 + 32 * j) % cols, sigma2);
	}
	iq4_scales(x, &b);
	for (unsigned j = 0; j < LANES; j += 8) {
		uint8_t spare[8];

		iq4_xs_scales(b.scales + j, b.id + j, j / 8 < n ? dst + 136 * (j / 8) : spare);
	}
	iq4_codes(x, &b);
	for (unsigned j = 0; j < n; j++, x += 256, dst += 136) {
		memcpy(dst + 8, b.codes + 128 * j, 128);
		if (b.odd >> 8 * j & 255)
			ros_iq4_xs_encode(x, dst, 1, 256, b.q[8 * j]);
	}
}

/* BLOCKS of LEN elements and BYTES, as many at a time as fill the lanes. */
INLINE void iq4_encode(const float *src, uint8_t *dst, size_t blocks, unsigned len, unsigned bytes,
	const float *weights, size_t cols)
{
	const unsigned batch = LANES * 32 / len;
	float padded[LANES * 32];

	for (size_t at = 0; at < blocks; at += batch, src += batch * len, dst += batch * bytes) {
		unsigned n = blocks - at < batch ? (unsigned)(blocks - at) : batch;
		const float *x = src;

		if (n < batch) {                           /* the last few: zeros in the lanes left over */
			memset(padded, 0, sizeof padded);
			memcpy(padded, src, n * len * sizeof *src);
			x = padded;
		}
		if (len == 32)
			iq4_nl_batch(x, dst, n, weights, cols, at);
		else
			iq4_xs_batch(x, dst, n, weights, cols, at);
	}
}

#endif
