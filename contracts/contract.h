/* What a family is: the types of the tables that codegen/ writes from contracts/families/.yaml files.
 * Everything here is constant data; nothing outside contracts/ names a family.
 *
 *     const struct ros_contract *c = ros_contract_for_class(name);
 *     ros_hparams_init(&hp); ... fill from c->config, c->gguf or c->apr ...
 *     ros_contract_complete(c, &hp, &err);
 *     ros_layout_build(&layout, c, &hp, ROS_FORMAT_GGUF, -1, &arena, &err);      (contracts/layout.h) */
#ifndef ROS_CONTRACTS_CONTRACT_H
#define ROS_CONTRACTS_CONTRACT_H

#include "contracts/expr.h"
#include "contracts/layout.h"
#include "formats/meta.h"

/* ---- engine switches: with these and the numbers, one decoder runs every family ---- */

enum ros_norm_kind { ROS_NORM_RMS, ROS_NORM_LAYER, ROS_NORM_LAYER_PLAIN /* no parameters */ };
enum ros_norm_place { ROS_NORM_PRE, ROS_NORM_POST_SUM /* norm(x + f(x)) */, ROS_NORM_POST_BRANCH /* x + norm(f(x)) */,
		      ROS_NORM_SANDWICH /* before and after */, ROS_NORM_PARALLEL };
enum ros_qk_norm { ROS_QK_NORM_NONE, ROS_QK_NORM_HEAD_RMS, ROS_QK_NORM_FULL_RMS, ROS_QK_NORM_HEAD_LAYER };
enum ros_attention { ROS_ATTENTION_GQA, ROS_ATTENTION_MLA, ROS_ATTENTION_NONE };
enum ros_mask { ROS_MASK_CAUSAL, ROS_MASK_BIDIRECTIONAL };
enum ros_positions { ROS_POSITIONS_ROPE, ROS_POSITIONS_LEARNED, ROS_POSITIONS_ALIBI, ROS_POSITIONS_NONE };
enum ros_rope_pair { ROS_PAIR_HALF /* i with i + n_rot/2 */, ROS_PAIR_ADJACENT /* 2i with 2i + 1 */ };
enum ros_ffn { ROS_FFN_GLU, ROS_FFN_MLP, ROS_FFN_NONE };
enum ros_activation { ROS_ACT_SILU, ROS_ACT_GELU_TANH, ROS_ACT_GELU_ERF, ROS_ACT_RELU, ROS_ACT_RELU2 };

/* Formulas are empty where the switch does not apply. Biases have no switch: a bias acts when its tensor is there. */
struct ros_engine {
	enum ros_norm_kind norm_kind;
	bool norm_plus_one;             /* Hugging Face files store w - 1 */
	enum ros_norm_place norm_place;
	enum ros_qk_norm qk_norm;
	enum ros_attention attention;
	enum ros_mask mask;
	enum ros_positions positions;
	enum ros_rope_pair rope_pair;   /* for rows in Hugging Face order */
	enum ros_ffn ffn;
	enum ros_activation activation;
	bool gate_up_fused, shared_gate; /* sigmoid(gate) on the shared expert */
	bool expert_select_bias;        /* a bias that only chooses */
	struct ros_expr norms_per_layer;
	struct ros_expr q_scale;        /* factor on q.k */
	struct ros_expr sliding_layer;  /* true: LAYER sees sliding_window positions */
	struct ros_expr rope_layer;     /* false: LAYER does not rotate; empty: all do */
	struct ros_expr attention_layer; /* false: LAYER is no attention layer (hybrids) */
	struct ros_expr expert_layer;   /* true: LAYER is a mixture of experts */
	struct ros_expr embed_scale, residual_scale, logit_scale;
};

/* ---- tensors ---- */

/* One logical matrix (atom) per layer and index. */
struct ros_role {
	const char *name;               /* "attn_q" */
	bool per_layer;
	struct ros_expr each;           /* how many of it in a layer: experts, heads; empty: one */
	struct ros_expr rows, cols;     /* [out, in]; cols empty for vectors */
	struct ros_expr rope_heads;     /* heads in its rows when they rotate; empty otherwise */
	struct ros_expr when;           /* is it there for these numbers, in this layer; empty: yes */
	struct ros_expr required;       /* an optional role that these numbers require (a stated bias) */
	enum ros_presence presence;
	uint16_t tied_to;               /* for ROS_TIED: the role whose values it shares (either may be the stored one) */
	int line;                       /* in the family's file, for messages */
};
#define ROS_NO_ROLE UINT16_MAX

/* What fills a tensor that has no source. */
enum ros_derivation {
	ROS_DERIVE_NONE,
	ROS_DERIVE_LLAMA3_FACTORS, ROS_DERIVE_LONG_FACTORS, ROS_DERIVE_SHORT_FACTORS,   /* written (GGUF) */
	ROS_DERIVE_INV_FREQ, ROS_DERIVE_CAUSAL_MASK, ROS_DERIVE_MASKED_BIAS, ROS_DERIVE_POSITION_IDS, /* only recognised */
};

struct ros_tensor_part {
	uint16_t role;
	enum ros_value_map value;
};

/* One line of a format's tensor list; {layer} and {each} in the name are numbers.
 * With each-roles and no {each} in the name the tensor stacks them on a new outermost dimension. */
struct ros_tensor_rule {
	const char *name;
	const struct ros_tensor_part *parts;
	uint8_t part_count;
	struct ros_expr groups;         /* parts interleave by this many groups of rows; empty: one after the other */
	bool transposed;                /* stores [in, out] */
	bool keep_f32;                  /* a matrix that stays F32 (vectors always do, outside SafeTensors) */
	bool optional_read;             /* another spelling: recognised, never written */
	struct ros_expr dims[5];        /* overrides the natural shape (same number of elements) */
	uint8_t ndim;                   /* 0: natural shape */
	struct ros_expr when;           /* besides the roles' own */
	enum ros_derivation derive;     /* with part_count 0 */
	int line;
};

/* Another beginning of names: "transformer." before a list that is spelled without it. Names
 * that are not found as they are are tried with READ replaced by WRITE. */
struct ros_spelling {
	const char *read, *write;
};

struct ros_tensor_list {
	const struct ros_tensor_rule *rules;
	uint16_t count;
	bool pair_rows;                 /* rows of roles with rope_heads are in pair order */
	bool write_tied;                /* readers want the output matrix even when it is tied: a copy is written */
	const struct ros_spelling *spellings;
	uint8_t spelling_count;
};

/* ---- metadata ---- */

enum ros_key_source {
	ROS_KEY_NUMBER,         /* the hparam HP (written through VALUE where that is not empty) */
	ROS_KEY_TEXT,           /* the constant TEXT */
	ROS_KEY_FILE_TYPE,      /* general.file_type, written here in the order */
	ROS_KEY_LONG_FACTORS, ROS_KEY_SHORT_FACTORS,    /* arrays of reals */
	ROS_KEY_ACTIVATION,     /* config.json only: the activation's word */
};

/* One metadata key of one format. Read: the first of KEY and ALIASES that is there and not null sets HP
 * (unless VALUE is set: then it is written only). A TEXT or ACTIVATION that config.json says otherwise is a finding (contracts/rules.h).
 * Written: when WHEN is true; an empty WHEN means when the value is there. */
struct ros_key_rule {
	const char *key;                /* config.json: path by '/'; GGUF: after "ARCH.", whole where it begins with
	                                 * "general." or "tokenizer."; APR: top-level key */
	const char *const *aliases;     /* NULL-terminated, or NULL */
	enum ros_key_source source;
	enum ros_hp hp;                 /* ROS_HP_COUNT: none */
	enum ros_meta_type type;        /* GGUF and APR: as written; JSON: U32/U64 whole, F32/F64 real, BOOL, STRING, ARRAY of F32.
	                                 * ROS_HP_ROPE_SCALING is a STRING */
	struct ros_expr value, when;
	bool per_layer;                 /* an array of TYPE: VALUE in each layer, whole numbers or truth values */
	const char *text;
	int line;
};

struct ros_key_list {
	const struct ros_key_rule *rules;       /* in the order in which they are written */
	uint16_t count;
};

/* A number for an hparam that the source leaves out, tried in order; absent operands: skipped. */
struct ros_default {
	enum ros_hp hp;
	struct ros_expr value;
};

/* ---- the rest ---- */

struct ros_size_value {
	enum ros_hp hp;
	uint64_t u;
	double f;
};

/* A published checkpoint; its numbers were checked when the tables were built. */
struct ros_size {
	const char *name;               /* "8b" */
	const char *repo;               /* where it is published */
	uint64_t parameters;            /* as published, a tied output not counted */
	const struct ros_size_value *values;
	uint16_t value_count;
	int line;
};

struct ros_special_token {
	const char *use;                /* "bos" "eos" "pad" "unk" "eot" "im_start" "im_end" ... */
	const char *text;
	int64_t id;                     /* -1: differs between checkpoints */
};

/* What the family's published checkpoints have. PRE is taken where a folder cuts text as no known name says, CHAT_FORMAT where it
 * has a template; the rest is not: a vocabulary's own files say it. */
struct ros_tokenizer_hint {
	const char *model;              /* GGUF tokenizer.ggml.model: "gpt2", "llama" */
	const char *pre;                /* GGUF tokenizer.ggml.pre, NULL: unknown */
	const char *chat_format;        /* APR chat_format: "chatml", "llama2" ... NULL */
	const char *chat_template;      /* Jinja, NULL: none */
	const struct ros_special_token *tokens;
	uint8_t token_count;
};

/* What llama-quantize's recipe asks of a family. */
struct ros_quantize_hints {
	bool second_mixture;            /* architecture falcon has mixtures of its own */
	uint16_t big_layers;            /* layer count of the 70B recipe, 0: none (attn_v shared by 8 heads) */
	bool big_needs_gqa;             /* ... only where heads share their keys and values */
};

struct ros_contract {
	const char *key, *display_name, *vendor;
	const char *file;                       /* "families/x.yaml", for messages */
	const char *const *classes;             /* config.json architectures; NULL-terminated, first is written */
	const char *const *model_types;         /* config.json model_type; first is written */
	const char *gguf_arch;                  /* general.architecture */
	const char *apr_arch;                   /* APR architecture, written */
	const char *const *apr_aliases;         /* other APR spellings read (lower case) */
	struct ros_expr gguf_when;              /* tells families that share gguf_arch apart, from its own numbers; empty: the fallback */
	struct ros_engine engine;
	const struct ros_role *roles;
	uint16_t role_count;
	struct ros_tensor_list tensors[ROS_FORMAT_COUNT];
	struct ros_key_list config, gguf, apr;
	const struct ros_default *defaults;
	uint16_t default_count;
	const struct ros_size *sizes;
	uint16_t size_count;
	struct ros_tokenizer_hint tokenizer;
	struct ros_quantize_hints quantize;
};

/* Every family, sorted by key. */
extern const struct ros_contract *const ros_contracts[];
extern const size_t ros_contract_count;

/* By config.json: a class name of "architectures", or a model_type. NULL: unknown. */
const struct ros_contract *ros_contract_for_class(struct ros_str name);
const struct ros_contract *ros_contract_for_model_type(struct ros_str name);
/* By both, the class first, either may be empty: *CONTRACT, NULL where neither is known. ROS_ECONTRACT where they name families
 * that are not interchangeable, *CONTRACT is the class's then. */
int ros_contract_for_config(struct ros_str class, struct ros_str type, const struct ros_contract **contract, struct ros_error *err);
/* By general.architecture. Several families may share it; HP (filled through the keys of any of them: they read the
 * same numbers alike) decides, NULL takes the fallback. */
const struct ros_contract *ros_contract_for_gguf(struct ros_str arch, const struct ros_hparams *hp);
/* By APR's architecture or hf_architecture, any case. */
const struct ros_contract *ros_contract_for_apr(struct ros_str name, const struct ros_hparams *hp);

/* True where A and B are one family, or two that a GGUF cannot tell apart: same architecture there, same roles in the
 * same order, same tensor names (a file made of either may be read as the other). */
bool ros_contract_interchangeable(const struct ros_contract *a, const struct ros_contract *b);

/* Fills absent numbers by the contract's defaults (state ROS_HP_DEFAULTED). ROS_ECONTRACT quoting the
 * formula where one fails. */
int ros_contract_complete(const struct ros_contract *c, struct ros_hparams *hp, struct ros_error *err);

/* The published size these numbers are, NULL when none: every number the size states must agree where HP has it. */
const struct ros_size *ros_contract_size(const struct ros_contract *c, const struct ros_hparams *hp);

/* A GGUF keeps Llama 3's rope scaling only as the tensor rope_freqs.weight. Finds the configuration that gives exactly
 * these FACTORS (float32, little endian) with the rope_theta in HP, and sets it there; false, HP untouched, when none does. */
bool ros_rope_factors_recognise(struct ros_bytes factors, struct ros_hparams *hp);

/* ROS_NO_ROLE when the family has no role of that name. */
uint32_t ros_role_by_name(const struct ros_contract *c, const char *name);

#endif
