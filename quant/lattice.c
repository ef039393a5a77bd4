#include "quant/lattice.h"

#include <float.h>
#include <pthread.h>
#include <string.h>

#define CODES_2BIT 43691        /* eight digits 0..2: the largest code is 0xaaaa */
#define CODES_3BIT 4096

/* One row per lattice. NEAR: entries of its lists, a property of the grid; test_iq_encode counts them. */
static const struct {
	const struct ros_grid *grid;
	unsigned shells;        /* distinct distances in a list */
	unsigned digit_values;  /* 3 of the 2-bit digits occur, all 8 of the 3-bit ones */
	unsigned codes, near;
} rows[ROS_LATTICE_COUNT] = {
	[ROS_LATTICE_IQ2_XXS] = { &ros_grid_iq2_xxs, 2, 3, CODES_2BIT, 119462 },
	[ROS_LATTICE_IQ2_XS]  = { &ros_grid_iq2_xs,  2, 3, CODES_2BIT, 187770 },
	[ROS_LATTICE_IQ2_S]   = { &ros_grid_iq2_s,   1, 3, CODES_2BIT, 50253 },
	[ROS_LATTICE_IQ3_XXS] = { &ros_grid_iq3_xxs, 2, 8, CODES_3BIT, 22825 },
	[ROS_LATTICE_IQ3_S]   = { &ros_grid_iq3_s,   3, 8, CODES_3BIT, 28317 },
	[ROS_LATTICE_IQ1]     = { &ros_grid_iq1,     3, 3, CODES_2BIT, 332234 },
};

#define MAX_POINTS 2048
#define MAX_DISTANCE 196        /* four places of 7 * 7 */

/* Written once each under its once-flag, constant from then on; untouched pages cost nothing. */
static int32_t all_at[4 * CODES_2BIT + 2 * CODES_3BIT];
static uint16_t all_near[119462 + 187770 + 50253 + 22825 + 28317 + 332234 + ROS_NEAR_SLACK];
static struct ros_lattice lattices[ROS_LATTICE_COUNT];

struct build {
	const struct ros_grid *grid;
	unsigned shells, digit_values;
	int32_t *at;
	uint16_t *near;
	unsigned used;
};

/* Appends the list of the points within the nearest shells of a tuple, given all distances. */
static void add_list(struct build *b, const uint8_t *distance)
{
	unsigned place[MAX_DISTANCE + 1] = { 0 }, total = 0, shells = 0;
	int last = -1;

	for (unsigned k = 0; k < b->grid->size; k++)
		place[distance[k]]++;
	for (int d = 0; d <= MAX_DISTANCE && shells < b->shells; d++) {
		unsigned count = place[d];

		if (!count)
			continue;
		place[d] = total;
		total += count;
		last = d;
		shells++;
	}
	b->near[b->used] = (uint16_t)total;
	for (unsigned k = 0; k < b->grid->size; k++)
		if (distance[k] <= last)
			b->near[b->used + 1 + place[distance[k]]++] = b->grid->code[k];
	b->used += 1 + total;
}

/* Walks all tuples whose places below PLACE are chosen in CODE; DISTANCE: of every point over those places. */
static void visit(struct build *b, unsigned place, unsigned code, const uint8_t *distance)
{
	uint8_t further[MAX_POINTS];

	if (place == b->grid->digits) {
		if (b->at[code] < 0) {
			b->at[code] = ~(int32_t)b->used;
			add_list(b, distance);
		}
		return;
	}
	for (unsigned c = 0; c < b->digit_values; c++) {
		for (unsigned k = 0; k < b->grid->size; k++) {
			int diff = (int)c - (int)ros_grid_digit(b->grid, k, place);

			further[k] = (uint8_t)(distance[k] + diff * diff);
		}
		visit(b, place + 1, code | c << b->grid->bits * place, further);
	}
}

static void build(enum ros_lattice_id id)
{
	static const uint8_t zero[MAX_POINTS];
	struct build b = { rows[id].grid, rows[id].shells, rows[id].digit_values, all_at, all_near, 0 };

	for (unsigned i = 0; i < id; i++) {
		b.at += rows[i].codes;
		b.near += rows[i].near;
	}
	memset(b.at, 0xff, rows[id].codes * sizeof *b.at);
	for (unsigned k = 0; k < b.grid->size; k++)
		b.at[b.grid->code[k]] = (int32_t)k;
	visit(&b, 0, 0, zero);
	lattices[id] = (struct ros_lattice){ b.grid, b.at, b.near };
}

static void build_iq2_xxs(void) { build(ROS_LATTICE_IQ2_XXS); }
static void build_iq2_xs(void)  { build(ROS_LATTICE_IQ2_XS); }
static void build_iq2_s(void)   { build(ROS_LATTICE_IQ2_S); }
static void build_iq3_xxs(void) { build(ROS_LATTICE_IQ3_XXS); }
static void build_iq3_s(void)   { build(ROS_LATTICE_IQ3_S); }
static void build_iq1(void)     { build(ROS_LATTICE_IQ1); }

static struct {
	pthread_once_t once;
	void (*build)(void);
} builders[ROS_LATTICE_COUNT] = {
	[ROS_LATTICE_IQ2_XXS] = { PTHREAD_ONCE_INIT, build_iq2_xxs },
	[ROS_LATTICE_IQ2_XS]  = { PTHREAD_ONCE_INIT, build_iq2_xs },
	[ROS_LATTICE_IQ2_S]   = { PTHREAD_ONCE_INIT, build_iq2_s },
	[ROS_LATTICE_IQ3_XXS] = { PTHREAD_ONCE_INIT, build_iq3_xxs },
	[ROS_LATTICE_IQ3_S]   = { PTHREAD_ONCE_INIT, build_iq3_s },
	[ROS_LATTICE_IQ1]     = { PTHREAD_ONCE_INIT, build_iq1 },
};

const struct ros_lattice *ros_lattice_get(enum ros_lattice_id id)
{
	pthread_once(&builders[id].once, builders[id].build);
	return &lattices[id];
}

/* A place's error depends on its digit alone, so the few that can occur are computed once. */
uint16_t ros_near_ref(const uint16_t *codes, unsigned n, unsigned digits, const float *x, const float *w, float scale,
	const float *level)
{
	const unsigned bits = digits == 8 ? 2 : 3, mask = (1u << bits) - 1, levels = digits == 8 ? 3 : 8;
	float term[8][8] = { { 0 } }, best = FLT_MAX;
	uint16_t found = codes[0];

	for (unsigned i = 0; i < digits; i++)
		for (unsigned c = 0; c < levels; c++) {
			float diff = scale * level[c] - x[i];

			term[i][c] = w[i] * diff * diff;
		}
	for (unsigned k = 0; k < n; k++) {
		unsigned code = codes[k];
		float error = 0;

		for (unsigned i = 0; i < digits; i++, code >>= bits)
			error += term[i][code & mask];
		if (error < best) {
			best = error;
			found = codes[k];
		}
	}
	return found;
}

static unsigned pack(const struct ros_grid *g, const int8_t *l)
{
	unsigned code = 0;

	for (unsigned i = 0; i < g->digits; i++)
		code |= (unsigned)l[i] << g->bits * i;
	return code;
}

unsigned ros_lattice_index(const struct ros_lattice *lat, const int8_t *l)
{
	return (unsigned)lat->at[pack(lat->grid, l)];
}

bool ros_lattice_snap(const struct ros_lattice *lat, ros_near_fn *near, const float *x, const float *w, float scale,
	const float *level, int8_t *l, unsigned *index)
{
	const struct ros_grid *g = lat->grid;
	int32_t at = lat->at[pack(g, l)];
	const uint16_t *list = lat->near + ~at;
	uint16_t code;

	if (at >= 0) {
		if (index)
			*index = (unsigned)at;
		return true;
	}
	code = near(list + 1, list[0], g->digits, x, w, scale, level);
	for (unsigned i = 0; i < g->digits; i++)
		l[i] = (int8_t)(code >> g->bits * i & ((1u << g->bits) - 1));
	if (index)
		*index = (unsigned)lat->at[code];
	return false;
}
