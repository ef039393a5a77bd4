/* The code words alone; everybody but quant/grids.c wants ros_grids[] of quant/grids.h. */
#ifndef ROS_QUANT_GRID_CODES_H
#define ROS_QUANT_GRID_CODES_H

#include <stdint.h>

extern const uint16_t ros_grid_codes_iq2_xxs[256], ros_grid_codes_iq2_xs[512], ros_grid_codes_iq2_s[1024];
extern const uint16_t ros_grid_codes_iq3_xxs[256], ros_grid_codes_iq3_s[512], ros_grid_codes_iq1[2048];

#endif
