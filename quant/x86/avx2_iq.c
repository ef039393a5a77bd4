/* The grid encoders with their two searches in lanes. Candidates: each lane sums the errors of one, place
 * by place as the reference does; a place's error is looked up by digit in a register. Scales: each lane
 * is one try, and sums over the elements from the first to the last. */
#include "quant/iq_encode.h"
#include "quant/x86/avx2.h"

#include <float.h>
#include <immintrin.h>
#include <string.h>

/* Lane c: the error of digit c at one place. */
static inline __m256 terms(const float *level, float scale, float x, float w)
{
	__m256 diff = _mm256_sub_ps(_mm256_mul_ps(_mm256_set1_ps(scale), _mm256_loadu_ps(level)), _mm256_set1_ps(x));

	return _mm256_mul_ps(_mm256_mul_ps(_mm256_set1_ps(w), diff), diff);
}

/* The least of the lanes' BEST; of equals the one found at the smallest place AT. */
static unsigned first_least(__m256 best, __m256i at)
{
	float b[8];
	int32_t a[8];
	unsigned least = 0;

	_mm256_storeu_ps(b, best);
	_mm256_storeu_si256((__m256i *)a, at);
	for (unsigned i = 1; i < 8; i++)
		if (b[i] < b[least] || (b[i] == b[least] && a[i] < a[least]))
			least = i;
	return (unsigned)a[least];
}

/* PLACES and BITS are constants where this is inlined. */
static inline __attribute__((always_inline)) uint16_t near(const uint16_t *codes, unsigned n, const unsigned places, const int bits,
	const float *x, const float *w, float scale, const float *level)
{
	const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
	__m256 term[8], best = _mm256_set1_ps(FLT_MAX);
	__m256i at = _mm256_setzero_si256();

	for (unsigned i = 0; i < places; i++) {
		term[i] = terms(level, scale, x[i], w[i]);
		if (bits == 2)                             /* looked up within halves */
			term[i] = _mm256_permute2f128_ps(term[i], term[i], 0);
	}
	for (unsigned k = 0; k < n; k += 8) {
		__m256i code = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(codes + k)));
		__m256i place = _mm256_add_epi32(lane, _mm256_set1_epi32((int)k));
		__m256 error = _mm256_setzero_ps(), less;

		for (unsigned i = 0; i < places; i++) {
			error = _mm256_add_ps(error, bits == 2 ? _mm256_permutevar_ps(term[i], code) : _mm256_permutevar8x32_ps(term[i], code));
			code = _mm256_srli_epi32(code, bits);
		}
		less = _mm256_and_ps(_mm256_cmp_ps(error, best, _CMP_LT_OQ),
			_mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), place)));
		best = _mm256_blendv_ps(best, error, less);
		at = _mm256_blendv_epi8(at, place, _mm256_castps_si256(less));
	}
	return codes[first_least(best, at)];
}

static uint16_t near_avx2(const uint16_t *codes, unsigned n, unsigned digits, const float *x, const float *w, float scale,
	const float *level)
{
	return digits == 8 ? near(codes, n, 8, 2, x, w, scale, level) : near(codes, n, 4, 3, x, w, scale, level);
}

/* ---- scales ---- */

#define TRIES 8
#define MAX_GROUPS 8

static const float odd[8] = { 1, 3, 5, 7, 9, 11, 13, 15 };

/* What eight tries make of a sub-block; column t belongs to try t. */
struct tries {
	_Alignas(32) float scale[TRIES], qx[TRIES], q2[TRIES];
	_Alignas(32) uint32_t code[MAX_GROUPS][TRIES];
	unsigned off[TRIES];            /* bit g: the digits of group g were off the grid */
};

/* Digits of one group's elements, packed. ros_nearest and ros_clamp in lanes. */
static inline __m256i round_group(unsigned d, int bits, int levels, const float *x, __m256 id)
{
	__m256i code = _mm256_setzero_si256();

	for (unsigned i = 0; i < d; i++) {
		__m256 v = _mm256_sub_ps(_mm256_mul_ps(id, _mm256_set1_ps(x[i])), _mm256_set1_ps(1));
		__m256 f = _mm256_add_ps(_mm256_mul_ps(_mm256_set1_ps(0.5f), v), _mm256_set1_ps(12582912.0f));
		__m256i l = _mm256_sub_epi32(_mm256_and_si256(_mm256_castps_si256(f), _mm256_set1_epi32(0x7fffff)), _mm256_set1_epi32(0x400000));

		l = _mm256_max_epi32(_mm256_min_epi32(l, _mm256_set1_epi32(levels - 1)), _mm256_setzero_si256());
		code = _mm256_or_si256(code, _mm256_slli_epi32(l, bits * (int)i));
	}
	return code;
}

static inline void fit_tries(unsigned n, unsigned d, int bits, const float *x, const float *w, struct tries *t)
{
	const __m256i mask = _mm256_set1_epi32((1 << bits) - 1), one = _mm256_set1_epi32(1);
	__m256 qx = _mm256_setzero_ps(), q2 = qx;

	for (unsigned g = 0; g < n / d; g++) {
		__m256i code = _mm256_load_si256((const __m256i *)t->code[g]);

		for (unsigned i = 0; i < d; i++, x++, w++) {
			__m256i l = _mm256_and_si256(code, mask);
			__m256 q = _mm256_cvtepi32_ps(_mm256_add_epi32(_mm256_slli_epi32(l, 1), one));

			qx = _mm256_add_ps(qx, _mm256_mul_ps(_mm256_set1_ps(*w * *x), q));
			q2 = _mm256_add_ps(q2, _mm256_mul_ps(_mm256_mul_ps(_mm256_set1_ps(*w), q), q));
			code = _mm256_srli_epi32(code, bits);
		}
	}
	_mm256_store_ps(t->qx, qx);
	_mm256_store_ps(t->q2, q2);
}

/* Tries FIRST .. FIRST + COUNT - 1, counted from -steps. */
static inline __attribute__((always_inline)) void make_tries(const struct ros_iq_walk *walk, const struct ros_lattice *lat,
	const unsigned d, const int bits, const float *x, const float *w, const float *aux, float top, int first, int count, struct tries *t)
{
	__m256 is = _mm256_cvtepi32_ps(_mm256_add_epi32(_mm256_set1_epi32(first - walk->steps), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));
	__m256 id = _mm256_div_ps(_mm256_add_ps(_mm256_set1_ps((float)(2 * walk->levels - 1)), _mm256_mul_ps(is, _mm256_set1_ps(walk->step))),
		_mm256_set1_ps(top));

	_mm256_store_ps(t->scale, _mm256_div_ps(_mm256_set1_ps(1), id));
	memset(t->off, 0, sizeof t->off);
	for (unsigned g = 0; g < walk->n / d; g++) {
		_mm256_store_si256((__m256i *)t->code[g], round_group(d, bits, walk->levels, x + d * g, id));
		for (int k = 0; k < count; k++) {
			int32_t at = lat->at[t->code[g][k]];

			if (at >= 0)
				continue;
			t->code[g][k] = near(lat->near + ~at + 1, lat->near[~at], d, bits, x + d * g, aux + d * g, t->scale[k], odd);
			t->off[k] |= 1u << g;
		}
	}
	fit_tries(walk->n, d, bits, x, w, t);
}

static float search_avx2(const struct ros_iq_walk *walk, const struct ros_lattice *lat, const float *x, const float *w,
	float top, float start, int8_t *l)
{
	const unsigned d = lat->grid->digits, bits = lat->grid->bits;
	const int total = 2 * walk->steps + 1;
	uint32_t code[MAX_GROUPS] = { 0 };
	unsigned off = ros_iq_off_at_first(walk);
	float aux[32], scale = start, best = 0;
	struct tries t;

	for (unsigned i = 0; i < walk->n; i++)
		aux[i] = sqrtf(w[i]);
	for (int first = 0; first < total; first += TRIES) {
		int count = total - first < TRIES ? total - first : TRIES;

		if (d == 8)
			make_tries(walk, lat, 8, 2, x, w, aux, top, first, count, &t);
		else
			make_tries(walk, lat, 4, 3, x, w, aux, top, first, count, &t);
		for (int k = 0; k < count; k++)
			if (t.q2[k] > 0 && t.qx[k] * t.qx[k] > best * t.q2[k]) {
				scale = t.qx[k] / t.q2[k];
				best = scale * t.qx[k];
				off = t.off[k];
				for (unsigned g = 0; g < walk->n / d; g++)
					code[g] = t.code[g][k];
			}
	}
	for (unsigned i = 0; i < walk->n; i++)
		l[i] = (int8_t)(code[i / d] >> bits * (i % d) & ((1u << bits) - 1));
	return ros_iq_refit(walk, lat, near_avx2, x, w, aux, scale, off, l);
}

static const struct ros_iq_ops ops = { near_avx2, search_avx2 };

#define ENCODE(type)                                                                                                  \
	void ros_avx2_##type##_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights) \
	{                                                                                                             \
		ros_##type##_encode_with(src, dst, rows, cols, weights, &ops);                                        \
	}

ENCODE(iq2_xxs)
ENCODE(iq2_xs)
ENCODE(iq2_s)
ENCODE(iq3_xxs)
ENCODE(iq3_s)
ENCODE(iq1_s)
ENCODE(iq1_m)
