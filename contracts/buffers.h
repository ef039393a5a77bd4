/* Buffers: tensors that a family's code keeps beside its weights and that follow from the configuration (causal masks,
 * rotary frequencies; `derive:` in a contract). Other formats have no place for them and no reader misses them; rosetta.json
 * says how to make them again, byte for byte:
 *
 *     "buffers": [ {"name": "h.0.attn.bias", "dtype": "F32", "shape": [1,1,64,64], "make": "causal_mask"},
 *                  {"name": "h.1.attn.bias", "dtype": "F32", "shape": [1,1,64,64], "like": "h.0.attn.bias"},
 *                  {"name": "h.0.attn.masked_bias", "dtype": "F32", "shape": [], "base64": "AEAcxg=="},
 *                  {"name": "h.2.attn.bias", ..., "dropped": true} ]        neither a plain mask nor small
 */
#ifndef ROS_CONTRACTS_BUFFERS_H
#define ROS_CONTRACTS_BUFFERS_H

#include "contracts/binding.h"
#include "formats/json.h"

#define ROS_BUFFER_CARRIED (64u << 10)      /* stored bytes that rosetta.json takes as they are: frequencies are some hundred */
#define ROS_BUFFERS_MADE (64u << 20)        /* bytes of all masks made again, equal ones counted once; GPT-2's is 4 MB */

/* Writes the member "buffers" about B's model, when it has any. Reads them. *ERR only for want of memory. */
void ros_buffers_put(struct ros_json_out *o, const struct ros_binding *b, struct ros_arena *arena, struct ros_error *err);

/* The tensors that LIST, such a member, describes, with their bytes in ARENA; data.ptr is NULL where one was dropped.
 * LIST may be NULL. ROS_EFORMAT where it is not as above, ROS_ELIMIT over ROS_BUFFERS_MADE. */
int ros_buffers_read(const struct ros_json *list, struct ros_arena *arena, struct ros_tensor **tensors, size_t *count,
		     struct ros_error *err);

#endif
