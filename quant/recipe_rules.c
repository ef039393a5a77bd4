#include "config.h"

#include "quant/recipe_rules.h"

#include <string.h>

#define B(ftype) ROS_FT_BIT(ROS_FT_##ftype)
#define IQ1 (B(IQ1_S) | B(IQ1_M))
#define LOW (IQ1 | B(IQ2_XXS) | B(IQ2_XS) | B(IQ2_S) | B(IQ2_M))    /* files of about two bits and less: rules of their own */
#define ALL UINT64_MAX
#define REST (~LOW)

#define V ROS_KIND_ATTN_V
#define GQA4 ROS_IF_GQA4
#define E8 ROS_IF_EXPERTS8
#define IMATRIX ROS_IF_IMATRIX
#define SECOND ROS_IF_SECOND
#define EIGHTH ROS_IF_EIGHTH
#define MORE ROS_IF_MORE_BITS

const struct ros_recipe_rule ros_recipe_rules[] = {
	/* output.weight, or the embedding that serves as it */
	/* kind                 ftypes                        when                 unless           type */
	{ ROS_KIND_OUTPUT,     B(MXFP4_MOE),                 0,                   0,               ROS_Q8_0 },
	{ ROS_KIND_OUTPUT,     ALL,                          SECOND,              0,               ROS_Q8_0 },
	{ ROS_KIND_OUTPUT,     ALL,                          ROS_IF_NO_FIT,       0,               ROS_Q8_0 },
	{ ROS_KIND_OUTPUT,     LOW | B(IQ3_XXS),             0,                   0,               ROS_Q5_K },
	{ ROS_KIND_OUTPUT,     ALL,                          0,                   ROS_IF_Q8_0,     ROS_Q6_K },

	{ ROS_KIND_ANY,        B(MXFP4_MOE),                 ROS_IF_EXPERTS,      0,               ROS_MXFP4 },
	{ ROS_KIND_ANY,        B(MXFP4_MOE),                 0,                   0,               ROS_Q8_0 },

	{ ROS_KIND_TOKEN_EMBD, IQ1 | B(IQ2_XXS) | B(IQ2_XS), 0,                   0,               ROS_Q2_K },
	{ ROS_KIND_TOKEN_EMBD, B(IQ2_S) | B(IQ2_M) | B(IQ3_XXS), 0,               0,               ROS_IQ3_S },
	{ ROS_KIND_TOKEN_EMBD, B(TQ1_0) | B(TQ2_0) | B(Q2_0), 0,                  0,               ROS_Q4_K },

	/* the low-bit files */
	{ V,                    LOW,                          GQA4,                0,               ROS_Q4_K },
	{ V,                    LOW,                          ROS_IF_EXPERTS4,     0,               ROS_Q4_K },
	{ V,                    B(IQ2_S) | B(IQ2_M),          0,                   0,               ROS_IQ3_S },
	{ V,                    LOW,                          0,                   0,               ROS_Q2_K },
	{ ROS_KIND_ATTN_K,     LOW,                          E8,                  0,               ROS_Q4_K },
	{ ROS_KIND_FFN_DOWN,   B(IQ2_S) | B(IQ2_M),          ROS_IF_RUNNING_EIGHTH, 0,             ROS_IQ3_S },
	{ ROS_KIND_FFN_DOWN,   LOW,                          ROS_IF_RUNNING_EIGHTH, 0,             ROS_Q2_K },
	{ ROS_KIND_ATTN_OUTPUT, LOW,                         E8,                  0,               ROS_Q5_K },
	{ ROS_KIND_ATTN_OUTPUT, IQ1,                         0,                   0,               ROS_IQ2_XXS },
	{ ROS_KIND_ATTN_OUTPUT, B(IQ2_S) | B(IQ2_M),         0,                   0,               ROS_IQ3_S },

	/* all others */
	{ V,                    REST,                         E8,                  0,               ROS_Q8_0 },
	{ V,                    B(Q2_K) | B(Q2_K_S) | B(IQ3_XXS) | B(IQ3_XS) | B(IQ3_S), GQA4, 0,   ROS_Q4_K },
	{ V,                    B(Q2_K),                      0,                   0,               ROS_Q3_K },
	{ V,                    B(IQ3_XXS),                   0,                   IMATRIX,         ROS_IQ3_S },
	{ V,                    B(IQ3_M),                     0,                   0,               ROS_Q4_K },
	{ V,                    B(Q3_K_M),                    ROS_IF_FIRST2,       0,               ROS_Q5_K },
	{ V,                    B(Q3_K_M),                    0,                   0,               ROS_Q4_K },
	{ V,                    B(Q3_K_L),                    0,                   0,               ROS_Q5_K },
	{ V,                    B(IQ4_NL) | B(IQ4_XS),        GQA4,                0,               ROS_Q5_K },
	{ V,                    B(Q4_K_M) | B(Q5_K_M),        MORE,                0,               ROS_Q6_K },
	{ V,                    B(Q4_K_S),                    ROS_IF_FIRST4,       0,               ROS_Q5_K },

	{ ROS_KIND_ATTN_K,     REST,                         E8,                  0,               ROS_Q8_0 },
	{ ROS_KIND_ATTN_K,     B(IQ3_XS),                    0,                   0,               ROS_IQ3_XXS },
	{ ROS_KIND_ATTN_K,     B(IQ3_XXS),                   0,                   0,               ROS_IQ2_S },
	{ ROS_KIND_ATTN_Q,     B(IQ3_XS),                    0,                   0,               ROS_IQ3_XXS },
	{ ROS_KIND_ATTN_Q,     B(IQ3_XXS),                   0,                   0,               ROS_IQ2_S },

	{ ROS_KIND_FFN_DOWN,   B(Q2_K),                      0,                   0,               ROS_Q3_K },
	{ ROS_KIND_FFN_DOWN,   B(Q2_K_S),                    EIGHTH,              0,               ROS_Q4_K },
	{ ROS_KIND_FFN_DOWN,   B(IQ3_XXS),                   EIGHTH,              IMATRIX,         ROS_Q4_K },
	{ ROS_KIND_FFN_DOWN,   B(IQ3_XXS),                   0,                   IMATRIX,         ROS_Q3_K },
	{ ROS_KIND_FFN_DOWN,   B(Q3_K_M),                    ROS_IF_SIXTEENTH,    0,               ROS_Q5_K },
	{ ROS_KIND_FFN_DOWN,   B(Q3_K_M),                    0,                   SECOND,          ROS_Q4_K },
	{ ROS_KIND_FFN_DOWN,   B(Q3_K_M),                    MORE,                0,               ROS_Q4_K },
	{ ROS_KIND_FFN_DOWN,   B(Q3_K_M),                    0,                   0,               ROS_Q3_K },
	{ ROS_KIND_FFN_DOWN,   B(IQ3_M),                     EIGHTH,              0,               ROS_Q4_K },
	{ ROS_KIND_FFN_DOWN,   B(IQ3_M),                     E8 | MORE,           0,               ROS_Q4_K },
	{ ROS_KIND_FFN_DOWN,   B(Q3_K_L),                    SECOND,              0,               ROS_Q4_K },
	{ ROS_KIND_FFN_DOWN,   B(Q3_K_L),                    0,                   0,               ROS_Q5_K },
	{ ROS_KIND_FFN_DOWN,   B(Q4_K_M),                    SECOND | ROS_IF_SIXTEENTH, 0,         ROS_Q6_K },
	{ ROS_KIND_FFN_DOWN,   B(Q4_K_M),                    SECOND | MORE,       0,               ROS_Q5_K },
	{ ROS_KIND_FFN_DOWN,   B(Q4_K_M),                    MORE,                SECOND,          ROS_Q6_K },
	{ ROS_KIND_FFN_DOWN,   B(IQ4_NL) | B(IQ4_XS),        EIGHTH,              IMATRIX,         ROS_Q5_K },
	{ ROS_KIND_FFN_DOWN,   B(Q5_K_M),                    MORE,                0,               ROS_Q6_K },
	{ ROS_KIND_FFN_DOWN,   B(Q4_K_S),                    EIGHTH,              SECOND,          ROS_Q5_K },
	{ ROS_KIND_FFN_DOWN,   B(Q4_0),                      EIGHTH | IMATRIX,    0,               ROS_Q4_1 },
	{ ROS_KIND_FFN_DOWN,   B(Q5_0),                      EIGHTH | IMATRIX,    0,               ROS_Q5_1 },

	{ ROS_KIND_ATTN_OUTPUT, B(Q3_K_L),                   SECOND,              0,               ROS_Q4_K },
	{ ROS_KIND_ATTN_OUTPUT, B(Q2_K) | B(IQ3_XS) | B(IQ3_XXS) | B(Q3_K_S) | B(Q3_K_M) | B(IQ4_NL) | B(Q4_K_S)
		| B(Q4_K_M) | B(IQ3_S) | B(IQ3_M) | B(IQ4_XS), E8,                 SECOND,          ROS_Q5_K },
	{ ROS_KIND_ATTN_OUTPUT, B(Q2_K),                     0,                   SECOND | E8,     ROS_Q3_K },
	{ ROS_KIND_ATTN_OUTPUT, B(IQ3_XXS),                  0,                   SECOND | E8,     ROS_IQ3_S },
	{ ROS_KIND_ATTN_OUTPUT, B(Q3_K_M) | B(IQ3_M),        0,                   SECOND | E8,     ROS_Q4_K },
	{ ROS_KIND_ATTN_OUTPUT, B(Q3_K_L),                   0,                   SECOND | E8,     ROS_Q5_K },

	/* a kind of its own in 2025 only */
	{ ROS_KIND_ATTN_QKV,   B(Q3_K_M) | B(Q3_K_L) | B(IQ3_M), 0,               0,               ROS_Q4_K },
	{ ROS_KIND_ATTN_QKV,   B(Q4_K_M),                    0,                   0,               ROS_Q5_K },
	{ ROS_KIND_ATTN_QKV,   B(Q5_K_M),                    0,                   0,               ROS_Q6_K },

	{ ROS_KIND_FFN_GATE,   B(IQ3_XS),                    ROS_IF_MIDDLE,       0,               ROS_IQ3_XXS },
	{ ROS_KIND_FFN_UP,     B(IQ3_XS),                    ROS_IF_MIDDLE,       0,               ROS_IQ3_XXS },
};
const size_t ros_recipe_rule_count = sizeof ros_recipe_rules / sizeof *ros_recipe_rules;

/* Where a text must stand in a name, and in which generations a row counts. */
enum where { WHOLE, WITHIN };
enum years { BOTH, ONLY_2025, ONLY_2026 };

/* The first row that fits decides. */
static const struct {
	const char *text;
	enum where where;
	enum years years;
	enum ros_tensor_kind kind;
} kinds[] = {
	{ "output.weight",               WHOLE,  BOTH,      ROS_KIND_OUTPUT },
	{ "token_embd.weight",           WHOLE,  BOTH,      ROS_KIND_TOKEN_EMBD },
	{ "per_layer_token_embd.weight", WHOLE,  ONLY_2026, ROS_KIND_TOKEN_EMBD },
	{ "attn_qkv.weight",             WITHIN, ONLY_2025, ROS_KIND_ATTN_QKV },
	{ "attn_qkv.weight",             WITHIN, ONLY_2026, ROS_KIND_ATTN_V },
	{ "attn_kv_b.weight",            WITHIN, ONLY_2026, ROS_KIND_ATTN_V },
	{ "attn_v.weight",               WITHIN, BOTH,      ROS_KIND_ATTN_V },
	{ "attn_k.weight",               WITHIN, BOTH,      ROS_KIND_ATTN_K },
	{ "attn_q.weight",               WITHIN, BOTH,      ROS_KIND_ATTN_Q },
	{ "attn_output.weight",          WITHIN, BOTH,      ROS_KIND_ATTN_OUTPUT },
	{ "ffn_up",                      WITHIN, BOTH,      ROS_KIND_FFN_UP },
	{ "ffn_gate",                    WITHIN, BOTH,      ROS_KIND_FFN_GATE },
	{ "ffn_down",                    WITHIN, BOTH,      ROS_KIND_FFN_DOWN },
};

/* Never quantized: norms, routers, positions, convolutions, small matrices, parts of other modalities. */
static const struct {
	const char *text;
	enum where where;
	enum years years;
} kept[] = {
	{ "_norm.weight",                WITHIN, BOTH },
	{ "ffn_gate_inp.weight",         WITHIN, BOTH },
	{ "ffn_gate_tid2eid.weight",     WITHIN, ONLY_2026 },
	{ "altup",                       WITHIN, ONLY_2026 },
	{ "laurel",                      WITHIN, ONLY_2026 },
	{ "per_layer_model_proj",        WITHIN, ONLY_2026 },
	{ "position_embd.weight",        WHOLE,  BOTH },
	{ "token_types.weight",          WHOLE,  BOTH },
	{ "ssm_conv1d.weight",           WITHIN, ONLY_2025 },
	{ "ssm_conv1d",                  WITHIN, ONLY_2026 },
	{ "shortconv.conv.weight",       WITHIN, ONLY_2026 },
	{ "indexer.k_proj.weight",       WITHIN, ONLY_2026 },
	{ "indexer.q_proj.weight",       WITHIN, ONLY_2026 },
	{ "time_mix_first.weight",       WITHIN, BOTH },
	{ "time_mix_w0.weight",          WITHIN, ONLY_2026 },
	{ "time_mix_w1.weight",          WITHIN, BOTH },
	{ "time_mix_w2.weight",          WITHIN, BOTH },
	{ "time_mix_v0.weight",          WITHIN, ONLY_2026 },
	{ "time_mix_v1.weight",          WITHIN, ONLY_2026 },
	{ "time_mix_v2.weight",          WITHIN, ONLY_2026 },
	{ "time_mix_a0.weight",          WITHIN, ONLY_2026 },
	{ "time_mix_a1.weight",          WITHIN, ONLY_2026 },
	{ "time_mix_a2.weight",          WITHIN, ONLY_2026 },
	{ "time_mix_g1.weight",          WITHIN, ONLY_2026 },
	{ "time_mix_g2.weight",          WITHIN, ONLY_2026 },
	{ "time_mix_decay_w1.weight",    WITHIN, BOTH },
	{ "time_mix_decay_w2.weight",    WITHIN, BOTH },
	{ "time_mix_lerp_fused.weight",  WITHIN, BOTH },
	{ "attn_rel_b.weight",           WITHIN, BOTH },
	{ ".position_embd",              WITHIN, ONLY_2026 },
	{ "sam.pos_embd",                WITHIN, ONLY_2026 },
	{ "sam.neck.",                   WITHIN, ONLY_2026 },
	{ "sam.net_",                    WITHIN, ONLY_2026 },
	{ ".rel_pos",                    WITHIN, ONLY_2026 },
	{ ".patch_embd",                 WITHIN, ONLY_2026 },
	{ ".patch_merger",               WITHIN, ONLY_2026 },
	{ "a.rvq.codebook",              WITHIN, ONLY_2026 },
	{ "mm.a.code_embd",              WITHIN, ONLY_2026 },
};

static bool stands(struct ros_str name, const char *text, enum where where, enum years years, enum ros_recipe_generation generation)
{
	size_t len = strlen(text);

	if (years != BOTH && (years == ONLY_2025) != (generation == ROS_RECIPE_2025))
		return false;
	if (where == WHOLE)
		return name.len == len && !memcmp(name.ptr, text, len);
	return memmem(name.ptr, name.len, text, len) != NULL;
}

enum ros_tensor_kind ros_tensor_kind_of(struct ros_str name, enum ros_recipe_generation generation)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (stands(name, kinds[i].text, kinds[i].where, kinds[i].years, generation))
			return kinds[i].kind;
	return ROS_KIND_OTHER;
}

bool ros_recipe_keeps(struct ros_str name, enum ros_recipe_generation generation)
{
	if (name.len < 6 || memcmp(name.ptr + name.len - 6, "weight", 6))
		return true;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (stands(name, kept[i].text, kept[i].where, kept[i].years, generation))
			return true;
	return false;
}

/* 0 (F32): no replacement. */
static const enum ros_dtype fallbacks[ROS_DTYPE_COUNT][2] = {
	/*                2026        2025 */
	[ROS_IQ1_S]   = { ROS_IQ4_NL, ROS_IQ4_NL },
	[ROS_IQ1_M]   = { ROS_IQ4_NL, ROS_IQ4_NL },
	[ROS_IQ2_XXS] = { ROS_IQ4_NL, ROS_IQ4_NL },
	[ROS_IQ2_XS]  = { ROS_IQ4_NL, ROS_IQ4_NL },
	[ROS_IQ2_S]   = { ROS_IQ4_NL, ROS_IQ4_NL },
	[ROS_IQ3_XXS] = { ROS_IQ4_NL, ROS_IQ4_NL },
	[ROS_IQ3_S]   = { ROS_IQ4_NL, ROS_IQ4_NL },
	[ROS_IQ4_XS]  = { ROS_IQ4_NL, ROS_IQ4_NL },
	[ROS_Q2_0]    = { ROS_Q4_0,   ROS_Q4_0 },
	[ROS_Q2_K]    = { ROS_Q4_0,   ROS_IQ4_NL },
	[ROS_Q3_K]    = { ROS_Q4_0,   ROS_IQ4_NL },
	[ROS_TQ1_0]   = { ROS_Q4_0,   ROS_Q4_0 },
	[ROS_TQ2_0]   = { ROS_Q4_0,   ROS_Q4_0 },
	[ROS_Q4_K]    = { ROS_Q5_0,   ROS_Q5_0 },
	[ROS_Q5_K]    = { ROS_Q5_1,   ROS_Q5_1 },
	[ROS_Q6_K]    = { ROS_Q8_0,   ROS_Q8_0 },
};

enum ros_dtype ros_recipe_fallback(enum ros_dtype type, enum ros_recipe_generation generation)
{
	enum ros_dtype other = fallbacks[type][generation];

	return other == ROS_F32 ? type : other;
}
