/* Eight float lanes in AVX2; the names are those of lanes/avx512.h, which explains them. */
#ifndef ROS_QUANT_LANES_AVX2_H
#define ROS_QUANT_LANES_AVX2_H

#include "quant/lanes/levels.h"

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

enum { LANES = 8 };
typedef __m256 vf;
typedef __m256 vm;             /* all bits of a lane */

static inline vf v_set(float f) { return _mm256_set1_ps(f); }
static inline vf v_load(const float *p) { return _mm256_load_ps(p); }
static inline vf v_loadu(const float *p) { return _mm256_loadu_ps(p); }
static inline void v_store(float *p, vf a) { _mm256_store_ps(p, a); }
static inline void v_storeu(float *p, vf a) { _mm256_storeu_ps(p, a); }
static inline vf v_add(vf a, vf b) { return _mm256_add_ps(a, b); }
static inline vf v_sub(vf a, vf b) { return _mm256_sub_ps(a, b); }
static inline vf v_mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
static inline vf v_div(vf a, vf b) { return _mm256_div_ps(a, b); }
static inline vf v_ratio(vf a, vf b) { return _mm256_div_ps(a, b); }
static inline vf v_sqrt(vf a) { return _mm256_sqrt_ps(a); }
static inline vf v_abs(vf a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
static inline vf v_neg(vf a) { return _mm256_xor_ps(a, _mm256_set1_ps(-0.0f)); }
static inline vf v_min(vf a, vf b) { return _mm256_min_ps(a, b); }
static inline vf v_max(vf a, vf b) { return _mm256_max_ps(a, b); }
static inline vf v_max_abs(vf a, vf b) { return _mm256_max_ps(v_abs(a), v_abs(b)); }

static inline vm v_lt(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
static inline vm v_gt(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_GT_OQ); }
static inline vm v_eq(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
static inline vm v_neq(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_NEQ_UQ); }

static inline vm m_none(void) { return _mm256_setzero_ps(); }
static inline vm m_and(vm a, vm b) { return _mm256_and_ps(a, b); }
static inline vm m_or(vm a, vm b) { return _mm256_or_ps(a, b); }
static inline vm m_not(vm a) { return _mm256_xor_ps(a, _mm256_castsi256_ps(_mm256_set1_epi32(-1))); }
static inline vm m_and_not(vm a, vm b) { return _mm256_andnot_ps(b, a); }
static inline bool m_any(vm a) { return _mm256_movemask_ps(a) != 0; }
static inline unsigned m_bits(vm a) { return (unsigned)_mm256_movemask_ps(a); }

static inline vf v_select(vm m, vf yes, vf no) { return _mm256_blendv_ps(no, yes, m); }

/* Rows 0 and 4. */
static inline vf v_load_quads(const float *const *rows, unsigned i)
{
	return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(rows[0] + i)), _mm_loadu_ps(rows[4] + i), 1);
}

static inline vf v_unpack_low(vf a, vf b) { return _mm256_unpacklo_ps(a, b); }
static inline vf v_unpack_high(vf a, vf b) { return _mm256_unpackhi_ps(a, b); }
static inline vf v_unpack_low2(vf a, vf b)
{
	return _mm256_castpd_ps(_mm256_unpacklo_pd(_mm256_castps_pd(a), _mm256_castps_pd(b)));
}
static inline vf v_unpack_high2(vf a, vf b)
{
	return _mm256_castpd_ps(_mm256_unpackhi_pd(_mm256_castps_pd(a), _mm256_castps_pd(b)));
}

#define LANES_HAVE_TABLES 0
static inline vf v_look_up32(vf low, vf high, vf v) { (void)high; (void)v; return low; }   /* never called */
static inline vf v_look_up16(vf table, vf v) { (void)v; return table; }

static inline vf v_level(const struct lanes_levels *t, const float *values, vf v)
{
	__m256i at = _mm256_and_si256(_mm256_castps_si256(v_add(v_mul(v, v_set(0.125f)), v_set(12582912.0f))),
		_mm256_set1_epi32(31));
	vf bound = _mm256_i32gather_ps(t->bound, at, 4), low = _mm256_i32gather_ps(values, at, 4);
	vf high = _mm256_i32gather_ps(values + 32, at, 4);

	return v_select(v_lt(v, bound), low, high);
}

static inline __m256i v_narrow_order(__m256i v)
{
	return _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

static inline void v_store_u8(uint8_t *p, const vf *q)
{
	__m256i ab = _mm256_packs_epi32(_mm256_cvtps_epi32(q[0]), _mm256_cvtps_epi32(q[1]));
	__m256i cd = _mm256_packs_epi32(_mm256_cvtps_epi32(q[2]), _mm256_cvtps_epi32(q[3]));

	_mm256_storeu_si256((__m256i *)(void *)p, v_narrow_order(_mm256_packus_epi16(ab, cd)));
}

static inline void v_store_i8(int8_t *p, const vf *q)
{
	__m256i ab = _mm256_packs_epi32(_mm256_cvtps_epi32(q[0]), _mm256_cvtps_epi32(q[1]));
	__m256i cd = _mm256_packs_epi32(_mm256_cvtps_epi32(q[2]), _mm256_cvtps_epi32(q[3]));

	_mm256_storeu_si256((__m256i *)(void *)p, v_narrow_order(_mm256_packs_epi16(ab, cd)));
}

#endif
