/* The numbers of one model, in one spelling for all families and formats. */
#ifndef ROS_CONTRACTS_HPARAMS_H
#define ROS_CONTRACTS_HPARAMS_H

#include "formats/error.h"

/* ROS_HP_N_LAYER ... and ROS_HP_COUNT, which also says "none". */
enum ros_hp {
#define HP(id, name, kind, cap, text) ROS_HP_##id,
#include "contracts/hparams.def"
#undef HP
	ROS_HP_COUNT
};

enum ros_hp_kind { ROS_HP_UINT, ROS_HP_REAL, ROS_HP_BOOL, ROS_HP_SCALING };

/* Values of ROS_HP_ROPE_SCALING; the words are config.json's rope_type (older: type). */
enum ros_rope_scaling {
	ROS_SCALING_NONE,       /* "default" or none */
	ROS_SCALING_LINEAR,
	ROS_SCALING_DYNAMIC,
	ROS_SCALING_YARN,
	ROS_SCALING_LLAMA3,
	ROS_SCALING_LONGROPE,   /* also "su" */
};

struct ros_hp_info {
	const char *name;               /* as contracts/families/ spell it */
	enum ros_hp_kind kind;
	double cap;                     /* largest value accepted */
	const char *text;
};
extern const struct ros_hp_info ros_hp_info[ROS_HP_COUNT];

/* Where a number comes from. */
enum ros_hp_state {
	ROS_HP_ABSENT,
	ROS_HP_DEFAULTED,       /* by the contract's defaults, from other numbers */
	ROS_HP_GIVEN,           /* the source says so */
};

/* UINT, BOOL and SCALING live in u, REAL in f. Numbers of which each layer has its own (heads of
 * OpenELM, feed-forward widths of Nemotron) have by_layer set, layer_count long; u then holds the largest. */
struct ros_hparams {
	struct { uint64_t u; double f; } v[ROS_HP_COUNT];
	uint8_t state[ROS_HP_COUNT];    /* enum ros_hp_state */
	const uint64_t *by_layer[ROS_HP_COUNT];
	size_t layer_count;
	const double *rope_long, *rope_short;   /* longrope factors, n_rot/2 each; borrowed */
	size_t rope_long_count, rope_short_count;
};

/* Everything absent. */
void ros_hparams_init(struct ros_hparams *hp);

/* Records a value as given. ROS_ECONTRACT naming the number where it is over its cap, negative, or
 * not finite. The first sets UINT, BOOL and SCALING, the second REAL (either converts exactly or fails). */
int ros_hparams_set_u64(struct ros_hparams *hp, enum ros_hp id, uint64_t value, struct ros_error *err);
int ros_hparams_set_f64(struct ros_hparams *hp, enum ros_hp id, double value, struct ros_error *err);

/* False, leaving *OUT alone, when absent. The second reads every kind. */
bool ros_hparams_u64(const struct ros_hparams *hp, enum ros_hp id, uint64_t *out);
bool ros_hparams_f64(const struct ros_hparams *hp, enum ros_hp id, double *out);

/* ROS_HP_COUNT when no number is spelled so. */
enum ros_hp ros_hp_by_name(struct ros_str name);

/* The scaling kind for a config.json or GGUF word; false when unknown. */
bool ros_rope_scaling_by_name(struct ros_str word, enum ros_rope_scaling *out);
/* config.json's word: "linear", "llama3" ... */
const char *ros_rope_scaling_name(enum ros_rope_scaling kind);

#endif
