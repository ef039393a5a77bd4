/* What must hold between a model and its family's contract. */
#ifndef ROS_CONTRACTS_RULES_H
#define ROS_CONTRACTS_RULES_H

#include "contracts/binding.h"
#include "formats/json.h"

struct ros_finding {
	const char *rule;               /* "contract.missing-tensor": static */
	struct ros_str subject;         /* tensor or number; may be empty */
	struct ros_str message;         /* wanted and found */
	bool fatal;                     /* a conversion must stop */
};

/* One rule: its id as findings carry it, whether a conversion must stop for it, one sentence. Ends with a NULL id. */
struct ros_rule_info {
	const char *id;
	bool fatal;
	const char *text;
};
extern const struct ros_rule_info ros_contract_rules[];

/* Checks the words of CONFIG (config.json; may be NULL) that the family fixes, the numbers (heads, rotation, bounds) and the
 * tensors (missing, unknown, shape, derived ones that hold something else) of a bound model. The findings, the first thousand
 * and at least one that is fatal if any is, are ARENA's; none is success too: look at *COUNT. */
int ros_contract_check(const struct ros_contract *c, const struct ros_hparams *hp, const struct ros_json *config, const struct ros_binding *b,
		       struct ros_arena *arena, struct ros_finding **findings, size_t *count, struct ros_error *err);

/* Checks that FORMAT's own metadata can say how the rotary frequencies are scaled. */
bool ros_contract_says_scaling(const struct ros_contract *c, const struct ros_hparams *hp, enum ros_format_id format);

#endif
