/* Where every logical matrix of a family lies in each format.
 *
 * The smallest unit is an *atom*: one logical matrix as the mathematics sees it, [out, in],
 * heads in Hugging Face order (q of layer 3, gate of expert 5 in layer 0). A format's
 * tensor is built of atoms: one (the usual case), several joined by rows (fused QKV, gate_up),
 * interleaved by groups of rows (per head, per KV group), stacked over experts; perhaps
 * transposed (Conv1D), its rows permuted for adjacent-pair rotary embedding, its values
 * shifted by one (RMSNorm stored as w - 1). Both sides of a conversion are described so, and a
 * plan is found by looking up each wanted atom in the source: no case is special, and fused,
 * split and stacked tensors convert in every direction.
 *
 *     tensor row of atom row i  =  (i / group_rows) * group_stride + group_offset + i % group_rows
 *
 * with i first replaced, where rope_heads is not 0, by its place in the pair order: row
 * h*D + p*(D/2) + j of the atom is row h*D + 2*j + p of the tensor (D = rows / rope_heads). */
#ifndef ROS_CONTRACTS_LAYOUT_H
#define ROS_CONTRACTS_LAYOUT_H

#include "formats/model.h"

struct ros_contract;    /* contracts/contract.h: one family, generated */
struct ros_hparams;     /* contracts/hparams.h: the numbers of one model */

#define ROS_NO_LAYER UINT32_MAX
#define ROS_NO_EXPERT UINT32_MAX

/* Names one logical matrix of one model. */
struct ros_atom_key {
	uint32_t role;          /* row in the contract's role table */
	uint32_t layer;         /* or ROS_NO_LAYER */
	uint32_t expert;        /* or ROS_NO_EXPERT */
};

/* How the values of an atom differ in a tensor from the Hugging Face ones. A small closed set. */
enum ros_value_map {
	ROS_VALUE_SAME,
	ROS_VALUE_PLUS_ONE,     /* stored = w + 1, in float32 (Gemma, Nemotron norms in GGUF) */
	ROS_VALUE_NEG_EXP,      /* stored = -exp(w) (Mamba A_log); not invertible bit for bit */
};

/* One atom's place in one tensor. Vectors are rows x 1. The tensor is seen as rows of WIDTH elements, whatever its
 * dimensions say: WIDTH is the atom's cols (1 for vectors), or where it is transposed the columns of its [in, out] matrix. */
struct ros_placement {
	struct ros_atom_key key;
	uint64_t rows, cols;            /* of the atom */
	uint64_t width;
	uint64_t group_rows;            /* = rows when not interleaved */
	uint64_t group_stride;          /* tensor rows from one group to the next; rows when not interleaved */
	uint64_t group_offset;          /* tensor row of the atom's first row */
	uint32_t rope_heads;            /* 0: rows in Hugging Face order */
	bool transposed;                /* the tensor stores [in, out]: rows above are its columns */
	uint64_t base_row;              /* transposed only: tensor row of the atom's first column (0 unless stacked) */
	enum ros_value_map value;
};

enum ros_presence {
	ROS_REQUIRED,
	ROS_OPTIONAL,           /* may be absent: a bias, a factor list */
	ROS_TIED,               /* absent or bit-equal to the embedding: the output matrix */
	ROS_DERIVABLE,          /* follows from the configuration: inv_freq, causal mask, rope factors */
};

/* One tensor that a model of this family may hold in this format. */
struct ros_layout_tensor {
	struct ros_str name;
	uint8_t ndim;
	uint64_t dim[ROS_MAX_DIMS];     /* outermost first */
	enum ros_presence presence;
	bool keep_f32;                  /* the format's readers want F32 here whatever the model's type (norms, biases, routers) */
	bool write_tied;                /* ROS_TIED, and this format's readers want it all the same: write a copy of the embedding */
	bool read_only;                 /* another spelling: recognised, never written */
	uint8_t derivation;             /* enum ros_derivation of contracts/contract.h, 0 when the parts fill it */
	bool derived;                   /* no source tensor: made from hparams by ros_layout_derive (rope_freqs ...) */
	struct ros_placement *parts;    /* in row order; 0 for derived and derivable tensors */
	uint32_t part_count;
};

struct ros_layout {
	const struct ros_contract *contract;
	enum ros_format_id format;
	struct ros_layout_tensor *tensors;      /* in the contract's order: globals, then layer by layer */
	size_t count;
	/* private: every placement, whose it is, and the look-up tables */
	struct ros_placement *places;
	uint32_t *owner;
	size_t place_count;
	uint32_t *by_name, *by_atom;
	size_t name_slots, atom_slots;
};

/* Expands CONTRACT for the numbers in HP into FORMAT's tensors. ROWS_HF: this file's Q and K rows are
 * in Hugging Face order although the format's rule says otherwise, or the reverse (APR's rope_type);
 * pass -1 for the format's own rule, 0 pair order, 1 Hugging Face order. Storage is ARENA's.
 * ROS_ECONTRACT naming the expression where a size is not a whole positive number, ROS_ELIMIT over
 * ROS_MAX_TENSORS. */
int ros_layout_build(struct ros_layout *l, const struct ros_contract *contract, const struct ros_hparams *hp,
		     enum ros_format_id format, int rows_hf, struct ros_arena *arena, struct ros_error *err);

/* NULL when this family has no such tensor in this format. */
const struct ros_layout_tensor *ros_layout_find(const struct ros_layout *l, struct ros_str name);

/* The places of KEY in this format: usually one tensor, rarely several spellings (lm_head of a tied
 * model). Returns the tensor and sets *PART; NULL when the format cannot hold that atom. NTH counts from 0. */
const struct ros_layout_tensor *ros_layout_atom(const struct ros_layout *l, struct ros_atom_key key, unsigned nth,
						const struct ros_placement **part);

/* Bytes of a derived tensor (float32, little endian) computed from HP, allocated from ARENA: the
 * rotary factors of rope_freqs.weight, rope_factors_long/short.weight. */
int ros_layout_derive(const struct ros_layout *l, const struct ros_layout_tensor *t, const struct ros_hparams *hp,
		      struct ros_arena *arena, struct ros_bytes *out, struct ros_error *err);

#endif
