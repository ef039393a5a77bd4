/* What ros_derive keeps for its report. */
#ifndef ROS_ROSETTA_DERIVE_VERB_H
#define ROS_ROSETTA_DERIVE_VERB_H

#include "quant/imatrix.h"
#include "rosetta/derive.h"
#include "rosetta/report.h"
#include "rosetta/source.h"

struct ros_derive_detail {
	struct ros_source source, quantized;
	bool source_open, quantized_open;
	struct ros_imatrix imatrix;
	struct ros_derive_options opt;
	struct ros_plan plan;           /* brings the source to the quantized model's tensors */
	struct ros_derive_job job;
	size_t keys_compared, keys_different;
};

/* Holds the quantized model's metadata against what the source's files give: differing tokenizer, chat template and
 * hyper-parameters are fatal findings (derive.metadata), and so is a template that only one has; other absent ones are notes. */
int ros_derive_metadata(struct ros_derive_detail *d, struct ros_verdict *v, struct ros_error *err);

/* The report's members and text. */
void ros_derive_json(const struct ros_report *r, struct ros_json_out *out);
void ros_derive_text(const struct ros_report *r, struct ros_text *out, unsigned flags);

#endif
