#include "quant/grids.h"

#include "quant/grid_codes.h"

#include <pthread.h>
#include <stddef.h>

#define IQ2_VALUES { 8, 25, 43 }

const struct ros_grid ros_grids[ROS_GRID_COUNT] = {
	/*                     codes                      count pos bits values of the digits */
	[ROS_GRID_IQ2_XXS] = { ros_grid_codes_iq2_xxs,     256, 8, 2, IQ2_VALUES },
	[ROS_GRID_IQ2_XS]  = { ros_grid_codes_iq2_xs,      512, 8, 2, IQ2_VALUES },
	[ROS_GRID_IQ2_S]   = { ros_grid_codes_iq2_s,      1024, 8, 2, IQ2_VALUES },
	[ROS_GRID_IQ3_XXS] = { ros_grid_codes_iq3_xxs,     256, 4, 3, { 4, 12, 20, 28, 36, 44, 52, 62 } },
	[ROS_GRID_IQ3_S]   = { ros_grid_codes_iq3_s,       512, 4, 3, { 1, 3, 5, 7, 9, 11, 13, 15 } },
	[ROS_GRID_IQ1]     = { ros_grid_codes_iq1,        2048, 8, 2, { -1, 0, 1 } },
};

/* First point of each grid in the expanded table. */
static const size_t start[ROS_GRID_COUNT + 1] = {
	0, 256 * 8, 768 * 8, 1792 * 8, 1792 * 8 + 256 * 4, 1792 * 8 + 768 * 4, 3840 * 8 + 768 * 4,
};

/* Written once under the once-flag, constant from then on. */
static _Alignas(64) int8_t points[3840 * 8 + 768 * 4];
static pthread_once_t expanded = PTHREAD_ONCE_INIT;

static void expand(void)
{
	for (int id = 0; id < ROS_GRID_COUNT; id++) {
		const struct ros_grid *g = &ros_grids[id];
		int8_t *p = points + start[id];

		for (unsigned k = 0; k < g->count; k++)
			for (unsigned i = 0; i < g->positions; i++)
				*p++ = g->value[ros_grid_digit(g, g->codes[k], i)];
	}
}

const int8_t *ros_grid_points(enum ros_grid_id id)
{
	pthread_once(&expanded, expand);
	return points + start[id];
}
