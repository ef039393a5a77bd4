/* One look at a run of source weights and decoded values: all that the judge of derivations (quant/consistent.h) asks of
 * most runs. Largest and least values and one flag: in whatever order lanes are joined, the result is the same. */
#ifndef ROS_QUANT_RUN_LOOK_H
#define ROS_QUANT_RUN_LOOK_H

#include <stdbool.h>
#include <stddef.h>

/* What a run's values are measured against. */
struct ros_run_ruler {
	float lo, hi;           /* ends of the ladder */
	float half;             /* half the distance of neighbours */
};

struct ros_run_look {
	float distance;         /* largest |w - v|, infinity where one is NaN */
	float least, most;      /* of w, and 0 */
	bool far;               /* some v is farther than half from its w, and no end of the ladder that w lies past; or a NaN */
};

/* Looks at N weights W and values V, N > 0. */
typedef struct ros_run_look ros_run_look_fn(const float *w, const float *v, size_t n, struct ros_run_ruler ruler);

/* The reference. */
ros_run_look_fn ros_run_look;

#endif
