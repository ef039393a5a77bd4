/* What verify and diff have in common: two opened models, pairs of steps, and how they are told. */
#ifndef ROS_ROSETTA_COMPARISON_H
#define ROS_ROSETTA_COMPARISON_H

#include "rosetta/compare.h"
#include "rosetta/report.h"
#include "rosetta/source.h"

struct ros_comparison {
	struct ros_source a, b;
	struct ros_compare_options opt;
	struct ros_plan plan_a, plan_b;
	struct ros_compare compare;
	uint64_t count[ROS_STATUS_COUNT];
	uint64_t elements, different;           /* over all tensors */
	uint64_t lossy, rounded;
	struct ros_str *skipped;                /* tensors that --include and --exclude left out, as the pairs are named */
	size_t skipped_count;
	bool keys_alike;                        /* a key that one lacks is a difference, and both ways are looked: diff */
	struct ros_key_difference {
		struct ros_str key;
		struct ros_str a, b;            /* as text; {NULL, 0}: absent */
	} *keys;                                /* metadata */
	size_t key_count, key_room;
	struct ros_meta told;                   /* the keys among them, by name */
};

/* Takes options, opens both. */
int ros_comparison_open(struct ros_comparison *c, const char *a, const char *b, const struct ros_compare_options *given,
			struct ros_verdict *v, struct ros_error *err);

/* Compares the pairs that compare.pairs has room for (set count), sums up, and turns what does not pass into findings. */
int ros_comparison_run(struct ros_comparison *c, struct ros_verdict *v, struct ros_error *err);

/* Compares what A's metadata would be in B's format with B's, and what both say in the one form that all formats can be brought to:
 * numbers and vocabulary that contradict are fatal findings, and so are those that one leaves out unless its default says the
 * same; names are notes. A known family against an unknown one is a finding. */
int ros_comparison_metadata(struct ros_comparison *c, struct ros_verdict *v, struct ros_error *err);

/* Parts of it. Numbers that configurations state and GGUF's keys cannot say; the side files, word for word: what decides nothing is
 * told (notes), of unknown families config.json decides. */
int ros_comparison_numbers(struct ros_comparison *c, struct ros_verdict *v, struct ros_error *err);
int ros_comparison_files(struct ros_comparison *c, struct ros_verdict *v, struct ros_error *err);

/* Records that KEY is A in A and B in B ({NULL, 0}: absent); a key that was told already is not told again. Long texts are
 * shown from where they differ. All is copied. */
int ros_comparison_key(struct ros_comparison *c, bool fatal, struct ros_str key, struct ros_str a, struct ros_str b, struct ros_verdict *v,
		       struct ros_error *err);

/* Brings what was skipped into order, each name once. */
void ros_comparison_sort_skipped(struct ros_comparison *c);

/* Says what a comparison that passes has shown: SAME followed by the number of tensors, or that they are within tolerance; and how
 * many were left out. */
void ros_comparison_say(struct ros_report *r, const char *same);

/* Closes both models; safe on one that opened none. */
void ros_comparison_release(struct ros_comparison *c);

/* The members and the text of a verify or diff report. */
void ros_comparison_json(const struct ros_report *r, struct ros_json_out *o);
void ros_comparison_text(const struct ros_report *r, struct ros_text *t, unsigned flags);

#endif
