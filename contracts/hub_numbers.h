/* Which family a model is, and its numbers. */
#ifndef ROS_CONTRACTS_HUB_NUMBERS_H
#define ROS_CONTRACTS_HUB_NUMBERS_H

#include "contracts/findings.h"
#include "contracts/hub.h"
#include "contracts/hub_keys.h"

/* A source's configuration: what is there of it. */
/* Ends each message of a container that says two things. */
#define ROS_HUB_WAY_OUT "; --own-metadata takes what it says itself"

struct ros_hub_source {
	struct ros_error *told;                 /* where the container and what it carries differ */
	const struct ros_model *m;
	const struct ros_json *config;  /* config.json, its own or carried; NULL when absent */
	const struct ros_meta *gguf;    /* of a GGUF */
	const struct ros_json *apr;     /* of an APR */
	struct ros_findings *findings;
	bool unread;                    /* as of struct ros_hub_options */
};

/* Sets HUB's architecture, contract and hp (complete). config.json names the family best and is read when it is there; a container's
 * own keys are read otherwise. Where both are there and say different numbers, stated or as defaults, S's TOLD gets ROS_ECONTRACT with the
 * number and both values. What only tensors tell (tied output, biases, rows of the embedding, long rope factors) is taken from them unless the
 * configuration says it. */
int ros_hub_find_numbers(struct ros_hub *hub, const struct ros_hub_source *s, struct ros_error *err);

#endif
