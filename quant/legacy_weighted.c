/* The first block formats with an importance matrix: the searches of the K-quants on blocks of 32.
 *
 *   weight of an element = importance of its column * sqrt(sigma2 + x * x),  sigma2 = mean of x * x over the ROW
 *
 * Source: ggml-quants.c, quantize_row_{q4_0,q4_1,q5_0,q5_1}_impl. Layouts: legacy.c. */
#include "quant/half.h"
#include "quant/k_search.h"
#include "quant/legacy.h"

#include <math.h>

static float mean_square(const float *x, size_t n)
{
	float sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i] * x[i];
	return sum / (float)n;
}

/* Encodes one block of 32 under weights W; the row formats below differ in this alone. */
typedef void weighted_block_fn(const float *x, uint8_t *b, const float *w);

static void encode_rows(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights, size_t bytes,
	weighted_block_fn *block)
{
	for (size_t r = 0; r < rows; r++, src += cols) {
		const float sigma2 = mean_square(src, cols);

		for (size_t c = 0; c < cols; c += 32, dst += bytes) {
			float x[32] = { 0 }, w[32] = { 0 };
			size_t n = cols - c < 32 ? cols - c : 32;

			for (size_t i = 0; i < n; i++) {
				x[i] = src[c + i];
				w[i] = weights[c + i] * sqrtf(sigma2 + x[i] * x[i]);
			}
			block(x, dst, w);
		}
	}
}

static void q4_0_block(const float *x, uint8_t *b, const float *w)
{
	int8_t l[32];

	ros_put_f16(b, ros_make_qx(32, 8, x, l, w));
	ros_put_nibbles((const uint8_t *)l, b + 2);
}

static void q5_0_block(const float *x, uint8_t *b, const float *w)
{
	int8_t l[32];

	ros_put_f16(b, ros_make_qx(32, 16, x, l, w));
	ros_put_five_bits((const uint8_t *)l, b + 2, b + 6);
}

static void search_with_min(const float *x, uint8_t *b, const float *w, int nmax, uint8_t *l)
{
	const struct ros_qkx_walk walk = { .n = 32, .nmax = nmax, .rmin = -0.9f, .rdelta = 0.05f, .nstep = 36 };
	float min, d = ros_make_qkx(&walk, x, w, l, &min);

	ros_put_f16(b, d);
	ros_put_f16(b + 2, -min);
}

static void q4_1_block(const float *x, uint8_t *b, const float *w)
{
	uint8_t l[32];

	search_with_min(x, b, w, 15, l);
	ros_put_nibbles(l, b + 4);
}

static void q5_1_block(const float *x, uint8_t *b, const float *w)
{
	uint8_t l[32];

	search_with_min(x, b, w, 31, l);
	ros_put_five_bits(l, b + 4, b + 8);
}

void ros_q4_0_encode_weighted(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	encode_rows(src, dst, rows, cols, weights, 18, q4_0_block);
}

void ros_q4_1_encode_weighted(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	encode_rows(src, dst, rows, cols, weights, 20, q4_1_block);
}

void ros_q5_0_encode_weighted(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	encode_rows(src, dst, rows, cols, weights, 22, q5_0_block);
}

void ros_q5_1_encode_weighted(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	encode_rows(src, dst, rows, cols, weights, 24, q5_1_block);
}
