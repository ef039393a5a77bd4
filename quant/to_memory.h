/* Widening whole weights into memory that nobody reads at once: loading a model, filling a buffer larger than the caches.
 *
 * An ordinary store reads its cache line before it owns it, and the line is written back later: two crossings of the memory
 * bus for one. Streaming stores of whole lines go around the caches. F16, BF16, Q8_0 and Q4_K have kernels that store so
 * by themselves; all other types are decoded by the set's kernel into a piece that stays in the first-level cache,
 * which then leaves in whole lines. bench/decode measures both beside memory's limits.
 *
 * Do not use it for tiles that are hashed, compared or written next: those would come back from memory. The caller
 * chooses by calling this instead of the set's decode; nothing is guessed from sizes. */
#ifndef ROS_QUANT_TO_MEMORY_H
#define ROS_QUANT_TO_MEMORY_H

#include "quant/kernels.h"

/* Widens ROWS rows of COLS elements of TYPE from SRC to DST[rows * cols], the bits that K->decode[TYPE] gives, which must
 * not be NULL; the layout of SRC is as ros_decode_fn says, DST may stand at any address that a float may (blocks leave
 * faster for a DST at the start of a cache line, which malloc does not give). SRC and DST do not overlap.
 * What was written is visible to whoever is told by ordinary means (a mutex, an atomic, a join) after the return. Sets
 * without streaming stores (K->stream NULL) and types whose scale spans the tensor (APR_Q8) are decoded straight
 * to DST by ordinary stores. No allocation; 2.2 KiB of stack. */
void ros_decode_to_memory(const struct ros_kernels *k, enum ros_dtype type, const uint8_t *src, float *dst, size_t rows, size_t cols);

#endif
