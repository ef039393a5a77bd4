/* The second half of a K-quant block: scales become small multiples of one F16 number, and the
 * codes are taken again for the scales as stored. Eight scales at a time in either instruction
 * set; codes in LANES. */
#ifndef ROS_QUANT_LANES_REQUANTIZE_H
#define ROS_QUANT_LANES_REQUANTIZE_H

#include "quant/half.h"
#include "quant/k_search.h"
#include "quant/lanes/pack.h"

#include <string.h>

/* Of up to 16 sub-blocks: the stored scale, what is added before dividing by it, 1 / scale. */
struct sub_scales {
	float d[16], add[16], inverse[16];
};

/* The largest of eight numbers and +0. */
static inline float largest8(__m256 v)
{
	__m128 m = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));

	m = _mm_max_ps(m, _mm_movehl_ps(m, m));
	m = _mm_max_ss(m, _mm_movehdup_ps(m));
	return _mm_cvtss_f32(_mm_max_ss(m, _mm_setzero_ps()));
}

/* Sixteen signed scales as multiples -UNITS.. of one, which makes the largest (the first of equals) -UNITS:
 * the multiples, that unit as stored, and unit * multiple. False where there is no such unit. */
static inline bool signed_multiples(const float *v, float units, int8_t *l, uint8_t *half, float *product)
{
	const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));
	__m256 a = _mm256_loadu_ps(v), b = _mm256_loadu_ps(v + 8), inverse, unit;
	__m256 aa = _mm256_and_ps(magnitude, a), ab = _mm256_and_ps(magnitude, b);
	float top = largest8(_mm256_max_ps(aa, ab)), iscale;
	unsigned at = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(aa, _mm256_set1_ps(top), _CMP_EQ_OQ))
		| (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(ab, _mm256_set1_ps(top), _CMP_EQ_OQ)) << 8;
	__m256i la, lb;

	if (!(top >= ROS_GROUP_ZERO && top < 0x1p80f))
		return false;
	iscale = -units / v[__builtin_ctz(at)];
	ros_put_le16(half, _cvtss_sh(1 / iscale, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
	unit = _mm256_set1_ps(_cvtsh_ss(ros_le16(half)));
	inverse = _mm256_set1_ps(iscale);
	la = _mm256_min_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(a, inverse)), _mm256_set1_epi32((int)units - 1));
	lb = _mm256_min_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(b, inverse)), _mm256_set1_epi32((int)units - 1));
	_mm256_storeu_ps(product, _mm256_mul_ps(unit, _mm256_cvtepi32_ps(la)));
	_mm256_storeu_ps(product + 8, _mm256_mul_ps(unit, _mm256_cvtepi32_ps(lb)));
	_mm_storeu_si128((__m128i *)(void *)l, _mm_packs_epi16(
		_mm_packs_epi32(_mm256_castsi256_si128(la), _mm256_extracti128_si256(la, 1)),
		_mm_packs_epi32(_mm256_castsi256_si128(lb), _mm256_extracti128_si256(lb, 1))));
	return true;
}

/* COUNT (8 or 16) numbers as multiples of the largest / MAX: the multiples, the unit as stored, and
 * unit * multiple. False where a number is negative or beyond 2^80. */
static inline __attribute__((always_inline)) bool scale_multiples(const float *v, unsigned count, int max,
	uint8_t *l, uint8_t *half, float *product)
{
	__m256 a = _mm256_loadu_ps(v), b = count == 16 ? _mm256_loadu_ps(v + 8) : a;
	__m256 out = _mm256_or_ps(_mm256_cmp_ps(a, _mm256_setzero_ps(), _CMP_NGE_UQ),
		_mm256_cmp_ps(b, _mm256_setzero_ps(), _CMP_NGE_UQ));
	float top = largest8(_mm256_max_ps(a, b)), inverse = top > 0 ? (float)max / top : 0;
	__m256 unit;
	__m256i la, lb;
	__m128i bytes;

	if (!(top < 0x1p80f) || _mm256_movemask_ps(out))
		return false;
	ros_put_le16(half, _cvtss_sh(top / (float)max, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
	unit = _mm256_set1_ps(_cvtsh_ss(ros_le16(half)));
	la = _mm256_cvtps_epi32(_mm256_mul_ps(a, _mm256_set1_ps(inverse)));
	lb = _mm256_cvtps_epi32(_mm256_mul_ps(b, _mm256_set1_ps(inverse)));
	la = _mm256_min_epi32(la, _mm256_set1_epi32(max));
	lb = _mm256_min_epi32(lb, _mm256_set1_epi32(max));
	_mm256_storeu_ps(product, _mm256_mul_ps(unit, _mm256_cvtepi32_ps(la)));
	if (count == 16)
		_mm256_storeu_ps(product + 8, _mm256_mul_ps(unit, _mm256_cvtepi32_ps(lb)));
	bytes = _mm_packus_epi16(_mm_packs_epi32(_mm256_castsi256_si128(la), _mm256_extracti128_si256(la, 1)),
		_mm_packs_epi32(_mm256_castsi256_si128(lb), _mm256_extracti128_si256(lb, 1)));
	if (count == 16)
		_mm_storeu_si128((__m128i *)(void *)l, bytes);
	else
		_mm_storel_epi64((__m128i *)(void *)l, bytes);
	return true;
}

/* Prepares the division by the scales. LOW, HIGH: the range of each sub-block's values. FLAT: bits of
 * the constant ones, whose codes are 0. False where another scale came out as 0 (the codes
 * would be those of the search), or where quotients are not small. */
static inline __attribute__((always_inline)) bool reciprocals(struct sub_scales *s, unsigned count, const float *low,
	const float *high, unsigned flat)
{
	const __m256 zero = _mm256_setzero_ps(), limit = _mm256_set1_ps(0x1p20f);
	const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));

	for (unsigned j = 0; j < count; j += 8) {
		__m256 d = _mm256_loadu_ps(s->d + j), add = _mm256_loadu_ps(s->add + j), vanished, r, top, bottom, small;
		unsigned none;

		vanished = _mm256_cmp_ps(d, zero, _CMP_EQ_OQ);
		none = (unsigned)_mm256_movemask_ps(vanished);
		r = _mm256_andnot_ps(vanished, _mm256_div_ps(_mm256_set1_ps(1), d));
		top = _mm256_and_ps(magnitude, _mm256_mul_ps(_mm256_add_ps(_mm256_loadu_ps(high + j), add), r));
		bottom = _mm256_and_ps(magnitude, _mm256_mul_ps(_mm256_add_ps(_mm256_loadu_ps(low + j), add), r));
		small = _mm256_and_ps(_mm256_cmp_ps(top, limit, _CMP_LT_OQ), _mm256_cmp_ps(bottom, limit, _CMP_LT_OQ));
		if (none & ~(flat >> j) || _mm256_movemask_ps(small) != 255)
			return false;
		_mm256_storeu_ps(s->inverse + j, r);
	}
	return true;
}

/* Four vectors of quotients (x + add) / d. A product with the reciprocal is within 2^-22 of the
 * rounded quotient in proportion, and rounds to the same code unless it lies that close to a
 * half: DOUBT grows to almost a half where one does. EXACT divides. */
static inline __attribute__((always_inline)) void quotients(const float *x, unsigned n, const struct sub_scales *s,
	bool exact, unsigned e, vf *q, vf *doubt)
{
	for (unsigned k = 0; k < 4; k++) {
		unsigned j = (e + k * LANES) / n;
		vf t = v_add(v_loadu(x + e + k * LANES), v_set(s->add[j])), whole;

		q[k] = v_mul(t, v_set(s->inverse[j]));
		if (exact && s->inverse[j] != 0)
			q[k] = v_div(t, v_set(s->d[j]));
		whole = v_sub(v_add(q[k], v_set(12582912.0f)), v_set(12582912.0f));
		*doubt = v_max_abs(*doubt, v_sub(q[k], whole));
	}
}

/* Whole quotients of 256 values in sub-blocks of N, saturated to int8 or, for those that cannot be
 * negative, to uint8. */
static inline __attribute__((always_inline)) void requantize_pass(const float *x, unsigned n, const struct sub_scales *s,
	bool is_signed, bool exact, uint8_t *l, vf *doubt)
{
	for (unsigned e = 0; e < 256; e += 4 * LANES) {
		vf q[4];

		quotients(x, n, s, exact, e, q, doubt);
		if (is_signed)
			v_store_i8((int8_t *)l + e, q);
		else
			v_store_u8(l + e, q);
	}
}

static inline __attribute__((always_inline)) void whole_quotients(const float *x, unsigned n, const struct sub_scales *s,
	bool is_signed, uint8_t *l)
{
	vf doubt = v_set(0);

	requantize_pass(x, n, s, is_signed, false, l, &doubt);
	if (m_any(v_gt(doubt, v_set(0.49995f))))
		requantize_pass(x, n, s, is_signed, true, l, &doubt);
}

/* Codes 0..NMAX. */
static inline __attribute__((always_inline)) void requantize_offset(const float *x, unsigned n, int nmax,
	const struct sub_scales *s, uint8_t *l)
{
	whole_quotients(x, n, s, false, l);
	for (unsigned e = 0; e < 256; e += 32)
		store32(l + e, _mm256_min_epu8(load32(l + e), _mm256_set1_epi8((char)nmax)));
}

/* Codes -NMAX..NMAX-1, stored with NMAX added, in sub-blocks of 16; 0 in the FLAT ones. */
static inline __attribute__((always_inline)) void requantize_signed(const float *x, int nmax,
	const struct sub_scales *s, unsigned flat, uint8_t *l)
{
	const __m256i top = _mm256_set1_epi8((char)(nmax - 1)), bottom = _mm256_set1_epi8((char)-nmax);

	whole_quotients(x, 16, s, true, l);
	for (unsigned e = 0; e < 256; e += 32) {
		__m256i v = _mm256_max_epi8(_mm256_min_epi8(load32(l + e), top), bottom);

		store32(l + e, _mm256_add_epi8(v, _mm256_set1_epi8((char)nmax)));
	}
	for (unsigned j = 0; flat; j++, flat >>= 1)
		if (flat & 1)
			memset(l + 16 * j, 0, 16);
}

#endif
