/* Floats of 8, 6 and 4 bits, each element alone: | sign | exponent | mantissa |.
 *
 *   F8_E4M3      OCP FP8 E4M3 (torch float8_e4m3fn): no infinity, NaN = S.1111.111, largest 448
 *   F8_E5M2      OCP FP8 E5M2: infinities and NaNs as IEEE, largest 57344
 *   F8_E4M3FNUZ  bias 8, NaN = 0x80, no infinity and no negative zero, largest 240
 *   F8_E5M2FNUZ  bias 16, likewise, largest 57344
 *   F8_E8M0      OCP MX scale: unsigned, 2^(e - 127), NaN = 0xff
 *   F6_E2M3, F6_E3M2, F4 (E2M1)   OCP MX elements: neither infinity nor NaN
 *
 * Packing below 8 bits: elements in little-endian bit order, the first in the lowest bits.
 *
 *   F4:  byte  | element 1 | element 0 |          F6:  24-bit LE word  | el. 3 | el. 2 | el. 1 | el. 0 |
 *
 * safetensors names F4 and F6 without saying how they are packed; this is the order of torch's
 * float4_e2m1fn_x2 and of the MX reference code.
 *
 * Encoding rounds to nearest, ties to even. What lies past the range becomes NaN (E4M3, the FNUZ types) or
 * infinity (E5M2), as torch casts do; F4 and F6, which have neither, saturate, and take NaN as largest. */
#include "quant/reference.h"

#include "formats/bytes.h"

#include <math.h>

struct small_float {
	uint8_t exponent_bits, mantissa_bits;
	int bias;
	uint8_t largest;     /* code of the largest finite magnitude */
	uint8_t over, nan;   /* codes for what is past it, and for NaN; sign added unless unsigned_nan */
	bool infinity;       /* the code after the largest is infinity; the rest are NaN */
	bool unsigned_nan;   /* FNUZ: the code of negative zero is the only NaN */
};

static const struct small_float e4m3 = { 4, 3, 7, 0x7e, 0x7f, 0x7f, false, false };
static const struct small_float e5m2 = { 5, 2, 15, 0x7b, 0x7c, 0x7f, true, false };
static const struct small_float e4m3fnuz = { 4, 3, 8, 0x7f, 0x80, 0x80, false, true };
static const struct small_float e5m2fnuz = { 5, 2, 16, 0x7f, 0x80, 0x80, false, true };
static const struct small_float e2m3 = { 2, 3, 1, 0x1f, 0x1f, 0x1f, false, false };
static const struct small_float e3m2 = { 3, 2, 3, 0x1f, 0x1f, 0x1f, false, false };
static const struct small_float e2m1 = { 2, 1, 1, 0x07, 0x07, 0x07, false, false };

static float widen(const struct small_float *f, unsigned v)
{
	unsigned sign_at = f->exponent_bits + f->mantissa_bits, a = v & ((1u << sign_at) - 1);
	unsigned e = a >> f->mantissa_bits, m = a & ((1u << f->mantissa_bits) - 1);
	uint32_t sign = (uint32_t)(v >> sign_at & 1) << 31;
	float x;

	if (f->unsigned_nan && v == f->nan)
		return ros_bits_f32(0x7fc00000);
	if (a > f->largest)
		return ros_bits_f32(sign | (f->infinity && a == f->largest + 1u ? 0x7f800000 : 0x7fc00000));
	x = e ? ldexpf((float)(m | 1u << f->mantissa_bits), (int)e - f->bias - f->mantissa_bits)
	      : ldexpf((float)m, 1 - f->bias - f->mantissa_bits);
	return ros_bits_f32(sign | ros_f32_bits(x));
}

/* |x| = M * 2^(e - 23), M of 24 bits; the code is M rounded to the target's precision, with the exponent
 * added on top: a carry out of the mantissa raises it by itself. */
static uint8_t narrow(const struct small_float *f, float x)
{
	uint32_t bits = ros_f32_bits(x), a = bits & 0x7fffffff;
	unsigned sign = (bits >> 31) << (f->exponent_bits + f->mantissa_bits);
	uint32_t m = (a & 0x7fffff) | (a >> 23 ? 0x800000 : 0);
	int e = a >> 23 ? (int)(a >> 23) - 127 : -126, lowest = 1 - f->bias;
	unsigned code, drop = 23u - f->mantissa_bits + (unsigned)(e < lowest ? lowest - e : 0);

	if (a > 0x7f800000)
		return (uint8_t)(f->unsigned_nan ? f->nan : f->nan | sign);
	if (a == 0x7f800000)
		code = f->largest + 1u;
	else {
		code = drop > 25 ? 0 : (m + (1u << (drop - 1)) - 1 + (m >> drop & 1)) >> drop;
		code += (unsigned)(e < lowest ? 0 : e - lowest) << f->mantissa_bits;
	}
	if (code > f->largest)
		return (uint8_t)(f->unsigned_nan ? f->nan : f->over | sign);
	return (uint8_t)(f->unsigned_nan && !code ? 0 : code | sign);
}

/* All 256 codes widened once per call. */
static void decode_bytes(const struct small_float *f, const uint8_t *src, float *dst, size_t n)
{
	float table[256];

	for (unsigned v = 0; v < 256; v++)
		table[v] = widen(f, v);
	for (size_t i = 0; i < n; i++)
		dst[i] = table[src[i]];
}

static void encode_bytes(const struct small_float *f, const float *src, uint8_t *dst, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dst[i] = narrow(f, src[i]);
}

/* PER elements of BITS bits fill whole bytes; the last group of a row may be partial. */
static void decode_packed(const struct small_float *f, unsigned bits, unsigned per, const uint8_t *src, float *dst,
	size_t rows, size_t cols)
{
	float table[64];
	unsigned bytes = bits * per / 8;

	for (unsigned v = 0; v < 1u << bits; v++)
		table[v] = widen(f, v);
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < cols; c += per, src += bytes) {
			uint32_t word = src[0];

			for (unsigned k = 1; k < bytes; k++)
				word |= (uint32_t)src[k] << 8 * k;
			for (unsigned k = 0; k < per && c + k < cols; k++)
				*dst++ = table[word >> bits * k & ((1u << bits) - 1)];
		}
}

static void encode_packed(const struct small_float *f, unsigned bits, unsigned per, const float *src, uint8_t *dst,
	size_t rows, size_t cols)
{
	unsigned bytes = bits * per / 8;

	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < cols; c += per) {
			uint32_t word = 0;

			for (unsigned k = 0; k < per && c + k < cols; k++)
				word |= (uint32_t)narrow(f, *src++) << bits * k;
			for (unsigned k = 0; k < bytes; k++)
				*dst++ = (uint8_t)(word >> 8 * k);
		}
}

void ros_f8_e8m0_decode(const uint8_t *src, float *dst, size_t rows, size_t cols)
{
	for (size_t i = 0, n = rows * cols; i < n; i++)
		dst[i] = ros_bits_f32(src[i] == 0xff ? 0x7fc00000 : src[i] ? (uint32_t)src[i] << 23 : 0x00400000);
}

/* The nearest power of two, half-way up (as torch does); the sign is dropped, past the range is NaN. */
void ros_f8_e8m0_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights)
{
	(void)weights;
	for (size_t i = 0, n = rows * cols; i < n; i++) {
		uint32_t a = ros_f32_bits(src[i]) & 0x7fffffff, e = a >> 23;

		if (e < 255)
			e += e ? a >> 22 & 1 : a > 0x400000;
		dst[i] = (uint8_t)e;
	}
}

#define BYTES_CODEC(name, format) \
	void ros_##name##_decode(const uint8_t *src, float *dst, size_t rows, size_t cols) \
	{ \
		decode_bytes(&format, src, dst, rows * cols); \
	} \
	void ros_##name##_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights) \
	{ \
		(void)weights; \
		encode_bytes(&format, src, dst, rows * cols); \
	}

#define PACKED_CODEC(name, format, bits, per) \
	void ros_##name##_decode(const uint8_t *src, float *dst, size_t rows, size_t cols) \
	{ \
		decode_packed(&format, bits, per, src, dst, rows, cols); \
	} \
	void ros_##name##_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights) \
	{ \
		(void)weights; \
		encode_packed(&format, bits, per, src, dst, rows, cols); \
	}

BYTES_CODEC(f8_e4m3, e4m3)
BYTES_CODEC(f8_e5m2, e5m2)
BYTES_CODEC(f8_e4m3fnuz, e4m3fnuz)
BYTES_CODEC(f8_e5m2fnuz, e5m2fnuz)
PACKED_CODEC(f6_e2m3, e2m3, 6, 4)
PACKED_CODEC(f6_e3m2, e3m2, 6, 4)
PACKED_CODEC(f4, e2m1, 4, 2)
