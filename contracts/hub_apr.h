/* An APR's metadata from the hub. */
#ifndef ROS_CONTRACTS_HUB_APR_H
#define ROS_CONTRACTS_HUB_APR_H

#include "contracts/contract.h"
#include "contracts/findings.h"
#include "contracts/hub.h"

/* Sets DST's APR metadata text: one canonical spelling for each field, rope_theta and rope_type always stated (2 where
 * elements i and i + n/2 of a head rotate together as the rows of Q and K lie, 0 where 2i and 2i + 1 do), the vocabulary, the carried
 * files. */
int ros_hub_to_apr(const struct ros_hub *hub, struct ros_model *dst, const struct ros_hub_options *opt, struct ros_findings *f,
		   struct ros_error *err);

/* The text of rosetta.apr.json (which HUB must have), its rope_type, total_size and param_count made true. */
int ros_hub_restore_apr(const struct ros_hub *hub, struct ros_model *dst, const struct ros_hub_options *opt, struct ros_error *err);

/* rope_type of an APR of family C (may be NULL) whose rows lie as ROWS_HF says (as in struct ros_hub); -1: the family does not rotate. */
int ros_apr_rope_type(const struct ros_contract *c, int rows_hf);

#endif
