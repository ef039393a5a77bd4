/* One raw LZ4 block of any size in bounded memory. The library makes and reads a block in one piece of memory only, which for a
 * model is gigabytes; these stream. The block (lz4_Block_format.md) is a row of sequences:
 *
 *     token: literals << 4 | match - 4      either 15: more bytes are added, until one that is not 255
 *     that many literals
 *     u16 offset back, 1 to 65535           the last sequence ends before this
 */
#ifndef ROS_FORMATS_LZ4_BLOCK_H
#define ROS_FORMATS_LZ4_BLOCK_H

#include "formats/error.h"

#define ROS_LZ4_MAX_RATIO 255       /* a byte of a block never stands for more */

/* Takes LEN bytes that came out (0: none yet), the next in order; so far IN bytes of the input were read. False: no more is wanted. */
typedef bool (*ros_lz4_take)(void *context, const uint8_t *bytes, size_t len, size_t in);

/* Decodes BLOCK into pieces for TAKE. ROS_EFORMAT where it is no whole block (offset: in BLOCK); 0 too where TAKE wanted no more. */
int ros_lz4_inflate(struct ros_bytes block, ros_lz4_take take, void *context, struct ros_error *err);

/* Encodes BODY followed by TAIL, which the last sequence carries as literals: together at most LZ4_MAX_INPUT_SIZE bytes. LEVEL above
 * 1: the slower encoder. Each piece of BODY is encoded by the library with what stands before it as its window; where two meet,
 * the last literals of one become the first of the next: BODY is looked at again then. ROS_ENOMEM. */
int ros_lz4_deflate(struct ros_bytes body, struct ros_bytes tail, int level, ros_lz4_take take, void *context, struct ros_error *err);

#endif
