/* Sixteen float lanes in AVX-512: the vocabulary that quant/lanes/ is written in. lanes/avx2.h
 * has the same names for eight. Every operation rounds each lane as the scalar one does. */
#ifndef ROS_QUANT_LANES_AVX512_H
#define ROS_QUANT_LANES_AVX512_H

#include "quant/lanes/levels.h"

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

enum { LANES = 16 };
typedef __m512 vf;
typedef __mmask16 vm;          /* one truth value per lane */

static inline vf v_set(float f) { return _mm512_set1_ps(f); }
static inline vf v_load(const float *p) { return _mm512_load_ps(p); }
static inline vf v_loadu(const float *p) { return _mm512_loadu_ps(p); }
static inline void v_store(float *p, vf a) { _mm512_store_ps(p, a); }
static inline void v_storeu(float *p, vf a) { _mm512_storeu_ps(p, a); }
static inline vf v_add(vf a, vf b) { return _mm512_add_ps(a, b); }
static inline vf v_sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
static inline vf v_mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
static inline vf v_div(vf a, vf b) { return _mm512_div_ps(a, b); }
/* a / b to within 2^-13 in proportion. */
static inline vf v_ratio(vf a, vf b) { return _mm512_mul_ps(a, _mm512_rcp14_ps(b)); }
static inline vf v_sqrt(vf a) { return _mm512_sqrt_ps(a); }
static inline vf v_abs(vf a) { return _mm512_abs_ps(a); }
static inline vf v_neg(vf a) { return _mm512_xor_ps(a, _mm512_set1_ps(-0.0f)); }

/* a < b ? a : b, and a > b ? a : b, as in C: B where they are equal or not ordered. */
static inline vf v_min(vf a, vf b) { return _mm512_min_ps(a, b); }
static inline vf v_max(vf a, vf b) { return _mm512_max_ps(a, b); }

/* The larger magnitude. */
static inline vf v_max_abs(vf a, vf b) { return _mm512_range_ps(a, b, 0x0b); }

/* False where a lane is NaN. */
static inline vm v_lt(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
static inline vm v_gt(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
static inline vm v_eq(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
static inline vm v_neq(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_NEQ_UQ); }

static inline vm m_none(void) { return 0; }
static inline vm m_and(vm a, vm b) { return (vm)(a & b); }
static inline vm m_or(vm a, vm b) { return (vm)(a | b); }
static inline vm m_not(vm a) { return (vm)~a; }
static inline vm m_and_not(vm a, vm b) { return (vm)(a & ~b); }
static inline bool m_any(vm a) { return a != 0; }
static inline unsigned m_bits(vm a) { return a; }

/* yes where M, else no. */
static inline vf v_select(vm m, vf yes, vf no) { return _mm512_mask_blend_ps(m, no, yes); }

/* Elements I..I + 3 of rows 0, 4, 8 and 12. */
static inline vf v_load_quads(const float *const *rows, unsigned i)
{
	vf v = _mm512_castps128_ps512(_mm_loadu_ps(rows[0] + i));

	v = _mm512_insertf32x4(v, _mm_loadu_ps(rows[4] + i), 1);
	v = _mm512_insertf32x4(v, _mm_loadu_ps(rows[8] + i), 2);
	return _mm512_insertf32x4(v, _mm_loadu_ps(rows[12] + i), 3);
}

static inline vf v_unpack_low(vf a, vf b) { return _mm512_unpacklo_ps(a, b); }
static inline vf v_unpack_high(vf a, vf b) { return _mm512_unpackhi_ps(a, b); }
static inline vf v_unpack_low2(vf a, vf b)
{
	return _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)));
}
static inline vf v_unpack_high2(vf a, vf b)
{
	return _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)));
}

/* Small tables: for whole numbers as the low bits of V + 1.5 * 2^23, the value of entry V mod 32
 * (two registers) or V mod 16. */
#define LANES_HAVE_TABLES 1
static inline vf v_look_up32(vf low, vf high, vf v) { return _mm512_permutex2var_ps(low, _mm512_castps_si512(v), high); }
static inline vf v_look_up16(vf table, vf v) { return _mm512_permutexvar_ps(_mm512_castps_si512(v), table); }

/* The table T of struct lanes_levels (lanes/levels.h) at V, which lies in -127..113. */
static inline vf v_level(const struct lanes_levels *t, const float *values, vf v)
{
	__m512i at = _mm512_castps_si512(v_add(v_mul(v, v_set(0.125f)), v_set(12582912.0f)));
	vf bound = _mm512_permutex2var_ps(v_loadu(t->bound), at, v_loadu(t->bound + 16));
	vf low = _mm512_permutex2var_ps(v_loadu(values), at, v_loadu(values + 16));
	vf high = _mm512_permutex2var_ps(v_loadu(values + 32), at, v_loadu(values + 48));

	return v_select(v_lt(v, bound), low, high);
}

/* The nearest whole numbers of 4 * LANES floats, below 2^31, saturated to 0..255 or to
 * -128..127, in order. */
static inline __m512i v_narrow_order(__m512i v)
{
	return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), v);
}

static inline void v_store_u8(uint8_t *p, const vf *q)
{
	__m512i ab = _mm512_packs_epi32(_mm512_cvtps_epi32(q[0]), _mm512_cvtps_epi32(q[1]));
	__m512i cd = _mm512_packs_epi32(_mm512_cvtps_epi32(q[2]), _mm512_cvtps_epi32(q[3]));

	_mm512_storeu_si512(p, v_narrow_order(_mm512_packus_epi16(ab, cd)));
}

static inline void v_store_i8(int8_t *p, const vf *q)
{
	__m512i ab = _mm512_packs_epi32(_mm512_cvtps_epi32(q[0]), _mm512_cvtps_epi32(q[1]));
	__m512i cd = _mm512_packs_epi32(_mm512_cvtps_epi32(q[2]), _mm512_cvtps_epi32(q[3]));

	_mm512_storeu_si512(p, v_narrow_order(_mm512_packs_epi16(ab, cd)));
}

#endif
