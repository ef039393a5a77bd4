/* Quantizing on the way: which type each tensor of a planned conversion gets.
 *
 *     plan as for an unquantized target  --recipe (quant/recipe.h)-->  types of the steps, settled again
 *
 * The recipe asks for GGUF's names, shapes and layer counts, for those are what llama-quantize goes by. So the choice
 * is made over the GGUF that the source would become: the plan itself where the target is GGUF, else a plan of
 * that GGUF made beside it (APR), from which each tensor takes its type by the matrix it holds. A source of any
 * format therefore gets the bytes that llama-quantize makes of its GGUF.
 *
 * APR has of the block types Q4_K and Q6_K only, rows padded to whole blocks: where the recipe asks for more bits than Q4_K,
 * Q6_K is taken, where for fewer, Q4_K, and every such substitution is a finding. */
#ifndef ROS_ROSETTA_QUANTIZE_H
#define ROS_ROSETTA_QUANTIZE_H

#include "formats/writer.h"
#include "quant/imatrix.h"
#include "quant/recipe.h"
#include "rosetta/plan.h"
#include "rosetta/rosetta.h"
#include "rosetta/text.h"

struct ros_tile_notes;
struct ros_conversion;
struct ros_json_out;

struct ros_quantization {
	struct ros_recipe recipe;
	struct ros_imatrix imatrix;
	bool compat;                    /* the very file that llama-quantize writes */
	struct ros_recipe_choice *choice;       /* per tensor of the GGUF plan */
};

/* True when OPT asks for anything here. */
bool ros_quantization_wanted(const struct ros_convert_options *opt);

/* Reads the options into *Q, init'ed here, released by the caller whatever comes; storage is ARENA's. ROS_EUSAGE naming the word that is no
 * type, what excludes each other, or what FORMAT cannot hold; errors of the importance matrix's file. */
int ros_quantization_take(struct ros_quantization *q, const struct ros_convert_options *opt, enum ros_format_id format,
			  struct ros_arena *arena, struct ros_error *err);

/* Gives every step of C's plan its type and importance. Substitutions are findings in V that are not fatal;
 * ROS_EUSAGE naming the tensor for a shape that no type fits, a source that is quantized already, an importance
 * matrix that is needed or does not fit. */
int ros_quantization_apply(struct ros_conversion *c, struct ros_verdict *v, struct ros_error *err);

/* general.file_type of the target, or where it is not for us to say false. */
bool ros_quantization_file_type(const struct ros_quantization *q, uint32_t *file_type);

/* A GGUF target states what it was quantized to: general.file_type, general.quantization_version. */
int ros_quantization_metadata(struct ros_conversion *c, struct ros_error *err);

/* With compat: makes C->dst (init'ed and filled as for a plain conversion) the header that llama-quantize would write, and brings the plan's
 * steps into its order. */
int ros_quantization_imitate(struct ros_conversion *c, struct ros_error *err);

/* Frees what it owns; safe on an empty one. */
void ros_quantization_release(struct ros_quantization *q);

/* Totals per type, and the quality of each tensor that was measured. */
void ros_quantization_text(const struct ros_conversion *c, struct ros_text *t);
/* Members of a step's open object: its quality. */
void ros_quantization_json_step(const struct ros_step *s, const struct ros_tile_notes *n, struct ros_json_out *o);
/* Members of the report: recipe, totals per type. */
void ros_quantization_json(const struct ros_conversion *c, struct ros_json_out *o);

#endif
